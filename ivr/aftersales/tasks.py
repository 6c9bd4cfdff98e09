"""What a person must do, because the line cannot or may not."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import and_, false, func, select, update
from sqlalchemy.orm import Session

from ivr.aftersales import pages
from ivr.errors import Conflict, Invalid, NotFound
from ivr.store.jobs import insert_for
from ivr.store.tables import Agent, CallRow, Case, Recording, Task

OPEN = "open"
DONE = "done"

LONGEST_NOTE = 2000
LONGEST_SNOOZE = timedelta(days=60)


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


def done(session: Session, task: Task, by: str, now: datetime, note: str = "") -> None:
    """Somebody has done it; ``note`` says what came of it. Said twice, the first stands.

    Raises Invalid for too long a note.
    """
    if len(note) > LONGEST_NOTE:
        raise Invalid("the note is too long", {"note": f"expected at most {LONGEST_NOTE} characters"})
    finished = update(Task).where(Task.id == task.id, Task.state == OPEN)
    session.execute(finished.values(state=DONE, done_at=now, done_by=by, note=note.strip() or None))
    session.refresh(task)


def take(session: Session, task: Task, agent: Agent, now: datetime) -> None:
    """``agent`` sees to it, and the others need not. Taken by the same again, nothing changes.

    Raises Conflict if it is done, or if somebody else sees to it. ``task`` is locked.
    """
    _still_open(task)
    if task.taken_by_id not in {None, agent.id}:
        raise Conflict("somebody else sees to this task already", code="taken")
    if task.taken_by_id is None:
        task.taken_by_id, task.taken_at = agent.id, now
    task.snoozed_until = None
    session.flush()


def give_back(session: Session, task: Task) -> None:
    """Nobody sees to it any more: anybody may. Raises Conflict if it is done. ``task`` is locked."""
    _still_open(task)
    task.taken_by_id = task.taken_at = None
    session.flush()


def snooze(session: Session, task: Task, until: datetime, now: datetime) -> None:
    """Nobody wants to see it before ``until``; it is as due as it was.

    Raises Conflict if it is done, Invalid for a moment that is past or further away than `LONGEST_SNOOZE`.
    ``task`` is locked.
    """
    _still_open(task)
    if not now < until <= now + LONGEST_SNOOZE:
        longest = f"expected a moment within {LONGEST_SNOOZE.days} days"
        raise Invalid("the moment cannot be used", {"until": longest})
    task.snoozed_until = until
    session.flush()


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


def get(session: Session, task_id: int, *, locked: bool = False) -> Task:
    """The task of that id; ``locked``, as it stands now. Raises NotFound."""
    how = {"with_for_update": {"key_share": True}, "populate_existing": True} if locked else {}
    task = session.get(Task, task_id, **how)  # type: ignore[arg-type]
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


def open_page(
    session: Session,
    *,
    now: datetime,
    kind: TaskKind | None = None,
    taken_by: Agent | None = None,
    asleep: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[Task], str | None]:
    """What is to be done, as `page`: of a kind, by somebody; ``asleep``: what is put off, else the rest."""
    wanted = select(Task).where(Task.state == OPEN)
    if kind is not None:
        wanted = wanted.where(Task.kind == kind)
    if taken_by is not None:
        wanted = wanted.where(Task.taken_by_id == taken_by.id)
    sleeps = and_(Task.snoozed_until.is_not(None), Task.snoozed_until > now)
    wanted = wanted.where(sleeps if asleep else ~func.coalesce(sleeps, false()))
    return pages.read(session, wanted, (Task.due, Task.id), cursor, limit)


def of_case(session: Session, case: Case) -> list[Task]:
    """All tasks about the case, those to be done first, then the newest."""
    wanted = select(Task).where(Task.case_id == case.id)
    return list(session.scalars(wanted.order_by(Task.state.desc(), Task.id.desc())))


def count_open(session: Session) -> Mapping[TaskKind, int]:
    """How much of each kind is to be done."""
    counted = select(Task.kind, func.count()).where(Task.state == OPEN).group_by(Task.kind)
    return {TaskKind(kind): count for kind, count in session.execute(counted)}


def _still_open(task: Task) -> None:
    if task.state != OPEN:
        raise Conflict(f"the task was done by {task.done_by}", code="done")
