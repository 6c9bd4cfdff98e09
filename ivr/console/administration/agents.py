"""Agents: who they are, what they take, what they may do here, and whether they still do."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ivr.console import words
from ivr.console.access import Visit, allowed
from ivr.console.administration.naming import GROUP, PREFIX
from ivr.console.area import Area, Entry
from ivr.console.fields import (
    Checks,
    EmailField,
    InputRequired,
    IntegerField,
    Length,
    Optional,
    PasswordField,
    RadioField,
    StringField,
)
from ivr.console.forms import ConsoleForm, VersionedForm
from ivr.store.tables import Agent
from ivr.switchboard import accounts, presence
from ivr.switchboard.accounts import LONGEST_PASSWORD, SHORTEST_PASSWORD, Role

pages = Blueprint("agents", __name__, url_prefix=f"{PREFIX}/agentes", template_folder="templates")
AREA = Area(pages, GROUP, (Entry("Agentes", "agents.index", Role.ADMINISTRATOR),))

_LENGTH = Length(
    SHORTEST_PASSWORD, LONGEST_PASSWORD, f"Use entre {SHORTEST_PASSWORD} y {LONGEST_PASSWORD} caracteres."
)


class _Fields(ConsoleForm):
    """What is said of an agent."""

    name = StringField("Nombre", [InputRequired("Escriba el nombre.")])
    email = EmailField(
        "Correo", [InputRequired("Escriba el correo.")], description="Con él entra a la consola."
    )
    phone = StringField(
        "Teléfono",
        [InputRequired("Escriba el teléfono.")],
        description="Donde recibe las llamadas: +56 9 8765 4321, sip:nombre@central o client:nombre.",
    )
    skills = Checks("Atiende", [InputRequired("Elija al menos una.")], choices=list(words.SKILLS.items()))
    on_call_level = IntegerField(
        "Nivel de turno",
        [Optional()],
        description="1 suena primero en una urgencia; vacío: no está en la lista.",
    )
    role = RadioField("Rol", [InputRequired("Elija un rol.")], choices=list(words.ROLES.items()))

    def values(self) -> dict[str, Any]:
        """The fields as the switchboard takes them."""
        phone = self.phone.data if ":" in self.phone.data else "".join(self.phone.data.split())
        kept = {name: self[name].data for name in ("name", "email", "skills", "on_call_level")}
        return kept | {"phone": phone}


class NewAgentForm(_Fields):
    """Somebody new."""

    new_password = PasswordField(
        "Clave inicial",
        [InputRequired("Escriba una clave."), _LENGTH],
        description=f"Al menos {SHORTEST_PASSWORD} caracteres. Al entrar, la persona puede cambiarla.",
    )


class AgentForm(_Fields, VersionedForm):
    """An agent whom others may be changing, too."""


class ResetForm(ConsoleForm):
    """A new password for somebody who forgot theirs."""

    new_password = PasswordField(
        "Clave nueva",
        [InputRequired("Escriba la clave nueva."), _LENGTH],
        description="Se cierran todas sus sesiones: entra de nuevo con esta clave.",
    )


class AccessForm(ConsoleForm):
    """Ends or gives back somebody's access."""


@pages.get("/")
@allowed(Role.ADMINISTRATOR)
def index(visit: Visit) -> ResponseReturnValue:
    """Everybody, a page at a time."""
    found, cursor = presence.page(visit.session, request.args.get("cursor"))
    return render_template("administration/agents.html", agents=found, next=cursor)


@pages.route("/nuevo", methods=["GET", "POST"])
@allowed(Role.ADMINISTRATOR)
def create(visit: Visit) -> ResponseReturnValue:
    """Somebody new."""
    form = NewAgentForm(data={"role": Role.AGENT.value})
    if form.validate_on_submit():
        with visit.attempt(form):
            agent = presence.create(
                visit.session, **form.values(), now=visit.now, countries=visit.context.settings.countries
            )
            accounts.give_role(agent, form.role.data)
            accounts.set_password(visit.session, agent, form.new_password.data, now=visit.now)
            visit.record("create_agent", f"agent:{agent.id}", name=agent.name, role=agent.role)
            flash(f"{agent.name} ya puede entrar con su correo.", "success")
            return redirect(url_for(".edit", agent_id=agent.id), 303)
    return render_template("administration/agent.html", form=form, agent=None), form.status


