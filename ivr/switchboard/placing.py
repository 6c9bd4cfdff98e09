"""Places outbound calls, each row's once, whatever dies on the way.

A call's row is written before anything else: ``planned``, with the token that its addresses carry. It becomes
``placing``, committed, before the request leaves. Found so later without a sid, the request may have left
(the process died, or the answer was lost), so the carrier is asked before it is placed again; and the
carrier's own first word about the call brings the sid too, by the token.
"""

import secrets
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales.carrier import CallNews, Carrier, OutboundCall
from ivr.clock import Clock
from ivr.errors import CarrierBusy, CarrierRefused, CarrierUnclear, NotDialled, NotFound
from ivr.links import Links
from ivr.settings import Settings
from ivr.store.session import Store
from ivr.store.tables import CallRow
from ivr.switchboard import dialling_guard

log = structlog.get_logger()

PLANNED = "planned"
PLACING = "placing"
QUEUED = "queued"
FAILED = "failed"

#: After a request whose answer is not known, when the carrier's lists surely show what became of it.
DOUBT = timedelta(seconds=15)


def request(
    settings: Settings, call: CallRow, first_step: str, ring_seconds: int, *, detect_machine: bool = False
) -> OutboundCall:
    """The call of that row as the carrier is asked for it; ``first_step`` speaks when it is answered.

    ``detect_machine``: the carrier is to find out beside it whether a machine answered.
    """
    links, token = Links(settings.public_url), str(call.token)
    return OutboundCall(
        to=call.to_number,
        from_=call.from_number,
        url=links.step(first_step, 0, token=token),
        fallback_url=links.fallback(token),
        status_url=links.status(token),
        ring_seconds=ring_seconds,
        machine_url=links.machine(token) if detect_machine else None,
    )


def new_token() -> str:
    """What the addresses of an outbound call carry, so that any news of it finds its row."""
    return secrets.token_hex(16)


def place(
    store: Store,
    carrier: Carrier,
    call_id: int,
    request: OutboundCall,
    clock: Clock,
    *,
    settings: Settings,
    doubt: timedelta = DOUBT,
) -> str:
    """Place the call of that row, which is `PLANNED`, and return its sid; placed already, the same again.

    The addresses in ``request`` carry the row's token. No transaction may be open.

    Raises:
        NotFound: there is no such row, or its call was called off before it left.
        CarrierRefused: the carrier will not place it; the row has ended as `FAILED`.
        NotDialled: so will the line not; the row has ended so too, with the `dialling_guard` 's outcome.
        CarrierBusy: nothing was done; the row is `PLANNED` again.
        CarrierUnclear: it may have been placed. A run that begins at least ``doubt`` later finds out.
    """
    call, left_at = _begin(store, call_id, clock, settings, doubt)
    if call.sid is not None:
        return call.sid
    known = None
    if left_at:
        known = find(store, carrier, call, since=left_at)
        if known is None:
            _leave_again(store, call_id, left_at, clock)
    try:
        sid = known.sid if known else carrier.place(request)
    except CarrierRefused:
        _write(store, call_id, FAILED, clock)
        raise
    except CarrierBusy:
        _write(store, call_id, PLANNED, clock)
        raise
    _write(store, call_id, QUEUED, clock, sid)
    return sid


def find(store: Store, carrier: Carrier, call: CallRow, *, since: datetime) -> CallNews | None:
    """The carrier's call for a row without sid: one to its number since then that no other row is about."""
    placed = list(carrier.calls_to(call.to_number, since))
    if not placed:
        return None
    with store.reading() as session:
        sids = [news.sid for news in placed]
        others = set(session.scalars(select(CallRow.sid).where(CallRow.sid.in_(sids), CallRow.id != call.id)))
    return next((news for news in placed if news.sid not in others), None)


def _begin(
    store: Store, call_id: int, clock: Clock, settings: Settings, doubt: timedelta
) -> tuple[CallRow, datetime | None]:
    """The row, marked as leaving now; and when its request may have left before."""
    now, refused = clock.now(), None
    with store.transaction() as session:
        call = _locked(session, call_id)
        if call is None or (call.sid is None and call.ended_at is not None):
            raise NotFound(f"there is no call {call_id} to be placed")
        left_at = call.started_at if call.status == PLACING else None
        if call.sid is None:
            if left_at and now - left_at < doubt:
                raise CarrierUnclear("the call may be on its way at this moment")
            if left_at is None:
                refused = dialling_guard.refusal(session, call, settings=settings, now=now)
                if refused is None:
                    call.status, call.started_at = PLACING, now
                else:
                    call.status, call.ended_at, call.outcome = FAILED, now, refused
    if refused is not None:
        log.warning("call_not_placed", call=call_id, purpose=call.purpose, reason=refused)
        raise NotDialled(refused)
    return call, left_at


def _leave_again(store: Store, call_id: int, left_at: datetime, clock: Clock) -> None:
    """The carrier knows of no request since ``left_at``, so another leaves now; only one of those who asked.

    The first moment stands until the carrier has said so: whoever asks later asks since then.
    """
    with store.transaction() as session:
        call = _locked(session, call_id)
        if call is None or call.sid is not None or call.status != PLACING or call.started_at != left_at:
            raise CarrierUnclear("somebody else asked about the call at this moment")
        call.started_at = clock.now()


def _write(store: Store, call_id: int, status: str, clock: Clock, sid: str | None = None) -> None:
    """What became of the request, unless the carrier's news were quicker."""
    with store.transaction() as session:
        call = _locked(session, call_id)
        if call is None:
            return
        call.sid = call.sid or sid
        if call.status == PLACING:
            call.status = status
            if status == FAILED:
                call.ended_at = clock.now()


def _locked(session: Session, call_id: int) -> CallRow | None:
    return session.get(CallRow, call_id, with_for_update={"key_share": True})
