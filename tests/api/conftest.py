"""An application made of the API alone, and a client that carries the token."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ivr.api import ApiContext, blueprint
from ivr.clock import MovableClock
from ivr.present import Present
from ivr.settings import Settings
from ivr.store.session import Store
from ivr.telephony import deadline
from ivr.telephony.deadline import Deadline
from ivr.telephony.storage import FolderStorage

TOKEN = "the-token-of-the-tests"
OWNER = "+56991234567"


class Client(FlaskClient):
    """Asks with the token, unless the test brings another; ``api`` takes paths below the prefix."""

    def api(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {TOKEN}"} | options.pop("headers", {})
        if body is not None:
            options["json"] = body
        return self.open(f"/api/v1{path}", method=method, headers=headers, **options)


def make_settings(**overrides: Any) -> Settings:
    """Settings of a test: nothing of the environment, and a database that the test brings itself."""
    given = {
        "secret_key": "s",
        "api_token": TOKEN,
        "account_sid": "AC" + "0" * 32,
        "auth_token": "t",
        "database_url": "sqlite://",
    }
    return Settings.load(_env_file=None, **given | overrides)


def make_client(
    store: Store, clock: MovableClock, folder: Path, *, patience: float = deadline.PATIENCE
) -> Client:
    """A client of an application that has no other room than the API."""
    app = Flask("tests")
    context = ApiContext(
        store=store,
        clock=clock,
        present=Present(make_settings()),
        storage=FolderStorage(folder / "recordings"),
        deadline=Deadline(patience=patience, cut=store.cut),
    )
    app.register_blueprint(blueprint(context))
    app.test_client_class = Client
    client = app.test_client()
    assert isinstance(client, Client)
    return client


@pytest.fixture
def client(sqlite_store: Store, clock: MovableClock, tmp_path: Path) -> Client:
    """The API on SQLite."""
    return make_client(sqlite_store, clock, tmp_path)


@pytest.fixture
def client_of_both(store: Store, clock: MovableClock, tmp_path: Path) -> Client:
    """The API, once on SQLite and once on PostgreSQL."""
    return make_client(store, clock, tmp_path)


@pytest.fixture
def project(client: Client) -> dict[str, Any]:
    """Project 101 in Santiago, visits on Thursdays."""
    return made(client.api("POST", "/projects", PROJECT))


@pytest.fixture
def home(client: Client, project: dict[str, Any]) -> dict[str, Any]:
    """Apartment 1204 of project 101."""
    return made(client.api("POST", "/homes", HOME))


@pytest.fixture
def make_case(client: Client, home: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """Opens cases of that apartment: standard ones about damp unless fields say otherwise."""
    return lambda **fields: made(client.api("POST", "/cases", CASE | fields))


def made(answer: TestResponse) -> dict[str, Any]:
    """What was created."""
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return json_of(answer)


def json_of(answer: TestResponse) -> dict[str, Any]:
    """The answer's JSON object."""
    found: dict[str, Any] = answer.get_json()
    return found


def names(client: Client, path: str, plural: str, name: str) -> list[str]:
    """One field of every item of a list, over all its pages."""
    found: list[str] = []
    cursor = ""
    while cursor is not None:
        answer = json_of(client.api("GET", f"{path}&cursor={cursor}"))
        assert answer.keys() == {plural, "next"}
        found += [item[name] for item in answer[plural]]
        cursor = answer["next"]
    return found


PROJECT = {"code": "101", "name": "Los Aromos", "weekday": 4, "region": "RM"}
HOME = {"project": "101", "number": "1204", "owner": "Camila Rojas", "phones": [OWNER]}
CASE: dict[str, Any] = {
    "project": "101",
    "apartment": "1204",
    "channel": "email",
    "priority": "standard",
    "contacts": [OWNER],
    "requirements": [{"category": "damp", "description": "Mancha en el muro del baño"}],
}
URGENT = CASE | {"priority": "urgent", "urgent_kind": "gas", "requirements": []}
AGENT = {
    "name": "Marcela Soto",
    "phone": "+56998765432",
    "email": "marcela@inmobiliaria.cl",
    "skills": ["standard", "urgent"],
    "on_call_level": 1,
}
