"""What operations ask: an answer in time, whatever hangs."""

import socket
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ivr import health
from ivr.clock import MovableClock
from ivr.store.session import Store
from tests.servers import free_port


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def client(store: Store, clock: MovableClock) -> FlaskClient:
    app = Flask("tests")
    app.register_blueprint(health.blueprint(store, clock, None, lambda: True))
    return app.test_client()


def test_a_line_whose_parts_answer_is_ready(store: Store, clock: MovableClock) -> None:
    answer = client(store, clock).get("/readyz")
    assert (answer.status_code, answer.json["parts"]) == (200, {"database": True, "storage": True})
    measured = client(store, clock).get("/metrics")
    assert measured.status_code == 200
    assert "postventa_calls_open 0.0" in measured.text


@pytest.mark.parametrize("part", ["storage", "broker"])
def test_each_part_that_is_down_is_named_alone(
    sqlite_store: Store, clock: MovableClock, redis_url: str, part: str
) -> None:
    nobody = f"redis://127.0.0.1:{free_port()}/0"
    app = Flask("tests")
    app.register_blueprint(
        health.blueprint(
            sqlite_store, clock, nobody if part == "broker" else redis_url, lambda: part != "storage"
        )
    )
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json["down"]) == (503, [part])
    assert answer.json["parts"] == {"database": True, "storage": True, "broker": True} | {part: False}


@pytest.fixture
def hanging(silent: str, clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    monkeypatch.setattr(health, "PATIENCE", 0.2)
    store = Store(f"postgresql://nobody@{silent}/nothing")
    yield client(store, clock)
    store.close()


def test_a_database_that_hangs_is_named(hanging: FlaskClient) -> None:
    answer = hanging.get("/readyz")
    assert (answer.status_code, answer.json["down"]) == (503, ["database"])


def test_nothing_is_measured_while_the_database_hangs(hanging: FlaskClient) -> None:
    assert hanging.get("/metrics").status_code == 503


def test_probes_that_hang_keep_nobody_from_being_told(hanging: FlaskClient) -> None:
    """More of them than have threads."""
    for _ in range(5):
        assert hanging.get("/readyz").json["down"] == ["database"]
    assert hanging.get("/healthz").status_code == 200
