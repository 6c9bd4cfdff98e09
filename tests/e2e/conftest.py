"""Databases as ``ivr db upgrade`` leaves them: the line refuses any other."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.store import schema
from ivr.store.session import Store
from tests.conftest import TUESDAY_AT_TEN
from tests.e2e.city import City, open_city
from tests.servers import Postgres


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "postventa.db"
    store = Store(f"sqlite:///{path}")
    schema.upgrade(store)
    store.close()
    return path


@pytest.fixture
def migrated_url(_migrated: Path, tmp_path: Path) -> str:
    """A SQLite file of the test's own."""
    return f"sqlite:///{shutil.copy(_migrated, tmp_path / 'postventa.db')}"


@pytest.fixture
def migrated_postgresql_url(postgres: Postgres) -> Iterator[str]:
    """A PostgreSQL database of the test's own."""
    with postgres.database(empty=True) as url:
        store = Store(url)
        schema.upgrade(store)
        store.close()
        yield url


@pytest.fixture
def city(migrated_url: str, tmp_path: Path) -> Iterator[City]:
    """A Tuesday morning in office hours: one web process, whose thread does the jobs."""
    with open_city(tmp_path, migrated_url, TUESDAY_AT_TEN) as opened:
        yield opened
        assert opened.errors == []
