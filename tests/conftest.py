"""What every test may ask for: databases, a broker, and a clock that stands where the test wants it."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zlib import crc32
from zoneinfo import ZoneInfo

import pytest
import structlog

from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import Base
from tests import servers
from tests.browser import browser, in_one_process
from tests.rules import compile_once

__all__ = ["browser"]

compile_once()
# What is logged is shown where a test fails. Structlog's own way to show an exception draws every variable of
# every frame, for seconds.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)

SANTIAGO = ZoneInfo("America/Santiago")

#: Where the fixture ``clock`` starts: a Tuesday in office hours, with no holiday near.
TUESDAY_AT_TEN = datetime(2026, 11, 24, 10, 0, tzinfo=SANTIAGO)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    in_one_process(items)


@pytest.fixture
def clock() -> MovableClock:
    """A clock that starts on Tuesday 24 November 2026 at 10:00 in Santiago, and may be set and moved on."""
    return MovableClock(TUESDAY_AT_TEN)


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Postgres]:
    """A real PostgreSQL, started for the first test that asks; for databases use ``postgresql_url``."""
    with servers.postgres() as server:
        yield server


@pytest.fixture
def postgresql_url(postgres: servers.Postgres) -> Iterator[str]:
    """A PostgreSQL database of the test's own, with all tables."""
    with postgres.database() as url:
        yield url


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "postventa.db"
    store = Store(f"sqlite:///{path}")
    Base.metadata.create_all(store.engine)
    store.close()
    return path


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """A SQLite file of the test's own, with all tables."""
    return f"sqlite:///{shutil.copy(_sqlite_template, tmp_path / 'postventa.db')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty database with all tables: the test runs once on SQLite and once on PostgreSQL."""
    opened = Store(request.getfixturevalue(f"{request.param}_url"))
    yield opened
    opened.close()


@pytest.fixture
def either_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """As ``store``, on one of the two, as the test's name falls: for whole conversations, of which there are
    many, and of which each uses what is tested on both."""
    which = ("sqlite", "postgresql")[crc32(request.node.name.encode()) % 2]
    opened = Store(request.getfixturevalue(f"{which}_url"))
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """As ``store``, on SQLite only: for what no database can change."""
    opened = Store(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def _redis() -> Iterator[str]:
    with servers.redis() as url:
        yield url


@pytest.fixture
def redis_url(_redis: str) -> str:
    """A real and empty Redis on loopback, as ``redis://`` URL."""
    servers.empty_redis(_redis)
    return _redis
