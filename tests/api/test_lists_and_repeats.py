"""What holds for every list, and for everything that is made."""

from typing import Any

import pytest

from tests.api.conftest import AGENT, CASE, HOME, PROJECT, Client, json_of, made
from tests.api.test_document import operations
from tests.api.test_refusals import assert_refused

LISTS = ["projects", "homes", "cases", "agents", "roster", "calls", "closures", "tasks", "outbound", "events"]
NIGHT = {"kind": "weekly", "agent": 1, "level": 1, "weekday": 2, "begins": "22:00", "ends": "06:00"}
CLOSURE = {"date": "2026-12-24", "working": False, "reason": "Cierre"}
#: Everything that can be made, and one more of it that differs.
MADE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("/projects", PROJECT | {"code": "7"}, {"code": "8"}),
    ("/homes", HOME | {"number": "7"}, {"number": "8"}),
    ("/cases", CASE, {"channel": "web"}),
    ("/agents", AGENT | {"email": "b@example.cl", "phone": "client:b"}, {"name": "Otra"}),
    ("/roster", NIGHT, {"weekday": 3}),
    ("/closures", CLOSURE, {"reason": "Otro"}),
]


@pytest.fixture
def client(client: Client) -> Client:
    """With a project, a home and an agent."""
    for path, body in (("/projects", PROJECT), ("/homes", HOME), ("/agents", AGENT)):
        made(client.api("POST", path, body))
    return client


@pytest.mark.parametrize("plural", LISTS)
def test_a_list_is_read_page_by_page(client: Client, plural: str) -> None:
    answer = client.api("GET", f"/{plural}?limit=1&cursor=")
    assert answer.status_code == 200
    assert json_of(answer).keys() == {plural, "next"}
    assert_refused(client.api("GET", f"/{plural}?cursor=nonsense"), 422, "cursor")
    for limit in ("0", "201", "x"):
        assert_refused(client.api("GET", f"/{plural}?limit={limit}"), 422, "limit")


def test_there_is_no_other_list(client: Client) -> None:
    described = operations(client.get("/api/v1/openapi.json").get_json())
    paged = {
        name
        for name, operation in described.items()
        if any(each["name"] == "cursor" for each in operation["parameters"])
    }
    assert paged == {f"GET /{plural}" for plural in LISTS}


@pytest.mark.parametrize(("path", "body", "other"), MADE)
def test_whatever_is_made_is_made_once_under_a_key(
    client: Client, path: str, body: dict[str, Any], other: dict[str, Any]
) -> None:
    key = {"Idempotency-Key": "order-1"}
    first = client.api("POST", path, body, headers=key)
    made(first)
    how_many = len(json_of(client.api("GET", path))[path.strip("/")])
    again = client.api("POST", path, body, headers=key)
    assert (again.status_code, again.data) == (201, first.data)
    assert len(json_of(client.api("GET", path))[path.strip("/")]) == how_many
    reused = client.api("POST", path, body | other, headers=key)
    assert reused.get_json()["error"]["code"] == "key_reused"


def test_a_date_is_booked_once_under_a_key_and_keys_belong_to_their_path(client: Client) -> None:
    numbers = [made(client.api("POST", "/cases", CASE))["number"] for _ in range(2)]
    visit = {"kind": "visit", "start": "2026-11-26T09:00:00-03:00"}
    key = {"Idempotency-Key": "order-1"}
    first = client.api("POST", f"/cases/{numbers[0]}/appointments", visit, headers=key)
    made(first)
    again = client.api("POST", f"/cases/{numbers[0]}/appointments", visit, headers=key)
    assert (again.status_code, again.data) == (201, first.data)
    other = client.api("POST", f"/cases/{numbers[1]}/appointments", visit, headers=key)
    assert other.get_json()["error"]["code"] == "key_reused"


def test_every_creation_is_documented_to_heed_a_key(client: Client) -> None:
    described = operations(client.get("/api/v1/openapi.json").get_json())
    heeding = {
        name
        for name, operation in described.items()
        if any(each["name"] == "Idempotency-Key" for each in operation["parameters"])
    }
    assert heeding == {f"POST {path}" for path, *_ in MADE} | {"POST /cases/{number}/appointments"}
