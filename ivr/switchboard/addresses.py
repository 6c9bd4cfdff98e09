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


def request(settings: Settings, call: CallRow, first_step: str, ring_seconds: int) -> OutboundCall:
    """The call of that row as the carrier is asked for it; ``first_step`` speaks when it is answered."""
    token = str(call.token)
    return OutboundCall(
        to=call.to_number,
        from_=call.from_number,
        url=step(settings, first_step, 0, token=token),
        fallback_url=f"{settings.public_url}/voice/fallback?{urlencode({'token': token})}",
        status_url=f"{settings.public_url}/voice/status?{urlencode({'token': token})}{_RETRY}",
        ring_seconds=ring_seconds,
    )
