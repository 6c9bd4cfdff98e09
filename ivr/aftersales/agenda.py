"""Who comes when: what is free, and how a date is taken without ever being sold twice.

What visits and works have in common. Their rules, that is which slots there are at all, stand in ``visits``
and ``works``.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import bindparam, cast, null, or_, select, union_all, update
from sqlalchemy.orm import Session

from ivr.aftersales import bookings, events, life, tasks
from ivr.aftersales.calendar import BusinessCalendar, Closure
from ivr.aftersales.case_lookup import HELD_PROJECT
from ivr.aftersales.events import EventKind
from ivr.aftersales.grid import Slot
from ivr.aftersales.life import AppointmentKind, AppointmentStatus, Status
from ivr.aftersales.tasks import TaskKind
from ivr.errors import Conflict, MoveNotAllowed, SlotTaken
from ivr.store.kept import Kept
from ivr.store.tables import Appointment, Case, ClosureDay, Project
from ivr.store.types import Id, UtcDateTime

#: The fields of a `Closure`, in its order.
_CLOSURE = (
    ClosureDay.day,
    ClosureDay.working,
    ClosureDay.reason,
    ClosureDay.region,
    ClosureDay.project_id,
)

#: What a case shows with an appointment of that kind, what without, and what a person must do then.
_SHOWN = {
    AppointmentKind.VISIT: (Status.VISIT_SCHEDULED, Status.OPEN, TaskKind.UNSCHEDULED),
    AppointmentKind.WORKS: (Status.WORKS_SCHEDULED, Status.INSPECTED, TaskKind.WORKS_UNSCHEDULED),
}

#: What the agent who takes that task reads.
_WHAT_HAPPENED = {
    (AppointmentKind.VISIT, AppointmentStatus.CANCELLED): "Se canceló la visita de inspección.",
    (AppointmentKind.VISIT, AppointmentStatus.MISSED): "La visita de inspección no se realizó.",
    (AppointmentKind.WORKS, AppointmentStatus.CANCELLED): "Se cancelaron los trabajos.",
    (AppointmentKind.WORKS, AppointmentStatus.MISSED): "Los trabajos no se realizaron.",
}


@dataclass(frozen=True)
class Offer:
    """A date that may be booked now, [start, end) in UTC."""

    start: datetime
    end: datetime
    #: How many more may be booked at that time, at least 1.
    free: int
    #: Not on the project's weekday, where nothing is left.
    substitute: bool

    @property
    def key(self) -> str:
        """By which a conversation notes what it has offered."""
        return self.start.isoformat()


class Booked(NamedTuple):
    """A booked appointment, as far as it stands in the way of others."""

    id: int
    case_id: int
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Obstacles:
    """What stands in the way of a new date: days off, and what is booked."""

    calendar: BusinessCalendar
    booked: Sequence[Booked]
    #: The date that the case has already: it gives way to the new one, and is itself no new one.
    own: Booked | None

    def free(self, slots: Iterable[Slot], capacity: int, *, substitute: bool = False) -> list[Offer]:
        """Those slots that fewer than ``capacity`` booked appointments overlap, in the order given."""
        others = [each for each in self.booked if each != self.own]
        starts, ends = sorted(each.start for each in others), sorted(each.end for each in others)
        offers = []
        for slot in slots:
            # Those that begin before its end, but for those that are over by its start.
            left = capacity - bisect_left(starts, slot.end) + bisect_right(ends, slot.start)
            if left > 0 and not self._is_own(slot):
                offers.append(Offer(slot.start, slot.end, left, substitute))
        return offers

    def _is_own(self, slot: Slot) -> bool:
        return self.own is not None and (self.own.start, self.own.end) == (slot.start, slot.end)


def obstacles(
    session: Session,
    project: Project,
    kind: AppointmentKind,
    *,
    now: datetime,
    case: Case | None = None,
    since: date | None = None,
) -> Obstacles:
    """What stands in the way of an appointment of that kind after ``now``, by one query.

    The date that ``case`` has, if one is given, is told apart. Days off are known from the day before ``now``
    on, or from ``since`` where that is earlier.
    """
    first = min(since or date.max, now.date() - timedelta(days=1))  # in the project it may still be yesterday
    rows = _OBSTACLES.run(
        session,
        project=project.id,
        region=project.region,
        kind=kind,
        now=now,
        first=first,
        case=case.id if case is not None else None,
    ).rows
    taken = [Booked(*row[:4]) for row in rows if row[0] is not None]
    closures = [Closure(*row[4:]) for row in rows if row[0] is None]
    return Obstacles(
        BusinessCalendar(project.region, project.timezone, closures),
        taken,
        next((each for each in taken if case is not None and each.case_id == case.id), None),
    )


#: What is booked, and days off: a row is one or the other.
_OBSTACLES = Kept(
    union_all(
        select(
            *(Appointment.id, Appointment.case_id, Appointment.start, Appointment.end),
            *(cast(null(), column.type).label(column.key) for column in _CLOSURE),
        ).where(
            Appointment.project_id == bindparam("project"),
            Appointment.kind == bindparam("kind"),
            Appointment.status == AppointmentStatus.BOOKED,
            or_(Appointment.end > bindparam("now"), Appointment.case_id == bindparam("case")),
        ),
        select(
            *(cast(null(), column) for column in (Id, Id, UtcDateTime, UtcDateTime)),
            *_CLOSURE,
        ).where(
            ClosureDay.day >= bindparam("first"),
            or_(ClosureDay.project_id.is_(None), ClosureDay.project_id == bindparam("project")),
            or_(ClosureDay.region.is_(None), ClosureDay.region == bindparam("region")),
        ),
    )
)


def page(offers: Sequence[Offer], after: str | None, limit: int) -> list[Offer]:
    """The next ``limit`` offers later than the one with the key ``after``; after the last, the first again.

    An offer never runs over the end, so that each is heard in time order and none twice.
    """
    later = [offer for offer in offers if after is not None and offer.start > datetime.fromisoformat(after)]
    return list(later or offers)[:limit]


def hold(session: Session, case: Case) -> Project:
    """The case's project, read anew and locked until the end of the transaction: no date is given meanwhile.

    Nothing is read where it is locked already: with the case (`cases.lock_diary`), or by SQLite.

    Raises:
        Conflict: the case's project is not known yet.
    """
    if case.project_id is None:
        raise Conflict(f"the home of case {case.number} is not known yet", code="home_unknown")
    if session.info.get(HELD_PROJECT) == case.project_id or session.get_bind().dialect.name == "sqlite":
        return session.get_one(Project, case.project_id)
    locked = select(Project).where(Project.id == case.project_id).with_for_update(key_share=True)
    return session.scalars(locked.execution_options(populate_existing=True)).one()


def moment(chosen: str | datetime) -> datetime:
    """When a chosen date begins, given by its offer's key or by the time itself."""
    return datetime.fromisoformat(chosen) if isinstance(chosen, str) else chosen


