"""What a person must do, because the line cannot or may not."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ivr.aftersales import pages
from ivr.errors import Invalid, NotFound
from ivr.store.jobs import insert_for
from ivr.store.tables import CallRow, Case, Recording, Task

OPEN = "open"
DONE = "done"


class TaskKind(StrEnum):
    """Why a person is needed."""

    CALLBACK = "callback"  #: somebody asked to be called back
    VOICEMAIL = "voicemail"  #: somebody left a message
    UNSCHEDULED = "unscheduled"  #: a case without the visit that it needs
    RING_OWNER = "ring_owner"  #: ring the owner and book
    NO_TEXT = "no_text"  #: the owner must know, and their number takes no texts
    UNREACHABLE = "unreachable"  #: every automated attempt failed
    OVERDUE_WORKS = "overdue_works"  #: 10, 15 or 20 business days without executed works
    VISIT_LATE = "visit_late"  #: no visit within 5 business days
    WRONG_NUMBER = "wrong_number"  #: whoever answered is not of the home, and no other contact is left
    DO_NOT_CALL = "do_not_call"  #: the owner wants no more automated calls
    DISAGREEMENT = "disagreement"  #: the owner objects to what was decided
    TEXT_ANSWER = "text_answer"  #: a text came that the line cannot act on
    TEXT_FAILED = "text_failed"  #: the owner must know, and the text did not arrive
    URGENT_UNACKNOWLEDGED = "urgent_unacknowledged"  #: an urgency that nobody took
    THIRD_DISPUTE = "third_dispute"  #: the same requirement disputed three times
    WORKS_UNSCHEDULED = "works_unscheduled"  #: covered, and without a date for the works
    CALL_LOST = "call_lost"  #: somebody called, and was cut off before a case existed


def open_task(
    session: Session,
    kind: TaskKind,
    *,
    now: datetime,
    due: datetime | None = None,
    case: Case | None = None,
    phone: str | None = None,
    call: CallRow | None = None,
    recording: Recording | None = None,
    detail: str = "",
    once: str | None = None,
) -> Task:
    """Ask a person to do something by ``due`` (default: now).

    With ``once`` a second request for the same reason finds the first, also at the same moment, and also if
    that is done already: what makes a need a new one belongs into the key. Without ``phone`` the case's own
    contacts are meant.
    """
    values: dict[str, object] = {
        "kind": kind,
        "state": OPEN,
        "case_id": case.id if case else None,
        "call_id": call.id if call else None,
        "phone": phone,
        "due": due or now,
        "recording_id": recording.id if recording else None,
        "detail": detail,
        "once": once,
        "created_at": now,
    }
    if once is None:
        task = Task(**values)
        session.add(task)
        session.flush()
        return task
    fresh = insert_for(session, Task).values(**values).on_conflict_do_nothing(index_elements=["once"])
    opened = session.scalars(fresh.returning(Task)).one_or_none()
    return opened or session.scalars(select(Task).where(Task.once == once)).one()


def done(session: Session, task: Task, by: str, now: datetime) -> None:
    """Somebody has done it. Said twice, the first stands."""
    finished = update(Task).where(Task.id == task.id, Task.state == OPEN)
    session.execute(finished.values(state=DONE, done_at=now, done_by=by))
    session.refresh(task)


def any_of_call(session: Session, call: CallRow, case: Case) -> bool:
    """Whether a person has something to do about ``case`` because of that call."""
    wanted = select(Task.id).where(Task.call_id == call.id, Task.case_id == case.id, Task.state == OPEN)
    return session.scalars(wanted.limit(1)).first() is not None


def overtaken(session: Session, once: str, *, by: str, now: datetime) -> None:
    """What the task known as ``once`` asked for, if there is one, has come about in another way."""
    needless = update(Task).where(Task.once == once, Task.state == OPEN)
    session.execute(needless.values(state=DONE, done_at=now, done_by=by))


def settle(session: Session, case: Case, kinds: Collection[TaskKind], by: str, now: datetime) -> None:
    """What these open tasks of the case asked for has come about in another way."""
    overtaken = update(Task).where(Task.case_id == case.id, Task.kind.in_(kinds), Task.state == OPEN)
    session.execute(overtaken.values(state=DONE, done_at=now, done_by=by))


def get(session: Session, task_id: int) -> Task:
    """The task of that id. Raises NotFound."""
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound(f"there is no task {task_id}")
    return task


def page(
    session: Session, *, state: str | None = OPEN, cursor: str | None = None, limit: int = 50
) -> tuple[list[Task], str | None]:
    """Tasks in the order in which they are due, and the cursor of the next page (None after the last).

    Raises Invalid for an unknown state or a cursor that no page gave.
    """
    if state not in {OPEN, DONE, None}:
        raise Invalid("unknown state", {"status": f"expected {OPEN} or {DONE}"})
    wanted = select(Task)
    if state is not None:
        wanted = wanted.where(Task.state == state)
    return pages.read(session, wanted, (Task.due, Task.id), cursor, limit)
