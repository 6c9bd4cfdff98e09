"""One transaction, then its jobs.

SQLite locks nothing by ``FOR UPDATE``, so a writing transaction begins ``IMMEDIATE`` there: writers stand in
one queue. On PostgreSQL rows are locked one by one; every wait has an end, because a caller is listening.
"""

import os
import socket
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

NUDGED = "nudged"
_IN_LINE = "in_line"

#: Times that a connection has sent a statement when PostgreSQL is asked to keep it.
_PREPARED_FROM = 3

#: How a connection that a broken network swallowed is noticed: within nine seconds where nothing was sent,
#: within four where something was (libpq's names and units: seconds, tries, milliseconds).
_KEEPALIVES = {
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 4000,
}


def nudge(session: Session) -> None:
    """Ask that whoever does due work looks as soon as this transaction is committed."""
    session.info[NUDGED] = True


class Store:
    """The database. ``on_due`` is called after each commit that left work to be done; it must not block."""

    def __init__(
        self, url: str, *, patience: float = 3.0, pool_size: int = 10, prepared: bool = False
    ) -> None:
        """``patience``: seconds that a statement or a lock may take before it is an error. ``prepared``:
        whether PostgreSQL keeps the statements that come again and again, as not every pooler allows.
        """
        self.url = make_url(url)
        self.engine = _engine(url, patience, pool_size, _PREPARED_FROM if prepared else None)
        self.on_due: Callable[[], None] = _nobody
        self._busy = _Busy(self.engine)
        self._writing = sessionmaker(self.engine, expire_on_commit=False)
        reader = self.engine.execution_options(reading=True)
        self._reading = sessionmaker(reader, expire_on_commit=False)

    @contextmanager
    def transaction(self, *, before_commit: Callable[[], None] | None = None) -> Iterator[Session]:
        """A transaction, committed at the end or undone by any exception; then its jobs are announced.

        ``before_commit`` may raise to undo everything at the last moment.
        """
        with self._writing() as session:
            yield session
            session.flush()
            if before_commit is not None:
                before_commit()
            session.commit()
            due = session.info.pop(NUDGED, False)
        if due:
            self.on_due()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that changes nothing."""
        with self._reading() as session:
            yield session

    def cut(self, thread: int) -> None:
        """Break the connections with which that thread waits for PostgreSQL: it fails now instead of never.

        ``thread`` is its `threading.get_ident`. The pool then trusts none of its older connections.
        """
        self._busy.cut(thread)

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _nobody() -> None:
    """The clock will find them."""


def _engine(url: str, patience: float, pool_size: int, prepare_threshold: int | None) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(url, patience)
    milliseconds = int(patience * 1000)
    options = " ".join(
        f"-c {name}={value}"
        for name, value in {
            "lock_timeout": milliseconds,
            "statement_timeout": milliseconds,
            "timezone": "UTC",
            # A prepared statement is planned for its values all the same: only so are partial indexes used.
            "plan_cache_mode": "force_custom_plan",
        }.items()
    )
    if parsed.drivername == "postgresql":
        url = parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    return create_engine(
        url,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=patience,
        pool_recycle=1800,
        connect_args={
            "connect_timeout": 2,
            "options": options,
            "prepare_threshold": prepare_threshold,
            "cursor_factory": _Cursor,
            **_KEEPALIVES,
        },
    )


class _Cursor(psycopg.Cursor[Any]):
    """A cursor that describes its columns by what SQLAlchemy reads of them, name and type: psycopg's own
    description costs a fifth of a short query."""

    @property
    def description(self) -> Any:
        """DB-API's seven fields of each column; None where there are none."""
        found = self.pgresult
        if found is None or not found.nfields:
            return None
        names = ((found.fname(i) or b"").decode() for i in range(found.nfields))
        return [(name, found.ftype(i), *_UNKNOWN) for i, name in enumerate(names)]


#: Size, precision and whether a column may be null.
_UNKNOWN = (None,) * 5


def _sqlite(url: str, patience: float) -> Engine:
    waits = {"timeout": patience, "check_same_thread": False}
    engine = create_engine(url, hide_parameters=True, connect_args=waits)

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        raw: Any = connection
        raw.isolation_level = None  # transactions begin where we say so, below
        cursor = raw.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    line = _Line()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        """SQLite's own wait is a poll in which a writer can lose again and again: here they queue."""
        if connection.get_execution_options().get("reading"):
            connection.exec_driver_sql("BEGIN")
            return
        if not line.enter(patience):
            busy = sqlite3.OperationalError("database is locked: too many writers before this one")
            raise OperationalError("BEGIN IMMEDIATE", None, busy)
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            line.leave()
            raise
        connection.info[_IN_LINE] = True

    @event.listens_for(engine, "commit")
    @event.listens_for(engine, "rollback")
    def _end(connection: Connection) -> None:
        if connection.info.get(_IN_LINE):
            # This comes just before the end itself: the next in line waits for that by SQLite's poll, alone.
            connection.info[_IN_LINE] = False
            line.leave()

    return engine


class _Line:
    """Writers one at a time, in the order in which they came; a plain lock promises no order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    def enter(self, patience: float) -> bool:
        """Wait for one's turn; false where it did not come within ``patience`` seconds."""
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            called = threading.Event()
            self._waiting.append(called)
        if called.wait(patience):
            return True
        with self._lock:
            if called.is_set():  # in the very last moment
                return True
            self._waiting.remove(called)
            return False

    def leave(self) -> None:
        """Let the next one in."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


class _Busy:
    """The PostgreSQL connections that are in use, each with the thread that took it from the pool."""

    def __init__(self, engine: Engine) -> None:
        self._lock = threading.Lock()
        self._users: dict[DBAPIConnection, int] = {}
        if engine.dialect.name == "postgresql":
            event.listen(engine, "checkout", self._taken)
            event.listen(engine, "checkin", self._returned)
            event.listen(engine, "invalidate", self._returned)

    def cut(self, thread: int) -> None:
        """Shut the sockets of that thread's connections; their owner closes them, as the driver demands."""
        with self._lock:
            for connection in [each for each, user in self._users.items() if user == thread]:
                _shut(connection)

    def _taken(self, connection: DBAPIConnection, _entry: object, _proxy: object) -> None:
        with self._lock:
            self._users[connection] = threading.get_ident()

    def _returned(self, connection: DBAPIConnection | None, *_more: object) -> None:
        with self._lock:
            if connection is not None:
                self._users.pop(connection, None)


def _shut(connection: Any) -> None:
    """Nobody waits on this socket any longer; one that is closed already is no error."""
    with suppress(Exception), socket.socket(fileno=os.dup(connection.fileno())) as borrowed:
        borrowed.shutdown(socket.SHUT_RDWR)


class Once:
    """Settles which of two threads may act: the first to ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def claim(self) -> bool:
        """True for the first who asks, false ever after."""
        return self._lock.acquire(blocking=False)
