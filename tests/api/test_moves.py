"""A case from its opening to its end, by way of the API, and the moves that are refused."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import Job, Task, Wait
from ivr.switchboard.waits import WaitState
from tests.api.conftest import AGENT, CASE, HOME, PROJECT, URGENT, Client, json_of, made
from tests.api.test_refusals import assert_refused

MakeCase = Callable[..., dict[str, Any]]


def slots(client: Client, kind: str, case: str = "") -> list[dict[str, Any]]:
    """What would be offered now."""
    answer = client.api("GET", f"/projects/101/slots?kind={kind}&case={case}")
    assert answer.status_code == 200
    found: list[dict[str, Any]] = json_of(answer)["slots"]
    return found


def book(client: Client, number: str, kind: str) -> dict[str, Any]:
    """The first date that is free."""
    start = slots(client, kind, number)[0]["start"]
    return made(client.api("POST", f"/cases/{number}/appointments", {"kind": kind, "start": start}))


def move(client: Client, number: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.api("POST", f"/cases/{number}/{name}", body)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return json_of(answer)


def inspect(client: Client, case: dict[str, Any], *covered: bool) -> dict[str, Any]:
    results = [
        {"requirement": requirement["id"], "covered": verdict, "note": "visto"}
        for requirement, verdict in zip(case["requirements"], covered, strict=True)
    ]
    return move(client, case["number"], "inspection", {"results": results})


def test_a_case_is_visited_inspected_and_mended(client_of_both: Client, clock: MovableClock) -> None:
    client = client_of_both
    made(client.api("POST", "/projects", PROJECT))
    made(client.api("POST", "/homes", HOME))
    requirements = [{"category": "damp", "description": "Mancha"}, {"category": "doors"}]
    case = made(client.api("POST", "/cases", CASE | {"requirements": requirements}))
    number = case["number"]
    assert [each["status"] for each in case["requirements"]] == ["reported", "reported"]
    visit = book(client, number, "visit")
    assert visit == {
        "id": visit["id"],
        "kind": "visit",
        "start": "2026-11-26T09:00:00-03:00",
        "end": "2026-11-26T09:30:00-03:00",
        "status": "booked",
        "substitute": False,
    }
    inspected = inspect(client, case, True, False)
    assert inspected["status"] == "inspected"
    assert [each["status"] for each in inspected["requirements"]] == ["covered", "not_covered"]
    works = book(client, number, "works")
    assert (works["start"], works["end"]) == ("2026-11-25T09:00:00-03:00", "2026-11-25T13:00:00-03:00")
    done = move(client, number, "works-done", {"received_by": "Camila Rojas"})
    assert done["status"] == "works_done"
    assert [each["status"] for each in done["appointments"]] == ["done", "done"]
    assert [event["kind"] for event in done["events"]] == [
        "opened",
        "visit_booked",
        "inspected",
        "works_booked",
        "works_done",
    ]
    assert {event["by"] for event in done["events"]} == {"api"}
    booked = done["events"][1]
    assert booked["at"].startswith("2026-11-24T10:00:0")
    assert booked["detail"]["start"] == "2026-11-26T09:00:00-03:00"
    assert json_of(client.api("GET", f"/cases/{number}")) == done


def test_nothing_covered_ends_the_case(client: Client, make_case: MakeCase) -> None:
    case = make_case()
    book(client, case["number"], "visit")
    assert inspect(client, case, False)["status"] == "rejected"


def test_an_urgent_case_starts_the_rounds_until_an_agent_has_it(
    client: Client, sqlite_store: Store, home: dict[str, Any]
) -> None:
    agent = made(client.api("POST", "/agents", AGENT))
    case = made(client.api("POST", "/cases", URGENT))
    assert [each["category"] for each in case["requirements"]] == ["gas"]
    with sqlite_store.reading() as session:
        assert session.scalars(select(Wait.state)).one() == WaitState.WAITING
        assert session.scalars(select(Job.kind).where(Job.kind != "name")).one() == "ring"
    taken = move(client, case["number"], "acknowledge", {"agent": agent["id"]})
    assert taken["status"] == "attending"
    assert (taken["events"][-1]["kind"], taken["events"][-1]["by"]) == ("acknowledged", "Marcela Soto")
    with sqlite_store.reading() as session:
        assert session.scalars(select(Wait.state)).one() == WaitState.SERVED
    again = client.api("POST", f"/cases/{case['number']}/acknowledge", {"agent": "Marcela Soto"})
    assert_refused(again, 409)


def test_an_agent_may_be_named_too(client: Client, make_case: MakeCase) -> None:
    made(client.api("POST", "/agents", AGENT))
    number = make_case(**URGENT)["number"]
    assert move(client, number, "acknowledge", {"agent": "Marcela Soto"})["status"] == "attending"


@pytest.mark.parametrize("agent", [99, "Nadie", None, True, "", 0, 2**63, ["a"]])
def test_an_agent_that_is_not_known_takes_nothing(client: Client, make_case: MakeCase, agent: Any) -> None:
    number = make_case(**URGENT)["number"]
    assert_refused(client.api("POST", f"/cases/{number}/acknowledge", {"agent": agent}), 422, "agent")
    assert json_of(client.api("GET", f"/cases/{number}"))["status"] == "open"


def test_two_agents_of_one_name_are_told_apart_by_their_ids(client: Client, make_case: MakeCase) -> None:
    for number in (1, 2):
        made(client.api("POST", "/agents", AGENT | {"phone": f"client:{number}", "email": f"{number}@a.cl"}))
    number = make_case(**URGENT)["number"]
    answer = client.api("POST", f"/cases/{number}/acknowledge", {"agent": "Marcela Soto"})
    assert_refused(answer, 422, "agent")


def test_cancelling_an_urgent_case_ends_its_rounds_and_frees_its_dates(
    client: Client, sqlite_store: Store, make_case: MakeCase
) -> None:
    number = make_case(**URGENT)["number"]
    free = slots(client, "visit")
    book(client, number, "visit")
    assert slots(client, "visit") == free[1:]
    cancelled = move(client, number, "cancel", {"by": "Marcela Soto", "reason": "Era un error"})
    assert cancelled["status"] == "cancelled"
    assert cancelled["appointments"][0]["status"] == "cancelled"
    assert cancelled["events"][-1]["by"] == "Marcela Soto"
    assert slots(client, "visit") == free
    with sqlite_store.reading() as session:
        assert session.scalars(select(Wait.state)).one() == WaitState.SERVED


def test_a_date_is_changed_cancelled_and_missed(
    client: Client, sqlite_store: Store, make_case: MakeCase
) -> None:
    number = make_case()["number"]
    first = book(client, number, "visit")
    second = book(client, number, "visit")
    case = json_of(client.api("GET", f"/cases/{number}"))
    assert [(each["id"], each["status"]) for each in case["appointments"]] == [
        (first["id"], "cancelled"),
        (second["id"], "booked"),
    ]
    assert client.api("DELETE", f"/cases/{number}/appointments/{second['id']}").status_code == 204
    assert json_of(client.api("GET", f"/cases/{number}"))["status"] == "open"
    third = book(client, number, "visit")
    missed = move(client, number, f"appointments/{third['id']}/missed", {"by": "owner"})
    assert missed["status"] == "open"
    assert missed["events"][-1]["detail"]["missed_by"] == "owner"
    with sqlite_store.reading() as session:
        kinds = session.scalars(select(Task.kind).order_by(Task.id)).all()
    assert kinds == ["ring_owner", "unscheduled", "unscheduled"]


def test_a_slot_outside_the_rules_or_taken_is_a_conflict(client: Client, make_case: MakeCase) -> None:
    first, second = make_case()["number"], make_case()["number"]
    taken = book(client, first, "visit")["start"]
    for start in (
        taken,
        "2026-11-26T09:10:00-03:00",  # not on the grid
        "2026-11-27T09:00:00-03:00",  # not the project's weekday
        "2027-11-25T09:00:00-03:00",  # far ahead
        "2020-11-26T09:00:00-03:00",  # over
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
    ):
        answer = client.api("POST", f"/cases/{second}/appointments", {"kind": "visit", "start": start})
        assert_refused(answer, 409)
    assert json_of(client.api("GET", f"/cases/{second}"))["appointments"] == []


@pytest.mark.parametrize(
    "start", ["2026-11-26", "2026-11-26T09:00:00", "1700000000", 1700000000, "mañana", None, ""]
)
def test_a_moment_without_its_offset_is_none(client: Client, make_case: MakeCase, start: Any) -> None:
    number = make_case()["number"]
    answer = client.api("POST", f"/cases/{number}/appointments", {"kind": "visit", "start": start})
    assert_refused(answer, 422, "start")


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("inspection", {"results": []}),
        ("inspection", {"nonsense": 1}),
        ("works-done", {"received_by": "Camila"}),
        ("works-done", {}),
        ("acknowledge", {"agent": 1}),
        ("acknowledge", {}),
        ("cancel", {"by": "x", "reason": "y"}),
        ("cancel", {}),
        ("cancel", []),
        ("appointments", {"kind": "visit", "start": "2026-11-26T09:00:00-03:00"}),
        ("appointments", {"kind": "works", "start": "garbage"}),
        ("appointments", {"kind": "garbage"}),
        ("appointments", {}),
    ],
)
def test_a_move_that_is_not_allowed_is_refused_as_such_whatever_its_fields_say(
    client: Client, make_case: MakeCase, name: str, body: Any
) -> None:
    number = make_case()["number"]
    cancelled = move(client, number, "cancel", {"by": "api", "reason": "duplicada"})
    assert_refused(client.api("POST", f"/cases/{number}/{name}", body), 409)
    assert json_of(client.api("GET", f"/cases/{number}")) == cancelled


@pytest.mark.parametrize(
    ("name", "body", "fields"),
    [
        ("inspection", {}, ["results"]),
        ("inspection", {"results": []}, ["results"]),
        ("inspection", {"results": [{"requirement": "1", "covered": 1}]}, None),
        ("inspection", {"results": [{"requirement": 10**30, "covered": True}]}, ["results"]),
        ("cancel", {}, ["by", "reason"]),
        ("cancel", {"by": "x" * 121, "reason": "\0"}, ["by", "reason"]),
        ("appointments", {"kind": "visit"}, ["start"]),
        ("appointments", {"kind": "dinner", "start": "2026-11-26T09:00:00-03:00"}, ["kind"]),
    ],
)
def test_wrong_fields_of_a_move_that_is_allowed_change_nothing(
    client: Client, make_case: MakeCase, name: str, body: Any, fields: list[str] | None
) -> None:
    number = make_case()["number"]
    book(client, number, "visit")
    before = json_of(client.api("GET", f"/cases/{number}"))
    expected = fields or ["results.0.requirement", "results.0.covered"]
    assert_refused(client.api("POST", f"/cases/{number}/{name}", body), 422, *expected)
    assert json_of(client.api("GET", f"/cases/{number}")) == before


def test_a_date_that_is_over_cannot_be_missed_whatever_the_fields_say(
    client: Client, make_case: MakeCase
) -> None:
    number = make_case()["number"]
    visit = book(client, number, "visit")["id"]
    path = f"/cases/{number}/appointments/{visit}"
    assert_refused(client.api("POST", f"{path}/missed", {"by": "nobody"}), 422, "by")
    assert client.api("DELETE", path).status_code == 204
    assert_refused(client.api("DELETE", path), 409)
    assert_refused(client.api("POST", f"{path}/missed", {"by": "nobody"}), 409)


def test_another_cases_date_is_not_found(client: Client, make_case: MakeCase) -> None:
    one, other = make_case()["number"], make_case()["number"]
    visit = book(client, one, "visit")["id"]
    assert_refused(client.api("DELETE", f"/cases/{other}/appointments/{visit}"), 404)
    assert json_of(client.api("GET", f"/cases/{one}"))["status"] == "visit_scheduled"
