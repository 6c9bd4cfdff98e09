"""Every address of the console, for a stranger and for each role."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from ivr.console import access
from ivr.console.routes import OPEN
from ivr.switchboard.accounts import COVERS, Role
from tests.board import Board
from tests.console.browsing import Visitor

#: What stands in an address for something that does not exist.
_NOTHING = {"int": "987654321", "path": "nada/de/nada", "string": "9999999", "default": "9999999"}
#: What the content security policy would refuse: scripts and styles in the page, and anything from elsewhere.
_REFUSED = re.compile(
    r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|(?:src|href|action)=[\"'](?:https?:)?//(?!localhost)"
)


def rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every rule of the console but its open ones, with an address that it answers."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("console") and rule.endpoint not in OPEN:
            path = re.sub(
                r"<(?:(\w+)(?:\(.*?\))?:)?\w+>", lambda found: _NOTHING[found[1] or "default"], rule.rule
            )
            yield rule, path


def requests(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    for rule, path in rules(app):
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            yield rule, method, path


def test_every_view_says_who_may_see_it(office: Board) -> None:
    app = office.line.app
    silent = [
        rule.endpoint for rule, _ in rules(app) if access.role_of(app.view_functions[rule.endpoint]) is None
    ]
    assert silent == []


def test_a_stranger_gets_nothing(office: Board, visitor: Visitor) -> None:
    app, wrong = office.line.app, []
    for rule, method, path in requests(app):
        answer = visitor.client.open(path, method=method)
        if access.is_data(app.view_functions[rule.endpoint]):
            well = answer.status_code == 401
        else:
            well = answer.status_code == 303 and answer.headers["Location"].startswith("/console/entrar")
        if not well:
            wrong.append((method, path, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("role", list(Role))
def test_each_role_gets_what_it_may_and_nothing_else(office: Board, visitor: Visitor, role: Role) -> None:
    """A request without a token does nothing, so that all may be tried."""
    app, wrong = office.line.app, []
    visitor.sign_in(role)
    for rule, method, path in requests(app):
        needed = access.role_of(app.view_functions[rule.endpoint])
        answer = visitor.client.open(path, method=method)
        refused = answer.status_code == 403
        if refused != (needed not in COVERS[role]) or answer.status_code >= 500 or answer.status_code == 401:
            wrong.append((method, path, answer.status_code))
        if method == "POST" and not refused and answer.status_code != 400:
            wrong.append((method, path, answer.status_code))
    assert wrong == []


def test_every_answer_tells_the_browser_to_be_careful(office: Board, visitor: Visitor) -> None:
    visitor.sign_in(Role.ADMINISTRATOR)
    for _rule, method, path in requests(office.line.app):
        headers = visitor.client.open(path, method=method).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store", path


def test_no_page_carries_script_or_style_of_its_own(office: Board, visitor: Visitor) -> None:
    visitor.sign_in(Role.ADMINISTRATOR)
    for _rule, path in rules(office.line.app):
        answer = visitor.get(path)
        if answer.mimetype == "text/html":
            inline = _REFUSED.findall(answer.text)
            assert inline == [], path


def test_the_way_to_the_console_is_short(visitor: Visitor) -> None:
    assert visitor.get("/").headers["Location"] == "/console"
    assert visitor.client.get("/console", follow_redirects=True).status_code == 200


def test_an_address_that_nobody_has_is_told_in_spanish_with_a_way_on(visitor: Visitor) -> None:
    answer = visitor.sign_in().get("/console/no-existe")
    assert answer.status_code == 404
    assert "Aquí no hay nada" in answer.text
    assert "Ir a mi escritorio" in answer.text
