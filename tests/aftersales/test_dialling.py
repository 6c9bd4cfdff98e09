"""Picking what is due: nobody gets what another has, and a long queue costs no more than a short one."""

import json
import threading
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, text

from ivr.aftersales import dialling, outbound
from ivr.aftersales.life import RequirementStatus, Status
from ivr.aftersales.outbound import CallPurpose
from ivr.settings import Settings
from ivr.store.session import Store
from ivr.store.tables import Case, Job, PlannedCall
from tests.line import settings
from tests.making import at, make_case, make_home, make_project

NOW = at("2026-11-24 10:00")


def chosen(**more: Any) -> Settings:
    return settings("sqlite://", outbound_number="+56600123456", concurrent_calls=10_000, **more)


def owe(store: Store, count: int) -> None:
    """So many calls are due, the oldest first."""
    with store.transaction() as session:
        home = make_home(session, make_project(session))
        first = make_case(session, home, Status.INSPECTED, ())
        columns = {"status": "inspected", "priority": "standard", "channel": "phone", "created_at": NOW}
        numbers = [{"number": f"9{each:07}", **columns} for each in range(count - 1)]
        if numbers:
            session.execute(insert(Case), numbers)
        ids = [first.id, *session.scalars(select(Case.id).where(Case.id != first.id))]
        plan = {"purpose": "works", "state": "planned", "attempts": 0, "created_at": NOW}
        session.execute(
            insert(PlannedCall),
            [
                {"case_id": case_id, "due_at": NOW - timedelta(seconds=count - number), **plan}
                for number, case_id in enumerate(ids)
            ],
        )


def test_one_call_is_open_for_a_case_and_purpose(store: Store) -> None:
    with store.transaction() as session:
        home = make_home(session, make_project(session))
        case = make_case(session, home, Status.INSPECTED, (RequirementStatus.COVERED,))
        first = outbound.plan(session, CallPurpose.WORKS, case, settings=chosen(), now=NOW)
        assert first is not None
        assert outbound.plan(session, CallPurpose.WORKS, case, settings=chosen(), now=NOW) is None
        outbound.end(session, first, outbound.FinalAnswer.ANSWERED, NOW)
        session.flush()
        assert outbound.plan(session, CallPurpose.WORKS, case, settings=chosen(), now=NOW) is not None


def test_four_workers_pick_at_once_and_share_none(store: Store) -> None:
    owe(store, 60)
    picked: list[int] = []
    together = threading.Barrier(4)

    def work() -> None:
        together.wait()
        for turn in range(5):
            with store.transaction() as session:
                now = NOW + timedelta(seconds=turn)
                picked.extend(dialling.pick(session, settings=chosen(calls_per_second=10), now=now))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(picked) == len(set(picked)) > 0
    with store.reading() as session:
        assert sorted(session.scalars(select(Job.key).where(Job.kind == "place")).all()) == sorted(
            map(str, picked)
        )


def test_the_oldest_are_picked_first(sqlite_store: Store) -> None:
    owe(sqlite_store, 5)
    with sqlite_store.transaction() as session:
        assert dialling.pick(session, settings=chosen(), now=NOW) == [1]


def test_a_hundred_times_longer_queue_costs_the_same(postgresql_url: str) -> None:
    """What is read for one batch, in pages of the database, among 1,000 due calls and among 100,000."""
    store = Store(postgresql_url, patience=60)
    try:
        owe(store, 1_000)
        few = pages_read(store)
        with store.transaction() as session:
            session.execute(text("ALTER TABLE planned_calls DISABLE TRIGGER ALL"))
            session.execute(
                text(
                    "INSERT INTO planned_calls (purpose, case_id, state, due_at, attempts,"
                    " announced, created_at)"
                    " SELECT 'works', 1000000 + n, 'planned', '2026-11-23 13:00Z', 0, false, now()"
                    " FROM generate_series(1, 99000) n"
                )
            )
        many = pages_read(store)
    finally:
        store.close()
    print(f"pages read: {few} among 1,000, {many} among 100,000, ratio {many / few:.2f}")  # noqa: T201 -- to be seen with -s
    assert many <= few * 1.3


def pages_read(store: Store) -> int:
    """By the query that picks, which uses its index."""
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE planned_calls"))
        explained = connection.execute(
            text(
                "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT id FROM planned_calls"
                " WHERE state = 'planned' AND due_at <= '2026-11-24 13:00Z' AND announced = false"
                " ORDER BY due_at LIMIT 10"
                " FOR UPDATE SKIP LOCKED"
            )
        ).scalar_one()
    plan = (json.loads(explained) if isinstance(explained, str) else explained)[0]["Plan"]
    assert "ix_planned_calls_" in json.dumps(plan)
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])
