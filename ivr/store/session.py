"""One transaction, then its jobs.

SQLite locks nothing by ``FOR UPDATE``, so a writing transaction begins ``IMMEDIATE`` there: writers stand in
one queue. On PostgreSQL rows are locked one by one; every wait has an end, because a caller is listening.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from ivr.store.waits import SQLITE_LOOKS_UP, Waits, queue_writers, watch_connections

NUDGED = "nudged"

#: Times that a statement is sent until PostgreSQL is asked to keep it: never reached. What shall be kept says
#: so itself (`ivr.store.kept`); all else is planned for its values, as partial indexes and ranges need.
_PREPARED_FROM = 2**31

#: Seconds to wait for a connection that others use. There are more than a process has threads, so nobody does
#: for long; it is the one wait that cannot be cut short.
_POOL_PATIENCE = 1.5

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
        whether PostgreSQL keeps the statements of `ivr.store.kept`, as not every pooler allows.
        """
        self.url = make_url(url)
        self._waits = Waits()
        self.engine = _engine(url, patience, pool_size, _PREPARED_FROM if prepared else None, self._waits)
        self.on_due: Callable[[], None] = _nobody
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
        """Have whatever that thread waits for here fail now instead of never; see `ivr.store.waits`.

        ``thread`` is its `threading.get_ident`. The pool then trusts none of its older connections.
        """
        self._waits.cut(thread)

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _nobody() -> None:
    """The clock will find them."""


def _engine(url: str, patience: float, pool_size: int, prepare_threshold: int | None, waits: Waits) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(url, patience, waits)
    milliseconds = int(patience * 1000)
    options = " ".join(
        f"-c {name}={value}"
        for name, value in {
            "lock_timeout": milliseconds,
            "statement_timeout": milliseconds,
            "timezone": "UTC",
        }.items()
    )
    if parsed.drivername == "postgresql":
        url = parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=min(patience, _POOL_PATIENCE),
        pool_recycle=1800,
        connect_args={
            "connect_timeout": 2,
            "options": options,
            "prepare_threshold": prepare_threshold,
            "cursor_factory": _Cursor,
            **_KEEPALIVES,
        },
    )
    watch_connections(engine, waits)
    return engine


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


def _sqlite(url: str, patience: float, waits: Waits) -> Engine:
    options = {"timeout": min(patience, SQLITE_LOOKS_UP), "check_same_thread": False}
    engine = create_engine(url, hide_parameters=True, connect_args=options)

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        raw: Any = connection
        raw.isolation_level = None  # transactions begin where we say so: `queue_writers`
        cursor = raw.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    queue_writers(engine, waits, patience)
    return engine
