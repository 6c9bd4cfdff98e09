"""The job that ends a call which nobody needs any more."""

from datetime import timedelta

from ivr.errors import CarrierGone
from ivr.store.jobs import Again, Done
from ivr.store.tables import CallRow
from ivr.switchboard import placing
from ivr.switchboard.desk import Desk

#: A call whose request is under way has its sid by the next look.
NEXT_LOOK = timedelta(seconds=5)


def hang_up(desk: Desk, key: int) -> Done | Again:
    """End the call with the id ``key``; one that has not left is called off. Done twice, nothing changes."""
    now = desk.clock.now()
    with desk.store.transaction() as session:
        call = session.get_one(CallRow, key, with_for_update={"key_share": True})
        if call.ended_at is not None:
            return Done("over")
        if call.sid is None and call.status == placing.PLANNED:
            call.status, call.ended_at = "canceled", now
            return Done("called off")
    if call.sid is None:
        return Again(now + NEXT_LOOK, "is being placed")
    try:
        desk.carrier.hang_up(call.sid)
    except CarrierGone:
        return Done("over")
    return Done("hung up")
