"""What happens to a case outside the telephone, for the demonstration: visit, works, the next morning.

Each step moves to the moment that it belongs to, if that lies ahead, and says in Spanish what was done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ivr.aftersales import cases, inspection, visits
from ivr.aftersales.calendar import Hours, next_opening
from ivr.aftersales.inspection import Result
from ivr.aftersales.life import AppointmentKind, AppointmentStatus, Status
from ivr.errors import Conflict, MoveNotAllowed, NotFound
from ivr.settings import Settings
from ivr.store.session import Store
from ivr.store.tables import Appointment, Case
from ivr.switchboard import office

#: Who does in the demonstration what people do outside of it.
BY = "Demostración"

_MORNING = Hours.on_business_days(time(10), time(11))
_NAMES = {AppointmentKind.VISIT: "visita de inspección", AppointmentKind.WORKS: "fecha de trabajos"}


@dataclass(frozen=True)
class Stage:
    """What a step plays on. ``move`` refuses to go back."""

    store: Store
    settings: Settings
    now: Callable[[], datetime]
    move: Callable[[datetime], None]


Step = Callable[[Stage, str | None], str]


def day_of_visit(stage: Stage, number: str | None) -> str:
    """Go to the beginning of the next booked visit."""
    return _go_to_date(stage, AppointmentKind.VISIT, number)


def day_of_works(stage: Stage, number: str | None) -> str:
    """Go to the beginning of the next half-day of works."""
    return _go_to_date(stage, AppointmentKind.WORKS, number)


def inspection_done(stage: Stage, number: str | None) -> str:
    """Everything that waited for an inspection is found covered, at the end of the visit."""
    case_id = _reach_end(stage, AppointmentKind.VISIT, number)
    with stage.store.transaction() as session:
        case = cases.lock(session, case_id)
        found = [Result(each.id, covered=True) for each in visits.waiting(case)]
        try:
            inspection.record(session, case, found, by=BY, now=stage.now())
        except (MoveNotAllowed, Conflict):
            raise Conflict(f"La solicitud {case.number} no espera una inspección.") from None
        return (
            f"Se hizo la inspección de la solicitud {case.number}: todo está cubierto por la garantía. "
            "La línea avisa por mensaje y llama para acordar los trabajos."
        )


def works_done(stage: Stage, number: str | None) -> str:
    """The works are executed and received, at the end of their half-day."""
    case_id = _reach_end(stage, AppointmentKind.WORKS, number)
    with stage.store.transaction() as session:
        case = cases.lock(session, case_id)
        received_by = (case.home.owner if case.home else None) or "Propietario"
        try:
            inspection.works_done(session, case, received_by, None, by=BY, now=stage.now())
        except MoveNotAllowed:
            raise Conflict(f"La solicitud {case.number} no espera trabajos.") from None
        return (
            f"Terminaron los trabajos de la solicitud {case.number}, y los recibió {received_by}. "
            "La línea avisa por mensaje y llama para saber si todo quedó bien."
        )


def next_morning(stage: Stage, _number: str | None) -> str:
    """Go to the next ten o'clock of a business day."""
    now = stage.now()
    with stage.store.reading() as session:
        days = office.calendar(session, stage.settings, now)
    stage.move(next_opening(days, now, _MORNING))
    return "Comienza la mañana de un día hábil."


#: The steps by the names that addresses use.
STEPS: Mapping[str, Step] = {
    "day-of-visit": day_of_visit,
    "inspection-done": inspection_done,
    "day-of-works": day_of_works,
    "works-done": works_done,
    "next-morning": next_morning,
}


def _go_to_date(stage: Stage, kind: AppointmentKind, number: str | None) -> str:
    with stage.store.reading() as session:
        wanted = _booked(kind, number).where(Appointment.start > stage.now())
        date = session.scalars(wanted).first()
        if date is None:
            raise Conflict(f"No hay una {_NAMES[kind]} por delante.")
        about = session.get_one(Case, date.case_id).number
    stage.move(date.start.astimezone(UTC))
    return f"Comienza la {_NAMES[kind]} de la solicitud {about}."


def _reach_end(stage: Stage, kind: AppointmentKind, number: str | None) -> int:
    """The case that the step is about, with its booked date of that kind behind it.

    Without a number: the one whose date comes first, else the newest urgency that somebody attends to.
    """
    with stage.store.reading() as session:
        date = session.scalars(_booked(kind, number)).first()
        case_id = date.case_id if date is not None else _without_date(session, kind, number)
    if date is not None and date.end > stage.now():
        stage.move(date.end.astimezone(UTC))
    return case_id


def _without_date(session: Session, kind: AppointmentKind, number: str | None) -> int:
    wanted = select(Case.id).order_by(Case.id.desc()).limit(1)
    wanted = wanted.where(Case.number == number if number else Case.status == Status.ATTENDING)
    found = session.scalars(wanted).first()
    if found is not None:
        return found
    if number:
        raise NotFound(f"No hay una solicitud {number}.")
    raise Conflict(f"No hay una {_NAMES[kind]} agendada, ni una urgencia en atención.")


def _booked(kind: AppointmentKind, number: str | None) -> Select[Appointment]:
    """Booked dates of that kind, of one case if it is named; the earliest first."""
    wanted = select(Appointment).where(
        Appointment.kind == kind, Appointment.status == AppointmentStatus.BOOKED
    )
    if number:
        wanted = wanted.where(Appointment.case_id.in_(select(Case.id).where(Case.number == number)))
    return wanted.order_by(Appointment.start, Appointment.id).limit(1)
