"""Going on, within a day, where an earlier call of the same number was cut short."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ivr.dialogue.call import CONVERSATION, Call
from ivr.store.tables import CallRow, Case, TurnRow

RESUMABLE_FOR = timedelta(hours=24)
CUT_SHORT = "cut_short"
RESUMED = "resumed"

#: The note of a call whose caller may have something to go on with.
MAY_GO_ON = "may_go_on"

#: A call lasts four hours at most (Twilio: limits of a call).
_LONGEST_CALL = timedelta(hours=4)
#: Calls of one number within a day that are looked at.
_MOST_CALLS = 10


@dataclass(frozen=True)
class Interrupted:
    """An earlier call that was cut short: its last turn, and its case as it stands now, if it had one."""

    turn_id: int
    call_id: int
    case_id: int | None
    case_status: str | None


def look_back(call: Call) -> None:
    """Note whether the caller called within a day and that call was cut short, or has not ended for us yet.

    Asked at the welcome, so that most callers need not be asked about at the main menu.
    """
    if call.caller is None:
        return
    earlier = (
        select(CallRow.id)
        .where(
            CallRow.caller == call.caller,
            CallRow.started_at > call.now - RESUMABLE_FOR - _LONGEST_CALL,
            CallRow.id != call.row.id,
            or_(CallRow.outcome.is_(None), CallRow.outcome == CUT_SHORT),
        )
        .limit(1)
    )
    if call.db.scalar(earlier) is not None:
        call.notes[MAY_GO_ON] = True


def interrupted(call: Call, conversation: str) -> Interrupted | None:
    """The caller's last call about ``conversation``, if that was cut short at a question within a day."""
    if call.caller is None or MAY_GO_ON not in call.notes:
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
