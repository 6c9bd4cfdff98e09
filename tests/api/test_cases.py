"""Cases: opened once, however often they are sent, shown whole, and found again."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select

from ivr.aftersales import cases
from ivr.aftersales.life import Channel
from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import Case, Survey, SurveyAnswer
from tests.api.conftest import CASE, OWNER, PROJECT, Client, json_of, made, names
from tests.api.test_refusals import assert_refused

MakeCase = Callable[..., dict[str, Any]]


def test_a_case_from_outside_shows_all_that_is_known_of_it(client: Client, home: dict[str, Any]) -> None:
    case = made(client.api("POST", "/cases", CASE | {"apartment": "dpto. 1204", "contacts": []}))
    (opened,) = case.pop("events")
    (requirement,) = case.pop("requirements")
    number = case.pop("number")
    assert len(number) == 7
    assert case == {
        "status": "open",
        "priority": "standard",
        "urgent_kind": None,
        "channel": "email",
        "project": "101",
        "apartment": "1204",
        "verified": True,
        "contacts": [OWNER],
        "follows": None,
        "appointments": [],
        "surveys": [],
    }
    assert requirement == {
        "id": requirement["id"],
        "category": "damp",
        "description": "Mancha en el muro del baño",
        "recording": None,
        "status": "reported",
    }
    assert (opened["kind"], opened["by"]) == ("opened", "api")
    assert opened["at"].startswith("2026-11-24T10:00:0")
    assert opened["at"].endswith("-03:00")


def test_an_apartment_that_nobody_registered_is_accepted_unverified(
    client: Client, project: dict[str, Any]
) -> None:
    case = made(client.api("POST", "/cases", CASE | {"apartment": "77"}))
    assert (case["apartment"], case["verified"]) == ("77", False)


def test_a_repeat_with_the_same_key_gets_the_same_bytes_and_makes_nothing(
    client: Client, sqlite_store: Store, home: dict[str, Any]
) -> None:
    key = {"Idempotency-Key": "order-1"}
    first = client.api("POST", "/cases", CASE, headers=key)
    moved = client.api("POST", f"/cases/{made(first)['number']}/cancel", {"by": "x", "reason": "y"})
    assert moved.status_code == 200
    turned_round = dict(reversed(CASE.items()))
    again = client.api("POST", "/cases", turned_round, headers=key)
    assert (again.status_code, again.data) == (201, first.data)
    assert made(client.api("POST", "/cases", CASE, headers={"Idempotency-Key": "order-2"})) != json_of(first)
    with sqlite_store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 2


def test_a_key_belongs_to_its_first_request_that_was_answered(client: Client, home: dict[str, Any]) -> None:
    key = {"Idempotency-Key": "order-1"}
    assert_refused(client.api("POST", "/cases", CASE | {"project": "9"}, headers=key), 422, "project")
    made(client.api("POST", "/cases", CASE, headers=key))
    other = client.api("POST", "/cases", CASE | {"channel": "web"}, headers=key)
    assert_refused(other, 409)
    assert other.get_json()["error"]["code"] == "key_reused"


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb", "ñ"])
def test_a_key_that_is_none_is_refused(client: Client, home: dict[str, Any], key: str) -> None:
    answer = client.api("POST", "/cases", CASE, headers={"Idempotency-Key": key})
    assert_refused(answer, 422, "Idempotency-Key")


def test_repeats_at_the_same_moment_make_one_case(client_of_both: Client, store: Store) -> None:
    made(client_of_both.api("POST", "/projects", PROJECT))
    together = threading.Barrier(4)
    answers: list[bytes] = []

    def send() -> None:
        client = client_of_both.application.test_client()
        assert isinstance(client, Client)
        together.wait()
        answers.append(client.api("POST", "/cases", CASE, headers={"Idempotency-Key": "k"}).data)

    senders = [threading.Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(answers) == 4
    assert len(set(answers)) == 1
    with store.reading() as session:
        assert session.scalars(select(Case.number)).one().encode() in answers[0]


def test_cases_are_listed_newest_first_and_found_by_what_is_known(
    client: Client, make_case: MakeCase
) -> None:
    first, second, third = (make_case()["number"] for _ in range(3))
    client.api("POST", f"/cases/{second}/cancel", {"by": "x", "reason": "y"})
    assert names(client, "/cases?limit=2", "cases", "number") == [third, second, first]
    assert names(client, "/cases?status=open", "cases", "number") == [third, first]
    assert names(client, "/cases?project=999", "cases", "number") == []
    assert names(client, f"/cases?project=101&phone={OWNER}", "cases", "number") == [third, second, first]
    assert names(client, f"/cases?q={first[:6]}", "cases", "number") == [first]
    assert names(client, "/cases?q=camila", "cases", "number") == [third, second, first]
    assert names(client, "/cases?q=%25", "cases", "number") == []


def test_a_case_costs_the_same_queries_however_much_happened_to_it(
    client: Client, sqlite_store: Store, make_case: MakeCase, clock: MovableClock
) -> None:
    small = make_case()["number"]
    large = make_case(requirements=[{"category": "damp"}] * 9)["number"]
    with sqlite_store.transaction() as session:
        case = session.scalars(select(Case).where(Case.number == large)).one()
        for _ in range(3):
            survey = Survey(case_id=case.id, attempts=1, created_at=clock.now())
            session.add(survey)
            session.flush()
            session.add(
                SurveyAnswer(
                    survey_id=survey.id,
                    requirement_id=case.requirements[0].id,
                    satisfied=False,
                    remedy="works",
                )
            )
    costs = [queries(sqlite_store.engine, lambda: client.api("GET", f"/cases/{small}"))]
    costs += [queries(sqlite_store.engine, lambda: client.api("GET", f"/cases/{large}"))]
    costs += [queries(sqlite_store.engine, lambda: client.api("GET", "/cases"))]
    assert max(costs) <= 8
    (survey_shown, *_) = json_of(client.api("GET", f"/cases/{large}"))["surveys"]
    assert survey_shown == {
        "attempts": 1,
        "outcome": None,
        "score": None,
        "answers": [
            {"requirement": survey_shown["answers"][0]["requirement"], "satisfied": False, "remedy": "works"}
        ],
    }


def test_a_case_whose_home_is_not_known_is_shown_in_the_offices_time(
    client: Client, sqlite_store: Store, clock: MovableClock
) -> None:
    with sqlite_store.transaction() as session:
        number = cases.open_urgent(session, None, Channel.PHONE, now=clock.now(), by="line").number
    case = json_of(client.api("GET", f"/cases/{number}"))
    assert (case["project"], case["apartment"], case["verified"]) == (None, None, None)
    assert case["events"][0]["at"].endswith("-03:00")
    start = "2026-11-26T09:00:00-03:00"
    answer = client.api("POST", f"/cases/{number}/appointments", {"kind": "visit", "start": start})
    assert_refused(answer, 409)


def queries(engine: Engine, ask: Callable[[], Any]) -> int:
    """How many statements it takes."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        assert ask().status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return sum(not statement.startswith("BEGIN") for statement in seen)
