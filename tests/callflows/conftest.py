"""The houses and owners that calls to the line are about, and a switchboard that answers for them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.clock import MovableClock
from ivr.store.session import Store
from tests.board import Board
from tests.callflows.town import open_town


@pytest.fixture
def town(sqlite_store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Board]:
    """Tuesday at ten, nobody in the office, all inspectors free."""
    with open_town(sqlite_store, tmp_path, clock) as opened:
        yield opened
