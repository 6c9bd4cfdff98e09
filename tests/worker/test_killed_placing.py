"""Automated calls, and a worker killed by -9 at each line where it may hurt; real Redis, real PostgreSQL.

An attempt is one call, and no case is forgotten.
"""

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ivr.aftersales import outbound
from ivr.aftersales.life import RequirementStatus, Status
from ivr.aftersales.outbound import CallPurpose
from ivr.store.session import Store
from ivr.store.tables import CallRow, CaseContact, PlannedCall
from tests.making import make_case, make_home, make_project
from tests.worker import line_process
from tests.worker.bench import OWNER
from tests.worker.line_process import FastClock
from tests.worker.test_faults import WatchedCarrier
from tests.worker.waiting import PATIENCE, eventually


@dataclass
class Owed:
    """A works call that is due, and the worker processes that are to make it."""

    store: Store
    carrier: WatchedCarrier
    clock: FastClock
    addresses: list[str]
    workers: list[BaseProcess] = field(default_factory=list)

    def begin(self) -> None:
        with self.store.transaction() as session:
            home = make_home(session, make_project(session))
            contacts = [CaseContact(phone=OWNER)]
            case = make_case(session, home, Status.INSPECTED, (RequirementStatus.COVERED,), contacts=contacts)
            chosen = line_process.chosen(*self.addresses)
            outbound.plan(session, CallPurpose.WORKS, case, settings=chosen, now=self.clock.now())
        self.start_worker()

    def start_worker(self) -> None:
        self.workers.append(line_process.start(self.clock, *self.addresses))

    def kill_worker(self) -> None:
        self.workers[-1].kill()

    def another_takes_over(self) -> None:
        self.workers[-1].join(PATIENCE)
        assert self.workers[-1].exitcode == -signal.SIGKILL
        self.start_worker()

    def plan(self) -> PlannedCall:
        with self.store.reading() as session:
            return session.scalars(select(PlannedCall)).one()

    def sids(self) -> list[str | None]:
        with self.store.reading() as session:
            return list(session.scalars(select(CallRow.sid)))

    def is_placed(self) -> bool:
        return self.plan().state == "calling" and None not in self.sids()


@pytest.fixture
def owed(postgresql_url: str, redis_url: str, tmp_path: Path) -> Iterator[Owed]:
    store, clock = Store(postgresql_url), FastClock(time.time())
    with WatchedCarrier(clock.now) as carrier:
        made = Owed(store, carrier, clock, [postgresql_url, redis_url, carrier.url, str(tmp_path)])
        try:
            yield made
        finally:
            for worker in made.workers:
                worker.kill()
                worker.join()
            store.close()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_that_is_killed_while_the_carrier_places_its_call_makes_no_second_one(
    owed: Owed, moment: str
) -> None:
    """``before``: the carrier has not done it. ``after``: it has, and nobody is left to hear the answer.

    When the call has ended unheard, it is found, and the next attempt is planned.
    """
    hooks: dict[str, Any] = getattr(owed.carrier, moment)
    hooks["CreateCall"] = owed.kill_worker
    owed.begin()
    owed.another_takes_over()
    eventually(owed.is_placed)
    assert owed.sids() == [call["sid"] for call in owed.carrier.calls]
    assert (len(owed.carrier.calls), owed.plan().attempts) == (1, 1)

    owed.carrier.calls[0]["status"] = "no-answer"
    eventually(lambda: owed.plan().state == "planned")
    assert (owed.plan().attempts, len(owed.carrier.calls)) == (1, 1)
    assert owed.plan().due_at > owed.clock.now()


def test_a_worker_that_is_killed_when_its_call_was_recorded_is_not_missed(owed: Owed) -> None:
    owed.begin()
    eventually(owed.is_placed)
    owed.kill_worker()
    owed.another_takes_over()
    owed.carrier.calls[0]["status"] = "busy"
    eventually(lambda: owed.plan().state == "planned")
    assert (owed.plan().attempts, len(owed.carrier.calls)) == (1, 1)
