"""An afternoon at the line: callers and six agents who do as a seed says, and two accounts that must agree.

    python -m tests.e2e.afternoon --callers 300 --seed 1 [--database postgresql]

On SQLite one web process does everything; on PostgreSQL four web processes and a worker share the work.
"""

import argparse
import random
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from ivr.simulator.carrier import CallHandle, CallRecord
from ivr.simulator.telephones import ScriptedTelephone
from ivr.store import schema
from ivr.store.session import Store
from ivr.store.tables import Agent
from ivr.switchboard.presence import Presence
from tests import servers
from tests.conftest import TUESDAY_AT_TEN
from tests.e2e import reckoning
from tests.e2e.city import City, open_city
from tests.e2e.people import HASTE, KEYS, AgentTelephone, Caller, callers
from tests.e2e.reckoning import End, Outcome
from tests.line import LINE

AGENTS = ("Marcela Soto", "Ricardo Pino", "Andrea Lobos", "Jaime Urrutia", "Soledad Marín", "Hugo Parra")
#: Those of them who are on call, the first ones.
ON_CALL = 3

#: Callers who are on the line at the same time, at most: twice as many as agents.
AT_ONCE = 12

#: Seconds in which one caller has to come to an end, and then everything that was promised to any.
PATIENCE = 120

#: Seconds between two looks of the supervisor, who calls agents back to work.
SUPERVISION = 0.5

#: How likely an agent goes away between two of them.
LEAVES = 0.03


@dataclass
class Afternoon:
    """What happens in the city, seen from outside the line."""

    city: City
    people: Sequence[Caller]
    seed: int
    agents: dict[int, AgentTelephone] = field(default_factory=dict)
    calls: dict[Caller, CallHandle] = field(default_factory=dict)
    homes: dict[Caller, ScriptedTelephone] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def play(self) -> None:
        """Let everybody call, and everything that was promised happen."""
        self.city.add_owner()
        for place, name in enumerate(AGENTS):
            telephone = AgentTelephone(f"+5699001000{place + 1}", seed=self.seed * len(AGENTS) + place)
            level = place + 1 if place < ON_CALL else None
            self.agents[self.city.add_agent(name, telephone, level=level)] = telephone
        over = threading.Event()
        supervisor = threading.Thread(target=self._supervise, args=(over,), daemon=True)
        supervisor.start()
        try:
            self._let_all_call()
            self.city.until_quiet(PATIENCE)
        finally:
            over.set()
            supervisor.join()
        self.city.carrier.settle(PATIENCE)

    def _let_all_call(self) -> None:
        for caller in self.people:
            self.city.until(self._has_room, "nobody comes to an end", PATIENCE)
            home = ScriptedTelephone(caller.number, HASTE, stays=True, talk=caller.talk)
            self.homes[caller] = home
            self.city.carrier.connect(home)
            self.calls[caller] = self.city.carrier.dial(
                caller.number, LINE, KEYS[caller.wish], pace=HASTE, talk=caller.talk
            )
        for call in self.calls.values():
            call.wait(PATIENCE)

    def _has_room(self) -> bool:
        return sum(not call.leg.finished.is_set() for call in self.calls.values()) < AT_ONCE

    def _supervise(self, over: threading.Event) -> None:
        """Some agents go away, also while they talk; whoever is away comes back."""
        chance = random.Random(self.seed)
        while not over.wait(SUPERVISION):
            for agent in self.city.rows(Agent):
                wanted = agent.presence
                if wanted in {Presence.AWAY, Presence.OFFLINE}:
                    wanted = Presence.AVAILABLE
                elif chance.random() < LEAVES:
                    wanted = chance.choice([Presence.AWAY, Presence.OFFLINE])
                if wanted != agent.presence and (fault := self.city.choose_presence(agent.id, wanted)):
                    self.complaints.append(f"the console: {fault}")

    # -- the telephones' account ---------------------------------------------------------------------------

    def by_the_telephones(self) -> Mapping[str, Outcome]:
        """How it ended for each caller, by their number, as the telephones noticed it."""
        return {caller.number: self._outcome(caller) for caller in self.people}

    def _outcome(self, caller: Caller) -> Outcome:
        record = self.calls[caller].record()
        talked = self._met(caller, here=True)
        rung = self._met(caller, here=False)
        if talked:
            return Outcome(End.TALK, talked[0])
        if rung:
            return Outcome(End.CALLBACK, rung[0])
        if "Su mensaje quedó grabado" in record.heard:
            return Outcome(End.VOICEMAIL)
        return Outcome(End.OWN_HANG_UP if _left_unasked(record) else End.LOST)

    def _met(self, caller: Caller, *, here: bool) -> list[str]:
        """Whom the caller met, in their own call or in the one that rang them."""
        events = self.calls[caller].events if here else self.homes[caller].journal.events
        return [other for event in events if event["type"] == "joined" for other in event["others"]]

    def meetings(self, caller: Caller) -> list[str]:
        """Everybody whom the caller met, as often as they met."""
        return self._met(caller, here=True) + self._met(caller, here=False)


