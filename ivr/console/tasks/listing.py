"""The list of what is to be done."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from ivr.aftersales import letters, tasks
from ivr.aftersales.tasks import TaskKind
from ivr.console import words
from ivr.console.access import Visit, allowed
from ivr.console.fields import BooleanField, SelectField
from ivr.console.forms import ConsoleForm
from ivr.console.tasks.pages import pages, shown
from ivr.switchboard.accounts import Role

_TO_DO, _ASLEEP = "", "pospuestas"


class FilterForm(ConsoleForm):
    """Which tasks are listed. Sent by GET."""

    class Meta(ConsoleForm.Meta):
        csrf = False

    tipo = SelectField("Tipo")
    cuales = SelectField("Cuáles", choices=[(_TO_DO, "Por hacer ahora"), (_ASLEEP, "Pospuestas")])
    mias = BooleanField("Solo las mías")


@pages.get("/")
@allowed(Role.AGENT)
def index(visit: Visit) -> ResponseReturnValue:
    """What is to be done, the most urgent first."""
    counted = tasks.count_open(visit.session)
    form = FilterForm(formdata=request.args)
    form.tipo.choices = [
        ("", "Todos"),
        *((kind.value, f"{words.TASK_KINDS[kind]} ({counted.get(kind, 0)})") for kind in TaskKind),
    ]
    kind = form.tipo.data
    found, following = tasks.open_page(
        visit.session,
        now=visit.now,
        kind=TaskKind(kind) if kind in set(TaskKind) else None,
        taken_by=visit.agent if form.mias.data else None,
        asleep=form.cuales.data == _ASLEEP,
        cursor=request.args.get("cursor") or None,
    )
    return render_template(
        "tasks/index.html",
        form=form,
        tasks=shown(visit.session, found),
        next=following,
        now=visit.now,
        agent=visit.agent,
        narrowed=bool(kind or form.mias.data or form.cuales.data),
        dead=letters.dead_count(visit.session) if visit.may(Role.SUPERVISOR) else 0,
    )
