"""What is wrong with an installation, and what to do about it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from audio import phrases
from audio.parts import Part
from ivr import cli, doctor
from ivr.clock import WallClock
from ivr.doctor import Finding
from ivr.links import Links
from ivr.store import jobs, schema
from ivr.store.jobs import JobKind
from ivr.store.session import Store
from ivr.telephony.storage import FolderStorage
from tests.line import PUBLIC_URL, settings


class Numbers:
    """A carrier whose numbers have these addresses."""

    def __init__(self, **addresses: str) -> None:
        links = Links(PUBLIC_URL)
        self._addresses = {
            "voice": f"{PUBLIC_URL}/voice/inbound",
            "fallback": links.fallback(),
            "status": links.status(),
            "texts": f"{PUBLIC_URL}/messages/inbound",
        } | addresses

    def account_ok(self) -> bool:
        return True

    def webhooks_of(self, _number: str) -> dict[str, str]:
        return self._addresses


def examine(
    store: Store, folder: Path, carrier: Any, has_sound: Callable[[Part], bool] = lambda _part: True
) -> dict[str, Finding]:
    chosen = settings("sqlite://", folder, voice="files", line_numbers=("+56800422727",))
    storage = FolderStorage(folder)
    return {each.part: each for each in doctor.examine(chosen, store, carrier, storage, has_sound)}


@pytest.mark.parametrize("status", [Links(PUBLIC_URL).status(), f"{PUBLIC_URL}/voice/status"])
def test_the_news_may_be_asked_for_with_or_without_more_tries(
    sqlite_store: Store, tmp_path: Path, status: str
) -> None:
    assert examine(sqlite_store, tmp_path, Numbers(status=status))["number +56800422727"].well


def test_a_wrong_address_is_named_with_the_right_one(sqlite_store: Store, tmp_path: Path) -> None:
    found = examine(sqlite_store, tmp_path, Numbers(status="https://elsewhere.example/voice/status"))
    number = found["number +56800422727"]
    assert (number.well, number.says) == (False, "wrong: status")
    assert number.mend == f"set its status address to {Links(PUBLIC_URL).status()}"


def test_a_fallback_document_may_be_kept_elsewhere(sqlite_store: Store, tmp_path: Path) -> None:
    elsewhere = Numbers(fallback="https://fallback.example/document.xml")
    assert examine(sqlite_store, tmp_path, elsewhere)["number +56800422727"].well
    for wrong in ("", "http://fallback.example/document.xml", f"{PUBLIC_URL}/voice/inbound"):
        found = examine(sqlite_store, tmp_path, Numbers(fallback=wrong))["number +56800422727"]
        assert found.says == "wrong: fallback"


def test_where_nothing_is_rendered_no_sentence_has_a_sound(sqlite_store: Store, tmp_path: Path) -> None:
    """But for those that are all blank: a value has its sound when it is known."""
    found = examine(sqlite_store, tmp_path, Numbers(), lambda _part: False)["audio"]
    blank = sum(not phrase.pieces for phrase in phrases.catalogue())
    wanted = sum(1 for _ in phrases.catalogue())
    assert not found.well
    assert found.says.startswith(f"{blank} of {wanted} sentences")
    assert blank < wanted / 20


def test_one_part_without_a_sound_is_missed(sqlite_store: Store, tmp_path: Path) -> None:
    lacking = phrases.URGENT_NUMBER.pieces[0]
    assert examine(sqlite_store, tmp_path, Numbers())["audio"].well
    assert not examine(sqlite_store, tmp_path, Numbers(), lambda part: part != lacking)["audio"].well


@pytest.mark.parametrize(("late", "well"), [(0, True), (55, True), (90, False)])
def test_work_that_nobody_does_is_told(sqlite_store: Store, tmp_path: Path, late: int, well: bool) -> None:
    with sqlite_store.transaction() as session:
        jobs.schedule(session, JobKind.RING, 1, WallClock().now() - timedelta(seconds=late))
    found = examine(sqlite_store, tmp_path, Numbers())["worker"]
    assert found.well == well
    assert well or ("1 pieces of work wait" in found.says and "ivr worker" in found.mend)


@pytest.mark.parametrize("folder", ["", "not/there/"])
def test_a_database_file_that_nobody_made_has_no_revision(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "fresh.db"
    store = Store(f"sqlite:///{path}")
    assert schema.present(store) is None
    assert not path.exists()
    store.close()


def test_serving_without_a_database_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "load_settings", lambda: settings(f"sqlite:///{tmp_path}/var/fresh.db"))
    result = CliRunner().invoke(cli.main, ["serve"])
    assert result.exit_code == 1
    assert "run `ivr db upgrade`" in " ".join(result.output.split())
