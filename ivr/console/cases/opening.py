"""New cases: requests by e-mail and web, and what somebody wrote down; and those that follow another."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ivr.aftersales import cases, homes
from ivr.aftersales.cases import Reported
from ivr.aftersales.life import ENDED, MOST_REQUIREMENTS, Category, Channel, Priority
from ivr.console import words
from ivr.console.access import Visit, allowed
from ivr.console.cases import telephones
from ivr.console.cases.moving import categories, project_choices
from ivr.console.cases.pages import pages, place, standing
from ivr.console.fields import (
    DataRequired,
    FieldList,
    FormField,
    Length,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from ivr.console.forms import ConsoleForm, VersionedForm
from ivr.store.tables import Case
from ivr.switchboard import queue
from ivr.switchboard.accounts import Role

#: Name of the button that asks for one more requirement to be filled in.
MORE = "one_more"
_LONGEST_TEXT = 4000
_CHANNELS = (Channel.EMAIL, Channel.WEB, Channel.PHONE, Channel.MOBILE)


class RequirementRow(ConsoleForm):
    """One thing that is wrong. A row that is left empty is none."""

    class Meta(ConsoleForm.Meta):
        csrf = False

    category = SelectField("Qué es")
    description = TextAreaField(
        "Descripción", [Length(max=_LONGEST_TEXT, message=f"Use hasta {_LONGEST_TEXT} caracteres.")]
    )

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.category.choices = categories()

    def validate_category(self, field: SelectField) -> None:
        """What is described is of some kind."""
        if self.description.data and not field.data:
            raise ValidationError("Elija qué es.")


class CaseForm(ConsoleForm):
    """A case that did not come about in a call."""

    channel = RadioField(
        "Por dónde llegó",
        [DataRequired("Elija por dónde llegó.")],
        choices=[(each.value, words.CHANNELS[each]) for each in _CHANNELS],
    )
    priority = RadioField(
        "Prioridad",
        [DataRequired("Elija la prioridad.")],
        choices=list(words.PRIORITIES.items()),
        default=Priority.STANDARD.value,
    )
    urgent_kind = SelectField(
        "Tipo de urgencia", choices=[("", "No es una de estas"), *words.URGENT_KINDS.items()]
    )
    project = SelectField("Proyecto", [DataRequired("Elija el proyecto.")])
    apartment = StringField(
        "Departamento o casa",
        [
            DataRequired("Escriba el número."),
            Length(max=homes.LONGEST_NUMBER, message=f"Use hasta {homes.LONGEST_NUMBER} caracteres."),
        ],
        description="Como lo escribió el propietario. Si no está en el registro, queda sin verificar.",
    )
    contacts = TextAreaField(
        "Teléfonos de contacto",
        description="Uno por línea; primero el preferido. Vacío: los que la vivienda tiene en el registro.",
    )
    requirements = FieldList(FormField(RequirementRow), min_entries=1, max_entries=MOST_REQUIREMENTS)

    def validate_urgent_kind(self, field: SelectField) -> None:
        """Only an urgency has a kind."""
        if field.data and self.priority.data != Priority.URGENT:
            raise ValidationError("Solo una urgencia tiene tipo: cambie la prioridad o el tipo.")


class FollowForm(VersionedForm):
    """A new case after one that has ended."""

    channel = RadioField(
        "Por dónde llegó",
        [DataRequired("Elija por dónde llegó.")],
        choices=[(each.value, words.CHANNELS[each]) for each in _CHANNELS],
    )
    requirements = FieldList(FormField(RequirementRow), min_entries=1, max_entries=MOST_REQUIREMENTS)


@pages.route("/nueva", methods=["GET", "POST"])
@allowed(Role.AGENT)
def open_case(visit: Visit) -> ResponseReturnValue:
    """Open a case. The rounds of an urgent one begin at once."""
    form = CaseForm()
    form.project.choices = project_choices(visit)
    if _wants_a_row(form):
        return render_template("cases/open.html", form=form, most=MOST_REQUIREMENTS)
    if form.validate_on_submit() and _reports_something(form, form.priority.data):
        with visit.attempt(form):
            case = _open(visit, form)
            visit.record("open", f"case:{case.number}", channel=case.channel, priority=case.priority)
            flash(f"Solicitud {case.number} abierta.", "success")
            return redirect(url_for(".show", number=case.number), 303)
    return render_template("cases/open.html", form=form, most=MOST_REQUIREMENTS), form.status


@pages.route("/<number>/seguir", methods=["GET", "POST"])
@allowed(Role.AGENT)
def follow(visit: Visit, number: str) -> ResponseReturnValue:
    """Open a case that follows one that has ended, with its home and contacts."""
    old = cases.get(visit.session, number, locked=request.method == "POST")
    form = FollowForm()

    def shown() -> str:
        return render_template(
            "cases/follow.html",
            form=form,
            case=old,
            place=place(old),
            ended=old.status in ENDED,
            most=MOST_REQUIREMENTS,
        )

    if _wants_a_row(form):
        return shown()
    if (
        form.validate_on_submit()
        and _reports_something(form, Priority.STANDARD)
        and form.still(standing(old))
    ):
        with visit.attempt(form):
            case = cases.follow(
                visit.session, old, now=visit.now, by=visit.agent.name, channel=Channel(form.channel.data)
            )
            for each in _reported(form):
                cases.add_requirement(
                    visit.session,
                    case,
                    Category(each.category),
                    by=visit.agent.name,
                    now=visit.now,
                    description=each.description,
                )
            visit.record("follow", f"case:{case.number}", follows=number)
            flash(f"Solicitud {case.number} abierta: sigue a la {number}.", "success")
            return redirect(url_for(".show", number=case.number), 303)
    if request.method == "GET":
        form.showing(standing(old))
    return shown(), form.status


def _open(visit: Visit, form: CaseForm) -> Case:
    own = visit.context.settings.line_numbers
    case = cases.create_from_outside(
        visit.session,
        project=form.project.data,
        apartment=form.apartment.data,
        channel=form.channel.data,
        priority=form.priority.data,
        urgent_kind=form.urgent_kind.data or None,
        contacts=telephones.read(form.contacts.data or "", own),
        requirements=_reported(form),
        by=visit.agent.name,
        now=visit.now,
        own=own,
    )
    if case.priority == Priority.URGENT:
        queue.start_rounds(visit.session, case, now=visit.now)
    return case


def _wants_a_row(form: CaseForm | FollowForm) -> bool:
    """One more requirement is to be filled in: nothing is checked or done yet."""
    if MORE not in request.form or len(form.requirements) >= MOST_REQUIREMENTS:
        return False
    form.requirements.append_entry()
    return True


def _reported(form: CaseForm | FollowForm) -> list[Reported]:
    rows = (row.form for row in form.requirements)
    return [Reported(row.category.data, row.description.data or None) for row in rows if row.category.data]


def _reports_something(form: CaseForm | FollowForm, priority: str) -> bool:
    """Whether the owner reports anything: an urgency does by its kind."""
    if _reported(form) or priority == Priority.URGENT:
        return True
    form.faults.append("Indique al menos un requerimiento.")
    return False
