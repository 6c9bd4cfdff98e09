"""Every kind of work has somebody who does it, and the worker is made from the settings of the line."""

from pathlib import Path

import pytest

from ivr.errors import SettingsError
from ivr.store.jobs import JobKind
from tests.worker.bench import make_settings
from worker.app import main
from worker.duties import HANDLERS
from worker.duty import FoundKind


def test_every_kind_of_work_that_is_asked_for_or_found_has_a_duty() -> None:
    assert set(HANDLERS) == {*JobKind, *FoundKind}


def test_without_a_broker_there_is_no_worker_process(tmp_path: Path) -> None:
    settings = make_settings(
        database_url=f"sqlite:///{tmp_path / 'postventa.db'}",
        storage=str(tmp_path / "recordings"),
        audio_folder=tmp_path / "audio",
    )
    with pytest.raises(SettingsError, match="IVR_REDIS_URL"):
        main(settings)
