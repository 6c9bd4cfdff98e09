"""One week of a project, as whoever plans it sees it: days off, capacity, and who comes when.

What may be booked at this moment is asked of ``visits`` and ``works``; here everything that stands in the
diary is shown, past or ahead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from ivr.aftersales import closures
from ivr.aftersales.calendar import BusinessCalendar
from ivr.aftersales.grid import Slot, visit_slots, works_slots
from ivr.aftersales.life import AppointmentKind, AppointmentStatus, Status
from ivr.store.tables import Appointment, Case, Project

_DAYS = 5
#: What is shown of the diary; what was cancelled is the case's own history.
_SHOWN = (AppointmentStatus.BOOKED, AppointmentStatus.DONE, AppointmentStatus.MISSED)
#: Cases that may want a date of the kind.
_WAITING = {
    AppointmentKind.VISIT: (Status.OPEN, Status.ATTENDING),
    AppointmentKind.WORKS: (Status.INSPECTED, Status.ATTENDING),
}


@dataclass(frozen=True)
class Entry:
    """An appointment, with the case that it is of."""

    appointment: Appointment
    case: Case


@dataclass(frozen=True)
class Stretch:
    """A slot of a visit or a half-day of works, [start, end) in UTC, and who comes then."""

    start: datetime
    end: datetime
    entries: Sequence[Entry]
    #: How many more could be booked; 0 also where more are booked than there is capacity for by now.
    free: int
    #: Whether it is one of the grid: dates stay booked when a day is closed or the slots change later.
    regular: bool = True


@dataclass(frozen=True)
class Day:
    """One working day of the week."""

    date: date
    #: The holiday's name or the closure's reason; None on a business day.
    closed: str | None
    #: Whether the project's visits are on this weekday: on the others they are substitutes.
    assigned: bool
    visits: Sequence[Stretch]
    works: Sequence[Stretch]

    def stretches(self, kind: AppointmentKind) -> Sequence[Stretch]:
        return self.visits if kind == AppointmentKind.VISIT else self.works

    def booked(self, kind: AppointmentKind) -> int:
        """Appointments of the day that took place or are to."""
        entries = (entry for stretch in self.stretches(kind) for entry in stretch.entries)
        return sum(entry.appointment.status != AppointmentStatus.MISSED for entry in entries)

    def free(self, kind: AppointmentKind) -> int:
        """Places of the day that nobody has."""
        return sum(stretch.free for stretch in self.stretches(kind))


def monday_of(day: date) -> date:
    """The Monday of that day's week."""
    return day - timedelta(days=day.weekday())


def read(session: Session, project: Project, monday: date) -> list[Day]:
    """Monday to Friday of the week that begins with ``monday``, by two queries."""
    days = [monday + timedelta(days=i) for i in range(_DAYS)]
    closed = closures.for_project(session, project, days[0], days[-1])
    calendar = BusinessCalendar(project.region, project.timezone, closed)
    first, last = calendar.at(days[0], time()), calendar.at(days[-1] + timedelta(days=1), time())
    entries = _entries(session, project, first.astimezone(UTC), last.astimezone(UTC))
    return [_day(project, calendar, day, entries) for day in days]


def without_date(session: Session, project: Project, kind: AppointmentKind, *, limit: int) -> list[Case]:
    """Cases of the project that may want a date of that kind and have none, oldest first."""
    dated = select(Appointment.case_id).where(
        Appointment.case_id == Case.id, Appointment.status == AppointmentStatus.BOOKED
    )
    wanted = (
        select(Case)
        .join(Case.home)
        .where(Case.project_id == project.id, Case.status.in_(_WAITING[kind]), ~dated.exists())
        .options(contains_eager(Case.home))
    )
    return list(session.scalars(wanted.order_by(Case.id).limit(limit)))


def _entries(session: Session, project: Project, first: datetime, last: datetime) -> list[Entry]:
    wanted = (
        select(Appointment, Case)
        .join(Case, Case.id == Appointment.case_id)
        .outerjoin(Case.home)
        .where(
            Appointment.project_id == project.id,
            Appointment.kind.in_(AppointmentKind),
            Appointment.status.in_(_SHOWN),
            Appointment.start >= first,
            Appointment.start < last,
        )
        .options(contains_eager(Case.home))
        .order_by(Appointment.start, Appointment.id)
    )
    return [Entry(appointment, case) for appointment, case in session.execute(wanted)]


def _day(project: Project, calendar: BusinessCalendar, day: date, entries: Sequence[Entry]) -> Day:
    today = [each for each in entries if calendar.local_date(each.appointment.start) == day]
    visits, works = ([each for each in today if each.appointment.kind == kind] for kind in AppointmentKind)
    return Day(
        date=day,
        closed=calendar.why_not(day),
        assigned=day.isoweekday() == project.weekday,
        visits=_stretches(visit_slots(calendar, day, project.slot_minutes), visits, project.inspectors),
        works=_stretches(works_slots(calendar, day), works, project.crews),
    )


def _stretches(slots: Sequence[Slot], entries: Sequence[Entry], capacity: int) -> list[Stretch]:
    """The slots of a day with their appointments; what fits none of them stands by itself."""
    stretches: list[Stretch] = []
    placed: set[int] = set()
    for slot in slots:
        own = [
            each
            for each in entries
            if (each.appointment.start, each.appointment.end) == (slot.start, slot.end)
        ]
        placed.update(each.appointment.id for each in own)
        stretches.append(Stretch(slot.start, slot.end, own, max(0, capacity - _taken(entries, slot))))
    for each in entries:
        if each.appointment.id not in placed:
            it = each.appointment
            stretches.append(Stretch(it.start, it.end, [each], 0, regular=False))
    return sorted(stretches, key=lambda stretch: (stretch.start, stretch.end))


def _taken(entries: Sequence[Entry], slot: Slot) -> int:
    """Appointments that hold a place at that time; what was missed gave it back."""
    return sum(
        each.appointment.status != AppointmentStatus.MISSED
        and each.appointment.start < slot.end
        and slot.start < each.appointment.end
        for each in entries
    )
