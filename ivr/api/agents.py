"""/agents"""

from typing import Annotated

from ivr.api.clients import Scope
from ivr.api.fields import Answer, Body, LocalMoment, Name, Page, Text, documented, example, left_out, local
from ivr.api.operations import Nothing, Operations, Request
from ivr.store.tables import Agent
from ivr.switchboard import presence
from ivr.switchboard.agent_fields import Skill
from ivr.switchboard.presence import CHOSEN, Presence

operations = Operations("agents")

_ONE = "/agents/<int:agent_id>"

AgentPhone = Annotated[Text, documented(description="E.164, sip:user@host or client:name")]
Email = Annotated[Text, documented(format="email", maxLength=200)]
Skills = Annotated[list[Skill], documented(minItems=1)]
Level = Annotated[int, documented(minimum=1, maximum=99, description="in the on-call list, 1 first")]
Choice = Annotated[Presence, documented(enum=sorted(CHOSEN))]


class AgentIn(Body):
    model_config = example(
        name="Bruno Pinto",
        phone="+56987651234",
        email="bruno@inmobiliaria.cl",
        skills=["standard", "urgent"],
        on_call_level=2,
    )

    name: Name
    phone: AgentPhone
    email: Email
    skills: Skills
    on_call_level: Level | None = None


class AgentChange(Body):
    """What is left out stays."""

    model_config = example(presence="available", skills=["urgent"])

    name: Name = left_out()
    phone: AgentPhone = left_out()
    email: Email = left_out()
    skills: Skills = left_out()
    on_call_level: Level | None = left_out()
    presence: Choice = left_out()


class AgentOut(Answer):
    id: int
    name: str
    phone: str
    email: str
    skills: list[Skill]
    on_call_level: int | None
    presence: Presence
    presence_since: LocalMoment


class AgentPage(Answer):
    agents: list[AgentOut]
    next: str | None


@operations.add("POST", "/agents", scope=Scope.ADMIN, given=AgentIn, gives=AgentOut, status=201)
def create(request: Request[AgentIn]) -> AgentOut:
    """A new agent, offline until they say otherwise."""
    agent = presence.create(
        request.session,
        **request.given.model_dump(),
        now=request.now,
        countries=request.context.settings.countries,
    )
    return _shown(agent, request.office_timezone)


@operations.add("GET", "/agents", scope=Scope.READ, given=Page, gives=AgentPage)
def page(request: Request[Page]) -> AgentPage:
    """Agents in the order in which they were created."""
    found, cursor = presence.page(request.session, request.given.cursor, request.given.limit)
    return AgentPage(agents=[_shown(agent, request.office_timezone) for agent in found], next=cursor)


@operations.add("GET", _ONE, scope=Scope.READ, given=Nothing, gives=AgentOut, tagged=True)
def get(request: Request[Nothing], agent_id: int) -> AgentOut:
    """One agent."""
    return _shown(presence.get(request.session, agent_id), request.office_timezone)


@operations.add(
    "PATCH", _ONE, scope=Scope.ADMIN, given=AgentChange, gives=AgentOut, tagged=True, conditional=True
)
def change(request: Request[AgentChange], agent_id: int) -> AgentOut:
    """Change an agent. Whoever becomes available is rung for those who wait."""
    presence.get(request.session, agent_id)
    agent = presence.lock(request.session, agent_id)
    request.require_unchanged(lambda: _shown(agent, request.office_timezone))
    presence.update(
        request.session,
        agent,
        now=request.now,
        countries=request.context.settings.countries,
        **request.given.model_dump(exclude_unset=True),
    )
    return _shown(agent, request.office_timezone)


def _shown(agent: Agent, office_timezone: str) -> AgentOut:
    return AgentOut(
        id=agent.id,
        name=agent.name,
        phone=agent.phone,
        email=agent.email,
        skills=[Skill(skill) for skill in agent.skills],
        on_call_level=agent.on_call_level,
        presence=Presence(agent.presence),
        presence_since=local(agent.presence_since, office_timezone),
    )
