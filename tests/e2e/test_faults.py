"""What fails around the line while people are on it: the database, the broker, the processes themselves."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from audio import phrases
from ivr.simulator.carrier import CallHandle
from ivr.simulator.pace import Pace
from ivr.simulator.telephones import Line, Question, ScriptedTelephone
from ivr.store.tables import Case, Wait
from tests.conftest import TUESDAY_AT_TEN
from tests.e2e import reckoning
from tests.e2e.afternoon import Afternoon
from tests.e2e.city import API_TOKEN, City, open_city
from tests.e2e.people import HASTE, callers
from tests.e2e.reckoning import End
from tests.line import KNOWN, LINE, STRANGER, TOKEN
from tests.servers import Postgres
from tests.worker.redis_server import RedisServer

AGENT, BACKUP = "+56990010001", "+56922223333"


@dataclass
class Interrupted(ScriptedTelephone):
    """Something happens when the line has asked for the last key, just before it is pressed."""

    pace: Pace = field(default_factory=lambda: Pace(20))
    happens: Callable[[], object] = lambda: None

    def asked(self, line: Line, question: Question) -> None:
        if len(self._script.moves) == 1:
            self.happens()
        super().asked(line, question)


def calls(city: City, telephone: ScriptedTelephone) -> CallHandle:
    """That telephone dials the line, and rings when it is called."""
    city.carrier.connect(telephone)
    leg = city.carrier.do(lambda: city.carrier.exchange.incoming(telephone, LINE, {}))
    return CallHandle(city.carrier, telephone, leg)


def test_an_urgency_survives_a_database_that_stops_in_mid_call(
    postgres: Postgres, migrated_postgresql_url: str, redis_url: str, tmp_path: Path
) -> None:
    """The caller is led to the backup number; when the database is back, what was told is acted upon."""
    with open_city(
        tmp_path, migrated_postgresql_url, TUESDAY_AT_TEN, redis_url=redis_url, IVR_BACKUP_NUMBER=BACKUP
    ) as city:
        city.add_owner(KNOWN)
        city.add_agent("Marcela Soto", ScriptedTelephone(AGENT, keys=["1 1"]))
        city.carrier.connect(ScriptedTelephone(BACKUP, stays=True))
        outage = postgres.stopped()

        call = calls(city, Interrupted(KNOWN, keys=["1 1 1", ""], talk=40, happens=outage.__enter__))
        try:
            assert call.wait_for("joined", 60)["others"] == [BACKUP]
            meanwhile = city.carrier.dial(STRANGER, LINE, "0", pace=HASTE).wait(60)
            assert phrases.LAST_RESORT.text in meanwhile.heard
        finally:
            outage.__exit__(None, None, None)
        city.store.close()  # the test's own connections are broken too
        call.hang_up()

        city.until(lambda: city.carrier.calls_to(KNOWN), "nobody calls the owner back", 90)
        city.until_quiet(60)
        (case,) = city.rows(Case)
        assert (case.urgent_kind, case.status, case.acknowledged_by) == ("water", "attending", "Marcela Soto")
        assert [wait.state for wait in city.rows(Wait)] == ["served"]


def test_callers_meet_agents_while_the_broker_is_away_and_when_it_is_back_empty(
    migrated_url: str, tmp_path: Path
) -> None:
    with (
        RedisServer() as redis,
        open_city(tmp_path, migrated_url, TUESDAY_AT_TEN, redis_url=redis.url) as city,
    ):
        first = city.carrier.dial(STRANGER, LINE, "0", pace=HASTE, talk=30)
        first.wait_for("asked", 30)
        redis.stop()
        city.add_agent("Marcela Soto", ScriptedTelephone(AGENT, keys=["1"]))
        assert first.wait_for("joined", 90)["others"] == [AGENT]
        first.wait(60)
        redis.start()
        second = city.carrier.dial(STRANGER, LINE, "0", pace=HASTE, talk=30)
        assert second.wait_for("joined", 90)["others"] == [AGENT]
        second.wait(60)
        city.until_quiet(60)
        assert [wait.state for wait in city.rows(Wait)] == ["served", "served"]


@dataclass
class Killer:
    """Kills every process of the line in turn, and starts what nobody else starts anew."""

    city: City
    killed: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Killer":
        self._thread = threading.Thread(target=self._kill, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _kill(self) -> None:
        while not self._over.wait(3 if self.killed else 1):
            if len(self.killed) % 2:
                self.city.kill_children("serve")
                self.killed.append("web")
                self.city.until_ready()  # a busy machine takes long to start them
            else:
                self.city.kill("worker")
                self.city.start("worker")
                self.killed.append("worker")


def test_callers_lose_nothing_while_every_process_is_killed_again_and_again(
    migrated_postgresql_url: str, redis_url: str, tmp_path: Path
) -> None:
    with open_city(tmp_path, migrated_postgresql_url, TUESDAY_AT_TEN, redis_url=redis_url, workers=2) as city:
        afternoon = Afternoon(city, callers(6, seed=5), seed=5)
        with Killer(city) as killer:
            afternoon.play()

        ours, theirs = afternoon.by_the_telephones(), reckoning.by_the_database(city.store)
        assert set(killer.killed) == {"web", "worker"}
        assert ours == theirs
        assert End.LOST not in {outcome.end for outcome in ours.values()}
        said = city.log
        assert [
            each for each in (TOKEN, API_TOKEN, *(one.number for one in afternoon.people)) if each in said
        ] == []
        assert max(len(afternoon.meetings(caller)) for caller in afternoon.people) == 1
