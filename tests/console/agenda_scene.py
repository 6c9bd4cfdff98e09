"""Cases and dates that the tests of the agenda start from."""

import re
from collections.abc import Sequence
from html import unescape

from sqlalchemy import select

from ivr.aftersales import agenda, announce, cases, inspection, projects, visits, works
from ivr.aftersales.inspection import Result
from ivr.aftersales.life import AppointmentKind, Category, Channel
from ivr.store.tables import Appointment, AuditEntry, Case, CaseEvent, Home, TextRow
from tests.board import Board
from tests.console.browsing import Visitor, hidden

#: Los Aromos: visits on Thursdays; 1204 is Camila Rojas's.
PROJECT = "101"


def open_case(office: Board, number: str = "1204", categories: Sequence[Category] = (Category.DAMP,)) -> Case:
    """A standard case of that home, with its first telephone as contact."""
    with office.store.transaction() as session:
        project = projects.get(session, PROJECT)
        home = session.scalars(select(Home).where(Home.project_id == project.id, Home.number == number)).one()
        now, contacts = office.clock.now(), [phone.phone for phone in home.phones]
        case = cases.open_standard(session, home, Channel.PHONE, now=now, by="owner", contacts=contacts)
        for category in categories:
            cases.add_requirement(session, case, category, by="owner", now=now)
        return case


def book_visit(office: Board, case: Case, place: int = 0) -> Appointment:
    """The visit that the line would offer in that place."""
    return _book(office, case, AppointmentKind.VISIT, place)


def book_works(office: Board, case: Case, place: int = 0) -> Appointment:
    """The works that the line would offer in that place."""
    return _book(office, case, AppointmentKind.WORKS, place)


def inspected(office: Board, case: Case, *, covered: bool = True) -> None:
    """All of the case's requirements were seen."""
    with office.store.transaction() as session:
        locked = cases.lock(session, case.id)
        results = [Result(each.id, covered, "Sello gastado") for each in visits.waiting(locked)]
        inspection.record(session, locked, results, by="Inspector", now=office.clock.now())


def case_now(office: Board, case: Case) -> Case:
    """The case as it stands, with what belongs to it."""
    with office.store.reading() as session:
        found = cases.get(session, case.number)
        _ = found.requirements, found.appointments, found.contacts
        return found


def date_of(office: Board, case: Case, kind: AppointmentKind = AppointmentKind.VISIT) -> Appointment | None:
    """The case's booked date of that kind."""
    return agenda.booked(case_now(office, case), kind)


def events_of(office: Board, case: Case) -> list[tuple[str, str]]:
    """What happened to the case, and by whom."""
    with office.store.reading() as session:
        wanted = (
            select(CaseEvent.kind, CaseEvent.by).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id)
        )
        return [(kind, by) for kind, by in session.execute(wanted)]


def texts_of(office: Board) -> list[str]:
    """What owners are told, once the consequences of all that happened are written down."""
    with office.store.transaction() as session:
        for event in announce.owed(session, 100):
            announce.consequences(session, event, settings=office.line.settings, now=office.clock.now())
        return list(session.scalars(select(TextRow.body).order_by(TextRow.id)))


def form_of(visitor: Visitor, page: str, to: str) -> dict[str, str]:
    """The hidden fields of the form on ``page`` that leads to ``to`` (none: to itself), to be sent later."""
    forms = re.findall(r"<form.*?</form>", visitor.get(page).text, re.DOTALL)
    return next(hidden(form) for form in forms if _leads(unescape(form), to))


def deeds(office: Board) -> list[tuple[str, str]]:
    """What stands in the audit: action and subject."""
    with office.store.reading() as session:
        wanted = select(AuditEntry.action, AuditEntry.subject).order_by(AuditEntry.id)
        return [(action, subject) for action, subject in session.execute(wanted)]


def _book(office: Board, case: Case, kind: AppointmentKind, place: int) -> Appointment:
    room = visits if kind == AppointmentKind.VISIT else works
    with office.store.transaction() as session:
        locked = cases.lock(session, case.id)
        now = office.clock.now()
        offer = room.offers(session, locked, now=now, limit=place + 1)[place]
        return room.book(session, locked, offer.key, now=now, by="owner")


def _leads(form: str, to: str) -> bool:
    return f'action="{to}"' in form if to else "action=" not in form