def pick(offers: Iterable[Offer], start: datetime, why_not: str) -> Offer:
    """The offer that begins at ``start``. Raises SlotTaken, with the reason, where there is none."""
    for offer in offers:
        if offer.start == start:
            return offer
    raise SlotTaken(f"{start.isoformat()} cannot be booked: {why_not}")


def require_move(case: Case, target: Status) -> None:
    """Refuse a move before anything is written.

    Raises:
        MoveNotAllowed: the table does not list it.
    """
    if target not in life.CASE_MOVES[Status(case.status)]:
        raise MoveNotAllowed(f"case {case.number} is {case.status} and cannot become {target}")


def put(
    session: Session,
    case: Case,
    kind: AppointmentKind,
    offer: Offer,
    own: Booked | None,
    *,
    moves: bool,
    now: datetime,
    by: str,
) -> Appointment:
    """Write the appointment down, free the case's own one in the same breath, and say what happened.

    The caller has locked case and project, and has found ``offer`` free since. ``moves``: whether the case
    becomes one with that date, which the caller has found it may (`require_move`).
    """
    if own is not None:
        freed = update(Appointment).where(Appointment.id == own.id)
        session.execute(freed.values(status=AppointmentStatus.CANCELLED))
    return bookings.write(
        session,
        case,
        kind,
        start=offer.start,
        end=offer.end,
        substitute=offer.substitute,
        shows=_SHOWN[kind][0] if moves else Status(case.status),
        event=EventKind(f"{kind}_booked" if own is None else f"{kind}_changed"),
        detail=_times(offer) | (_before(own) if own is not None else {}),
        by=by,
        now=now,
    )


def cancel(session: Session, case: Case, appointment: Appointment, *, by: str, now: datetime) -> None:
    """Cancel a booked date: its time is free, and an agent gets a task to agree on another one.

    The case goes back to where it was without the date, if it shows that date: after disputes of both kinds
    it shows the visit.

    Raises:
        Conflict: the appointment is another case's.
        MoveNotAllowed: it is no longer booked.
    """
    _release(session, case, appointment, AppointmentStatus.CANCELLED, now=now, by=by)


def missed(
    session: Session,
    case: Case,
    appointment: Appointment,
    *,
    by: Literal["owner", "company"],
    now: datetime,
    noted_by: str = events.API,
) -> None:
    """A booked date did not take place, because of ``by``. It follows and raises what `cancel` does."""
    _release(session, case, appointment, AppointmentStatus.MISSED, now=now, by=noted_by, missed_by=by)


def booked(case: Case, kind: AppointmentKind) -> Appointment | None:
    """The case's booked appointment of that kind: it has at most one."""
    return next(
        (a for a in case.appointments if a.kind == kind and a.status == AppointmentStatus.BOOKED), None
    )


def _release(
    session: Session,
    case: Case,
    appointment: Appointment,
    to: AppointmentStatus,
    *,
    now: datetime,
    by: str,
    **detail: object,
) -> None:
    if appointment.case_id != case.id:
        raise Conflict(f"appointment {appointment.id} is not one of case {case.number}")
    kind = AppointmentKind(appointment.kind)
    with_date, without_date, task = _SHOWN[kind]
    life.move(appointment, to, life.APPOINTMENT_MOVES)
    if case.status == with_date:
        life.move(case, without_date, life.CASE_MOVES)
    detail = {"appointment": appointment.id, **_times(appointment), **detail}
    events.record(session, case, EventKind(f"{kind}_{to}"), by=by, now=now, **detail)
    todo = f"{_WHAT_HAPPENED[kind, to]} Acuerde otra fecha con el propietario."
    tasks.open_task(
        session, task, now=now, case=case, detail=todo, once=f"{task}:appointment:{appointment.id}"
    )


def _times(date: Offer | Appointment) -> dict[str, object]:
    return {"start": date.start.isoformat(), "end": date.end.isoformat(), "substitute": date.substitute}


def _before(own: Booked) -> dict[str, object]:
    return {"previous": own.id, "previous_start": own.start.isoformat()}
