"""A process is killed while a telephone rings: the caller is not forgotten, and the next look goes on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ivr.simulator.faults import WebhookFault
from ivr.simulator.pace import Pace
from ivr.simulator.telephones import Line, Reply, ScriptedTelephone
from ivr.store.tables import Agent, Leg, Wait
from tests.conftest import TUESDAY_AT_TEN
from tests.e2e.city import City, open_city
from tests.e2e.people import HASTE
from tests.line import LINE, STRANGER

FIRST, SECOND = "+56990010001", "+56990010002"


@dataclass
class Trigger(ScriptedTelephone):
    """Nobody answers; something happens when it rings for the first time, within the very request."""

    reply: Reply | None = None
    pace: Pace = field(default_factory=lambda: Pace(2))
    when_it_rings: Callable[[], None] | None = None

    async def ring(self, line: Line) -> Reply:
        happens, self.when_it_rings = self.when_it_rings, None
        if happens is not None:
            happens()
        return await super().ring(line)


def _goes_on(city: City, kill: Callable[[], None]) -> None:
    city.add_agent("Marcela Soto", Trigger(FIRST, when_it_rings=kill))
    city.add_agent("Ricardo Pino", ScriptedTelephone(SECOND, keys=["1"]))

    caller = city.carrier.dial(STRANGER, LINE, "0", talk=30, pace=HASTE)
    met = caller.wait_for("joined", 60)
    caller.wait(30)
    city.until_quiet()

    assert met["others"] == [SECOND]
    phones = {agent.id: agent.phone for agent in city.rows(Agent)}
    assert [(phones[leg.agent_id], leg.state) for leg in city.rows(Leg)] == [
        (FIRST, "no_answer"),
        (SECOND, "talked"),
    ]
    assert [wait.state for wait in city.rows(Wait)] == ["served"]
    assert len(city.carrier.calls_to(FIRST)) == 1


def test_the_web_process_that_rings_dies_and_its_successor_goes_on(city: City) -> None:
    """The server starts another in its place; the jobs' thread died with it."""
    _goes_on(city, lambda: city.kill_children("serve"))


def test_the_worker_that_rings_dies_and_its_successor_goes_on(
    migrated_url: str, tmp_path: Path, redis_url: str
) -> None:
    with open_city(tmp_path, migrated_url, TUESDAY_AT_TEN, redis_url=redis_url) as city:

        def replaced() -> None:
            city.kill("worker")
            city.start("worker")

        _goes_on(city, replaced)
        assert city.errors == []


def test_a_caller_keeps_their_place_when_a_process_dies_on_their_announcement(city: City) -> None:
    city.carrier.faults.next_webhook(WebhookFault.LOST_REPLY, 2, match="wait=")
    city.add_agent("Ricardo Pino", ScriptedTelephone(SECOND, keys=["1"]))

    caller = city.carrier.dial(STRANGER, LINE, "0", talk=30, pace=HASTE)

    assert caller.wait_for("joined", 60)["others"] == [SECOND]
