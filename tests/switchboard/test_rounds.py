"""Who is rung, in which order."""

from datetime import UTC, datetime, timedelta

from ivr.store.tables import Agent
from ivr.switchboard.presence import Presence
from ivr.switchboard.rounds import Wanting, assign, listed

NINE = datetime(2026, 11, 24, 12, tzinfo=UTC)


def agent(
    number: int,
    presence: Presence = Presence.AVAILABLE,
    *,
    level: int | None = None,
    skills: tuple[str, ...] = ("standard", "urgent"),
    idle: int = 0,
    taken: bool = False,
) -> Agent:
    return Agent(
        id=number,
        presence=presence,
        on_call_level=level,
        skills=list(skills),
        idle_since=NINE - timedelta(minutes=idle),
        wait_id=1 if taken else None,
    )


def ids(agents: list[Agent]) -> list[int]:
    return [each.id for each in agents]


def test_a_standard_caller_gets_the_available_agent_who_is_idle_longest() -> None:
    agents = [agent(1, idle=5), agent(2, idle=30), agent(3, Presence.AWAY, idle=90)]

    assert ids(listed(agents, urgent=False, office_open=True)) == [2, 1]


def test_agents_without_the_skill_are_left_out() -> None:
    agents = [agent(1, skills=("urgent",)), agent(2, skills=("standard",))]

    assert ids(listed(agents, urgent=False, office_open=True)) == [2]
    assert ids(listed(agents, urgent=True, office_open=True)) == [1]


def test_in_office_hours_an_urgency_rings_the_available_ones_and_then_the_on_call_list() -> None:
    agents = [
        agent(1, Presence.OFFLINE, level=1),
        agent(2, level=3),
        agent(3, idle=9),
        agent(4, Presence.AWAY, level=2),
    ]

    assert ids(listed(agents, urgent=True, office_open=True)) == [3, 2, 1, 4]


def test_out_of_hours_an_urgency_rings_the_on_call_list_by_level_whatever_their_presence() -> None:
    agents = [
        agent(1),
        agent(2, Presence.OFFLINE, level=2),
        agent(3, Presence.WRAP_UP, level=1),
        agent(4, level=2),
    ]

    assert ids(listed(agents, urgent=True, office_open=False)) == [3, 2, 4]


def test_who_is_on_a_call_is_on_the_list_and_gets_nobody() -> None:
    agents = [agent(1, Presence.TALKING, level=1), agent(2, Presence.OFFLINE, level=2, taken=True)]

    assert ids(listed(agents, urgent=True, office_open=False)) == [1, 2]
    assert assign([Wanting(7, True, set())], agents, office_open=False) == {}


def test_nobody_gets_two_agents_and_no_agent_two_callers() -> None:
    agents = [agent(1, idle=2), agent(2, idle=1)]

    given = assign([Wanting(number, False, set()) for number in (7, 8, 9)], agents, office_open=True)

    assert {wait: each.id for wait, each in given.items()} == {7: 1, 8: 2}


def test_an_agent_who_passed_the_first_is_given_to_the_second() -> None:
    given = assign([Wanting(7, False, {1}), Wanting(8, False, set())], [agent(1)], office_open=True)

    assert {wait: each.id for wait, each in given.items()} == {8: 1}
