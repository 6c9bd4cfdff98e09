"""Each client has a token of its own, and may do what its scopes allow."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from ivr.api import clients
from ivr.api.clients import Scope
from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import ApiToken
from tests.api.conftest import CASE, PROJECT, URGENT, Client, json_of, made
from tests.api.test_document import operations
from tests.api.test_refusals import assert_refused

EVERY = [scope.value for scope in Scope]


def issue(store: Store, clock: MovableClock, *scopes: str, name: str = "crm") -> dict[str, str]:
    """The headers of a new client."""
    with store.transaction() as session:
        token = clients.issue(session, name, scopes, by="operator", now=clock.now())
    return {"Authorization": f"Bearer {token}"}


def test_every_operation_wants_the_scope_that_the_document_tells(
    client: Client, sqlite_store: Store, clock: MovableClock
) -> None:
    bearers = {
        scope: issue(sqlite_store, clock, *(set(EVERY) - {scope}), name=f"all-but-{scope}") for scope in EVERY
    }
    document = client.get("/api/v1/openapi.json").get_json()
    wanted = set()
    for name, operation in operations(document).items():
        method, _, path = name.partition(" ")
        ((scope,),) = [each["token"] for each in operation["security"]]
        wanted.add(scope)
        answer = client.api(method, re.sub(r"\{\w+\}", "1", path), headers=bearers[scope])
        assert_refused(answer, 403)
        assert scope in answer.get_json()["error"]["message"]
    assert wanted == set(EVERY)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/cases", "read"),
        ("GET", "/projects", "read"),
        ("POST", "/cases", "write"),
        ("POST", "/tasks/1/done", "write"),
        ("POST", "/calls/CA0/supervision", "talks"),
        ("POST", "/calls/CA0/transfer", "talks"),
        ("GET", "/owners/+56991234567/export", "personal"),
        ("DELETE", "/owners/+56991234567", "personal"),
        ("POST", "/projects", "admin"),
        ("PATCH", "/agents/1", "admin"),
        ("DELETE", "/closures/1", "admin"),
        ("POST", "/roster", "admin"),
    ],
)
def test_one_scope_is_enough_for_what_is_its_own(
    client: Client, sqlite_store: Store, clock: MovableClock, method: str, path: str, scope: str
) -> None:
    body = {} if method in {"POST", "PATCH"} else None
    answer = client.api(method, path, body, headers=issue(sqlite_store, clock, scope))
    assert answer.status_code not in {401, 403}


def test_what_a_client_did_carries_its_name(
    client: Client, sqlite_store: Store, clock: MovableClock, home: dict[str, Any]
) -> None:
    crm = issue(sqlite_store, clock, "read", "write")
    case = made(client.api("POST", "/cases", CASE, headers=crm))
    number = case["number"]
    visit = {"kind": "visit", "start": "2026-11-26T09:00:00-03:00"}
    appointment = made(client.api("POST", f"/cases/{number}/appointments", visit, headers=crm))["id"]
    client.api("POST", f"/cases/{number}/appointments/{appointment}/missed", {"by": "owner"}, headers=crm)
    made(client.api("POST", f"/cases/{number}/appointments", visit))
    events = json_of(client.api("GET", f"/cases/{number}", headers=crm))["events"]
    assert [(event["kind"], event["by"]) for event in events] == [
        ("opened", "crm"),
        ("visit_booked", "crm"),
        ("visit_missed", "crm"),
        ("visit_booked", "api"),
    ]
    (task, *_) = json_of(client.api("GET", "/tasks?status=open", headers=crm))["tasks"]
    done = client.api("POST", f"/tasks/{task['id']}/done", headers=crm)
    assert json_of(done)["done_by"] == "crm"


def test_a_revoked_token_is_a_wrong_one(client: Client, sqlite_store: Store, clock: MovableClock) -> None:
    crm = issue(sqlite_store, clock, "read")
    assert client.api("GET", "/cases", headers=crm).status_code == 200
    with sqlite_store.transaction() as session:
        clients.revoke(session, "crm", clock.now())
    answer = client.api("GET", "/cases", headers=crm)
    assert_refused(answer, 401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert client.api("GET", "/cases").status_code == 200


def test_the_last_use_is_written_down_once_a_minute(
    client_of_both: Client, store: Store, clock: MovableClock
) -> None:
    crm = issue(store, clock, "read")

    def last_used() -> Any:
        assert client_of_both.api("GET", "/cases", headers=crm).status_code == 200
        with store.reading() as session:
            return session.scalars(select(ApiToken.last_used_at)).one()

    begun = clock.now()
    first = last_used()
    assert first >= begun
    clock.forward(timedelta(seconds=30))
    assert last_used() == first
    clock.forward(timedelta(seconds=31))
    assert last_used() > first


def test_two_clients_may_choose_the_same_idempotency_key(
    client_of_both: Client, store: Store, clock: MovableClock
) -> None:
    made(client_of_both.api("POST", "/projects", PROJECT))
    key = {"Idempotency-Key": "order-1"}
    crm, shop = (issue(store, clock, "write", name=name) | key for name in ("crm", "shop"))
    first = client_of_both.api("POST", "/cases", CASE, headers=crm)
    other = client_of_both.api("POST", "/cases", CASE | {"channel": "web"}, headers=shop)
    assert made(first)["number"] != made(other)["number"]
    assert client_of_both.api("POST", "/cases", CASE, headers=crm).data == first.data


def test_a_scope_that_a_later_version_had_given_opens_nothing(
    client: Client, sqlite_store: Store, clock: MovableClock
) -> None:
    crm = issue(sqlite_store, clock, "read")
    with sqlite_store.transaction() as session:
        session.scalars(select(ApiToken)).one().scopes = ["read", "root"]
    assert client.api("GET", "/cases", headers=crm).status_code == 200
    assert_refused(client.api("POST", "/cases", URGENT, headers=crm), 403)


def test_whoever_lacks_the_scope_learns_nothing_of_what_there_is(
    client: Client, sqlite_store: Store, clock: MovableClock, project: dict[str, Any]
) -> None:
    crm = issue(sqlite_store, clock, "write")
    there, not_there = (client.api("GET", f"/projects/{code}", headers=crm) for code in ("101", "999"))
    assert (there.status_code, there.data) == (not_there.status_code, not_there.data)
