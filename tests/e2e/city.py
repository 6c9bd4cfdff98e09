"""A city in which people telephone: the line's own processes, and a simulated carrier between them and us.

    with open_city(folder, database_url) as city:
        city.add_agent("Marcela Soto", AgentTelephone(...))
        call = city.carrier.dial(from_="+56961234567", to=LINE, keys="0")

Everything goes over HTTP on loopback: webhooks to the processes of ``ivr serve``, REST requests of these and
of ``ivr worker`` to the carrier, which lives in the test's process. Nothing is faked in between.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from ivr.clock import Clock
from ivr.simulator.blueprint import simulator_blueprint
from ivr.simulator.carrier import NumberConfig, SimulatedCarrier
from ivr.simulator.telephones import ScriptedTelephone
from ivr.store.session import Store
from ivr.store.tables import CallRow, HomePhone, Wait
from ivr.switchboard import presence, waits
from ivr.switchboard.presence import Presence
from tests.e2e.process import AHEAD, clock_ahead
from tests.line import ACCOUNT, KNOWN, LINE, MOBILE_LINE, TOKEN
from tests.making import make_home, make_project
from tests.servers import free_port

ROOT = Path(__file__).parents[2]
API_TOKEN = "token-of-the-api"

#: Seconds until a process that was started answers; the machine may be busy.
PATIENCE = 60

#: Terms that nobody in a test should wait for are short; the longest wait is not, since scripted callers
#: answer a silence at once, so that their minutes pass like nothing.
TERMS = {
    "IVR_WRAP_UP_SECONDS": "1",
    "IVR_ROUND_SECONDS": "1",
    "IVR_RING_SECONDS": "5",
    "IVR_LONGEST_WAIT": "3600",
    "IVR_SETTLE_AFTER": "30",
}


@dataclass
class City:
    """The processes, the carrier, and the database that all of them share."""

    carrier: SimulatedCarrier
    store: Store
    clock: Clock
    url: str
    environment: dict[str, str]
    folder: Path
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, command: str) -> None:
        """Start ``ivr serve`` or ``ivr worker``, in a process group of its own."""
        with (self.folder / f"{command}.log").open("ab") as log:
            self.processes[command] = subprocess.Popen(
                [sys.executable, "-m", "tests.e2e.process", command],
                cwd=self.folder,
                env={**self.environment, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def until_ready(self) -> None:
        """Wait until the web processes answer. Fails with their log."""
        self.until(self._is_ready, "the web process does not answer", PATIENCE)

    def _is_ready(self) -> bool:
        if (status := self.processes["serve"].poll()) is not None:
            raise AssertionError(f"ivr serve ended with {status}: {self.log[-3000:]}")
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self, command: str) -> None:
        """Kill a process and its children where they stand."""
        self._end(self.processes.pop(command), signal.SIGKILL)

    def kill_children(self, command: str) -> None:
        """Kill the processes that a server has forked, and leave it to the server to start others."""
        server = self.processes[command].pid
        for child in Path(f"/proc/{server}/task/{server}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)

    def stop(self) -> None:
        """End what still runs, without waiting for what it does."""
        while self.processes:
            self._end(self.processes.popitem()[1], signal.SIGQUIT)

    def _end(self, process: "subprocess.Popen[bytes]", how: signal.Signals) -> None:
        if process.poll() is None:
            os.killpg(process.pid, how)
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    @property
    def log(self) -> str:
        """What all processes logged."""
        return "".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    @property
    def errors(self) -> list[str]:
        """The lines of the log that tell of something that should not happen."""
        return [line for line in self.log.splitlines() if '"level": "error"' in line or "Traceback" in line]

    # -- who lives there -----------------------------------------------------------------------------------

    def add_owner(self, phone: str = KNOWN) -> None:
        """A project with visits on Thursdays, and apartment 1204 of that owner."""
        with self.store.transaction() as session:
            project = make_project(session)
            make_home(session, project, "1204", phones=[HomePhone(phone=phone)])

    def add_agent(
        self,
        name: str,
        telephone: ScriptedTelephone,
        *,
        is_: Presence = Presence.AVAILABLE,
        level: int | None = None,
    ) -> int:
        """An agent with that telephone, for standard and urgent calls; their id."""
        now = self.clock.now()
        with self.store.transaction() as session:
            made = presence.create(
                session,
                name=name,
                phone=telephone.number,
                email=f"{telephone.number.strip('+')}@example.com",
                skills=["standard", "urgent"],
                on_call_level=level,
                now=now,
            )
            if is_ != Presence.OFFLINE:
                presence.update(session, made, now=now, presence=is_.value)
            made_id = made.id
        self.carrier.connect(telephone)
        return made_id

    def choose_presence(self, agent_id: int, wanted: Presence) -> str | None:
        """What an agent does at the console; what went wrong, if anything did.

        A presence that is not allowed at this moment is refused, and all stays as it was.
        """
        try:
            answer = httpx.patch(
                f"{self.url}/api/v1/agents/{agent_id}",
                json={"presence": wanted.value},
                headers={"Authorization": f"Bearer {API_TOKEN}"},
                trust_env=False,
                timeout=PATIENCE,
            )
        except httpx.TransportError as error:
            return f"no answer: {type(error).__name__}"
        return None if answer.status_code in {200, 409} else f"{answer.status_code}: {answer.text}"

    # -- what is seen of it --------------------------------------------------------------------------------

    def rows(self, table: Any) -> list[Any]:
        """All rows of a table, oldest first."""
        with self.store.reading() as session:
            return list(session.scalars(select(table).order_by(table.id)))

    def until_quiet(self, seconds: float = 30) -> None:
        """Wait until nobody waits or talks, as far as the line knows; AssertionError says who still does."""
        self.until(lambda: not self._going_on(), lambda: f"for ever: {self._going_on()}", seconds)

    def _going_on(self) -> list[str]:
        with self.store.reading() as session:
            waiting = session.scalars(select(Wait).where(Wait.state.not_in(waits.OVER))).all()
            talking = session.scalars(select(CallRow).where(CallRow.ended_at.is_(None))).all()
        return [
            f"wait {wait.id} ({wait.priority}, call {wait.call_id}) is {wait.state}" for wait in waiting
        ] + [f"call {call.id} ({call.purpose}, wait {call.wait_id}) is {call.status}" for call in talking]

    def until(
        self, is_so: Callable[[], Any], otherwise: str | Callable[[], str], seconds: float = 30
    ) -> None:
        """Wait until something is so; AssertionError with ``otherwise`` if it never is."""
        deadline = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < deadline, otherwise if isinstance(otherwise, str) else otherwise()
            time.sleep(0.05)


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 -- named by werkzeug
        """What the carrier was asked shows in what it does."""


@contextmanager
def served(app: Flask, port: int = 0) -> Iterator[str]:
    """Serve an application on loopback by threads of this process; its address. ``port`` 0: any free one."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def open_city(
    folder: Path,
    database_url: str,
    moment: datetime,
    *,
    redis_url: str = "",
    workers: int = 1,
    **choices: str,
) -> Iterator[City]:
    """Start the line on this database, which has all migrations, at ``moment``, and stop it at the end.

    With ``redis_url`` a worker does the jobs, else a thread of the web process. ``choices``: settings.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    ahead = (moment - datetime.now(UTC)).total_seconds()
    clock = clock_ahead(ahead)
    numbers = {number: NumberConfig() for number in (LINE, MOBILE_LINE)}
    shown = {number: NumberConfig() for name, number in choices.items() if name == "IVR_OUTBOUND_NUMBER"}
    carrier = SimulatedCarrier(ACCOUNT, TOKEN, url, numbers | shown, now=clock.now)
    app = Flask("carrier")
    app.register_blueprint(simulator_blueprint(carrier), url_prefix="/carrier")
    with ExitStack() as stack:
        address = stack.enter_context(served(app))
        carrier.api_url = f"{address}/carrier"
        carrier.start()
        stack.callback(carrier.stop)
        environment = {
            "PATH": os.environ["PATH"],
            AHEAD: str(ahead),
            "PORT": str(port),
            "IVR_DATABASE_URL": database_url,
            "IVR_REDIS_URL": redis_url,
            "IVR_CARRIER_URL": carrier.api_url,
            "IVR_WORKERS": str(workers),
            "IVR_THREADS": "8",
            "IVR_VOICE": "carrier",
            "IVR_SECRET_KEY": "secret",
            "IVR_API_TOKEN": API_TOKEN,
            "IVR_LINE_NUMBERS": ",".join(numbers),
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            **TERMS,
            **choices,
        }
        store = Store(database_url)
        stack.callback(store.close)
        city = City(carrier, store, clock, url, environment, folder)
        stack.callback(city.stop)
        city.start("serve")
        if redis_url:
            city.start("worker")
        city.until_ready()
        yield city
