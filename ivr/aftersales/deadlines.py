"""Promises with a term: when one runs out, an agent gets a task, once, and the supervisor a text.

Urgencies nobody has taken after 5 and 15 minutes; no visit within 5 business days; works not executed 10, 15
and 20 business days after the inspection or the dispute. Days are the project's, and alarms come when the
office opens.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ivr.aftersales import agenda, cases, tasks, texts, works
from ivr.aftersales.calendar import BusinessCalendar
from ivr.aftersales.calling_times import calendar_of
from ivr.aftersales.events import EventKind
from ivr.aftersales.grid import VISIT_WINDOW_DAYS
from ivr.aftersales.life import ENDED, AppointmentKind, Priority, Status
from ivr.aftersales.tasks import TaskKind
from ivr.settings import Settings
from ivr.store.jobs import JobKind, schedule
from ivr.store.tables import Case, CaseEvent, TextRow

URGENT_AFTER = (timedelta(minutes=5), timedelta(minutes=15))
WORKS_AFTER_DAYS = (10, 15, 20)
#: The supervisor hears of one urgency at most so often, whoever tells.
TOLD_EVERY = timedelta(minutes=10)

#: Events after which a case has a term that it had not before.
WATCHED = frozenset(
    {
        EventKind.OPENED,
        EventKind.VISIT_CANCELLED,
        EventKind.VISIT_MISSED,
        EventKind.INSPECTED,
        EventKind.DISPUTED,
    }
)
#: Since the last of these a case waits for a visit.
_WAITING_SINCE = (
    EventKind.OPENED,
    EventKind.VISIT_CANCELLED,
    EventKind.VISIT_MISSED,
    EventKind.DISPUTED,
)


@dataclass(frozen=True)
class _Deadline:
    at: datetime
    kind: TaskKind
    detail: str
    once: str


def watch(session: Session, case: Case, now: datetime) -> None:
    """See to it that the case's terms are watched from now on."""
    schedule(session, JobKind.WATCH, case.id, now)


def check(session: Session, case_id: int, *, settings: Settings, now: datetime) -> datetime | None:
    """Raise the alarms of a case that are due, each once; when to look again, or None if no term runs.

    Locks the case.
    """
    case = cases.lock(session, case_id)
    ahead = []
    for each in _deadlines(session, case, settings, now):
        if each.at > now:
            ahead.append(each.at)
            continue
        opened = tasks.open_task(session, each.kind, now=now, case=case, detail=each.detail, once=each.once)
        if opened.created_at == now:
            escalate(session, case, each.detail, each.once, settings=settings, now=now)
    return min(ahead, default=None)


def escalate(
    session: Session, case: Case, detail: str, once: str, *, settings: Settings, now: datetime
) -> None:
    """Text the supervisor what has become of a promise, once for one reason."""
    if settings.supervisor_number is None or _told_lately(session, case, now):
        return
    texts.queue(
        session,
        texts.Purpose.SUPERVISOR,
        settings.supervisor_number,
        f"Solicitud {case.number}: {detail}",
        settings=settings,
        now=now,
        case=case,
        once=f"escalation:{once}",
    )


def _told_lately(session: Session, case: Case, now: datetime) -> bool:
    """Of an urgency the rounds tell as well, and more often is not better."""
    if case.priority != Priority.URGENT:
        return False
    told = select(TextRow.id).where(
        TextRow.case_id == case.id,
        TextRow.purpose == texts.Purpose.SUPERVISOR,
        TextRow.created_at > now - TOLD_EVERY,
    )
    return session.scalar(told.limit(1)) is not None


def _deadlines(session: Session, case: Case, settings: Settings, now: datetime) -> Iterator[_Deadline]:
    """All terms that run at this moment, whether they have passed or not."""
    if case.status in ENDED:
        return
    calendar = calendar_of(session, case.project, now.date() + timedelta(days=60), settings=settings, now=now)
    if case.priority == Priority.URGENT and case.status == Status.OPEN and case.acknowledged_at is None:
        yield from _urgent(case)
    if case.status == Status.OPEN:
        yield _visit(session, case, calendar, settings)
    if case.works_since is not None and works.waiting(case):
        yield from _works(case, case.works_since, calendar, settings)


def _urgent(case: Case) -> Iterator[_Deadline]:
    for number, after in enumerate(URGENT_AFTER):
        minutes = int(after.total_seconds()) // 60
        yield _Deadline(
            case.created_at + after,
            TaskKind.URGENT_UNACKNOWLEDGED,
            f"Urgencia sin atender desde hace {minutes} minutos.",
            # The rounds open the same task when they find nobody: the first alarm is one, whoever raises it.
            f"unacknowledged:{case.id}" if number == 0 else f"unacknowledged:{case.id}:{minutes}",
        )


def _visit(session: Session, case: Case, calendar: BusinessCalendar, settings: Settings) -> _Deadline:
    waiting = select(func.max(CaseEvent.at)).where(
        CaseEvent.case_id == case.id, CaseEvent.kind.in_(_WAITING_SINCE)
    )
    since = calendar.local_date(session.scalar(waiting) or case.created_at)
    return _Deadline(
        _opening(calendar, since, VISIT_WINDOW_DAYS, settings),
        TaskKind.VISIT_LATE,
        f"Lleva {VISIT_WINDOW_DAYS} días hábiles sin fecha de visita.",
        f"visit_late:{case.id}:{since}",
    )


def _works(case: Case, since: date, calendar: BusinessCalendar, settings: Settings) -> Iterator[_Deadline]:
    dated = agenda.booked(case, AppointmentKind.WORKS) is not None
    for days in WORKS_AFTER_DAYS:
        yield _Deadline(
            _opening(calendar, since, days, settings),
            TaskKind.OVERDUE_WORKS,
            f"Lleva {days} días hábiles sin trabajos ejecutados{'' if dated else ', y no tienen fecha'}.",
            f"overdue_works:{case.id}:{since}:{days}",
        )


def _opening(calendar: BusinessCalendar, since: date, days: int, settings: Settings) -> datetime:
    """When the office opens on that business day after ``since``."""
    return calendar.at(calendar.add(since, days), settings.office_hours[0]).astimezone(UTC)
