"""The demonstration's clock: moved over HTTP, forward only, kept; and what happens at the moments reached."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ivr.aftersales import cases, closures, events, visits, works
from ivr.aftersales.case_opening import Reported
from ivr.aftersales.life import Category, Channel, Priority, Status
from ivr.store.session import Store
from ivr.store.tables import Case
from ivr.time_machine import KeptClock, TimeMachine, blueprint
from tests.conftest import TUESDAY_AT_TEN
from tests.line import open_test_line, settings
from tests.making import make_home, make_project

SANTIAGO = ZoneInfo("America/Santiago")
THURSDAY_AT_NINE = datetime(2026, 11, 26, 9, tzinfo=SANTIAGO)


@pytest.fixture
def kept(tmp_path: Path) -> KeptClock:
    clock = KeptClock(tmp_path / "var" / "demo-clock.json")
    clock.set(TUESDAY_AT_TEN)
    return clock


@pytest.fixture
def nudges() -> list[str]:
    return []


@pytest.fixture
def demonstration(sqlite_store: Store, kept: KeptClock, nudges: list[str], tmp_path: Path) -> FlaskClient:
    with sqlite_store.transaction() as session:
        make_home(session, make_project(session), "1204")
    sqlite_store.on_due = lambda: nudges.append("due")
    app = Flask("demonstration")
    chosen = settings(str(sqlite_store.url), tmp_path)
    app.register_blueprint(blueprint(TimeMachine(sqlite_store, kept, chosen)))
    return app.test_client()


def at(answer: Any) -> datetime:
    """The moment that an answer tells."""
    assert answer.status_code == 200, answer.text
    return datetime.fromisoformat(answer.json["now"])


def reported(
    store: Store, now: datetime, priority: Priority = Priority.STANDARD, *, visit: bool = False
) -> str:
    """A request of apartment 1204; its number."""
    with store.transaction() as session:
        case = cases.create_from_outside(
            session,
            project="101",
            apartment="1204",
            channel=Channel.WEB,
            priority=priority,
            contacts=("+56991234567",),
            requirements=(Reported(Category.DAMP),),
            by=events.API,
            now=now,
            own=(),
        )
        if visit:
            visits.book(session, case, visits.offers(session, case, now=now)[0].key, now=now, by=events.API)
        return case.number


def status(store: Store, number: str) -> str:
    with store.reading() as session:
        return session.scalars(select(Case.status).where(Case.number == number)).one()


def test_the_clock_tells_the_moment_as_the_office_sees_it(demonstration: FlaskClient) -> None:
    told = demonstration.get("/demo/clock")
    assert at(told) - TUESDAY_AT_TEN < timedelta(minutes=1)
    assert told.json["now"].endswith("-03:00")
    assert told.json["said"] == "Ahora es martes 24 de noviembre, 10:00."


def test_it_moves_by_seconds_or_to_a_moment_and_what_is_due_is_looked_for_at_once(
    demonstration: FlaskClient, nudges: list[str]
) -> None:
    first = demonstration.post("/demo/clock", json={"forward": 90})
    assert timedelta(seconds=90) <= at(first) - TUESDAY_AT_TEN + timedelta(seconds=1)
    assert nudges == ["due"]
    there = demonstration.post("/demo/clock", json={"to": THURSDAY_AT_NINE.isoformat()})
    assert at(there) == THURSDAY_AT_NINE
    assert there.json["said"] == "Ahora es jueves 26 de noviembre, 9:00."


def test_it_never_moves_back(demonstration: FlaskClient, kept: KeptClock) -> None:
    refused = demonstration.post("/demo/clock", json={"to": "2026-11-24T09:59:00-03:00"})
    assert refused.status_code == 409
    assert refused.json == {"error": "El tiempo de la demostración solo avanza."}
    assert kept.now() >= TUESDAY_AT_TEN


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"forward": -1},
        {"forward": True},
        {"forward": "90"},
        {"forward": 10**9},
        {"forward": 1, "to": "2026-11-26T09:00:00-03:00"},
        {"to": "2026-11-26T09:00:00"},
        {"to": "mañana"},
        {"to": "9999-12-31T23:59:59+00:00"},
        [],
    ],
)
def test_a_move_that_means_nothing_is_refused_in_words(demonstration: FlaskClient, body: object) -> None:
    refused = demonstration.post("/demo/clock", json=body)
    assert refused.status_code == 422
    assert refused.json["error"].endswith(".")


@pytest.mark.parametrize("path", ["/demo/clock", "/demo/steps/next-morning"])
def test_a_form_of_a_foreign_page_moves_nothing(
    demonstration: FlaskClient, kept: KeptClock, path: str
) -> None:
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"):
        refused = demonstration.post(path, data='{"forward": 86400}', content_type=kind)
        assert refused.status_code == 415
        assert refused.json["error"]
    assert kept.now() - TUESDAY_AT_TEN < timedelta(hours=1)


def test_a_restart_does_not_travel_back_and_another_process_comes_along(tmp_path: Path) -> None:
    ours = KeptClock(tmp_path / "var" / "demo-clock.json")
    another = KeptClock(tmp_path / "var" / "demo-clock.json")
    ours.set(THURSDAY_AT_NINE)
    assert another.now() >= THURSDAY_AT_NINE
    another.forward(timedelta(days=1))
    assert ours.now() >= THURSDAY_AT_NINE + timedelta(days=1)
    assert KeptClock(tmp_path / "var" / "demo-clock.json").now() >= THURSDAY_AT_NINE + timedelta(days=1)


def test_the_next_morning_is_that_of_a_business_day(demonstration: FlaskClient, sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        closures.add(
            session, day=datetime(2026, 11, 27, tzinfo=SANTIAGO).date(), working=False, reason="Feriado"
        )
    mornings = [at(demonstration.post("/demo/steps/next-morning", json={})) for _ in range(3)]
    assert mornings == [datetime(2026, 11, day, 10, tzinfo=SANTIAGO) for day in (25, 26, 30)]


def test_a_case_lives_on_from_step_to_step(
    demonstration: FlaskClient, sqlite_store: Store, kept: KeptClock, nudges: list[str]
) -> None:
    number = reported(sqlite_store, kept.now(), visit=True)
    assert at(demonstration.post("/demo/steps/day-of-visit", json={})) == THURSDAY_AT_NINE
    done = demonstration.post("/demo/steps/inspection-done", json={"case": number})
    assert at(done) == THURSDAY_AT_NINE + timedelta(minutes=30)
    assert number in done.json["said"]
    assert status(sqlite_store, number) == Status.INSPECTED
    with sqlite_store.transaction() as session:
        case, now = cases.get(session, number, locked=True), kept.now()
        works.book(session, case, works.offers(session, case, now=now)[0].key, now=now, by=events.API)
    nudges.clear()
    assert at(demonstration.post("/demo/steps/day-of-works", json={})) == datetime(
        2026, 11, 27, 9, tzinfo=SANTIAGO
    )
    done = demonstration.post("/demo/steps/works-done", json={})
    assert at(done) == datetime(2026, 11, 27, 13, tzinfo=SANTIAGO)
    assert "Camila Rojas" in done.json["said"]
    assert status(sqlite_store, number) == Status.WORKS_DONE
    assert len(nudges) >= 2


def test_an_urgency_that_somebody_attends_is_mended_on_the_spot(
    demonstration: FlaskClient, sqlite_store: Store, kept: KeptClock
) -> None:
    number = reported(sqlite_store, kept.now(), Priority.URGENT)
    with sqlite_store.transaction() as session:
        cases.acknowledge(session, cases.get(session, number, locked=True), "Marcela Soto", now=kept.now())
    done = demonstration.post("/demo/steps/works-done", json={})
    assert at(done) - TUESDAY_AT_TEN < timedelta(minutes=1)
    assert status(sqlite_store, number) == Status.WORKS_DONE


@pytest.mark.parametrize("step", ["day-of-visit", "inspection-done", "day-of-works", "works-done"])
def test_where_there_is_nothing_to_do_a_sentence_says_so(demonstration: FlaskClient, step: str) -> None:
    refused = demonstration.post(f"/demo/steps/{step}", json={})
    assert refused.status_code == 409
    assert refused.json["error"].startswith("No hay una ")


@pytest.mark.parametrize("step", ["inspection-done", "works-done"])
def test_a_case_that_waits_for_neither_is_left_as_it_is(
    demonstration: FlaskClient, sqlite_store: Store, kept: KeptClock, step: str
) -> None:
    number = reported(sqlite_store, kept.now())
    refused = demonstration.post(f"/demo/steps/{step}", json={"case": number})
    assert refused.status_code == 409
    assert number in refused.json["error"]
    assert status(sqlite_store, number) == Status.OPEN


def test_unknown_steps_and_cases_are_not_found(demonstration: FlaskClient) -> None:
    assert demonstration.post("/demo/steps/lunch", json={}).status_code == 404
    assert demonstration.post("/demo/steps/works-done", json={"case": "7000000"}).status_code == 404
    assert demonstration.post("/demo/steps/works-done", json={"case": []}).status_code == 422


@pytest.fixture
def ordinary_rules(sqlite_url: str, tmp_path: Path, kept: KeptClock) -> Iterator[set[str]]:
    with open_test_line(sqlite_url, tmp_path, kept) as line:
        yield {rule.rule for rule in line.app.url_map.iter_rules()}


def test_an_ordinary_line_has_no_time_machine(ordinary_rules: set[str]) -> None:
    assert "/healthz" in ordinary_rules
    assert not {rule for rule in ordinary_rules if rule.startswith("/demo")}
