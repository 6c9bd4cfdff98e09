"""Where calls that we place or move fetch what is said in them. All below our public one."""

from urllib.parse import urlencode

from ivr.aftersales.carrier import OutboundCall
from ivr.settings import Settings
from ivr.store.tables import CallRow

#: Five more tries on a 5xx, a failed connection, or no answer in time (twilio.md 4.1).
_RETRY = "#rc=5&rp=5xx,ct,rt"


def step(settings: Settings, name: str, turn: int, **more: str) -> str:
    """Where a step answers turn ``turn`` of a call."""
    return f"{settings.public_url}/voice/{name}?{urlencode({'turn': turn, **more})}"


def request(
    settings: Settings, call: CallRow, first_step: str, ring_seconds: int, *, detect_machine: bool = False
) -> OutboundCall:
    """The call of that row as the carrier is asked for it; ``first_step`` speaks when it is answered.

    ``detect_machine``: the carrier is to find out beside it whether a machine answered.
    """
    token = str(call.token)
    return OutboundCall(
        to=call.to_number,
        from_=call.from_number,
        url=step(settings, first_step, 0, token=token),
        fallback_url=f"{settings.public_url}/voice/fallback?{urlencode({'token': token})}",
        status_url=_news(settings, "status", token),
        ring_seconds=ring_seconds,
        machine_url=_news(settings, "machine", token) if detect_machine else None,
    )


def _news(settings: Settings, of: str, token: str) -> str:
    """Where the carrier tells of a call, trying again until it is stored."""
    return f"{settings.public_url}/voice/{of}?{urlencode({'token': token})}{_RETRY}"
