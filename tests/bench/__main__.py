"""``make bench``: requests a second on a real PostgreSQL, and their ratios to the floor of the same run."""

import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from ivr.store.session import Store
from tests import servers
from tests.bench.load import Post, requests_per_second, signed
from tests.bench.serve import ANSWER
from tests.making import make_home, make_project
from tests.servers import free_port

TOKEN = "token-of-the-benchmark"
ACCOUNT = "AC" + "0" * 32
CALLS = 1200
ROUNDS = 5
THREADS = 8


@contextmanager
def server(which: str, database_url: str, answer: str = "") -> Iterator[str]:
    """A server process of its own; its address."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "IVR_PUBLIC_URL": base,
        "PORT": str(port),
        "IVR_DATABASE_URL": database_url,
        "IVR_SECRET_KEY": "secret",
        "IVR_API_TOKEN": "token",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "IVR_VOICE": "carrier",
        "IVR_THREADS": str(THREADS),
        ANSWER: answer,
    }
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.serve", which], env=environment)
    try:
        _wait_for(base)
        yield base
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(base: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(base + "/", timeout=2)  # noqa: S310 -- our own server, on loopback
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"nothing answers at {base}")


def _form(sid: str, **more: str) -> dict[str, str]:
    return {
        "CallSid": sid,
        "AccountSid": ACCOUNT,
        "From": f"+569{int(sid[-7:], 16) % 60_000_000 + 30_000_000:08d}",  # each call is somebody else's
        "To": "+56800422727",
        "CallStatus": "in-progress",
        "ApiVersion": "2010-04-01",
        "Direction": "inbound",
        **more,
    }


def _new_calls(base: str) -> list[str]:
    """Calls that stand at the main menu."""
    sids = [f"CA{uuid4().hex}" for _ in range(CALLS)]
    posts = [signed(base, TOKEN, "/voice/inbound", _form(sid, CallStatus="ringing")) for sid in sids]
    requests_per_second(base, posts, THREADS)
    return sids


def _menu(base: str) -> list[Post]:
    """``1`` at the main menu: the urgent menu follows."""
    path = "/voice/inbound.main_menu?turn=1"
    return [signed(base, TOKEN, path, _form(sid, Digits="1")) for sid in _new_calls(base)]


def _plain(base: str, path: str, sids: list[str]) -> Callable[[], list[Post]]:
    return lambda: [signed(base, TOKEN, path, _form(sid, Digits="1")) for sid in sids]


def measure() -> dict[str, list[float]]:
    """Requests a second of each kind of work, round by round."""
    found: dict[str, list[float]] = {"bare route": [], "floor": [], "menu": []}
    with servers.postgres() as postgres, postgres.database() as url:
        store = Store(url)
        with store.transaction() as session:
            _fill(session)
        store.close()
        sids = [f"CA{uuid4().hex}" for _ in range(CALLS)]
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE floor (sid text PRIMARY KEY, n int NOT NULL)")
            connection.cursor().executemany("INSERT INTO floor VALUES (%s, 0)", [(sid,) for sid in sids])
        answer = "<Response>" + "x" * 700 + "</Response>"
        with server("line", url) as line, server("floor", url, answer) as floor:
            for _ in range(ROUNDS):
                for name, base, posts in (
                    ("bare route", floor, _plain(floor, "/bare", sids)()),
                    ("floor", floor, _plain(floor, "/floor", sids)()),
                    ("menu", line, _menu(line)),
                ):
                    found[name].append(requests_per_second(base, posts, THREADS))
    return found


def _fill(session: Session) -> None:
    project = make_project(session)
    make_home(session, project)


def main() -> None:
    """Measure, and print what came out."""
    found = measure()
    floor = found["floor"]
    table = Table("work", "requests a second (median)", "to the floor (median of rounds)", "min", "max")
    for name, figures in found.items():
        ratios = [figure / base for figure, base in zip(figures, floor, strict=True)]
        table.add_row(
            name,
            f"{statistics.median(figures):.0f}",
            f"{statistics.median(ratios):.2f}",
            f"{min(ratios):.2f}",
            f"{max(ratios):.2f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
