"""The console of an office with the demonstration's data: by HTTP, and in a browser.

``office`` is the switchboard behind it (`tests.board.Board`); ``visitor`` a client without a browser;
``page`` a page of a real one, whose console must stay free of errors. Browser tests run in one process.
"""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from ivr import demo
from ivr.clock import MovableClock
from ivr.console import context
from ivr.flows import keeping
from ivr.store.session import Store
from ivr.switchboard import accounts
from ivr.switchboard.accounts import Role
from tests.board import Board, open_board
from tests.conftest import TUESDAY_AT_TEN
from tests.console.browsing import Visitor

#: The password of each role in these tests.
PASSWORDS = {role.value: f"la clave de {role}" for role in Role}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process drives the browser."""
    for item in items:
        if "page" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def _filled(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the demonstration's data, and passwords that are hashed in no time."""
    accounts._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    accounts._NOBODYS = accounts._HASHER.hash("nobody")
    path = Path(shutil.copy(_sqlite_template, tmp_path_factory.mktemp("console") / "postventa.db"))
    store = Store(f"sqlite:///{path}")
    demo.fill(store, MovableClock(TUESDAY_AT_TEN))
    demo.give_access(store, PASSWORDS)
    store.close()
    return path


@pytest.fixture(autouse=True)
def drawings(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Where drawing the map of calls was begun; nothing is drawn, for that takes half a minute."""
    begun: list[Path] = []
    monkeypatch.setattr(keeping, "begin", begun.append)
    return begun


@pytest.fixture
def office(_filled: Path, tmp_path: Path, clock: MovableClock) -> Iterator[Board]:
    """Tuesday at ten; three agents are available."""
    store = Store(f"sqlite:///{shutil.copy(_filled, tmp_path / 'office.db')}")
    with open_board(store, tmp_path, clock) as opened:
        opened.line.app.config["SESSION_COOKIE_SECURE"] = False  # no TLS on loopback
        yield opened
        with opened.line.app.app_context():
            context.here().live.stop()
    store.close()


@pytest.fixture
def visitor(office: Board) -> Visitor:
    """Somebody with a client of HTTP, not signed in yet."""
    return Visitor(office.line.app)


@pytest.fixture
def address(office: Board) -> Iterator[str]:
    """Where the office's application listens."""
    server = make_server("127.0.0.1", 0, office.line.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page of the office's console, not signed in yet. Scripts that fail or are refused fail the test."""
    surroundings = browser.new_context(base_url=address, locale="es-CL")
    surroundings.set_default_timeout(10_000)
    opened = surroundings.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda fault: faults.append(str(fault)))
    opened.on(
        "console",
        lambda said: (
            faults.append(said.text)
            if said.type == "error" and "Failed to load resource" not in said.text
            else None
        ),
    )
    yield opened
    surroundings.close()
    assert faults == []
