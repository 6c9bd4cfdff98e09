"""The agent's desk: their presence, the call that rings or goes on, and what is theirs to do."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from ivr.aftersales import tasks
from ivr.console import words
from ivr.console.access import Visit, allowed
from ivr.console.area import Area, Entry
from ivr.console.board import figures
from ivr.console.desk import acts, scene
from ivr.console.desk.forms import TechnicianForm, TransferForm, WrapUpForm
from ivr.console.desk.scene import Scene
from ivr.console.forms import ConsoleForm
from ivr.errors import Conflict, NotFound
from ivr.store.tables import Agent, Task
from ivr.switchboard import presence, pulse, talks, wrapping_up
from ivr.switchboard.accounts import Role
from ivr.switchboard.presence import Presence
from ivr.switchboard.wrapping_up import Result

pages = Blueprint("desk", __name__, template_folder="templates")
AREA = Area(pages, "Atención", (Entry("Mi escritorio", "desk.index"),))

_TASKS_SHOWN = 6


@pages.get("/")
@allowed(Role.AGENT)
def index(visit: Visit) -> ResponseReturnValue:
    """The desk."""
    return _page(visit)


@pages.get("/ahora")
@allowed(Role.AGENT, background=True)
def live(visit: Visit) -> ResponseReturnValue:
    """The part of the desk that changes by itself."""
    return render_template("desk/live.html", **_shown(visit))


@pages.post("/presencia")
@allowed(Role.AGENT)
def be(visit: Visit) -> ResponseReturnValue:
    """The agent says whether their telephone may ring."""
    wanted = request.form.get("presence", "")

    def change() -> None:
        presence.update(visit.session, visit.agent, now=visit.now, presence=wanted)
        visit.record("presence", f"agent:{visit.agent.id}", presence=wanted)

    said = f"Ahora está: {words.of(words.PRESENCES, wanted).lower()}."
    return visit.carry_out(change, said, url_for(".index"))


@pages.post("/llamada/<deed>")
@allowed(Role.AGENT)
def act(visit: Visit, deed: str) -> ResponseReturnValue:
    """One of the buttons of the agent's own talk."""
    wanted = acts.DEEDS.get(deed)
    if wanted is None:
        raise NotFound("no such button")

    def do() -> None:
        talk = talks.of_agent(visit.session, visit.agent.id)
        wanted.do(visit, talk)
        visit.record("in_call", f"wait:{talk.wait.id}", deed=deed)

    return visit.carry_out(do, wanted.said, url_for(".index"))


@pages.post("/llamada/transferir")
@allowed(Role.AGENT)
def transfer(visit: Visit) -> ResponseReturnValue:
    """Hand the owner on."""
    form = TransferForm(prefix="transfer-").offer(_colleagues(visit))
    if form.validate_on_submit():
        with visit.attempt(form):
            acts.hand_on(visit, form)
            visit.record("transfer", f"agent:{visit.agent.id}", to=form.to.data)
            flash("La llamada va en camino.", "success")
            return redirect(url_for(".index"), 303)
    return _page(visit, transfer=form)


@pages.post("/llamada/tecnico")
@allowed(Role.AGENT)
def technician(visit: Visit) -> ResponseReturnValue:
    """Bring a technician into the talk."""
    form = TechnicianForm(prefix="technician-")
    if form.validate_on_submit():
        with visit.attempt(form):
            acts.invite(visit, form.technician.data or "")
            visit.record("invite", f"agent:{visit.agent.id}")
            flash("El teléfono del técnico está sonando.", "success")
            return redirect(url_for(".index"), 303)
    return _page(visit, technician=form)


@pages.post("/gestion")
@allowed(Role.AGENT)
def wrap_up(visit: Visit) -> ResponseReturnValue:
    """What came of the talk; the agent is available again."""
    form = WrapUpForm(prefix="wrap-")
    if form.validate_on_submit():
        with visit.attempt(form):
            if visit.agent.presence == Presence.TALKING:
                raise Conflict("the talk still goes on", code="talking")
            note = form.note.data or ""
            leg = wrapping_up.wrap_up(
                visit.session, visit.agent, Result(form.result.data), note, now=visit.now
            )
            visit.record("wrap_up", f"wait:{leg.wait_id}", result=form.result.data)
            flash("Gestión guardada.", "success")
            return redirect(url_for(".index"), 303)
    return _page(visit, wrap=form)


def _page(visit: Visit, **forms: ConsoleForm) -> ResponseReturnValue:
    """The desk with these forms as they were sent, and with all others empty."""
    word = pulse.read(visit.session).desks.get(visit.agent.id, "")
    content = render_template("desk/index.html", word=word, **_shown(visit, **forms))
    return content, max((form.status for form in forms.values()), default=200)


def _shown(visit: Visit, **forms: ConsoleForm) -> dict[str, object]:
    found: Scene | None = scene.read(visit.session, visit.agent, visit.now)
    blank: dict[str, ConsoleForm] = {}
    if found is not None:
        blank = {
            "wrap": WrapUpForm(prefix="wrap-"),
            "transfer": TransferForm(prefix="transfer-").offer(_colleagues(visit)),
            "technician": TechnicianForm(prefix="technician-"),
        }
    mine, more = tasks.open_page(visit.session, now=visit.now, taken_by=visit.agent, limit=_TASKS_SHOWN)
    return {
        "agent": visit.agent,
        "scene": found,
        "tasks": mine,
        "more_tasks": more,
        "untaken": _untaken(visit) if found is None else (),
        "line": figures.glance(visit.session),
        "choices": [Presence.AVAILABLE, Presence.AWAY, Presence.OFFLINE],
        **blank,
        **forms,
    }


def _untaken(visit: Visit) -> Sequence[Task]:
    """What is due, and nobody sees to yet."""
    nobodys = (Task.state == tasks.OPEN) & (Task.due <= visit.now) & Task.taken_by_id.is_(None)
    awake = Task.snoozed_until.is_(None) | (Task.snoozed_until <= visit.now)
    wanted = select(Task).where(nobodys, awake).order_by(Task.due, Task.id).limit(_TASKS_SHOWN)
    return visit.session.scalars(wanted).all()


def _colleagues(visit: Visit) -> list[Agent]:
    """The others who work here, those first who are there."""
    wanted = select(Agent).where(Agent.id != visit.agent.id, Agent.deactivated_at.is_(None))
    found = visit.session.scalars(wanted.order_by(Agent.name)).all()
    return sorted(found, key=lambda agent: agent.presence != Presence.AVAILABLE)
