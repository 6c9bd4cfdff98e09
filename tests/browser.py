"""A real browser, and the demonstration that it opens: line, carrier and worker in one process."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from ivr import demo
from ivr.app import Line, create_app, mount_demo, open_line, simulated_carrier
from ivr.clock import MovableClock
from ivr.console import context as console
from ivr.simulator.carrier import SimulatedCarrier
from ivr.store.session import Store
from tests.line import settings
from worker.duties import context
from worker.thread import start_worker_thread

#: Debian's: Playwright's own cannot be had everywhere.
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
    # A microphone that hums, and that nobody has to allow.
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
)
#: Milliseconds that anything may take to appear.
PATIENCE = 15_000


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a process: two at a time cannot be driven."""
    with launched() as started:
        yield started


@contextmanager
def visiting(browser: Browser, base_url: str, **options: Any) -> Iterator[BrowserContext]:
    """Somebody's browser at ``base_url``. Scripts that fail or are refused fail the test."""
    visitor = browser.new_context(base_url=base_url, locale="es-CL", **options)
    visitor.set_default_timeout(PATIENCE)
    faults: list[str] = []

    def listen(page: Page) -> None:
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)

    visitor.on("page", listen)
    yield visitor
    visitor.close()
    faults = [fault for fault in faults if "Failed to load resource" not in fault]
    if faults:
        pytest.fail("\n".join(faults))


@dataclass(frozen=True)
class Demonstration:
    """What ``make run`` starts, in this process and with a clock of the test's."""

    url: str
    line: Line
    carrier: SimulatedCarrier

    @property
    def store(self) -> Store:
        """The line's database."""
        return self.line.store


class Quiet(WSGIRequestHandler):
    """Nobody reads what was asked; connections stay open, as behind a real server."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - named by werkzeug
        """Say nothing."""


@contextmanager
def demonstration(
    database_url: str, folder: Path, clock: MovableClock, **more: Any
) -> Iterator[Demonstration]:
    """Fill that database and serve the demonstration; files go into ``folder``, ``more`` are settings."""
    app = Flask("its address must be known first")
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    url = f"http://127.0.0.1:{server.server_port}"
    chosen = settings(database_url, folder, demo=True, public_url=url, carrier_url=f"{url}/carrier", **more)
    store = Store(database_url)
    demo.fill(store, clock)
    line = open_line(chosen, clock=clock, store=store)
    app = server.app = create_app(line)
    carrier = simulated_carrier(line)
    carrier.start()
    mount_demo(app, line, carrier)
    worker = start_worker_thread(context(line))
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    serving.start()
    try:
        yield Demonstration(url, line, carrier)
    finally:
        worker.stop(10)
        carrier.stop()
        with app.app_context():
            console.here().live.stop()
        server.shutdown()
        serving.join()
        server.server_close()
        store.close()


def in_one_process(items: Iterable[pytest.Item]) -> None:
    """Let one process of xdist's run all tests with a browser."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("browser"))
