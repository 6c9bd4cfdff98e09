"""What happened to a case, in words that an agent reads at a glance."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ivr.aftersales.events import API, LINE, OWNER, EventKind
from ivr.aftersales.life import AppointmentKind
from ivr.console import words
from ivr.console.agenda.pages import spoken
from ivr.store.tables import Case, CaseEvent, Requirement

_BY: Mapping[str, str] = {OWNER: "el propietario", LINE: "la línea", API: "otro sistema"}
_REMEDIES: Mapping[str, str] = {
    AppointmentKind.WORKS: "terminar o rehacer los trabajos",
    AppointmentKind.VISIT: "otra inspección",
}


@dataclass(frozen=True)
class Told:
    """An event in words: what happened, and what else is to be said of it."""

    at: datetime
    by: str
    title: str
    lines: list[str]
    #: Whether it is somebody's remark rather than something that happened.
    is_remark: bool = False


def told(case: Case) -> list[Told]:
    """All that happened, newest first."""
    return [_told(case, event) for event in reversed(case.events)]


def _told(case: Case, event: CaseEvent) -> Told:
    title, tell = _EVENTS.get(event.kind, (event.kind, _nothing))
    lines = [line for line in tell(_Event(case, event.detail)) if line]
    by = _BY.get(event.by, event.by)
    return Told(event.at, by, title, lines, event.kind == EventKind.COMMENT)


@dataclass(frozen=True)
class _Event:
    """An event's details. Any may be missing: what is a person's goes when the person does."""

    case: Case
    detail: Mapping[str, Any]

    def moment(self, name: str) -> str:
        given = self.detail.get(name)
        return spoken(datetime.fromisoformat(given), self.case) if given else ""

    def requirements(self, ids: Iterable[int]) -> str:
        known: Mapping[int, Requirement] = {each.id: each for each in self.case.requirements}
        names = [words.of(words.CATEGORIES, known[each].category) for each in ids if each in known]
        return ", ".join(names)


def _nothing(_it: _Event) -> list[str]:
    return []


def _opened(it: _Event) -> list[str]:
    follows = it.detail.get("follows")
    return [
        words.of(words.CHANNELS, it.detail.get("channel")),
        words.of(words.URGENT_KINDS, it.detail.get("urgent_kind")),
        f"Sigue a la solicitud {follows}." if follows else "",
    ]


def _requirement(it: _Event) -> list[str]:
    about = it.requirements([it.detail.get("requirement", 0)])
    return [about, "Con una grabación." if it.detail.get("recorded") else ""]


def _comment(it: _Event) -> list[str]:
    return [it.detail.get("text", ""), "Confirmó la fecha." if it.detail.get("confirmed") else ""]


def _home(it: _Event) -> list[str]:
    apartment = it.detail.get("apartment")
    name = it.case.project.name if it.case.project else f"Proyecto {it.detail.get('project', '')}"
    unverified = "" if it.detail.get("verified") or not apartment else "No está en el registro."
    return [f"{name}, {apartment}" if apartment else name, unverified]


def _contacts(it: _Event) -> list[str]:
    count = it.detail.get("count", 0)
    return [f"{count} {'teléfono' if count == 1 else 'teléfonos'}"]


def _dated(it: _Event) -> list[str]:
    before = it.moment("previous_start")
    return [
        it.moment("start"),
        f"Antes: {before}" if before else "",
        "En un día sustituto." if it.detail.get("substitute") else "",
    ]


def _missed(it: _Event) -> list[str]:
    by = {"owner": "Por el propietario.", "company": "Por nosotros."}
    return [it.moment("start"), by.get(it.detail.get("missed_by", ""), "")]


def _inspected(it: _Event) -> list[str]:
    covered = it.requirements(it.detail.get("covered", []))
    refused = it.requirements(it.detail.get("not_covered", []))
    return [f"Con garantía: {covered}" if covered else "", f"Sin garantía: {refused}" if refused else ""]


def _works_done(it: _Event) -> list[str]:
    received = it.detail.get("received_by")
    return [
        it.requirements(it.detail.get("requirements", [])),
        f"Los recibió {received}." if received else "",
        it.detail.get("note") or "",
    ]


def _survey(it: _Event) -> list[str]:
    if it.detail.get("score") is not None:
        return [f"Nota {it.detail['score']} de 5."]
    return ["Conforme con todo." if it.detail.get("satisfied") else "No quedó conforme."]


def _disputed(it: _Event) -> list[str]:
    remedies: Mapping[str, str] = it.detail.get("remedy") or {}
    return [
        f"{it.requirements([int(each)])}: pide {_REMEDIES.get(remedy, 'una solución')}."
        for each, remedy in remedies.items()
    ]


def _cancelled(it: _Event) -> list[str]:
    freed = len(it.detail.get("appointments", []))
    return [it.detail.get("reason", ""), "La fecha que tenía quedó libre." if freed else ""]


_EVENTS: Mapping[str, tuple[str, Callable[[_Event], list[str]]]] = {
    EventKind.OPENED: ("Se abrió la solicitud", _opened),
    EventKind.REQUIREMENT_ADDED: ("Se agregó un requerimiento", _requirement),
    EventKind.REQUIREMENT_DESCRIBED: ("Se describió un requerimiento", _requirement),
    EventKind.COMMENT: ("Comentario", _comment),
    EventKind.HOME_CONFIRMED: ("Se indicó la vivienda", _home),
    EventKind.CONTACTS_SET: ("Se guardaron los contactos", _contacts),
    EventKind.VISIT_BOOKED: ("Se agendó la visita", _dated),
    EventKind.VISIT_CHANGED: ("Se cambió la visita", _dated),
    EventKind.VISIT_CANCELLED: ("Se anuló la visita", _dated),
    EventKind.VISIT_MISSED: ("La visita no se realizó", _missed),
    EventKind.WORKS_BOOKED: ("Se agendaron los trabajos", _dated),
    EventKind.WORKS_CHANGED: ("Se cambió la fecha de los trabajos", _dated),
    EventKind.WORKS_CANCELLED: ("Se anuló la fecha de los trabajos", _dated),
    EventKind.WORKS_MISSED: ("Los trabajos no se realizaron", _missed),
    EventKind.ACKNOWLEDGED: ("Se tomó la urgencia", _nothing),
    EventKind.INSPECTED: ("Se inspeccionó", _inspected),
    EventKind.REJECTED: ("Se inspeccionó: nada tiene garantía", _inspected),
    EventKind.WORKS_DONE: ("Se ejecutaron los trabajos", _works_done),
    EventKind.SURVEY_ANSWERED: ("Contestó la encuesta", _survey),
    EventKind.DISPUTED: ("No está conforme", _disputed),
    EventKind.CLOSED: ("Se cerró la solicitud", _nothing),
    EventKind.CANCELLED: ("Se anuló la solicitud", _cancelled),
    EventKind.URGENT_NUMBER_GIVEN: ("Se le dio el número de la urgencia", _nothing),
    EventKind.HANDED_OVER: ("Habló con una persona", _nothing),
    EventKind.CALL_ENDED: ("Terminó la llamada", _nothing),
}
