"""Five hundred calls at the same time, with the pauses that people make.

    python -m tests.bench.rush [--calls 500]

The simulated carrier lets time pass as it passes: sentences are heard to their end, descriptions are spoken.
PostgreSQL, Redis, two web processes and a worker. Ends with 1 if a call or a webhook failed, if they were
never all on the line together, or if of the documents the slowest one in a hundred took over ten times as
long as the median.
"""

import argparse
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from ivr.settings import Settings
from ivr.simulator.carrier import CallHandle
from ivr.simulator.pace import REAL
from ivr.simulator.webhooks import Sent
from ivr.store import schema
from ivr.store.session import Store
from ivr.store.tables import Appointment, Project
from tests import servers
from tests.conftest import TUESDAY_AT_TEN
from tests.e2e.city import City, open_city
from tests.line import LINE

#: Seconds over which the callers come; a whole call lasts longer.
COMING = 120
#: Seconds in which every call must be over.
LONGEST = 600
LIMIT = 10

#: A request by project code and apartment, with a spoken description, and the first date offered.
SAID = "Bajo la ventana del dormitorio principal hay una mancha de humedad desde la lluvia del martes"
WHOLE_REQUEST = f'2 101# 1 1204# 1 1 ~"{SAID}"# 1 2 1 1 1 1 1'


def play(city: City, calls: int) -> tuple[list[CallHandle], int]:
    """Let them all call; the calls, and how many were on the line at once."""
    made: list[CallHandle] = []
    most = 0
    begun = time.monotonic()
    with Progress() as progress:
        task = progress.add_task("calling", total=calls)
        while time.monotonic() - begun < LONGEST:
            due = min(calls, int((time.monotonic() - begun) / COMING * calls) + 1)
            while len(made) < due:
                number = f"+569{50_000_000 + len(made)}"
                made.append(city.carrier.dial(number, LINE, WHOLE_REQUEST, pace=REAL))
            going_on = sum(not call.leg.finished.is_set() for call in made)
            most = max(most, going_on)
            progress.update(task, completed=len(made) - going_on)
            if len(made) == calls and not going_on:
                break
            time.sleep(0.2)
    return made, most


def faults(city: City, made: list[CallHandle]) -> list[str]:
    """What went wrong, each in a sentence."""
    unfinished = sum(not call.leg.finished.is_set() for call in made)
    found = [f"{unfinished} calls are not over"] if unfinished else []
    booked = len(city.rows(Appointment))
    if booked != len(made):
        found.append(f"{len(made)} callers wanted a visit, {booked} have one")
    found += [f"the carrier objects: {alert}" for alert in city.carrier.alerts[:10]]
    return [*found, *city.errors[:10]]


def documents(city: City) -> list[Sent]:
    """The webhooks in whose answer somebody waits in silence."""
    return [sent for sent in city.carrier.sent if "/voice/" in sent.url and "/voice/status" not in sent.url]


def main() -> int:
    """Play, and print what came out; 1 if it is not good."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--calls", type=int, default=500)
    calls: int = asked.parse_args().calls
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database_url = stack.enter_context(stack.enter_context(servers.postgres()).database(empty=True))
        redis_url = stack.enter_context(servers.redis())
        store = Store(database_url)
        stack.callback(store.close)
        schema.upgrade(store)
        city = stack.enter_context(
            open_city(
                folder,
                database_url,
                TUESDAY_AT_TEN,
                redis_url=redis_url,
                workers=2,
                # Not what the tests choose: they have the carrier asked about every call of half a minute.
                IVR_SETTLE_AFTER=str(Settings.model_fields["settle_after"].default),
            )
        )
        city.add_owner()
        with store.transaction() as session:
            session.get_one(Project, 1).inspectors = calls
        made, most = play(city, calls)
        city.carrier.settle(LONGEST)
        wrong = faults(city, made)
        taken = sorted(sent.seconds for sent in documents(city))
    console = Console(highlight=False)
    median, slow = statistics.median(taken), taken[int(len(taken) * 0.99)]
    console.print(f"{most} calls at once, {len(taken):,} documents")
    console.print(f"median {median * 1000:.1f} ms, 99th percentile {slow * 1000:.1f} ms")
    console.print(f"ratio {slow / median:.1f} (at most {LIMIT})")
    for fault in wrong:
        console.print(f"WRONG {fault}")
    return int(bool(wrong) or most < calls or slow > LIMIT * median)


if __name__ == "__main__":
    sys.exit(main())
