"""What the worker's tests start from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.clock import MovableClock
from ivr.present import Present
from ivr.settings import Settings
from ivr.store.session import Store
from ivr.telephony.carrier import TwilioCarrier
from ivr.telephony.storage import FolderStorage
from tests.carrier.mock import MockCarrier
from tests.worker.bench import ACCOUNT, HANDLERS, TOKEN, Bench, make_settings
from worker.duty import Context


@pytest.fixture
def mock(clock: MovableClock) -> Iterator[MockCarrier]:
    with MockCarrier(ACCOUNT, TOKEN, now=clock.now) as served:
        yield served


@pytest.fixture
def settings() -> Settings:
    return make_settings()


@pytest.fixture
def bench(
    sqlite_store: Store, mock: MockCarrier, clock: MovableClock, settings: Settings, tmp_path: Path
) -> Bench:
    """A worker on SQLite: for what no database can change."""
    carrier = TwilioCarrier(ACCOUNT, TOKEN, mock.url, timeout=0.5)
    storage = FolderStorage(tmp_path / "recordings")
    return Bench(Context(sqlite_store, carrier, storage, clock, Present(settings), HANDLERS), mock, clock)
