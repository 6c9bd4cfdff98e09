"""Settings that change while the line runs: read by the environment's checks, heard by the next caller."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ivr import choices, present
from ivr.choices import Choices
from ivr.clock import MovableClock
from ivr.errors import Invalid, NotFound
from ivr.present import Present
from ivr.settings import Settings
from ivr.store.session import Store
from ivr.store.tables import Agent, SettingOverride
from tests.board import Board, open_board
from tests.line import settings
from worker.choices import keep_up

#: Seconds after which a thread that has not looked never will.
PATIENCE = 20


@pytest.fixture
def board(store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Board]:
    """A line on Tuesday at ten, with Ana."""
    with open_board(store, tmp_path, clock) as opened:
        opened.agent("Ana", "+56911111111")
        yield opened


def change(board: Board, name: str, text: str) -> None:
    with board.store.transaction() as session:
        present.change(session, name, text, by=session.get_one(Agent, 1), now=board.clock.now())


def refreshed(board: Board) -> Settings:
    board.context.present.refresh(board.store)
    return board.context.settings


def test_a_change_counts_at_the_next_look_and_is_gone_when_it_is_taken_back(board: Board) -> None:
    change(board, "ring_seconds", " 30 ")
    change(board, "retry_plan", "90m 10:00 12:00")
    change(board, "ring_seconds", "35")
    assert board.context.settings.ring_seconds == 20

    changed = refreshed(board)
    assert (changed.ring_seconds, choices.written(changed.retry_plan)) == (35, "90m 10:00 12:00")
    assert changed.sms_from == board.context.present.environment.sms_from

    with board.store.transaction() as session:
        present.restore(session, "ring_seconds")
        present.restore(session, "ring_seconds")
    assert refreshed(board).ring_seconds == 20
    assert refreshed(board).retry_plan == changed.retry_plan


def test_callers_and_jobs_go_by_it(board: Board) -> None:
    assert not board.line.dial().press("0").hears("oficina está cerrada")
    change(board, "office_hours", "14:00–18:00")
    assert refreshed(board).office_hours == choices.read("office_hours", "14:00-18:00")
    assert board.line.dial().press("0").hears("oficina está cerrada")


@pytest.mark.parametrize("name", Choices.model_fields)
def test_every_default_is_read_as_it_is_written(name: str) -> None:
    default = Choices.model_fields[name].default
    assert choices.read(name, choices.written(default)) == default


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("office_hours", "18:00-09:00"),
        ("office_hours", "mañana"),
        ("reminder_time", "10"),
        ("reminder_time", "10:00Z"),
        ("retry_plan", "30m pronto"),
        ("retry_plan", " ".join(["30m"] * 11)),
        ("retry_plan", "99999h"),
        ("ring_seconds", "0"),
        ("ring_seconds", "muchos"),
        ("longest_wait", "99999999999999999999"),
        ("recordings_days", "36526"),
        ("callback_first", "nobody"),
    ],
)
def test_what_the_environment_may_not_say_the_console_may_not_either(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Invalid) as refused:
        choices.read(name, text)
    assert set(refused.value.fields) == {name}
    monkeypatch.setenv(str(Settings.model_fields[name].validation_alias), text)
    with pytest.raises(ValueError, match=str(Settings.model_fields[name].validation_alias)):
        settings("sqlite://")


@pytest.mark.parametrize(
    "name", ["secret_key", "database_url", "countries", "case_tries_per_day", "model_config"]
)
def test_secrets_addresses_and_guards_are_the_environments_alone(name: str) -> None:
    with pytest.raises(NotFound):
        choices.read(name, "1")


def test_what_another_version_wrote_is_left_out_and_the_rest_holds(board: Board) -> None:
    change(board, "ring_seconds", "30")
    with board.store.transaction() as session:
        for name, value in (("of_a_later_version", "1"), ("wait_notice", "soon")):
            session.add(SettingOverride(name=name, value=value, changed_at=board.clock.now(), changed_by=1))
    with capture_logs() as logged:
        found = refreshed(board)
    assert (found.ring_seconds, found.wait_notice) == (30, 45)
    assert {each["setting"] for each in logged} == {"of_a_later_version", "wait_notice"}


def test_every_process_looks_by_itself_and_keeps_what_it_knows_without_a_database(board: Board) -> None:
    change(board, "wrap_up_seconds", "5")
    other = Present(board.context.present.environment)
    ticker = keep_up(other, board.store)
    try:
        until(lambda: other.settings.wrap_up_seconds == 5)
        with board.store.transaction() as session:
            session.connection().exec_driver_sql("ALTER TABLE setting_overrides RENAME TO away")
        with capture_logs() as logged:
            ticker.wake()
            until(lambda: bool(logged))
        assert other.settings.wrap_up_seconds == 5
        with board.store.transaction() as session:
            session.connection().exec_driver_sql("ALTER TABLE away RENAME TO setting_overrides")
        change(board, "wrap_up_seconds", "6")
        ticker.wake()
        until(lambda: other.settings.wrap_up_seconds == 6)
    finally:
        ticker.stop(PATIENCE)


def until(happened: Callable[[], bool]) -> None:
    given_up = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < given_up, "it never happened"
        time.sleep(0.02)
