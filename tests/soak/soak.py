"""One run: a server process, a carrier beside it, callers with telephones, and what they leave behind."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from flask import Flask
from sqlalchemy import func, select
from werkzeug.serving import WSGIRequestHandler, make_server

from ivr import demo
from ivr.clock import WallClock
from ivr.simulator.blueprint import simulator_blueprint
from ivr.simulator.carrier import NumberConfig, SimulatedCarrier
from ivr.simulator.telephones import ScriptedTelephone
from ivr.store import schema
from ivr.store.session import Store
from ivr.store.tables import Agent, CallRow
from tests.callflows.invariants import broken
from tests.line import ACCOUNT, LINE, MOBILE_LINE, TOKEN
from tests.servers import free_port
from tests.soak.callers import Caller

#: The numbers as operators set them up: news that cannot be stored is told again.
NUMBER = NumberConfig(status_url="/voice/status#rc=5&rp=5xx,ct,rt")

#: Seconds in which every single call, and the news of its end, must be over.
LONGEST = 180
#: Of the calls, the share after which the server has everything in memory that it keeps.
WARM = 0.3
#: What the server may grow by after that, for all calls together.
GROWTH = 1.10


class Quiet(WSGIRequestHandler):
    """Writes nothing about requests."""

    def log_request(self, *_about: object) -> None:
        pass


@dataclass
class Report:
    """What a run showed. ``memory``: the server's resident kilobytes, after equal shares of the calls."""

    calls: int
    seconds: float = 0
    failures: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)

    @property
    def growth(self) -> float:
        """The memory at the end, as a share of that when the server was warm."""
        return self.memory[-1] / self.memory[int(len(self.memory) * WARM)]


@contextmanager
def _carrier(line_url: str) -> Iterator[SimulatedCarrier]:
    """The telephone company, its API served beside the line."""
    application = Flask("carrier")
    carrier = SimulatedCarrier(
        ACCOUNT, TOKEN, line_url, dict.fromkeys((LINE, MOBILE_LINE), NUMBER), api_url=""
    )
    application.register_blueprint(simulator_blueprint(carrier), url_prefix="/carrier")
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
    carrier.api_url = f"http://127.0.0.1:{server.server_port}/carrier"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    carrier.start()
    yield carrier
    carrier.stop()
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def _server(port: int, database_url: str, carrier_url: str, folder: Path) -> Iterator[int]:
    """The line as ``ivr serve`` runs it; its process id."""
    environment = os.environ | {
        "IVR_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "IVR_DATABASE_URL": database_url,
        "IVR_SECRET_KEY": "secret",
        "IVR_API_TOKEN": "token",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "IVR_CARRIER_URL": carrier_url,
        "IVR_VOICE": "carrier",
        "IVR_DEMO": "0",
        "IVR_CALLS_PER_SECOND": "50",
        "IVR_STORAGE": str(folder / "recordings"),
    }
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ivr.cli", "serve"], env=environment, stdout=log, stderr=log
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/healthz", process)
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            httpx.get(url, timeout=2, trust_env=False)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"nothing answers at {url}")


def _memory(pid: int) -> int:
    """Resident kilobytes of the process and those that it started (Linux: proc_pid_status)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    own = next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
    return own + sum(_memory(int(child)) for child in children)


def run(callers: Sequence[Caller], at_once: int, database_url: str, folder: Path, shares: int = 10) -> Report:
    """Have the callers call, ``at_once`` of them together, and look at what they leave behind."""
    store = Store(database_url)
    schema.upgrade(store)
    demo.fill(store, WallClock())
    report = Report(len(callers))
    port = free_port()
    started = time.monotonic()
    with _carrier(f"http://127.0.0.1:{port}") as carrier:
        _answer_telephones(store, carrier)
        with (
            _server(port, database_url, carrier.api_url, folder) as pid,
            ThreadPoolExecutor(at_once) as hands,
        ):
            share = max(1, len(callers) // shares)
            for begin in range(0, len(callers), share):
                report.failures += filter(
                    None, hands.map(lambda who: _call(carrier, who), callers[begin : begin + share])
                )
                report.memory.append(_memory(pid))
            _wait_for_the_end(store)
            report.failures += [f"the carrier objects: {alert}" for alert in carrier.alerts[:10]]
    report.seconds = time.monotonic() - started
    with store.reading() as session:
        report.failures += broken(session)[:20]
        outcomes = session.execute(
            select(CallRow.outcome, func.count())
            .where(CallRow.direction == "inbound")
            .group_by(CallRow.outcome)
        )
        report.outcomes = {str(outcome): count for outcome, count in outcomes}
    if sum(report.outcomes.values()) != len(callers) or "None" in report.outcomes:
        report.failures.append(f"of {len(callers)} calls came out: {report.outcomes}")
    store.close()
    return report


def _answer_telephones(store: Store, carrier: SimulatedCarrier) -> None:
    """Agents take every second call, and let the talk be short."""
    with store.reading() as session:
        for phone in session.scalars(select(Agent.phone)):
            carrier.connect(ScriptedTelephone(phone, keys=["1", "2", "-"], talk=20))


def _call(carrier: SimulatedCarrier, caller: Caller) -> str | None:
    """One call to its end; what went wrong, if anything."""
    try:
        record = carrier.dial(caller.number, LINE, caller.script, talk=10).wait(LONGEST)
    except TimeoutError as error:
        return f"{caller}: {error}"
    if (
        record.status != "completed"
        or "tuvimos un problema" in record.heard
        or "No pudimos comunicarle" in record.heard
    ):
        return f"{caller}: {record.status}, {record.heard[-200:]}"
    return None


def _wait_for_the_end(store: Store) -> None:
    """Until the line knows of the end of every call."""
    for _ in range(LONGEST * 2):
        with store.reading() as session:
            if not session.scalar(
                select(func.count()).where(CallRow.ended_at.is_(None), CallRow.direction == "inbound")
            ):
                return
        time.sleep(0.5)
