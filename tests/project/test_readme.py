"""The README says what is so: its table of settings, its commands, its worked example."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from ivr.aftersales.tasks import TaskKind
from ivr.cli import main
from ivr.clock import MovableClock
from ivr.dialogue import engine
from ivr.settings import markdown_table
from ivr.store.tables import Task
from tests import pictures
from tests.line import STRANGER, open_test_line

README = Path(__file__).parents[2] / "README.md"
TEXT = README.read_text("utf-8")


def test_the_table_of_settings_is_that_of_the_code() -> None:
    shown = TEXT.split("<!-- settings -->")[1].split("<!-- /settings -->")[0]

    assert shown.strip() == markdown_table()


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`ivr ([a-z ]+?)(?: [<\[\-A-Z].*?)?`", TEXT))))
def test_every_command_that_it_names_exists(command: str) -> None:
    result = CliRunner().invoke(main, [*command.split(), "--help"])

    assert result.exit_code == 0, result.output


@pytest.fixture
def parking(monkeypatch: pytest.MonkeyPatch) -> str:
    """The worked example, run as if it were a module; the address of its first step."""
    (example,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    monkeypatch.setattr(engine, "_STEPS", {**engine._STEPS})
    exec(compile(example, str(README), "exec"), {"__name__": "tests.parking"})  # noqa: S102 -- our own page
    return "/voice/parking.ask?turn=0"


def test_the_worked_example_answers_a_call(
    parking: str, sqlite_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    with open_test_line(sqlite_url, tmp_path, clock) as line:
        line.entry = parking
        call = line.dial()
        assert call.hears("Para pedir acceso al estacionamiento, marque uno.")
        call.press("7")
        assert call.hears("Esa opción no existe.")
        call.press("1")
        assert call.hears("Le llamaremos.")
        assert call.over
        with line.store.reading() as session:
            task = session.scalars(select(Task)).one()
    assert (task.kind, task.phone, task.detail) == (TaskKind.CALLBACK, STRANGER, "Estacionamiento")


def test_its_pictures_are_those_that_are_taken_and_say_what_they_show() -> None:
    named = dict(re.findall(r"\[(.*?)\]\(tests/pictures/(\w+)\.png\)", TEXT))
    assert sorted(named.values()) == sorted(pictures.NAMES)
    assert all(len(words) > 8 for words in named)
    kept = sorted(pictures.FOLDER.glob("*.png"))
    assert [path.stem for path in kept] == sorted(pictures.NAMES)
    for path in kept:
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.stat().st_size <= pictures.LARGEST
