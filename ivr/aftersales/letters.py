"""What the CRM is told of cases: each event is a letter, posted until it is taken, in the order of its case.

Nothing is ever given up. A letter that was refused `DEAD_AFTER` times is dead: it holds up what happened to
its case later, so somebody should look; it is still tried every hour, and at once when it is replayed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, String, and_, cast, func, select
from sqlalchemy.orm import Session, aliased

from ivr.aftersales import pages
from ivr.errors import Conflict, NotFound
from ivr.settings import Settings
from ivr.store.jobs import JobKind, schedule
from ivr.store.tables import Case, CaseEvent, Job

#: Refusals in a row, over about three hours.
DEAD_AFTER = 8


class LetterStatus(StrEnum):
    """How far a letter has come."""

    WAITING = "waiting"
    DEAD = "dead"
    POSTED = "posted"


@dataclass(frozen=True)
class Letter:
    """An event, and what became of telling it."""

    event: CaseEvent
    status: LetterStatus
    #: Refusals since it was last asked for; of a letter that waits behind another, none.
    attempts: int = 0
    #: Why it was not taken the last time.
    fault: str | None = None
    next_at: datetime | None = None


def page(
    session: Session,
    *,
    status: LetterStatus | None = None,
    case: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[Letter], str | None]:
    """Letters, oldest first: those of a status, or about the case of that number. Then as `pages.read`."""
    wanted = select(CaseEvent)
    if case is not None:
        wanted = wanted.where(CaseEvent.case_id.in_(select(Case.id).where(Case.number == case)))
    if status is not None:
        wanted = wanted.where(_is(status))
    events, following = pages.read(session, wanted, (CaseEvent.id,), cursor, limit)
    return _letters(session, events), following


def replay(session: Session, event_id: int, *, settings: Settings, now: datetime) -> Letter:
    """Post that letter now, a posted one once more: before all that its case has still to tell.

    Raises NotFound, or Conflict where there is no CRM to tell.
    """
    event = session.get(CaseEvent, event_id)
    if event is None:
        raise NotFound(f"there is no event {event_id}")
    if settings.events_url is None:
        raise Conflict("there is no CRM to tell: IVR_EVENTS_URL is not set", code="no_crm")
    event.posted_at = None
    session.flush()
    schedule(session, JobKind.POST, event.case_id, now)
    session.expire_all()
    return _letters(session, [event])[0]


def dead_count(session: Session) -> int:
    """How many letters are dead: one a case at most."""
    return session.scalar(select(func.count()).select_from(Job).where(_refused_too_often())) or 0


def _refused_too_often() -> ColumnElement[bool]:
    return and_(Job.kind == JobKind.POST, Job.state == "due", Job.attempts >= DEAD_AFTER)


def _is(status: LetterStatus) -> ColumnElement[bool]:
    if status == LetterStatus.POSTED:
        return CaseEvent.posted_at.is_not(None)
    earlier = aliased(CaseEvent)
    first = ~(
        select(earlier.id)
        .where(earlier.case_id == CaseEvent.case_id, earlier.id < CaseEvent.id, earlier.posted_at.is_(None))
        .exists()
    )
    stuck = select(Job.id).where(Job.key == cast(CaseEvent.case_id, String), _refused_too_often()).exists()
    dead = and_(first, stuck)
    return and_(CaseEvent.posted_at.is_(None), dead if status == LetterStatus.DEAD else ~dead)


def _letters(session: Session, events: Sequence[CaseEvent]) -> list[Letter]:
    """The events with what is known of telling them: two queries, however many events."""
    owed = {event.case_id for event in events if event.posted_at is None}
    unposted = select(CaseEvent.case_id, func.min(CaseEvent.id)).where(
        CaseEvent.case_id.in_(owed), CaseEvent.posted_at.is_(None)
    )
    first = {event_id: case_id for case_id, event_id in session.execute(unposted.group_by(CaseEvent.case_id))}
    trying = select(Job).where(Job.kind == JobKind.POST, Job.key.in_(map(str, owed)), Job.state == "due")
    jobs = {int(job.key): job for job in session.scalars(trying)}
    return [_letter(event, jobs.get(first.get(event.id, 0))) for event in events]


def _letter(event: CaseEvent, job: Job | None) -> Letter:
    """``job`` posts this very event next; none posts an event that is posted, or waits behind another."""
    if event.posted_at is not None:
        return Letter(event, LetterStatus.POSTED)
    if job is None:
        return Letter(event, LetterStatus.WAITING)
    status = LetterStatus.DEAD if job.attempts >= DEAD_AFTER else LetterStatus.WAITING
    return Letter(event, status, job.attempts, job.outcome if job.attempts else None, job.due_at)
