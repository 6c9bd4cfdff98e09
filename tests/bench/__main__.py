"""``make bench``: requests a second on a real PostgreSQL, and their ratios to the floor of the same run.

Besides the main menu: the step that offers times of a visit, and the one that books it. Ends with 1 where a
ratio is below what it must be.
"""

import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import httpx
import psycopg
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy.orm import Session

from ivr.store.session import Store
from ivr.store.tables import HomePhone
from tests import servers
from tests.bench.load import requests_per_second, signed
from tests.bench.serve import ANSWER
from tests.bench.walking import Walked, press, walk
from tests.making import make_home, make_project
from tests.servers import free_port

TOKEN = "token-of-the-benchmark"
ACCOUNT = "AC" + "0" * 32
CALLS = 1200
ROUNDS = 5
THREADS = 8

#: Calls of a round that book, from a number of their own each, into that many projects.
BOOKINGS = 200
PROJECTS = 50
OWNERS = [f"+569{30_000_000 + n}" for n in range(BOOKINGS * ROUNDS)]
#: A known owner's keys up to the question whose answer is the offer of times, and those that choose one.
UP_TO_THE_OFFER, OFFER, CHOICE, BOOKING = "2 1 1 ~ 1 2 1", "1", "1", "1"

#: Ratios to the floor that a kind of work must reach.
LEAST = {"menu": 0.5, "offer": 0.3, "booking": 0.3}


@dataclass(frozen=True)
class Running:
    """A server: its address, and the process id of its arbiter."""

    base: str
    pid: int


@contextmanager
def server(which: str, database_url: str, answer: str = "") -> Iterator[Running]:
    """A server process of its own."""
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
        yield Running(base, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(base: str) -> None:
    for _ in range(600):
        try:
            httpx.get(base, timeout=2, trust_env=False)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"nothing answers at {base}")


def _strangers() -> list[Walked]:
    numbers = random.sample(range(30_000_000, 90_000_000), CALLS)
    return [Walked(ACCOUNT, f"+569{number}") for number in numbers]


def _owners(turn: int) -> list[Walked]:
    """Callers of a round: nobody of them has booked yet."""
    return [Walked(ACCOUNT, phone) for phone in OWNERS[turn * BOOKINGS : (turn + 1) * BOOKINGS]]


def measure() -> dict[str, list[float]]:
    """Requests a second of each kind of work, round by round."""
    found: dict[str, list[float]] = {"bare route": [], "floor": [], **{name: [] for name in LEAST}}
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
        with server("line", url) as the_line, server("floor", url, answer) as the_floor:
            line, floor = the_line.base, the_floor.base
            for turn in track(range(ROUNDS), "measuring"):
                for name, path in (("bare route", "/bare"), ("floor", "/floor")):
                    posts = [signed(floor, TOKEN, path, {"CallSid": sid, "Digits": "1"}) for sid in sids]
                    found[name].append(requests_per_second(floor, posts, THREADS))
                callers = _strangers()
                walk(line, TOKEN, callers, "", THREADS)
                found["menu"].append(press(line, TOKEN, callers, "1", THREADS))
                owners = _owners(turn)
                walk(line, TOKEN, owners, UP_TO_THE_OFFER, THREADS)
                found["offer"].append(press(line, TOKEN, owners, OFFER, THREADS))
                press(line, TOKEN, owners, CHOICE, THREADS)
                found["booking"].append(press(line, TOKEN, owners, BOOKING, THREADS))
                _all_booked(owners)
    return found


def _all_booked(owners: list[Walked]) -> None:
    for owner in owners:
        if "Listo. Su visita" not in owner.document:
            raise SystemExit(f"nothing was booked: {owner.document}")


def _fill(session: Session) -> None:
    """Projects with room for everybody's visit, and a home for each owner."""
    for place in range(PROJECTS):
        project = make_project(session, code=str(100 + place), name=f"Proyecto {place}", inspectors=20)
        for number, phone in enumerate(OWNERS[place::PROJECTS], start=1):
            make_home(session, project, str(number), phones=[HomePhone(phone=phone)])


def main() -> int:
    """Measure, and print what came out; 1 if it is not enough."""
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
    medians = {
        name: statistics.median(figure / base for figure, base in zip(found[name], floor, strict=True))
        for name in LEAST
    }
    return int(any(medians[name] < least for name, least in LEAST.items()))


if __name__ == "__main__":
    sys.exit(main())
