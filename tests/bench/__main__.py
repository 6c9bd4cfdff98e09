"""``make bench``: requests a second on a real PostgreSQL, and their ratios to the floor.

Besides the main menu: the step that offers times of a visit, and the one that books it. A machine is fast at
one time and slow at another, so the floor is measured anew before and after each of them. Ends with 1 where a
ratio is below what it must be.
"""

import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

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
CALLS = 600
ROUNDS = 9
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


@dataclass(frozen=True)
class Round:
    """Requests a second of one kind of work, and of the floor around it."""

    work: float
    floor: float

    @property
    def ratio(self) -> float:
        return self.work / self.floor


def measure() -> dict[str, list[Round]]:
    """Each kind of work, round by round."""
    found: dict[str, list[Round]] = {name: [] for name in ("bare route", *LEAST)}
    with servers.postgres() as postgres, postgres.database() as url:
        store = Store(url)
        with store.transaction() as session:
            _fill(session)
        store.close()
        forms = [caller.form(Digits="1") for caller in _strangers()]
        sids = [form["CallSid"] for form in forms]
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE floor (sid text PRIMARY KEY, n int NOT NULL)")
            connection.cursor().executemany("INSERT INTO floor VALUES (%s, 0)", [(sid,) for sid in sids])
        answer = "<Response>" + "x" * 700 + "</Response>"
        with server("line", url) as the_line, server("floor", url, answer) as the_floor:
            line, floor = the_line.base, the_floor.base

            def least(path: str) -> float:
                posts = [signed(floor, TOKEN, path, form) for form in forms]
                return requests_per_second(floor, posts, THREADS)

            def beside_the_floor(name: str, work: Callable[[], float]) -> None:
                before, figure, after = least("/floor"), work(), least("/floor")
                found[name].append(Round(figure, 2 / (1 / before + 1 / after)))

            for turn in track(range(ROUNDS), "measuring"):
                callers, owners = _strangers(), _owners(turn)
                walk(line, TOKEN, callers, "", THREADS)
                walk(line, TOKEN, owners, UP_TO_THE_OFFER, THREADS)
                beside_the_floor("bare route", partial(least, "/bare"))
                beside_the_floor("menu", partial(press, line, TOKEN, callers, "1", THREADS))
                beside_the_floor("offer", partial(press, line, TOKEN, owners, OFFER, THREADS))
                press(line, TOKEN, owners, CHOICE, THREADS)
                beside_the_floor("booking", partial(press, line, TOKEN, owners, BOOKING, THREADS))
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
    table = Table("work", "requests a second", "of the floor", "ratio", "min", "max", "at least")
    medians: dict[str, float] = {}
    for name, rounds in found.items():
        ratios = [each.ratio for each in rounds]
        medians[name] = statistics.median(ratios)
        table.add_row(
            name,
            f"{statistics.median(each.work for each in rounds):.0f}",
            f"{statistics.median(each.floor for each in rounds):.0f}",
            *(f"{figure:.2f}" for figure in (medians[name], min(ratios), max(ratios))),
            f"{LEAST[name]:.1f}" if name in LEAST else "",
        )
    Console().print(table)
    return int(any(medians[name] < least for name, least in LEAST.items()))


if __name__ == "__main__":
    sys.exit(main())
