"""A worker process to be killed. It does texts and places calls, with leases that a test can wait for.

Processes are forked from one that has loaded everything already, so that each starts at once.
"""

import multiprocessing
import sys
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

from ivr.aftersales.carrier import OutboundCall
from ivr.clock import WallClock
from ivr.present import Present
from ivr.store.jobs import Done, JobKind
from ivr.store.session import Store
from ivr.store.tables import CallRow
from ivr.switchboard import placing
from ivr.telephony.carrier import TwilioCarrier
from ivr.telephony.storage import FolderStorage
from tests.worker.bench import ACCOUNT, HANDLERS, TOKEN, make_settings
from worker.app import serve
from worker.duty import Context, Result

LEASE, DOUBT = timedelta(seconds=4), timedelta(seconds=1)


def place(ctx: Context, call_id: int) -> Result:
    """Place the call of a row, as the switchboard does."""
    with ctx.store.reading() as session:
        call = session.get_one(CallRow, call_id)
    url = f"https://line.example/voice/agent?token={call.token}"
    request = OutboundCall(call.to_number, call.from_number, url, url, url, ring_seconds=20)
    return Done(
        placing.place(ctx.store, ctx.carrier, call_id, request, ctx.clock, settings=ctx.settings, doubt=DOUBT)
    )


def context(database_url: str, redis_url: str, carrier_url: str, folder: str) -> Context:
    settings = make_settings(database_url=database_url, redis_url=redis_url, carrier_url=carrier_url)
    carrier = TwilioCarrier(ACCOUNT, TOKEN, carrier_url, timeout=3.0)
    return Context(
        Store(database_url),
        carrier,
        FolderStorage(Path(folder)),
        WallClock(),
        Present(settings),
        {**HANDLERS, JobKind.PLACE: place},
        lease=LEASE,
        doubt=DOUBT,
    )


def start(database_url: str, redis_url: str, carrier_url: str, folder: str) -> BaseProcess:
    """Start a worker; it ends with the test's own process at the latest."""
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload([__name__])
    worker = forking.Process(target=_work, args=(database_url, redis_url, carrier_url, folder), daemon=True)
    worker.start()
    return worker


def _work(*addresses: str) -> None:
    sys.exit(serve(context(*addresses), concurrency=2))
