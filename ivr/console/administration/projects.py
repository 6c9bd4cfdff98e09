"""Projects: their visits' weekday, how long a visit lasts, how many at a time, and where they stand."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from ivr.aftersales import projects
from ivr.console.access import Visit, allowed
from ivr.console.administration.naming import GROUP, PREFIX, REGIONS, TIMEZONES, WEEKDAYS
from ivr.console.area import Area, Entry
from ivr.console.fields import DateField, InputRequired, IntegerField, Optional, SelectField, StringField
from ivr.console.forms import ConsoleForm, VersionedForm
from ivr.store.tables import Home, Project
from ivr.switchboard.accounts import Role

pages = Blueprint("projects", __name__, url_prefix=f"{PREFIX}/proyectos", template_folder="templates")
AREA = Area(pages, GROUP, (Entry("Proyectos", "projects.index", Role.SUPERVISOR),))

_REGION_CHOICES = [("", "Solo feriados nacionales"), *REGIONS.items()]
_WORKING_DAYS = [(day, name) for day, name in WEEKDAYS.items() if day <= 5]


class _Fields(ConsoleForm):
    """What is said of a project."""

    name = StringField("Nombre", [InputRequired("Escriba el nombre.")])
    weekday = SelectField("Día de visitas", [InputRequired()], choices=_WORKING_DAYS, coerce=int)
    slot_minutes = IntegerField(
        "Minutos por visita", [InputRequired("Escriba cuántos minutos.")], description="De 5 a 270."
    )
    inspectors = IntegerField("Inspectores a la vez", [InputRequired("Escriba cuántos.")])
    crews = IntegerField("Cuadrillas por medio día", [InputRequired("Escriba cuántas.")])
    region = SelectField("Región", choices=_REGION_CHOICES, description="Decide los feriados regionales.")
    timezone = SelectField("Zona horaria", [InputRequired()], choices=list(TIMEZONES.items()))
    received_on = DateField(
        "Recepción municipal",
        [Optional()],
        description="Desde ese día cuentan los 5 y 10 años de garantía.",
    )

    def values(self) -> dict[str, Any]:
        """The fields as the business takes them."""
        names = ("name", "weekday", "slot_minutes", "inspectors", "crews", "timezone", "received_on")
        return {name: self[name].data for name in names} | {"region": self.region.data or None}


class NewProjectForm(_Fields):
    """A project that is not there yet."""

    code = StringField(
        "Código",
        [InputRequired("Escriba el código.")],
        description="De 1 a 6 dígitos: es lo que se marca por teléfono. No se puede cambiar después.",
    )


class ProjectForm(_Fields, VersionedForm):
    """A project that others may be changing, too."""


@pages.get("/")
@allowed(Role.SUPERVISOR)
def index(visit: Visit) -> ResponseReturnValue:
    """All projects, a page at a time."""
    found, cursor = projects.page(visit.session, request.args.get("cursor"))
    ids = [project.id for project in found]
    counted = (
        select(Home.project_id, func.count().label("homes"))
        .where(Home.project_id.in_(ids))
        .group_by(Home.project_id)
    )
    return render_template(
        "administration/projects.html",
        projects=found,
        homes={row.project_id: row.homes for row in visit.session.execute(counted)},
        next=cursor,
        weekdays=WEEKDAYS,
        regions=REGIONS,
    )


@pages.route("/nuevo", methods=["GET", "POST"])
@allowed(Role.ADMINISTRATOR)
def create(visit: Visit) -> ResponseReturnValue:
    """A new project."""
    form = NewProjectForm(data={"weekday": 1, "slot_minutes": 30, "inspectors": 1, "crews": 1})
    if form.validate_on_submit():
        with visit.attempt(form):
            code = form.code.data
            projects.create(visit.session, code=code, **form.values(), now=visit.now)
            visit.record("create_project", f"project:{code}", **_plain(form.values()))
            flash("Proyecto creado. Falta cargar sus viviendas.", "success")
            return redirect(url_for(".edit", code=code), 303)
    return render_template("administration/project.html", form=form, project=None), form.status


@pages.route("/<code>", methods=["GET", "POST"])
@allowed(Role.ADMINISTRATOR)
def edit(visit: Visit, code: str) -> ResponseReturnValue:
    """Change a project. What is booked stays booked."""
    project = projects.get(visit.session, code)
    if request.method == "POST":
        visit.session.refresh(project, with_for_update={"key_share": True})
    form = ProjectForm(obj=project)
    if form.validate_on_submit() and form.still(_seen(project)):
        with visit.attempt(form):
            projects.update(visit.session, project, now=visit.now, **form.values())
            visit.record("change_project", f"project:{code}", **_plain(form.values()))
            flash("Proyecto guardado.", "success")
            return redirect(url_for(".edit", code=code), 303)
    if request.method == "GET":
        form.showing(_seen(project))
    return render_template("administration/project.html", form=form, project=project), form.status


def _seen(project: Project) -> dict[str, object]:
    """What is stored, by the names that people give it."""
    return {
        "Nombre": project.name,
        "Día de visitas": WEEKDAYS[project.weekday],
        "Minutos por visita": project.slot_minutes,
        "Inspectores a la vez": project.inspectors,
        "Cuadrillas por medio día": project.crews,
        "Región": REGIONS.get(project.region or "", "Solo feriados nacionales"),
        "Zona horaria": TIMEZONES.get(project.timezone, project.timezone),
        "Recepción municipal": project.received_on,
    }


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return values | {"received_on": str(values["received_on"]) if values["received_on"] else None}
