"""What a thread waits for in the database, and how that wait is cut short from another one.

A thread that answers a caller waits for PostgreSQL, for a connection to it, or, with SQLite, for its turn to
write. Each of these is noted here while it lasts, so that no caller waits with it for ever.
"""

import os
import socket
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, InvalidStateError
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

#: Seconds that SQLite itself waits for another process before we look whether the wait was cut.
SQLITE_LOOKS_UP = 0.4

_OURS = "the turn to write is this connection's"


class Waits:
    """Who waits for what, and what ends it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: dict[object, tuple[int, Callable[[], None]]] = {}

    def cut(self, thread: int) -> None:
        """End whatever that thread waits for at this moment: it fails now instead of never.

        ``thread`` is its `threading.get_ident`.
        """
        with self._lock:
            for end in [end for waiting, end in self._ends.values() if waiting == thread]:
                end()

    def begin(self, what: object, end: Callable[[], None]) -> None:
        """This thread waits for ``what`` from now on. ``end`` must neither block nor fail."""
        with self._lock:
            self._ends[what] = threading.get_ident(), end

    def over(self, what: object) -> None:
        """Nobody waits for it any more; it need not have begun."""
        with self._lock:
            self._ends.pop(what, None)

    @contextmanager
    def until(self, end: Callable[[], None]) -> Iterator[None]:
        """This thread waits, and ``end`` would end it."""
        what = object()
        self.begin(what, end)
        try:
            yield
        finally:
            self.over(what)


# --- PostgreSQL --------------------------------------------------------------------------------------------


def watch_connections(engine: Engine, waits: Waits) -> None:
    """Note who uses a connection of this engine, and who waits for a new one."""

    @event.listens_for(engine, "checkout")
    def _taken(connection: DBAPIConnection, _entry: ConnectionPoolEntry, _proxy: object) -> None:
        waits.begin(connection, partial(_shut, connection))

    @event.listens_for(engine, "checkin")
    @event.listens_for(engine, "invalidate")
    def _returned(connection: DBAPIConnection | None, *_more: object) -> None:
        waits.over(connection)

    @event.listens_for(engine, "do_connect")
    def _connect(dialect: Dialect, _entry: object, address: Any, options: Any) -> DBAPIConnection:
        """In a thread of its own: a name server that does not answer can be waited for in no other way."""
        arriving: Future[DBAPIConnection] = Future()
        fetching = threading.Thread(
            target=_fetch, args=(arriving, partial(dialect.connect, *address, **options)), daemon=True
        )
        with waits.until(partial(_give_up, arriving)):
            fetching.start()
            return arriving.result()


def _shut(connection: Any) -> None:
    """Nobody waits on this socket any longer; its owner closes it, as the driver demands. One that is closed
    already is no error."""
    with suppress(Exception), socket.socket(fileno=os.dup(connection.fileno())) as borrowed:
        borrowed.shutdown(socket.SHUT_RDWR)


def _fetch(arriving: Future[DBAPIConnection], connect: Callable[[], DBAPIConnection]) -> None:
    try:
        connection = connect()
    except Exception as fault:  # noqa: BLE001 -- whoever waits for it raises it
        with suppress(InvalidStateError):
            arriving.set_exception(fault)
        return
    try:
        arriving.set_result(connection)
    except InvalidStateError:
        connection.close()


def _give_up(arriving: Future[DBAPIConnection]) -> None:
    with suppress(InvalidStateError):
        arriving.set_exception(psycopg.OperationalError("the connection is no longer waited for"))


# --- SQLite ------------------------------------------------------------------------------------------------


def queue_writers(engine: Engine, waits: Waits, patience: float) -> None:
    """Have the writers of this engine wait for each other in the order in which they came, ``patience``
    seconds at most. SQLite's own wait is a poll in which a writer can lose again and again.
    """
    line = _Line(waits)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get("reading"):
            connection.exec_driver_sql("BEGIN")
            return
        if not line.enter(patience):
            busy = sqlite3.OperationalError("database is locked: too many writers before this one")
            raise OperationalError("BEGIN IMMEDIATE", None, busy)
        try:
            _begin_writing(connection, waits, patience)
        except BaseException:
            line.leave()
            raise
        connection.info[_OURS] = True

    @event.listens_for(engine, "commit")
    @event.listens_for(engine, "rollback")
    def _end(connection: Connection) -> None:
        if connection.info.get(_OURS):
            # This comes just before the end itself: the next in line waits for that by SQLite's poll, alone.
            connection.info[_OURS] = False
            line.leave()


def _begin_writing(connection: Connection, waits: Waits, patience: float) -> None:
    """Other processes may write as well; those stand in no line."""
    over, until = threading.Event(), time.monotonic() + patience
    with waits.until(over.set):
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except OperationalError as fault:
                busy = getattr(fault.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
                if not busy or over.is_set() or time.monotonic() >= until:
                    raise
            else:
                return


class _Line:
    """Writers one at a time, in the order in which they came; a plain lock promises no order."""

    def __init__(self, waits: Waits) -> None:
        self._waits = waits
        self._lock = threading.Lock()
        self._holder: threading.Event | None = None
        self._waiting: deque[threading.Event] = deque()

    def enter(self, patience: float) -> bool:
        """Wait for one's turn; false where it did not come within ``patience`` seconds, or was cut short."""
        turn = threading.Event()
        with self._lock:
            if self._holder is None:
                self._holder = turn
                return True
            self._waiting.append(turn)
        with self._waits.until(turn.set):
            turn.wait(patience)
        with self._lock:
            if self._holder is not turn:
                self._waiting.remove(turn)
                return False
            return True

    def leave(self) -> None:
        """Let the next one in."""
        with self._lock:
            self._holder = self._waiting.popleft() if self._waiting else None
            if self._holder is not None:
                self._holder.set()
