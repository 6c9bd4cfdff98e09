"""The inspection, on an inspector's telephone: requirement by requirement, covered or not, and why."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ivr.aftersales import agenda, cases, inspection, life, photos, texts, visits, warranty
from ivr.aftersales.inspection import Result
from ivr.aftersales.life import AppointmentKind, Category, Status
from ivr.aftersales.warranty import CountsFrom, Hint
from ivr.console import words
from ivr.console.access import Visit, allowed
from ivr.console.agenda import photographs
from ivr.console.agenda.pages import pages, status_and_dates
from ivr.console.fields import InputRequired, Length, RadioField, TextAreaField
from ivr.console.forms import VersionedForm
from ivr.store.tables import Case, Requirement
from ivr.switchboard import queue
from ivr.switchboard.accounts import Role

_LONGEST_NOTE = 1000


def inspection_form(requirements: list[Requirement]) -> VersionedForm:
    """A form with a verdict and a note for each of the requirements."""
    fields: dict[str, Any] = {}
    for each in requirements:
        fields[f"covered_{each.id}"] = RadioField(
            "¿Corresponde a la garantía?",
            [InputRequired("Falta decidir si corresponde.")],
            choices=[("yes", "Corresponde"), ("no", "No corresponde")],
        )
        fields[f"note_{each.id}"] = TextAreaField(
            "Nota",
            [Length(max=_LONGEST_NOTE, message=f"Use hasta {_LONGEST_NOTE} caracteres.")],
            description="Qué se hará o, si no corresponde, por qué: el propietario recibe ese motivo.",
        )
    kind: type[VersionedForm] = type("InspectionForm", (VersionedForm,), fields)
    return kind()


@pages.route("/casos/<number>/inspeccion", methods=["GET", "POST"])
@allowed(Role.AGENT)
def inspect(visit: Visit, number: str) -> ResponseReturnValue:
    """Write down an inspection."""
    case = cases.get(visit.session, number)
    waiting = visits.waiting(case)
    form = inspection_form(waiting)
    if form.validate_on_submit() and _reasons_given(form, waiting):
        with visit.attempt(form):
            sent = {each.id: request.files.getlist(f"photos_{each.id}") for each in waiting}
            stored = photographs.store(visit, case, sent)
            case = cases.get(visit.session, number, locked=True)
            if form.still(status_and_dates(case)):
                _write_down(visit, case, [_result(form, each) for each in waiting])
                photographs.take(visit, case, stored)
                flash(_what_follows(case), "success")
                return redirect(url_for(".inspect", number=number), 303)
    if request.method == "GET":
        form.showing(status_and_dates(case))
    contacts = [contact.phone for contact in case.contacts]
    return render_template(
        "agenda/inspect.html",
        form=form,
        case=case,
        waiting=waiting,
        expected=case.status in {Status.ATTENDING, Status.VISIT_SCHEDULED} and bool(waiting),
        date=agenda.booked(case, AppointmentKind.VISIT),
        hints={each.id: _hint(case, each) for each in case.requirements},
        photos=photos.of_case(visit.session, case),
        most_photos=photos.MOST,
        reached=texts.reach(visit.session, contacts, settings=visit.context.settings),
        today=visit.now.date(),
        works_may_be_booked=Status.WORKS_SCHEDULED in life.CASE_MOVES[Status(case.status)],
    ), form.status


def _write_down(visit: Visit, case: Case, results: list[Result]) -> None:
    inspection.record(visit.session, case, results, by=visit.agent.name, now=visit.now)
    queue.stop_rounds_if_settled(visit.session, case, now=visit.now)
    covered = sum(result.covered for result in results)
    visit.record("inspect", f"case:{case.number}", covered=covered, not_covered=len(results) - covered)


def _reasons_given(form: VersionedForm, waiting: list[Requirement]) -> bool:
    """Whether every refusal says why: the owner is told so."""
    silent = [
        each
        for each in waiting
        if form[f"covered_{each.id}"].data == "no" and not form[f"note_{each.id}"].data
    ]
    for each in silent:
        form[f"note_{each.id}"].errors = ["Escriba el motivo: se le envía al propietario."]
    return not silent


def _result(form: VersionedForm, requirement: Requirement) -> Result:
    note = form[f"note_{requirement.id}"].data or None
    return Result(requirement.id, form[f"covered_{requirement.id}"].data == "yes", note)


def _hint(case: Case, requirement: Requirement) -> tuple[Hint, CountsFrom]:
    """The term that may apply, by what is known today of reception and registration."""
    category = Category(requirement.category)
    known = warranty.hint(
        category,
        received_on=case.project.received_on if case.project else None,
        registered_on=case.home.registered_on if case.home else None,
    )
    return known, warranty.TERMS[category].counts_from


def _what_follows(case: Case) -> str:
    """What was written down, and what the line does now."""
    written = f"Inspección guardada: {words.of(words.STATUSES, case.status).lower()}."
    if case.status == Status.INSPECTED:
        return f"{written} La línea llamará al propietario para acordar los trabajos."
    return written
