"""Who is rung, in which order: pure rules.

In a round each agent of the list is rung once. A standard caller's list is the available agents, longest idle
first. An urgency's is, in office hours, the available ones and then the on-call list; otherwise the list, by
level, whatever their presence says.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ivr.store.tables import Agent
from ivr.switchboard.agent_fields import Skill
from ivr.switchboard.presence import Presence, is_free


@dataclass(frozen=True)
class Wanting:
    """A wait that nobody's telephone rings for, and the agents who were rung for it in this round."""

    id: int
    urgent: bool
    tried: Collection[int]
    #: What whoever takes them must be able to do, if not what the urgency asks for.
    skill: Skill | None = None
    #: The agent whom they were handed on to.
    for_agent_id: int | None = None


def listed(
    agents: Iterable[Agent],
    *,
    urgent: bool,
    office_open: bool,
    levels: Mapping[int, int] | None = None,
    skill: Skill | None = None,
) -> list[Agent]:
    """The agents of a round, also those who are on a call, in the order in which they are rung.

    ``levels``: the on-call list, agents' ids with their ranks; none: their own levels. ``skill``: another
    one than the urgency's.
    """
    everybody = list(agents)
    if levels is None:
        levels = {agent.id: agent.on_call_level for agent in everybody if agent.on_call_level is not None}
    skill = skill or (Skill.URGENT if urgent else Skill.STANDARD)
    at_hand = (Presence.AVAILABLE, Presence.RINGING)
    available = sorted(
        (agent for agent in everybody if agent.presence in at_hand and skill in agent.skills),
        key=lambda agent: (agent.idle_since, agent.id),
    )
    if not urgent:
        return available
    on_call = sorted(
        (agent for agent in everybody if agent.id in levels),
        key=lambda agent: (levels[agent.id], agent.id),
    )
    if not office_open:
        return on_call
    return [*available, *(agent for agent in on_call if agent not in available)]


def assign(
    waits: Sequence[Wanting],
    agents: Sequence[Agent],
    *,
    office_open: bool,
    levels: Mapping[int, int] | None = None,
) -> dict[int, Agent]:
    """Which agent each wait gets, ``waits`` in the order in which they are served.

    Who was rung for a wait already is left to those behind it. Whom somebody was handed on to comes first.
    """
    given: dict[int, Agent] = {}
    taken: set[int] = set()
    for wait in waits:
        list_ = listed(agents, urgent=wait.urgent, office_open=office_open, levels=levels, skill=wait.skill)
        for agent in [*_named(agents, wait), *list_]:
            if agent.id not in taken and agent.id not in wait.tried and is_free(agent):
                given[wait.id] = agent
                taken.add(agent.id)
                break
    return given


def _named(agents: Sequence[Agent], wait: Wanting) -> list[Agent]:
    """Whom the wait was handed on to, if they are there."""
    at_hand = (Presence.AVAILABLE, Presence.RINGING)
    return [agent for agent in agents if agent.id == wait.for_agent_id and agent.presence in at_hand]
