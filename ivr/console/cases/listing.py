"""The list of cases, with its filters and its one search box."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from ivr.aftersales import case_search
from ivr.aftersales.case_search import Wanted
from ivr.aftersales.life import Channel, Priority, Status
from ivr.console import words
from ivr.console.access import Visit, allowed
from ivr.console.cases.pages import pages
from ivr.console.fields import BooleanField, SearchField, SelectField
from ivr.console.forms import ConsoleForm
from ivr.store.tables import Project
from ivr.switchboard.accounts import Role

#: Of the filter by status: all that have not ended.
UNENDED = "vigentes"
ALL = "todas"


class SearchForm(ConsoleForm):
    """Which cases are listed. Sent by GET, so that a search can be kept and passed on."""

    class Meta(ConsoleForm.Meta):
        csrf = False

    q = SearchField("Número, teléfono, proyecto o propietario")
    estado = SelectField(
        "Estado",
        choices=[(UNENDED, "Vigentes"), (ALL, "Todas"), *words.STATUSES.items()],
        default=UNENDED,
    )
    prioridad = SelectField("Prioridad", choices=[("", "Todas"), *words.PRIORITIES.items()])
    proyecto = SelectField("Proyecto")
    canal = SelectField("Canal", choices=[("", "Todos"), *words.CHANNELS.items()])
    atrasadas = BooleanField("Solo atrasadas")


@pages.get("/")
@allowed(Role.AGENT)
def index(visit: Visit) -> ResponseReturnValue:
    """Cases, newest first: those that have not ended, unless more is asked for."""
    form = SearchForm(formdata=request.args, data={"estado": ALL if request.args.get("q") else UNENDED})
    known = visit.session.execute(select(Project.code, Project.name).order_by(Project.name))
    form.proyecto.choices = [("", "Todos"), *((code, name) for code, name in known)]
    wanted = _wanted(form)
    found = case_search.page(visit.session, wanted, now=visit.now, cursor=request.args.get("cursor") or None)
    return render_template(
        "cases/index.html",
        form=form,
        found=found,
        narrowed=wanted != Wanted(unended=True),
        most_homes=case_search.MOST_HOMES,
    )


def _wanted(form: SearchForm) -> Wanted:
    """What the form says; a choice that there is not is none."""
    return Wanted(
        status=_one_of(Status, form.estado.data),
        unended=form.estado.data == UNENDED,
        priority=_one_of(Priority, form.prioridad.data),
        channel=_one_of(Channel, form.canal.data),
        project=form.proyecto.data or None,
        overdue=form.atrasadas.data,
        words=form.q.data or "",
    )


def _one_of(words_: Iterable[Any], given: str | None) -> Any:
    names: Mapping[str, Any] = {word.value: word for word in words_}
    return names.get(given or "")
