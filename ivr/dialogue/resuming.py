"""Going on, within a day, where an earlier call of the same number was cut short."""

from datetime import timedelta

from sqlalchemy import select

from ivr.dialogue.call import Call
from ivr.store.tables import CallRow, TurnRow

RESUMABLE_FOR = timedelta(hours=24)
CUT_SHORT = "cut_short"
RESUMED = "resumed"


def interrupted(call: Call) -> TurnRow | None:
    """The last turn of the caller's previous call, if that was cut short at a question within a day."""
    if call.caller is None:
        return None
    found = call.db.execute(
        select(TurnRow, CallRow.outcome)
        .join(CallRow, CallRow.id == TurnRow.call_id)
        .where(
            CallRow.caller == call.caller,
            CallRow.started_at > call.now - RESUMABLE_FOR,
            CallRow.id != call.row.id,
            CallRow.direction == call.row.direction,
        )
        .order_by(CallRow.started_at.desc(), TurnRow.turn.desc())
        .limit(1)
    ).first()
    if found is None or found.outcome != CUT_SHORT:
        return None
    last: TurnRow = found.TurnRow
    return last if last.question else None  # one on its way to another step has none


def take_over(call: Call, turn_id: int) -> None:
    """The earlier call's case and home are now this call's; the earlier call can be resumed no more."""
    stopped = call.db.get_one(TurnRow, turn_id)
    earlier = call.db.get_one(CallRow, stopped.call_id)
    call.row.case_id = earlier.case_id
    call.row.home_id = earlier.home_id
    call.row.urgent = call.row.urgent or earlier.urgent
    earlier.outcome = RESUMED
