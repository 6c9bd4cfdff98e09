"""What memory a web process has after 2,000 calls, and after 20,000.

    python -m tests.bench.staying

One web process on a PostgreSQL of its own. Each call is three webhooks: it comes in, presses a key, and the
carrier tells of its end. Ends with 1 if the process has grown by more than 5 % between the two.
"""

import sys
from pathlib import Path

from rich.console import Console
from rich.progress import track

from ivr.store.session import Store
from tests import servers
from tests.bench.__main__ import ACCOUNT, THREADS, TOKEN, server
from tests.bench.load import answered, signed
from tests.bench.walking import Walked, press, walk
from tests.making import make_home, make_project

WARM, ALL, SHARE, LIMIT = 2_000, 20_000, 500, 1.05


def resident(pid: int) -> int:
    """Kilobytes of the web process itself (Linux: proc_pid_status), the only child of its arbiter."""
    (worker,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    status = Path(f"/proc/{worker}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


def call(base: str, first: int, share: int = SHARE) -> None:
    """So many whole calls, of different numbers from the ``first`` on."""
    calls = [Walked(ACCOUNT, f"+569{40_000_000 + first + n}") for n in range(share)]
    walk(base, TOKEN, calls, "", THREADS)
    press(base, TOKEN, calls, "2", THREADS)
    ends = [signed(base, TOKEN, "/voice/status", each.form(CallStatus="completed")) for each in calls]
    answered(base, ends, THREADS, status=204)


def main() -> int:
    """Measure, and print what came out; 1 if it has grown too much."""
    found: dict[int, int] = {}
    with servers.postgres() as postgres, postgres.database() as url:
        store = Store(url)
        with store.transaction() as session:
            make_home(session, make_project(session))
        store.close()
        with server("line", url) as running:
            for done in track(range(0, ALL, SHARE), "calling"):
                call(running.base, done)
                found[done + SHARE] = resident(running.pid)
    console = Console(highlight=False)
    for calls in (WARM, ALL // 2, ALL):
        console.print(f"after {calls:>6,} calls: {found[calls]:>9,} kB")
    ratio = found[ALL] / found[WARM]
    console.print(f"ratio {ratio:.3f} (at most {LIMIT})")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
