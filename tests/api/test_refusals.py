"""Requests that are wrong: each gets the right status in the one shape of errors, and nothing is stored."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import Base
from tests.api.conftest import AGENT, CASE, HOME, PROJECT, URGENT, Client, made, make_client

JSON = {"Content-Type": "application/json"}
CASES = "/cases"


def counts(store: Store) -> dict[str, int]:
    """How many rows each table has."""
    with store.reading() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def assert_refused(answer: TestResponse, status: int, *fields: str) -> None:
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.mimetype == "application/json"
    (error,) = answer.get_json().values()
    assert list(answer.get_json()) == ["error"]
    assert error.keys() - {"fields"} == {"code", "message"}
    assert error["code"]
    assert error["message"]
    assert set(error.get("fields", {})) == set(fields), error


def without(body: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("/projects", {}, ["code", "name", "weekday"]),
        ("/projects", PROJECT | {"code": 101}, ["code"]),
        ("/projects", PROJECT | {"code": "1234567"}, ["code"]),
        ("/projects", PROJECT | {"code": "1a"}, ["code"]),
        ("/projects", PROJECT | {"code": "102", "weekday": "4"}, ["weekday"]),
        ("/projects", PROJECT | {"code": "102", "weekday": True}, ["weekday"]),
        ("/projects", PROJECT | {"code": "102", "weekday": 4.0}, ["weekday"]),
        ("/projects", PROJECT | {"code": "102", "weekday": 6, "crews": 0}, ["weekday", "crews"]),
        ("/projects", PROJECT | {"code": "102", "region": "CL-RM"}, ["region"]),
        ("/projects", PROJECT | {"code": "102", "timezone": "Chile/Nowhere"}, ["timezone"]),
        ("/projects", PROJECT | {"code": "102", "slot_minutes": 10**30}, ["slot_minutes"]),
        ("/projects", PROJECT | {"code": "102", "name": "a\0b"}, ["name"]),
        ("/projects", PROJECT | {"code": "102", "name": " "}, ["name"]),
        ("/projects", PROJECT | {"code": "102", "colour": "red"}, ["colour"]),
        ("/homes", HOME | {"project": "999"}, ["project"]),
        ("/homes", HOME | {"number": ""}, ["number"]),
        ("/homes", HOME | {"number": "2", "owner": "x" * 121}, ["owner"]),
        ("/homes", HOME | {"number": "2", "phones": "+56991234567"}, ["phones"]),
        ("/homes", HOME | {"number": "2", "phones": ["991234567"]}, ["phones"]),
        ("/homes", HOME | {"number": "2", "phones": [56991234567]}, ["phones.0"]),
        ("/homes", HOME | {"number": "2", "phones": ["+56800422727"]}, ["phones"]),
        ("/homes", HOME | {"number": "2", "verified": "yes"}, ["verified"]),
        ("/homes", without(HOME, "phones"), ["phones"]),
        (CASES, CASE | {"project": "999"}, ["project"]),
        (CASES, CASE | {"project": "101' OR '1'='1"}, ["project"]),
        (CASES, CASE | {"apartment": ""}, ["apartment"]),
        (CASES, CASE | {"channel": "fax", "priority": "high"}, ["channel", "priority"]),
        (CASES, CASE | {"urgent_kind": "water"}, ["urgent_kind"]),
        (CASES, CASE | {"contacts": ["+4930123456"]}, ["contacts"]),
        (CASES, CASE | {"contacts": None}, ["contacts"]),
        (CASES, CASE | {"requirements": []}, ["requirements"]),
        (CASES, CASE | {"requirements": [{"category": "damp"}] * 10}, ["requirements"]),
        (CASES, CASE | {"requirements": [{"category": "gas"}]}, ["requirements.0.category"]),
        (
            CASES,
            CASE | {"requirements": [{"kind": "damp"}]},
            ["requirements.0.category", "requirements.0.kind"],
        ),
        (
            CASES,
            CASE | {"requirements": [{"category": "damp", "description": "x" * 4001}]},
            ["requirements.0.description"],
        ),
        (CASES, URGENT | {"urgent_kind": "fire"}, ["urgent_kind"]),
        (CASES, [], ["body"]),
        (CASES, "a string", ["body"]),
        (CASES, 7, ["body"]),
        ("/agents", AGENT | {"phone": "tel:+56990010001"}, ["phone"]),
        ("/agents", AGENT | {"email": "nobody"}, ["email"]),
        ("/agents", AGENT | {"skills": []}, ["skills"]),
        ("/agents", AGENT | {"skills": ["cooking"]}, ["skills.0"]),
        ("/agents", AGENT | {"on_call_level": 0}, ["on_call_level"]),
        ("/agents", AGENT | {"on_call_level": "1"}, ["on_call_level"]),
        ("/closures", {"date": "24-12-2026", "working": False, "reason": "x"}, ["date"]),
        ("/closures", {"date": "2026-02-30", "working": False, "reason": "x"}, ["date"]),
        ("/closures", {"date": "2026-12-24", "working": "no", "reason": "x"}, ["working"]),
        ("/closures", {"date": "2026-12-24", "working": False, "reason": ""}, ["reason"]),
        ("/closures", {"date": "2026-12-24", "working": False, "reason": "x", "project": "9"}, ["project"]),
        ("/closures", {"date": "2026-12-24", "working": False, "reason": "x", "region": "XX"}, ["region"]),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(
    client: Client, sqlite_store: Store, home: dict[str, Any], path: str, body: Any, fields: list[str]
) -> None:
    before = counts(sqlite_store)
    answer = client.api("POST", path, data=json.dumps(body), headers=JSON | _token())
    assert_refused(answer, 422, *fields)
    assert counts(sqlite_store) == before


@pytest.mark.parametrize(
    ("data", "headers", "status"),
    [
        (b"", JSON, 400),
        (b"{", JSON, 400),
        (b'{"code": NaN}', JSON, 400),
        (b"{'code': '1'}", JSON, 400),
        (b'{"name": "\\ud800"}', JSON, 400),
        (b"[" * 100_000, JSON, 400),
        ('{"name": "Ñuñoa"}'.encode("latin-1"), JSON, 400),
        ('{"name": "x"}'.encode("utf-16"), JSON, 400),
        (b"{}", {}, 415),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"code=101", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (b"{}", JSON | {"Content-Encoding": "gzip"}, 415),
        (b'{"name": "' + b"x" * 600_000 + b'"}', JSON, 413),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    client: Client, sqlite_store: Store, data: bytes, headers: dict[str, str], status: int
) -> None:
    before = counts(sqlite_store)
    assert_refused(client.api("POST", "/projects", data=data, headers=headers | _token()), status)
    assert counts(sqlite_store) == before


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer wrong", "Basic dXNlcjpwYXNz", "the-token-of-the-tests", "Bearer ñandú"],
)
def test_without_the_token_nothing_is_told(client: Client, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = client.get("/api/v1/projects", headers=headers)
    assert_refused(answer, 401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert_refused(client.post("/api/v1/projects", json=PROJECT, headers=headers), 401)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/projects/999"),
        ("PATCH", "/projects/999"),
        ("GET", "/projects/999/slots?kind=visit"),
        ("GET", "/cases/1234567"),
        ("GET", "/cases/1%00"),
        ("GET", "/cases/%3Cscript%3E"),
        ("POST", "/cases/1234567/appointments"),
        ("DELETE", "/cases/1234567/appointments/1"),
        ("POST", "/cases/1234567/appointments/1/missed"),
        ("POST", "/cases/1234567/inspection"),
        ("POST", "/cases/1234567/works-done"),
        ("POST", "/cases/1234567/acknowledge"),
        ("POST", "/cases/1234567/cancel"),
        ("GET", "/agents/7"),
        ("PATCH", "/agents/7"),
        ("PATCH", "/agents/99999999999999999999"),
        ("PATCH", "/agents/-1"),
        ("GET", "/calls/CA0"),
        ("DELETE", "/closures/7"),
        ("DELETE", "/closures/0"),
        ("POST", "/tasks/7/done"),
        ("GET", "/recordings/7"),
        ("GET", "/owners/+56991234567/export"),
        ("GET", "/nowhere"),
        ("GET", ""),
    ],
)
def test_what_is_not_there_is_not_found_whatever_is_said_of_it(
    client: Client, sqlite_store: Store, method: str, path: str
) -> None:
    before = counts(sqlite_store)
    body = {"nonsense": 1} if method in {"POST", "PATCH"} else None
    assert_refused(client.api(method, path, body), 404)
    assert counts(sqlite_store) == before


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("PUT", "/cases", "GET"), ("DELETE", "/projects/101", "PATCH"), ("GET", "/tasks/1/done", "POST")],
)
def test_a_method_that_the_path_does_not_know_is_refused(
    client: Client, method: str, path: str, allowed: str
) -> None:
    answer = client.api(method, path)
    assert_refused(answer, 405)
    assert allowed in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/cases?status=lost", "status"),
        ("/cases?cursor=nonsense", "cursor"),
        ("/cases?cursor=WyJ4Il0", "cursor"),
        ("/cases?limit=0", "limit"),
        ("/cases?limit=201", "limit"),
        ("/cases?limit=ten", "limit"),
        ("/cases?colour=red", "colour"),
        ("/cases?status=open&status=closed", "status"),
        ("/cases?q=%00", "q"),
        ("/tasks?status=late", "status"),
        ("/projects/101/slots", "kind"),
        ("/projects/101/slots?kind=inspection", "kind"),
        ("/projects/101/slots?kind=works&case=1234567", "case"),
    ],
)
def test_a_wrong_query_is_named(client: Client, project: dict[str, Any], path: str, field: str) -> None:
    assert_refused(client.api("GET", path), 422, field)


def test_what_exists_already_is_a_conflict(client: Client, sqlite_store: Store, home: dict[str, Any]) -> None:
    made(client.api("POST", "/agents", AGENT))
    closure = {"date": "2026-12-24", "working": False, "reason": "Cierre"}
    made(client.api("POST", "/closures", closure))
    before = counts(sqlite_store)
    for path, body in (
        ("/projects", PROJECT),
        ("/homes", HOME),
        ("/agents", AGENT | {"email": "other@example.cl"}),
        ("/agents", AGENT | {"phone": "client:other"}),
        ("/closures", closure | {"working": True}),
    ):
        assert_refused(client.api("POST", path, body), 409)
    assert counts(sqlite_store) == before


def test_a_fault_of_ours_is_told_in_the_same_shape_and_without_details(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("the secret cause")

    monkeypatch.setattr("ivr.aftersales.projects.page", broken)
    answer = client.api("GET", "/projects")
    assert_refused(answer, 500)
    assert "secret" not in answer.get_data(as_text=True)


def test_a_database_that_hangs_is_to_be_tried_again(clock: MovableClock, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = Store(f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/nothing")
        answer = make_client(store, clock, tmp_path, patience=0.2).api("GET", "/projects")
        assert_refused(answer, 503)
        store.close()


def test_a_database_that_does_not_answer_is_to_be_tried_again(client: Client, sqlite_store: Store) -> None:
    with sqlite_store.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE projects RENAME TO elsewhere")
    answer = client.api("GET", "/projects")
    assert_refused(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0


def test_other_rooms_keep_their_own_not_found(client: Client) -> None:
    answer = client.get("/console/nowhere")
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"


def _token() -> dict[str, str]:
    return {"Authorization": "Bearer the-token-of-the-tests"}
