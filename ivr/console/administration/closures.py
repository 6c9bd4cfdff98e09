"""Days off beside the public holidays, and holidays that are worked: the override table, year by year."""

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ivr.aftersales import calendar, closures, projects
from ivr.console.access import Visit, allowed
from ivr.console.administration.naming import GROUP, PREFIX, REGIONS
from ivr.console.area import Area, Entry
from ivr.console.fields import DateField, InputRequired, RadioField, SelectField, StringField
from ivr.console.forms import ConsoleForm
from ivr.store.tables import Project
from ivr.switchboard.accounts import Role

pages = Blueprint("closures", __name__, url_prefix=f"{PREFIX}/feriados", template_folder="templates")
AREA = Area(pages, GROUP, (Entry("Feriados y cierres", "closures.index", Role.SUPERVISOR),))

_NATION, _REGION, _PROJECT = "nation", "region:", "project:"


class ClosureForm(ConsoleForm):
    """One day that is not what the calendar says."""

    day = DateField("Día", [InputRequired("Elija el día.")])
    working = RadioField(
        "Ese día",
        [InputRequired("Elija una de las dos.")],
        choices=[("off", "No se trabaja"), ("on", "Se trabaja, aunque sea feriado")],
    )
    reason = StringField("Motivo", [InputRequired("Escriba el motivo.")], description="Se ve en la agenda.")
    scope = SelectField(
        "Vale para", [InputRequired()], description="Lo más específico manda: proyecto, región, todo Chile."
    )


@pages.route("/", methods=["GET", "POST"])
@allowed(Role.SUPERVISOR)
def index(visit: Visit) -> ResponseReturnValue:
    """The holidays of a year and what overrides them; one more override."""
    year = _year(visit)
    directory = projects.directory(visit.session)
    form = ClosureForm(data={"working": "off"})
    form.scope.choices = _scopes(directory)
    if form.validate_on_submit():
        with visit.attempt(form):
            region, project = _scope(form.scope.data, directory)
            closure = closures.add(
                visit.session,
                day=form.day.data,
                working=form.working.data == "on",
                reason=form.reason.data,
                region=region,
                project=project,
            )
            visit.record(
                "add_closure",
                f"closure:{closure.id}",
                day=str(closure.day),
                working=closure.working,
                scope=form.scope.data,
            )
            flash("Guardado. Lo que ya estaba agendado ese día sigue agendado.", "success")
            return redirect(url_for(".index", year=closure.day.year), 303)
    stored = closures.of_year(visit.session, year)
    codes = {project.id: project for project in directory}
    return render_template(
        "administration/closures.html",
        form=form,
        year=year,
        days=_days(year),
        closures=stored,
        names={each.id: _scope_name(each.region, codes.get(each.project_id or 0)) for each in stored},
        today=visit.now.date(),
    ), form.status


@pages.post("/<int:closure_id>/quitar")
@allowed(Role.SUPERVISOR)
def remove(visit: Visit, closure_id: int) -> ResponseReturnValue:
    """Let the day be again what the calendar says."""
    closures.remove(visit.session, closure_id)
    visit.record("remove_closure", f"closure:{closure_id}")
    flash("Quitado: ese día vuelve a ser lo que dice el calendario.", "success")
    return redirect(url_for(".index", year=request.form.get("year", visit.now.year, int)), 303)


def _year(visit: Visit) -> int:
    asked = request.args.get("year", visit.now.year, int)
    return asked if 2000 <= asked <= 2100 else visit.now.year


def _days(year: int) -> list[tuple[date, str, str]]:
    """The public holidays of the nation and of each region: day, name, and the region's name or nothing."""
    nation = calendar.public_holidays(None, year)
    found = [(day, name, "") for day, name in nation.items()]
    for code, region in REGIONS.items():
        own: Mapping[date, str] = calendar.public_holidays(code, year)
        found += [(day, name, region) for day, name in own.items() if day not in nation]
    return sorted(found)


def _scopes(directory: list[Project]) -> list[tuple[str, str]]:
    return [
        (_NATION, "Todo Chile"),
        *((f"{_REGION}{code}", f"Región: {name}") for code, name in REGIONS.items()),
        *((f"{_PROJECT}{each.code}", f"Proyecto: {each.name}") for each in directory),
    ]


def _scope(chosen: str, directory: list[Project]) -> tuple[str | None, Project | None]:
    if chosen.startswith(_PROJECT):
        code = chosen.removeprefix(_PROJECT)
        return None, next(each for each in directory if each.code == code)
    return None if chosen == _NATION else chosen.removeprefix(_REGION), None


def _scope_name(region: str | None, project: Project | None) -> str:
    if project is not None:
        return project.name
    return REGIONS.get(region, region) if region else "Todo Chile"
