"""Forms that move a case on, each of which says what follows before it is done.

Dates, inspections and works have theirs in the agenda (`ivr.console.agenda`).
"""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from ivr.aftersales import cases, foreseen, homes, projects
from ivr.aftersales.life import STANDARD_CATEGORIES, Category
from ivr.console import words
from ivr.console.access import Visit, allowed
from ivr.console.cases import telephones
from ivr.console.cases.pages import pages, place, standing
from ivr.console.fields import BooleanField, DataRequired, Length, SelectField, StringField, TextAreaField
from ivr.console.forms import VersionedForm
from ivr.store.tables import Case, Project
from ivr.switchboard import queue
from ivr.switchboard.accounts import Role

_LONGEST_REASON = 500
_LONGEST_TEXT = 4000


class AcknowledgeForm(VersionedForm):
    """Take an urgency in hand."""


class CancelForm(VersionedForm):
    """Nobody wants the case any more."""

    reason = TextAreaField(
        "Motivo",
        [
            DataRequired("Escriba por qué se anula."),
            Length(max=_LONGEST_REASON, message=f"Use hasta {_LONGEST_REASON} caracteres."),
        ],
        description="Queda en la historia; el mensaje al propietario no lo incluye.",
    )


class ContactsForm(VersionedForm):
    """The numbers to reach the owner about this case."""

    contacts = TextAreaField(
        "Teléfonos",
        [DataRequired("Escriba al menos un teléfono.")],
        description="Uno por línea; primero el preferido. Por ejemplo 9 8765 4321 o +56 9 8765 4321.",
    )


class HomeForm(VersionedForm):
    """Which home the case is about."""

    project = SelectField("Proyecto", [DataRequired("Elija el proyecto.")])
    apartment = StringField(
        "Departamento o casa",
        [
            DataRequired("Escriba el número."),
            Length(max=homes.LONGEST_NUMBER, message=f"Use hasta {homes.LONGEST_NUMBER} caracteres."),
        ],
        description="Como está en el registro: 1204, A-12, Torre B 304, Casa 7.",
    )
    verified = BooleanField(
        "La vivienda existe: queda verificada en el registro",
        description="Márquelo solo si lo comprobó con el propietario o con el proyecto.",
    )


class RequirementForm(VersionedForm):
    """One more thing that is wrong."""

    category = SelectField("Qué es", [DataRequired("Elija qué es.")])
    description = TextAreaField(
        "Descripción", [Length(max=_LONGEST_TEXT, message=f"Use hasta {_LONGEST_TEXT} caracteres.")]
    )


@pages.route("/<number>/tomar", methods=["GET", "POST"])
@allowed(Role.AGENT)
def acknowledge(visit: Visit, number: str) -> ResponseReturnValue:
    """Take the urgency: the rounds stop."""
    case, form = _locked(visit, number), AcknowledgeForm()
    return _move(
        visit,
        case,
        form,
        "acknowledge",
        done="La urgencia es suya: llame al propietario.",
        deed=lambda: cases.acknowledge(visit.session, case, visit.agent.name, now=visit.now),
    )


@pages.route("/<number>/anular", methods=["GET", "POST"])
@allowed(Role.AGENT)
def cancel(visit: Visit, number: str) -> ResponseReturnValue:
    """Cancel the case; the owner is told."""
    case, form = _locked(visit, number), CancelForm()
    told = foreseen.cancelled(visit.session, case, settings=visit.context.settings, now=visit.now)
    return _move(
        visit,
        case,
        form,
        "cancel",
        done="La solicitud quedó anulada.",
        deed=lambda: cases.cancel(
            visit.session, case, by=visit.agent.name, reason=form.reason.data, now=visit.now
        ),
        foreseen=told,
    )


@pages.route("/<number>/contactos", methods=["GET", "POST"])
@allowed(Role.AGENT)
def contacts(visit: Visit, number: str) -> ResponseReturnValue:
    """Correct the case's contacts."""
    case = _locked(visit, number)
    form = ContactsForm(data={"contacts": telephones.written([each.phone for each in case.contacts])})

    def change() -> None:
        own = visit.context.settings.line_numbers
        phones = telephones.read(form.contacts.data, own)
        cases.set_contacts(visit.session, case, phones, by=visit.agent.name, now=visit.now)

    return _move(visit, case, form, "contacts", done="Contactos guardados.", deed=change)


@pages.route("/<number>/vivienda", methods=["GET", "POST"])
@allowed(Role.AGENT)
def home(visit: Visit, number: str) -> ResponseReturnValue:
    """Say or correct which home it is, and whether it is known to exist."""
    case = _locked(visit, number)
    given = {
        "project": case.project.code if case.project is not None else "",
        "apartment": case.home.number if case.home is not None else "",
        "verified": case.home is not None and case.home.verified,
    }
    form = HomeForm(data=given)
    form.project.choices = project_choices(visit)

    def change() -> None:
        project = projects.get(visit.session, form.project.data)
        meant = homes.named(visit.session, project, form.apartment.data, visit.now)
        if form.verified.data and not meant.verified:
            homes.verify(meant)
        cases.settle_home(visit.session, case, meant, by=visit.agent.name, now=visit.now)

    return _move(visit, case, form, "home", done="Vivienda guardada.", deed=change)


@pages.route("/<number>/requerimiento", methods=["GET", "POST"])
@allowed(Role.AGENT)
def add_requirement(visit: Visit, number: str) -> ResponseReturnValue:
    """Add a requirement."""
    case, form = _locked(visit, number), RequirementForm()
    form.category.choices = categories()

    def add() -> None:
        cases.add_requirement(
            visit.session,
            case,
            Category(form.category.data),
            by=visit.agent.name,
            now=visit.now,
            description=form.description.data or None,
        )

    return _move(visit, case, form, "add_requirement", done="Requerimiento agregado.", deed=add)


def categories() -> list[tuple[str, str]]:
    """What a requirement may be about, to choose from."""
    return [("", "Elija…"), *((each.value, words.CATEGORIES[each]) for each in STANDARD_CATEGORIES)]


def project_choices(visit: Visit) -> list[tuple[str, str]]:
    """The projects, to choose from."""
    known = visit.session.execute(select(Project.code, Project.name).order_by(Project.name))
    return [("", "Elija…"), *((code, name) for code, name in known)]


def _locked(visit: Visit, number: str) -> Case:
    return cases.get(visit.session, number, locked=request.method == "POST")


def _move(
    visit: Visit,
    case: Case,
    form: VersionedForm,
    name: str,
    *,
    done: str,
    deed: Callable[[], object],
    **more: Any,
) -> ResponseReturnValue:
    """Show the form of that name, or do what it asks for, if the case still is as its writer saw it."""
    number = case.number
    if form.validate_on_submit() and form.still(standing(case)):
        with visit.attempt(form):
            deed()
            queue.stop_rounds_if_settled(visit.session, case, now=visit.now)
            visit.record(name, f"case:{number}")
            flash(done, "success")
            return redirect(url_for(".show", number=number), 303)
    if request.method == "GET":
        form.showing(standing(case))
    content = render_template(
        f"cases/{name}.html", case=case, place=place(case), form=form, now=visit.now, **more
    )
    return content, form.status
