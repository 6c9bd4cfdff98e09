"""A SQLite file of one moment, copied by SQLite itself while others write to it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL

from ivr.errors import BackupError

#: Seconds to wait for somebody else's transaction.
_PATIENCE = 30.0


def dump(url: URL, to: Path) -> tuple[str, dict[str, int]]:
    """Copy the database into a file; its revision, and the rows of each table in the copy."""
    try:
        with _open(str(url.database)) as source, _open(str(to)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # so that the copy is one file
            ((verdict,),) = copy.execute("PRAGMA integrity_check(1)")
            if verdict != "ok":
                raise BackupError(f"the database itself is damaged: {verdict}")
            ((revision,),) = copy.execute("SELECT version_num FROM alembic_version")
            return str(revision), _counts(copy)
    except sqlite3.Error as fault:
        raise BackupError(f"the database cannot be copied: {fault}") from None


def counted(url: URL) -> dict[str, int]:
    """The rows of each table."""
    with _open(str(url.database)) as database:
        return _counts(database)


def load(url: URL, dumped: Path) -> None:
    """Make the database what the file holds, in one step also for those who have it open."""
    target = Path(str(url.database))
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _open(str(dumped)) as source, _open(str(target)) as database:
            source.backup(database)
    except sqlite3.Error as fault:
        raise BackupError(f"the database cannot be written ({fault}): stop the line, and try again") from None


def _counts(database: sqlite3.Connection) -> dict[str, int]:
    names = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        " AND name <> 'alembic_version' ORDER BY name"
    ).fetchall()
    return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in names}  # noqa: S608


@contextmanager
def _open(path: str) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, timeout=_PATIENCE)
    try:
        yield connection
    finally:
        connection.close()
