"""What 200 open consoles cost, and whom they keep waiting, while 50 calls a minute come in.

    python -m tests.console.bench_streams [--streams 200] [--calls 5000]

One web process on a PostgreSQL of its own. Calls come in for half a minute without any stream, then with all
streams, and once more after that many calls have gone by. Printed are the webhooks' times, and what an event
that everybody hears costs the process. Ends with 1 if a webhook took over a second, if an event took over a
second to be heard by all, or if an event costs 1.5 times as much after the calls as before.
"""

import argparse
import os
import re
import selectors
import socket
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from rich.console import Console
from rich.progress import track
from rich.table import Table

from ivr import demo
from ivr.clock import WallClock
from ivr.store.session import Store
from ivr.switchboard.accounts import Role
from tests import servers
from tests.bench.__main__ import ACCOUNT, TOKEN, server
from tests.bench.load import signed
from tests.bench.staying import call
from tests.bench.walking import Walked

MINUTE, CALLS_A_MINUTE, EVENTS = 60, 50, 20
#: Seconds.
LONGEST = 1.0
GROWTH = 1.5
_PASSWORDS = {role.value: f"la clave de {role}" for role in Role}
_SHARE = 250


@dataclass(frozen=True)
class Span:
    """What was measured in one."""

    about: str
    #: Seconds of each webhook.
    webhooks: Sequence[float]
    #: Seconds until the last stream had heard, of each event; none without streams.
    heard: Sequence[float] = ()
    #: Seconds of the process that an event cost, all streams together.
    cost: float = 0.0


class Ears:
    """The far ends of all streams, and how often each was told of the board."""

    def __init__(self, base: str, cookie: str, count: int, stack: ExitStack) -> None:
        place = urlsplit(base)
        self._selector = stack.enter_context(selectors.DefaultSelector())
        self.told: dict[int, int] = {}
        request = f"GET /console/events HTTP/1.1\r\nHost: {place.netloc}\r\nCookie: {cookie}\r\n\r\n".encode()
        for _ in range(count):
            connection = stack.enter_context(
                socket.create_connection((str(place.hostname), place.port or 80))
            )
            connection.sendall(request)
            connection.setblocking(False)
            self._selector.register(connection, selectors.EVENT_READ)
            self.told[connection.fileno()] = 0

    def until(self, times: int) -> None:
        """Listen until every stream was told so many times."""
        over = time.monotonic() + MINUTE
        while min(self.told.values()) < times:
            if time.monotonic() > over:
                raise SystemExit(f"not every stream was told {times} times")
            for key, _ in self._selector.select(0.1):
                said = os.read(key.fd, 65536)
                if not said:
                    raise SystemExit("a stream ended")
                self.told[key.fd] += said.count(b"event: board")


