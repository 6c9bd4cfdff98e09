"""The queue: who is before whom, how long it takes, and that an urgent case has one wait."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from ivr.aftersales import cases, closures
from ivr.aftersales.life import Channel, Priority
from ivr.errors import MoveNotAllowed
from ivr.settings import Settings
from ivr.store.session import Store
from ivr.store.tables import Agent, Case, Wait
from ivr.switchboard import office, queue, waits
from ivr.switchboard.queue import Position
from ivr.switchboard.waits import MOVES, WaitState
from tests.conftest import SANTIAGO
from tests.line import settings

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)


@pytest.fixture
def chosen(tmp_path: Path) -> Settings:
    return settings("sqlite://", tmp_path)


def wait(session: Session, minutes_ago: int = 0, priority: str = "standard", **columns: Any) -> Wait:
    since = NOW - timedelta(minutes=minutes_ago)
    values = {"state": "waiting", "in_queue": True, "round": 1, "round_since": since} | columns
    made = Wait(priority=priority, since=since, **values)
    session.add(made)
    session.flush()
    return made


def agent(
    session: Session, number: int, presence: str = "talking", skills: tuple[str, ...] = ("standard",)
) -> None:
    session.add(
        Agent(
            name=f"Agent {number}",
            phone=f"client:{number}",
            email=f"{number}@example.com",
            skills=list(skills),
            presence=presence,
            presence_since=NOW,
            idle_since=NOW,
            missed=0,
            created_at=NOW,
        )
    )
    session.flush()


def urgent_case(session: Session) -> Case:
    return cases.open_urgent(session, None, Channel.WEB, now=NOW, by="api")


def test_the_estimate_follows_the_last_hours_talks_and_the_agents_there(store: Store) -> None:
    with store.transaction() as session:
        agent(session, 1)
        agent(session, 2, "wrap_up")
        agent(session, 3, "away")
        agent(session, 4, skills=("urgent",))
        for minutes in (6, 10):
            begun = NOW - timedelta(minutes=30)
            wait(
                session, 40, state="served", talking_since=begun, ended_at=begun + timedelta(minutes=minutes)
            )
        long_ago = NOW - timedelta(hours=3)
        wait(session, 200, state="served", talking_since=long_ago, ended_at=long_ago + timedelta(minutes=50))
        wait(session, 5)
        wait(session, 4)

        assert queue.position(session, wait(session), NOW) == Position(3, 12)


def test_an_agent_who_is_free_makes_the_wait_short(store: Store) -> None:
    with store.transaction() as session:
        agent(session, 1, "available")

        assert queue.position(session, wait(session), NOW) == Position(1, 1)


def test_urgent_callers_are_before_standard_ones(store: Store) -> None:
    with store.transaction() as session:
        wait(session, 9, "standard")
        wait(session, 1, "urgent")

        assert queue.position(session, wait(session, 0, "urgent"), NOW).place == 2
        assert queue.position(session, wait(session, 0, "standard"), NOW).place == 4


def test_an_urgent_case_has_one_wait(store: Store) -> None:
    with store.transaction() as session:
        case = urgent_case(session)
        first = queue.start_rounds(session, case, now=NOW)
        second = queue.enter(session, call=None, case=case, priority=Priority.URGENT, now=NOW)

        assert first is second
        assert queue.start_rounds(session, case, now=NOW) is first


def test_a_case_that_somebody_has_needs_no_rounds(store: Store) -> None:
    with store.transaction() as session:
        case = urgent_case(session)
        cases.acknowledge(session, case, "Ana", now=NOW)

        assert queue.start_rounds(session, case, now=NOW) is None


@pytest.mark.parametrize("start", list(WaitState))
@pytest.mark.parametrize("to", list(WaitState))
def test_only_the_tables_moves_are_made(start: WaitState, to: WaitState) -> None:
    moved = Wait(state=start.value)

    if to in MOVES[start] or to == start:
        waits.move(moved, to, NOW)
        assert moved.state == to
    else:
        with pytest.raises(MoveNotAllowed):
            waits.move(moved, to, NOW)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (datetime(2026, 11, 24, 9, 0, tzinfo=SANTIAGO), True),
        (datetime(2026, 11, 24, 8, 59, tzinfo=SANTIAGO), False),
        (datetime(2026, 11, 24, 18, 30, tzinfo=SANTIAGO), False),
        (datetime(2026, 11, 28, 11, 0, tzinfo=SANTIAGO), False),
        (datetime(2026, 12, 8, 11, 0, tzinfo=SANTIAGO), False),
    ],
)
def test_the_office_keeps_its_hours_on_business_days(
    sqlite_store: Store, chosen: Settings, moment: datetime, is_open: bool
) -> None:
    with sqlite_store.reading() as session:
        assert office.open_now(session, chosen, moment) is is_open


def test_a_closure_of_the_nation_closes_the_office(sqlite_store: Store, chosen: Settings) -> None:
    tuesday = datetime(2026, 11, 24, 11, 0, tzinfo=SANTIAGO)
    with sqlite_store.transaction() as session:
        closures.add(session, day=date(2026, 11, 24), working=False, reason="Inventario")

    with sqlite_store.reading() as session:
        assert not office.open_now(session, chosen, tuesday)
        opens = office.next_open(session, chosen, tuesday)
    assert opens.astimezone(SANTIAGO) == datetime(2026, 11, 25, 9, 0, tzinfo=SANTIAGO)
