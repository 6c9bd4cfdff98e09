"""The reports' page, its filters, and each table for a spreadsheet."""

from collections.abc import Sequence
from datetime import date, timedelta
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from ivr.aftersales import projects, week
from ivr.aftersales.report_scope import Scope
from ivr.console import show
from ivr.console.access import Visit, allowed
from ivr.console.fields import DateField, SelectField
from ivr.console.forms import ConsoleForm
from ivr.console.reports import made
from ivr.console.reports.sheets import Unit, Value
from ivr.store.tables import Project
from ivr.switchboard.accounts import Role

pages = Blueprint("reports", __name__, url_prefix="/informes", template_folder="templates")

WEEK, MONTH, CHOSEN = "semana", "30", "fechas"
#: Days that one report may be about.
LONGEST = 366


class PeriodForm(ConsoleForm):
    """What a report is about. Sent by GET, so that a report can be kept and passed on."""

    class Meta(ConsoleForm.Meta):
        csrf = False

    periodo = SelectField(
        "Período",
        choices=[(WEEK, "Esta semana"), (MONTH, "Últimos 30 días"), (CHOSEN, "Entre dos fechas")],
        default=MONTH,
    )
    desde = DateField("Desde")
    hasta = DateField("Hasta")
    proyecto = SelectField("Proyecto")

    def days(self, today: date) -> tuple[date, date]:
        """The first and the last day that are meant; of what cannot be meant, the last 30 days."""
        match self.periodo.data:
            case "semana":
                return week.monday_of(today), today
            case "fechas" if self._is_span():
                return self.desde.data, self.hasta.data
        return today - timedelta(days=29), today

    def _is_span(self) -> bool:
        """Whether both dates are there and fit; says what is wrong if not."""
        first, last = self.desde.data, self.hasta.data
        if first is None or last is None:
            self.faults.append("Escriba las dos fechas. Se muestran los últimos 30 días.")
        elif last < first:
            self.faults.append("La segunda fecha es anterior a la primera. Se muestran los últimos 30 días.")
        elif (last - first).days >= LONGEST or not 2000 <= first.year <= 2100:
            self.faults.append("Un informe abarca hasta un año. Se muestran los últimos 30 días.")
        return not self.faults


@pages.app_template_filter()
def figure(value: Value, unit: str = "") -> str:
    """``87 %``, ``4,3 de 5``; a dash where it is not known."""
    if value is None:
        return "–"
    shown = f"{value:.1f}".replace(".", ",") if isinstance(value, float) else str(value)
    return f"{shown} {unit}" if unit else shown


@pages.get("/")
@allowed(Role.SUPERVISOR)
def index(visit: Visit) -> ResponseReturnValue:
    """The report of the period and project that are asked for: the last 30 days of all, if none is."""
    form, scope, known = _asked(visit)
    return render_template(
        "reports/index.html",
        form=form,
        scope=scope,
        chosen=next((project for project in known if project.id == scope.project_id), None),
        custom=form.periodo.data == CHOSEN,
        report=made.make(visit.session, scope, visit.now),
        count=Unit.COUNT,
        query=urlencode([(name, value) for name, value in request.args.items(multi=True) if value]),
    )


@pages.get("/<name>.csv")
@allowed(Role.SUPERVISOR, data=True)
def table(visit: Visit, name: str) -> ResponseReturnValue:
    """One table of the report that the same query shows."""
    _form, scope, _known = _asked(visit)
    sheet = made.make(visit.session, scope, visit.now).sheet(name)
    if sheet is None:
        abort(404)
    # The mark at the beginning is how spreadsheets know UTF-8.
    answer = Response("\ufeff" + sheet.as_csv(), mimetype="text/csv")
    file = f"{name}-{scope.first}-{scope.last}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return answer


def _asked(visit: Visit) -> tuple[PeriodForm, Scope, Sequence[Project]]:
    form = PeriodForm(formdata=request.args)
    known = projects.directory(visit.session)
    form.proyecto.choices = [("", "Todos"), *((project.code, project.name) for project in known)]
    project = next((each for each in known if each.code == form.proyecto.data), None)
    zone = show.zone(project.timezone if project else None)
    first, last = form.days(visit.now.astimezone(zone).date())
    return form, Scope(first, last, zone, project.id if project else None), known