@pages.route("/<int:agent_id>", methods=["GET", "POST"])
@allowed(Role.ADMINISTRATOR)
def edit(visit: Visit, agent_id: int) -> ResponseReturnValue:
    """Change an agent."""
    agent = _found(visit, agent_id)
    form = AgentForm(obj=agent)
    if form.validate_on_submit() and form.still(_seen(agent)):
        with visit.attempt(form):
            if form.role.data != Role.ADMINISTRATOR:
                accounts.require_another_administrator(visit.session, agent)
            countries = visit.context.settings.countries
            presence.update(visit.session, agent, now=visit.now, countries=countries, **form.values())
            accounts.give_role(agent, form.role.data)
            visit.record(
                "change_agent", f"agent:{agent_id}", name=agent.name, role=agent.role, skills=agent.skills
            )
            flash("Agente guardado.", "success")
            return redirect(url_for(".edit", agent_id=agent_id), 303)
    if request.method == "GET":
        form.showing(_seen(agent))
    return _page(agent, form, ResetForm(), AccessForm()), form.status


@pages.post("/<int:agent_id>/clave")
@allowed(Role.ADMINISTRATOR)
def reset_password(visit: Visit, agent_id: int) -> ResponseReturnValue:
    """A new password; the agent's sessions end."""
    agent = _found(visit, agent_id)
    form = ResetForm()
    if form.validate():
        with visit.attempt(form):
            accounts.set_password(visit.session, agent, form.new_password.data, now=visit.now)
            visit.record("reset_password", f"agent:{agent_id}")
            flash(f"Clave nueva para {agent.name}. Sus sesiones se cerraron.", "success")
            return redirect(url_for(".edit", agent_id=agent_id), 303)
    return _page(agent, _unsent(agent), form, AccessForm()), form.status


@pages.post("/<int:agent_id>/acceso")
@allowed(Role.ADMINISTRATOR)
def access(visit: Visit, agent_id: int) -> ResponseReturnValue:
    """The agent does not work here any more, and is signed out; or works here again."""
    agent = _found(visit, agent_id)
    form = AccessForm()
    with visit.attempt(form):
        if agent.deactivated_at is None:
            accounts.require_another_administrator(visit.session, agent)
            accounts.deactivate(visit.session, agent, now=visit.now)
            visit.record("deactivate_agent", f"agent:{agent_id}", name=agent.name)
            flash(f"{agent.name} ya no tiene acceso, y no se le llama.", "success")
        else:
            accounts.reactivate(agent)
            visit.record("reactivate_agent", f"agent:{agent_id}", name=agent.name)
            flash(f"{agent.name} tiene acceso otra vez.", "success")
        return redirect(url_for(".edit", agent_id=agent_id), 303)
    return _page(agent, _unsent(agent), ResetForm(formdata=None), form), form.status


def _found(visit: Visit, agent_id: int) -> Agent:
    """The agent, locked where something is to be written. Raises NotFound."""
    agent = presence.get(visit.session, agent_id)
    return presence.lock(visit.session, agent_id) if request.method == "POST" else agent


def _unsent(agent: Agent) -> AgentForm:
    """The agent's form beside another that was sent."""
    form = AgentForm(formdata=None, obj=agent)
    form.showing(_seen(agent))
    return form


def _page(agent: Agent, form: AgentForm, reset: ResetForm, access_form: AccessForm) -> str:
    return render_template(
        "administration/agent.html", agent=agent, form=form, reset=reset, access_form=access_form
    )


def _seen(agent: Agent) -> dict[str, object]:
    """What is stored, by the names that people give it."""
    return {
        "Nombre": agent.name,
        "Correo": agent.email,
        "Teléfono": agent.phone,
        "Atiende": ", ".join(words.of(words.SKILLS, skill) for skill in agent.skills),
        "Nivel de turno": agent.on_call_level,
        "Rol": words.of(words.ROLES, agent.role),
        "Acceso": "desactivado" if agent.deactivated_at else "activo",
    }
