"""The whole worker as a process to be killed, by a clock that runs fast: nobody waits for its leases.

All processes of a test share the clock, which began on a Tuesday morning.
"""

import multiprocessing
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

from ivr.app import open_line
from ivr.settings import Settings
from tests.line import settings
from tests.making import at
from tests.worker.bench import ACCOUNT, TOKEN
from worker.app import serve
from worker.duties import context

#: Seconds of the line's time in one of ours; and those without news after which the carrier is asked.
SPEED, SETTLE_AFTER = 20, 100


@dataclass(frozen=True)
class FastClock:
    """Began at ten on a Tuesday, at ``began`` of the machine's own seconds."""

    began: float

    def now(self) -> datetime:
        return at("2026-11-24 10:00") + timedelta(seconds=(time.time() - self.began) * SPEED)


def chosen(database_url: str, redis_url: str, carrier_url: str, folder: str) -> Settings:
    return settings(
        database_url,
        Path(folder),
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        redis_url=redis_url,
        carrier_url=carrier_url,
        outbound_number="+56600123456",
        text_before_call=0,
        calls_per_second=1000,
        settle_after=SETTLE_AFTER,
    )


def start(clock: FastClock, *addresses: str) -> BaseProcess:
    """Start a worker with all its duties; it ends with the test's own process at the latest."""
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload([__name__])
    worker = forking.Process(target=_work, args=(clock, *addresses), daemon=True)
    worker.start()
    return worker


def _work(clock: FastClock, *addresses: str) -> None:
    sys.exit(serve(context(open_line(chosen(*addresses), clock=clock)), concurrency=2))
