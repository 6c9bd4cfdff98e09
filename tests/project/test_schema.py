"""The migrations lead to exactly the tables that the code works with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.errors import OutdatedDatabase
from ivr.store import schema
from ivr.store.session import Store
from tests.servers import Postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A database without any table."""
    if request.param == "sqlite":
        store = Store(f"sqlite:///{tmp_path / 'below' / 'empty.db'}")
        yield store
        store.close()
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database(empty=True) as url:
        store = Store(url)
        yield store
        store.close()


def test_a_migrated_database_is_what_the_code_needs(empty: Store) -> None:
    assert schema.upgrade(empty) == schema.needed()
    assert schema.differences(empty) == []
    assert schema.present(empty) == schema.needed()
    schema.require_current(empty)


def test_migrating_again_changes_nothing(empty: Store) -> None:
    schema.upgrade(empty)
    assert schema.upgrade(empty) == schema.needed()
    assert schema.differences(empty) == []


def test_a_database_that_lacks_migrations_is_refused_with_what_to_do(postgres: Postgres) -> None:
    with postgres.database(empty=True) as url:
        store = Store(url)
        with pytest.raises(OutdatedDatabase, match="ivr db upgrade"):
            schema.require_current(store)
        store.close()
