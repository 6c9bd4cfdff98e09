"""The register of homes: found, written down, changed."""

import re
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ivr.aftersales import homes, numbers, projects
from ivr.console.access import Visit, allowed
from ivr.console.administration.naming import GROUP, PREFIX
from ivr.console.area import Area, Entry
from ivr.console.fields import BooleanField, DateField, InputRequired, Optional, SelectField, StringField
from ivr.console.forms import ConsoleForm, VersionedForm
from ivr.store.tables import Home
from ivr.switchboard.accounts import Role

pages = Blueprint("homes", __name__, url_prefix=f"{PREFIX}/viviendas", template_folder="templates")
AREA = Area(pages, GROUP, (Entry("Viviendas", "homes.index", Role.SUPERVISOR),))


class _Fields(ConsoleForm):
    """What is said of a home."""

    number = StringField(
        "Número",
        [InputRequired("Escriba el número.")],
        description="Como está en la puerta: 1204, A-12, Casa 7.",
    )
    owner = StringField("Propietario")
    phones = StringField(
        "Teléfonos",
        description="Separados por comas. Quien llama desde uno de ellos se reconoce de inmediato.",
    )
    registered_on = DateField(
        "Inscripción a nombre del comprador",
        [Optional()],
        description="Desde ese día cuentan los 3 años de garantía de terminaciones.",
    )
    verified = BooleanField("Verificada: sabemos que existe", default=True)

    def values(self) -> dict[str, Any]:
        """The fields as the business takes them."""
        written = [part.strip() for part in re.split(r"[,;/|\n]+", self.phones.data or "") if part.strip()]
        registered_on: date | None = self.registered_on.data
        return {
            "number": self.number.data,
            "owner": self.owner.data or None,
            "phones": [_e164(part) for part in written],
            "verified": self.verified.data,
            "registered_on": registered_on,
        }


class NewHomeForm(_Fields):
    """A home that is not in the register yet."""

    project = SelectField("Proyecto", [InputRequired()])


class HomeForm(_Fields, VersionedForm):
    """A home that others may be changing, too."""


@pages.get("/")
@allowed(Role.SUPERVISOR)
def index(visit: Visit) -> ResponseReturnValue:
    """The homes of a project, those that words find, or all; a page at a time."""
    code, words = request.args.get("project") or None, request.args.get("q", "").strip() or None
    found, cursor = homes.search(visit.session, project=code, words=words, cursor=request.args.get("cursor"))
    directory = projects.directory(visit.session)
    return render_template(
        "administration/homes.html", homes=found, next=cursor, directory=directory, code=code, words=words
    )


@pages.route("/nueva", methods=["GET", "POST"])
@allowed(Role.SUPERVISOR)
def create(visit: Visit) -> ResponseReturnValue:
    """A new home."""
    form = NewHomeForm(data={"project": request.args.get("project"), "verified": True})
    form.project.choices = [
        (each.code, f"{each.name} ({each.code})") for each in projects.directory(visit.session)
    ]
    if form.validate_on_submit():
        with visit.attempt(form):
            project = projects.get(visit.session, form.project.data)
            home = homes.create(
                visit.session,
                project=project,
                **form.values(),
                now=visit.now,
                own=visit.context.settings.line_numbers,
            )
            visit.record("create_home", f"home:{home.id}", project=project.code, number=home.number)
            flash("Vivienda creada.", "success")
            return redirect(url_for(".edit", home_id=home.id), 303)
    return render_template("administration/home.html", form=form, home=None), form.status


@pages.route("/<int:home_id>", methods=["GET", "POST"])
@allowed(Role.SUPERVISOR)
def edit(visit: Visit, home_id: int) -> ResponseReturnValue:
    """Change a home."""
    home = homes.of_id(visit.session, home_id, locked=request.method == "POST")
    form = HomeForm(
        data={
            "number": home.number,
            "owner": home.owner,
            "phones": ", ".join(phone.phone for phone in home.phones),
            "registered_on": home.registered_on,
            "verified": home.verified,
        }
    )
    if form.validate_on_submit() and form.still(seen(home)):
        with visit.attempt(form):
            homes.update(visit.session, home, **form.values(), own=visit.context.settings.line_numbers)
            visit.record("change_home", f"home:{home.id}", project=home.project.code, number=home.number)
            flash("Vivienda guardada.", "success")
            return redirect(url_for(".edit", home_id=home.id), 303)
    if request.method == "GET":
        form.showing(seen(home))
    return render_template("administration/home.html", form=form, home=home), form.status


def seen(home: Home) -> dict[str, object]:
    """What is stored, by the names that people give it."""
    return {
        "Número": home.number,
        "Propietario": home.owner,
        "Teléfonos": ", ".join(numbers.national(phone.phone) for phone in home.phones) or None,
        "Inscripción": home.registered_on,
        "Verificada": "sí" if home.verified else "no",
    }


def _e164(written: str) -> str:
    """A telephone as people write it; what is no Chilean one stays, for the business to refuse it."""
    try:
        return numbers.written(written, ())
    except numbers.Unusable:
        return written
