"""What can be done with a case now, and what should be done next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import current_app, url_for

from ivr.aftersales import agenda, life, visits, works
from ivr.aftersales.life import ENDED, MOST_REQUIREMENTS, AppointmentKind, Priority, Status
from ivr.console.agenda.pages import spoken
from ivr.store.tables import Case


@dataclass(frozen=True)
class Deed:
    """A form that leads on: what its button says, and where it is."""

    text: str
    address: str


@dataclass(frozen=True)
class Next:
    """Where the case stands in a sentence, and the deeds that lead on, the likeliest first."""

    sentence: str
    first: list[Deed]
    #: What can be done besides.
    others: list[Deed]


def of(case: Case, now: datetime) -> Next:
    """What to do now."""
    first = list(_leading_on(case, now))
    others = [deed for deed in _all(case) if deed not in first]
    return Next(_sentence(case, now), first, others)


def _sentence(case: Case, now: datetime) -> str:
    visit, dated = agenda.booked(case, AppointmentKind.VISIT), agenda.booked(case, AppointmentKind.WORKS)
    match Status(case.status):
        case Status.OPEN if case.priority == Priority.URGENT:
            return "Nadie ha tomado esta urgencia. Las rondas siguen hasta que alguien la tome."
        case Status.OPEN if case.project is None:
            return "Falta saber de qué vivienda se trata."
        case Status.OPEN:
            return "Falta acordar la visita de inspección con el propietario."
        case Status.ATTENDING:
            return f"La atiende {case.acknowledged_by}. Después se anota la inspección o los trabajos."
        case Status.VISIT_SCHEDULED if visit is not None and visit.end <= now:
            return f"La visita del {spoken(visit.start, case)} ya pasó: falta anotar qué se encontró."
        case Status.VISIT_SCHEDULED if visit is not None:
            return f"La visita es el {spoken(visit.start, case)}."
        case Status.INSPECTED:
            return "Hay requerimientos con garantía: falta acordar la fecha de los trabajos."
        case Status.WORKS_SCHEDULED if dated is not None and dated.end <= now:
            return f"La fecha de los trabajos, {spoken(dated.start, case)}, ya pasó: falta anotarlos."
        case Status.WORKS_SCHEDULED if dated is not None:
            return f"Los trabajos son el {spoken(dated.start, case)}. Debe haber alguien en casa."
        case Status.WORKS_DONE:
            return "La línea llamará al propietario para saber si quedó conforme. Solo su palabra la cierra."
        case Status.CLOSED:
            return "El propietario quedó conforme. Si el problema vuelve, se abre otra que sigue a esta."
        case Status.REJECTED:
            return "Nada tenía garantía. Si el propietario no está de acuerdo, se abre otra que sigue a esta."
        case Status.CANCELLED:
            return "Está anulada. Si hace falta, se abre otra que sigue a esta."
        case _:
            return "Revise las fechas: el estado no calza con lo agendado."


def _leading_on(case: Case, now: datetime) -> Iterator[Deed]:
    """Of `_all`, what the sentence asks for."""
    visit, dated = agenda.booked(case, AppointmentKind.VISIT), agenda.booked(case, AppointmentKind.WORKS)
    if _may_acknowledge(case):
        yield _acknowledge(case)
    elif case.status in ENDED:
        yield _follow(case)
    elif case.project is None:
        yield _home(case)
    elif visit is not None and visit.end <= now:
        yield from _inspection(case)
        yield Deed("No se realizó", url_for("console.agenda.missed", appointment_id=visit.id))
    elif dated is not None and dated.end <= now:
        yield _works_done(case)
        yield Deed("No se realizaron", url_for("console.agenda.missed", appointment_id=dated.id))
    elif case.status == Status.OPEN:
        yield _book(case, AppointmentKind.VISIT, "Agendar la visita")
    elif case.status == Status.INSPECTED and dated is None:
        yield _book(case, AppointmentKind.WORKS, "Agendar los trabajos")
    elif case.status == Status.ATTENDING:
        yield from _inspection(case)
        yield _works_done(case)


def _all(case: Case) -> Iterator[Deed]:
    visit, dated = agenda.booked(case, AppointmentKind.VISIT), agenda.booked(case, AppointmentKind.WORKS)
    moves = life.CASE_MOVES[Status(case.status)]
    disputed = case.status != Status.WORKS_DONE
    if _may_acknowledge(case):
        yield _acknowledge(case)
    if case.project is not None:
        if visit is not None:
            yield _book(case, AppointmentKind.VISIT, "Cambiar la visita")
            yield Deed("Anular la visita", url_for("console.agenda.cancel", appointment_id=visit.id))
        elif Status.VISIT_SCHEDULED in moves and (disputed or visits.waiting(case)):
            yield _book(case, AppointmentKind.VISIT, "Agendar la visita")
        if dated is not None:
            yield _book(case, AppointmentKind.WORKS, "Cambiar los trabajos")
            yield Deed("Anular los trabajos", url_for("console.agenda.cancel", appointment_id=dated.id))
        elif Status.WORKS_SCHEDULED in moves and (disputed or works.waiting(case)):
            yield _book(case, AppointmentKind.WORKS, "Agendar los trabajos")
    yield from _inspection(case)
    if Status.WORKS_DONE in moves:
        yield _works_done(case)
    if case.status not in ENDED:
        if len(case.requirements) < MOST_REQUIREMENTS:
            yield Deed(
                "Agregar un requerimiento", url_for("console.cases.add_requirement", number=case.number)
            )
        yield _home(case)
        yield Deed("Corregir los contactos", url_for("console.cases.contacts", number=case.number))
    if Status.CANCELLED in moves:
        yield Deed("Anular la solicitud", url_for("console.cases.cancel", number=case.number))


def _may_acknowledge(case: Case) -> bool:
    return case.priority == Priority.URGENT and case.status == Status.OPEN and case.acknowledged_by is None


def _inspection(case: Case) -> Iterator[Deed]:
    """The inspection's form, where one is expected and the console has it."""
    expected = case.status in {Status.ATTENDING, Status.VISIT_SCHEDULED} and visits.waiting(case)
    if expected and "console.agenda.inspect" in current_app.view_functions:
        yield Deed("Anotar la inspección", url_for("console.agenda.inspect", number=case.number))


def _works_done(case: Case) -> Deed:
    return Deed("Anotar los trabajos ejecutados", url_for("console.agenda.works_done", number=case.number))


def _book(case: Case, kind: AppointmentKind, text: str) -> Deed:
    return Deed(text, url_for("console.agenda.book", number=case.number, kind=kind.value))


def _acknowledge(case: Case) -> Deed:
    return Deed("Tomar la urgencia", url_for("console.cases.acknowledge", number=case.number))


def _home(case: Case) -> Deed:
    text = "Indicar la vivienda" if case.home is None else "Corregir la vivienda"
    return Deed(text, url_for("console.cases.home", number=case.number))


def _follow(case: Case) -> Deed:
    return Deed("Abrir una que siga a esta", url_for("console.cases.follow", number=case.number))
