"""The database's shape: created, migrated, and compared with what the running code needs."""

import warnings
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from ivr.errors import OutdatedDatabase
from ivr.store.session import Store
from ivr.store.tables import Base

MIGRATIONS = Path(__file__).parent / "migrations"
#: Any number: who migrates holds PostgreSQL's advisory lock of this name, so that two at once do no harm.
_LOCK = 800422727


def upgrade(store: Store) -> str:
    """Bring the database to the running code's revision; its name. Repeated, it does nothing."""
    if store.url.get_backend_name() == "sqlite" and store.url.database not in {None, "", ":memory:"}:
        Path(str(store.url.database)).parent.mkdir(parents=True, exist_ok=True)
    with store.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        command.upgrade(_config(connection), "head")
    return needed()


def needed() -> str:
    """The revision that the running code needs."""
    return str(ScriptDirectory(str(MIGRATIONS)).get_current_head())


def present(store: Store) -> str | None:
    """The revision that the database has; none for an empty one, or for a file that is not there."""
    if _missing(store):
        return None
    with store.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _missing(store: Store) -> bool:
    """Whether it is a file that nobody has made yet: to look must not make it."""
    name = store.url.database
    is_file = store.url.get_backend_name() == "sqlite" and name not in {None, "", ":memory:"}
    return is_file and not Path(str(name)).exists()


def require_current(store: Store) -> None:
    """Refuse to work on a database that lacks migrations.

    Raises:
        OutdatedDatabase: the message says what to run.
    """
    has, needs = present(store), needed()
    if has != needs:
        raise OutdatedDatabase(
            f"the database is at revision {has or 'none'}, this version needs {needs}: run `ivr db upgrade`"
        )


def differences(store: Store) -> list[str]:
    """What the migrated database lacks or has beyond the tables of the code; empty when they agree."""
    with store.engine.connect() as connection, warnings.catch_warnings():
        # SQLite shows no index of an expression; nor has it ours, which are PostgreSQL's alone.
        warnings.filterwarnings("ignore", "autogenerate skipping metadata-specified expression-based index")
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [str(difference) for difference in compare_metadata(context, Base.metadata)]


def new_revision(store: Store, message: str, number: str) -> None:
    """Write the migration from the database's shape to the code's; for the developer's bench."""
    with store.engine.begin() as connection:
        command.revision(_config(connection), message=message, autogenerate=True, rev_id=number)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
