"""Who is on call when: weekly shifts, shifts of certain dates, and swaps."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from ivr.console.access import Visit, allowed
from ivr.console.administration.naming import GROUP, PREFIX, WEEKDAYS
from ivr.console.area import Area, Entry
from ivr.console.fields import DateTimeLocalField, InputRequired, IntegerField, SelectField, TimeField
from ivr.console.forms import ConsoleForm
from ivr.store.tables import Agent
from ivr.switchboard import roster
from ivr.switchboard.accounts import Role
from ivr.switchboard.roster import EntryKind

pages = Blueprint("roster", __name__, url_prefix=f"{PREFIX}/turnos", template_folder="templates")
AREA = Area(pages, GROUP, (Entry("Turnos de urgencia", "roster.index", Role.SUPERVISOR),))


class WeeklyForm(ConsoleForm):
    """A shift of every week."""

    agent = SelectField("Quién", [InputRequired()], coerce=int)
    weekday = SelectField("Día", [InputRequired()], choices=list(WEEKDAYS.items()), coerce=int)
    begins = TimeField("Desde", [InputRequired("Falta la hora.")])
    ends = TimeField(
        "Hasta",
        [InputRequired("Falta la hora.")],
        description="Si no es posterior, termina al día siguiente.",
    )
    level = IntegerField("Nivel", [InputRequired("Falta el nivel.")], description="1 suena primero.")


class DatedForm(ConsoleForm):
    """A shift of certain dates."""

    agent = SelectField("Quién", [InputRequired()], coerce=int)
    starts_at = DateTimeLocalField("Desde", [InputRequired("Falta el día y la hora.")])
    ends_at = DateTimeLocalField("Hasta", [InputRequired("Falta el día y la hora.")])
    level = IntegerField("Nivel", [InputRequired("Falta el nivel.")], description="1 suena primero.")


class SwapForm(ConsoleForm):
    """One agent instead of another."""

    instead_of = SelectField("En vez de", [InputRequired()], coerce=int)
    agent = SelectField("Está", [InputRequired()], coerce=int, description="Toma sus turnos, con su nivel.")
    starts_at = DateTimeLocalField("Desde", [InputRequired("Falta el día y la hora.")])
    ends_at = DateTimeLocalField("Hasta", [InputRequired("Falta el día y la hora.")])


Forms = dict[EntryKind, ConsoleForm]


@pages.get("/")
@allowed(Role.SUPERVISOR)
def index(visit: Visit) -> ResponseReturnValue:
    """Who is on call now, and every line of the roster."""
    return _page(visit, _forms(visit))


@pages.post("/<kind>")
@allowed(Role.SUPERVISOR)
def add(visit: Visit, kind: str) -> ResponseReturnValue:
    """One more line."""
    forms = _forms(visit, kind)
    wanted = EntryKind(kind) if kind in set(EntryKind) else EntryKind.WEEKLY
    form = forms[wanted]
    if form.validate():
        with visit.attempt(form):
            entry_id = _add(visit, wanted, form)
            visit.record("add_shift", f"roster:{entry_id}", kind=wanted, on_call=form.agent.data)
            flash("Turno guardado.", "success")
            return redirect(url_for(".index"), 303)
    return _page(visit, forms), form.status


@pages.post("/<int:entry_id>/quitar")
@allowed(Role.SUPERVISOR)
def remove(visit: Visit, entry_id: int) -> ResponseReturnValue:
    """That line counts no more."""
    roster.remove(visit.session, entry_id)
    visit.record("remove_shift", f"roster:{entry_id}")
    flash("Turno quitado.", "success")
    return redirect(url_for(".index"), 303)


def _forms(visit: Visit, sent: str = "") -> Forms:
    """The three forms; only the one that was sent has anything in it."""
    agents = visit.session.scalars(select(Agent).where(Agent.deactivated_at.is_(None)).order_by(Agent.name))
    choices = [(agent.id, agent.name) for agent in agents]
    kinds = {EntryKind.WEEKLY: WeeklyForm, EntryKind.DATED: DatedForm, EntryKind.SWAP: SwapForm}
    forms: Forms = {}
    for kind, form in kinds.items():
        blank = {} if kind == sent or not sent else {"formdata": None}
        forms[kind] = form(prefix=f"{kind}-", **blank)
        for name in ("agent", "instead_of"):
            if name in forms[kind]:
                forms[kind][name].choices = choices
    return forms


def _add(visit: Visit, kind: EntryKind, form: ConsoleForm) -> int:
    session, agent_id, now = visit.session, form.agent.data, visit.now
    if kind == EntryKind.WEEKLY:
        times = {"begins": form.begins.data, "ends": form.ends.data}
        return roster.add_weekly(
            session, agent_id, level=form.level.data, weekday=form.weekday.data, now=now, **times
        ).id
    zone = ZoneInfo(visit.context.settings.timezone)
    begins: datetime = form.starts_at.data.replace(tzinfo=zone)
    ends: datetime = form.ends_at.data.replace(tzinfo=zone)
    if kind == EntryKind.DATED:
        return roster.add_dated(
            session, agent_id, level=form.level.data, starts_at=begins, ends_at=ends, now=now
        ).id
    return roster.add_swap(
        session, agent_id, instead_of=form.instead_of.data, starts_at=begins, ends_at=ends, now=now
    ).id


def _page(visit: Visit, forms: Forms) -> str:
    entries, cursor = roster.page(visit.session, request.args.get("cursor"))
    settings = visit.context.settings
    levels = roster.levels(visit.session, settings, visit.now)
    agents = {agent.id: agent for agent in visit.session.scalars(select(Agent))}
    if levels is None:
        own = {agent.id: agent.on_call_level for agent in agents.values() if agent.on_call_level is not None}
        on_call = sorted(own.items(), key=lambda pair: pair[1])
    else:
        on_call = sorted(levels.items(), key=lambda pair: pair[1])
    return render_template(
        "administration/roster.html",
        forms=forms,
        entries=entries,
        next=cursor,
        agents=agents,
        on_call=on_call,
        by_roster=levels is not None,
        weekdays=WEEKDAYS,
        now=visit.now,
    )
