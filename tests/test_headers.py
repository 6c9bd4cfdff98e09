"""What every answer tells a browser, whoever asks for whatever."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, Response

from ivr import headers
from ivr.clock import MovableClock
from tests.line import TestLine, open_test_line


@pytest.fixture
def line(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[TestLine]:
    with open_test_line(sqlite_url, tmp_path, clock) as opened:
        yield opened


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/healthz",
        "/metrics",
        "/audio/none.wav",
        "/audio/joined/none.wav",
        "/api/v1/cases",
        "/api/v1/openapi.json",
        "/voice/inbound",
        "/messages/status",
        "/nothing",
    ],
)
def test_what_is_no_page_is_never_shown_as_one(line: TestLine, path: str) -> None:
    told = line.app.test_client().get(path).headers
    assert told["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["X-Frame-Options"] == "DENY"
    assert told["Referrer-Policy"] == "no-referrer"
    assert told["Strict-Transport-Security"] == "max-age=31536000"


def test_a_page_that_says_what_it_needs_is_left_its_word(line: TestLine) -> None:
    policy = line.app.test_client().get("/console/entrar").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy


def test_a_line_without_tls_does_not_ask_for_it() -> None:
    app = Flask("plain")
    app.add_url_rule("/", "home", lambda: Response("here"))
    headers.protect(app, "http://127.0.0.1:8000")
    assert "Strict-Transport-Security" not in app.test_client().get("/").headers


def test_a_host_that_a_browser_names_is_not_repeated(line: TestLine) -> None:
    """No address of ours is built from it: links lead to where the operator says."""
    for path in ("/", "/console", "/console/entrar", "/api/v1/openapi.json", "/voice/inbound", "/nothing"):
        answer = line.app.test_client().get(
            path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
        )
        assert "evil.example" not in answer.text + str(answer.headers)


def test_a_body_larger_than_anything_we_are_sent_is_refused(line: TestLine) -> None:
    client = line.app.test_client()
    for path in ("/console/entrar", "/api/v1/cases"):
        answer = client.post(
            path,
            data=b"x" * 1_000_001,
            content_type="application/json",
            headers={"Authorization": "Bearer api-token"},
        )
        assert answer.status_code == 413, path
    unsigned = client.post("/voice/inbound", data={"Body": "x" * 1_000_001})
    assert unsigned.status_code in {403, 413}