def cpu_seconds(pid: int) -> float:
    """Of the web process, the only child of its arbiter (Linux: proc_pid_stat)."""
    (worker,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    fields = Path(f"/proc/{worker}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def calling(base: str, first: int) -> Iterator[list[float]]:
    """Meanwhile calls come in, press a key and end, 50 a minute; the seconds of each webhook so far."""
    taken: list[float] = []
    over = threading.Event()

    def call() -> None:
        with httpx.Client(base_url=base, trust_env=False, timeout=MINUTE) as client:
            for number in range(first, first + CALLS_A_MINUTE):
                caller = Walked(ACCOUNT, f"+569{60_000_000 + number}")
                for step in ("comes in", "presses", "ends"):
                    if step == "comes in":
                        post = caller.begins(base, TOKEN)
                    elif step == "presses":
                        post = caller.presses(base, TOKEN, "2")
                    else:
                        post = signed(base, TOKEN, "/voice/status", caller.form(CallStatus="completed"))
                    headers = {
                        "Content-Type": "application/x-www-form-urlencoded",
                        "X-Twilio-Signature": post.signature,
                    }
                    began = time.perf_counter()
                    answer = client.post(post.path, content=post.body, headers=headers)
                    taken.append(time.perf_counter() - began)
                    caller.document = answer.text
                if over.wait(MINUTE / CALLS_A_MINUTE):
                    return

    caller = threading.Thread(target=call)
    caller.start()
    yield taken
    over.set()
    caller.join()


def events(base: str, pid: int, ears: Ears) -> tuple[list[float], float]:
    """Let an agent come and go; how long each took to be heard by all, and what one cost the process.

    What the process does anyway in the same time, with nobody coming or going, is taken off.
    """
    with httpx.Client(base_url=base, trust_env=False, timeout=MINUTE) as api:
        began = cpu_seconds(pid)
        time.sleep(MINUTE / 4)
        idle = (cpu_seconds(pid) - began) / (MINUTE / 4)
        heard = []
        began, started = cpu_seconds(pid), time.monotonic()
        for turn in range(EVENTS):
            expected = min(ears.told.values()) + 1
            asked = time.perf_counter()
            api.patch(
                "/api/v1/agents/1",
                json={"presence": ("away", "available")[turn % 2]},
                headers={"Authorization": "Bearer token"},
            ).raise_for_status()
            ears.until(expected)
            heard.append(time.perf_counter() - asked)
        spent = cpu_seconds(pid) - began - idle * (time.monotonic() - started)
    return heard, max(0.0, spent) / EVENTS


def signed_in(base: str) -> str:
    """The cookie of a supervisor's session."""
    with httpx.Client(base_url=base, trust_env=False) as client:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/console/entrar").text)
        if found is None:
            raise SystemExit("nobody can sign in")
        fields = {
            "email": demo.sign_ins()[Role.SUPERVISOR],
            "password": _PASSWORDS[Role.SUPERVISOR],
            "csrf_token": found[1],
        }
        client.post("/console/entrar", data=fields)
        return f"postventa={client.cookies['postventa']}"


def measure(streams: int, calls: int) -> Iterator[Span]:
    """The three spans."""
    with ExitStack() as stack:
        url = stack.enter_context(stack.enter_context(servers.postgres()).database())
        store = Store(url)
        demo.fill(store, WallClock())
        demo.give_access(store, _PASSWORDS)
        store.close()
        running = stack.enter_context(server("line", url))
        with calling(running.base, 0) as webhooks:
            time.sleep(MINUTE / 2)
        yield Span("no stream", webhooks)
        ears = Ears(running.base, signed_in(running.base), streams, stack)
        ears.until(1)
        for about, first in ((f"{streams} streams", 100), (f"the same, {calls:,} calls later", 200)):
            if first == 200:
                history(running.base, calls)
                ears.until(min(ears.told.values()))
            with calling(running.base, first) as webhooks:
                heard, cost = events(running.base, running.pid, ears)
            yield Span(about, webhooks, heard, cost)


def history(base: str, calls: int) -> None:
    """So many calls that came, pressed a key and ended."""
    for done in track(range(0, calls, _SHARE), "calling"):
        call(base, done, _SHARE)


def main() -> int:
    """Measure, and print what came out; 1 if it is not good."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--streams", type=int, default=200)
    asked.add_argument("--calls", type=int, default=5_000)
    given = asked.parse_args()
    found = list(measure(given.streams, given.calls))
    table = Table("", "webhooks", "median", "slowest", "event heard by all", "an event costs", "a stream")
    for each in found:
        figures = [f"{len(each.webhooks)}", _ms(statistics.median(each.webhooks)), _ms(max(each.webhooks))]
        if each.heard:
            figures += [
                f"{_ms(max(each.heard))} at most",
                _ms(each.cost),
                f"{each.cost / given.streams * 1e6:.0f} µs",
            ]
        table.add_row(each.about, *figures)
    Console(width=140).print(table)
    _, before, after = found
    growth = after.cost / before.cost if before.cost else 1.0
    Console(highlight=False).print(
        f"an event after the calls costs {growth:.2f} of one before (at most {GROWTH})"
    )
    slow = max(max((*each.webhooks, *each.heard)) for each in found)
    return int(slow > LONGEST or growth > GROWTH)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    sys.exit(main())