def _left_unasked(record: CallRecord) -> bool:
    return record.ended_by == "telephone" and "Le llamaremos" not in record.heard


def faults(afternoon: Afternoon) -> list[str]:
    """Everything that is not as it should be, each in a sentence; none after a good afternoon."""
    ours, theirs = afternoon.by_the_telephones(), reckoning.by_the_database(afternoon.city.store)
    found = [
        f"{caller.number} ({caller.wish}): {ours[caller.number]}, the line says {theirs.get(caller.number)}"
        for caller in afternoon.people
        if ours[caller.number] != theirs.get(caller.number)
    ]
    found += [
        f"{caller.number} ({caller.wish}) was lost: {afternoon.calls[caller].record().heard[-300:]}"
        for caller in afternoon.people
        if ours[caller.number].end is End.LOST
    ]
    found += [
        f"{caller.number} ({caller.wish}) was connected to {met}"
        for caller in afternoon.people
        if len(met := afternoon.meetings(caller)) > 1
    ]
    found += reckoning.ringing_faults(afternoon.city.store, afternoon.agents.values())
    found += reckoning.overtaken(afternoon.city.store)
    found += [f"the carrier objects: {alert}" for alert in afternoon.city.carrier.alerts]
    return [*found, *afternoon.complaints, *afternoon.city.errors]


def main() -> int:
    """Play an afternoon and tell how it went; the exit status."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--callers", type=int, default=300)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    chosen = asked.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis_url, workers = "", 1
        database_url = f"sqlite:///{folder / 'postventa.db'}"
        if chosen.database == "postgresql":
            server = stack.enter_context(servers.postgres())
            database_url = stack.enter_context(server.database(empty=True))
            redis_url, workers = stack.enter_context(servers.redis()), 4
        store = Store(database_url)
        schema.upgrade(store)
        store.close()
        city = stack.enter_context(
            open_city(folder, database_url, TUESDAY_AT_TEN, redis_url=redis_url, workers=workers)
        )
        afternoon = Afternoon(city, callers(chosen.callers, chosen.seed), chosen.seed)
        try:
            afternoon.play()
            wrong = faults(afternoon)
        except AssertionError as fault:
            _tell([f"WRONG {fault}", *afternoon.complaints, *city.errors])
            return 1
        ends = Counter(outcome.end for outcome in afternoon.by_the_telephones().values())
        _tell(f"{count:4} {end}" for end, count in sorted(ends.items()))
        rung = Counter(
            habit for telephone in afternoon.agents.values() for habit in telephone.habits.values()
        )
        _tell(f"{count:4} times an agent {habit}" for habit, count in sorted(rung.items()))
        _tell(f"WRONG {fault}" for fault in wrong)
    return 1 if wrong else 0


def _tell(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
