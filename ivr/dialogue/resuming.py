"""Going on, within a day, where an earlier call of the same number was cut short."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ivr.dialogue.call import Call
from ivr.store.tables import CallRow, Case, TurnRow

RESUMABLE_FOR = timedelta(hours=24)
CUT_SHORT = "cut_short"
RESUMED = "resumed"

#: The note that names the conversation of a call.
CONVERSATION = "conversation"

#: Calls of one number within a day that are looked at.
_MOST_CALLS = 10


@dataclass(frozen=True)
class Interrupted:
    """An earlier call that was cut short: its last turn, and its case as it stands now, if it had one."""

    turn_id: int
    call_id: int
    case_id: int | None
    case_status: str | None


def interrupted(call: Call, conversation: str) -> Interrupted | None:
    """The caller's last call about ``conversation``, if that was cut short at a question within a day."""
    if call.caller is None:
        return None
    last_turn = (
        select(func.max(TurnRow.id)).where(TurnRow.call_id == CallRow.id).correlate(CallRow).scalar_subquery()
    )
    earlier = call.db.execute(
        select(TurnRow, CallRow.outcome, CallRow.case_id, Case.status)
        .select_from(CallRow)
        .join(TurnRow, TurnRow.id == last_turn)
        .outerjoin(Case, Case.id == CallRow.case_id)
        .where(
            CallRow.caller == call.caller,
            CallRow.ended_at > call.now - RESUMABLE_FOR,
            CallRow.id != call.row.id,
            CallRow.direction == call.row.direction,
        )
        .order_by(CallRow.started_at.desc(), CallRow.id.desc())
        .limit(_MOST_CALLS)
    )
    about_it = (found for found in earlier if found.TurnRow.notes.get(CONVERSATION) == conversation)
    last = next(about_it, None)
    if last is None or last.outcome != CUT_SHORT or not last.TurnRow.question:
        return None
    return Interrupted(last.TurnRow.id, last.TurnRow.call_id, last.case_id, last.status)


def take_over(call: Call, turn_id: int) -> None:
    """The earlier call's case and home are now this call's; the earlier call can be resumed no more."""
    earlier = _call_of(call.db, turn_id)
    call.row.case_id = earlier.case_id
    call.row.home_id = earlier.home_id
    call.row.urgent = call.row.urgent or earlier.urgent
    earlier.outcome = RESUMED


def _call_of(session: Session, turn_id: int) -> CallRow:
    return session.get_one(CallRow, session.get_one(TurnRow, turn_id).call_id)
