"""The README says what is so: its table of settings, its commands, its worked example."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from audio.wording import Phrase
from callflows import intake
from ivr.aftersales import cases, events
from ivr.cli import main
from ivr.dialogue.call import Call
from ivr.dialogue.engine import step
from ivr.dialogue.turns import Goto, Menu, Turn
from ivr.settings import markdown_table

README = Path(__file__).parents[2] / "README.md"
TEXT = README.read_text("utf-8")


def test_the_table_of_settings_is_that_of_the_code() -> None:
    shown = TEXT.split("<!-- settings -->")[1].split("<!-- /settings -->")[0]

    assert shown.strip() == markdown_table()


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`ivr ([a-z ]+?)(?: [<\[\-A-Z].*?)?`", TEXT))))
def test_every_command_that_it_names_exists(command: str) -> None:
    result = CliRunner().invoke(main, [*command.split(), "--help"])

    assert result.exit_code == 0, result.output


def test_the_worked_example_is_two_steps_that_lead_on() -> None:
    example = next(
        block for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if "parking" in block
    )
    phrases = type("phrases", (), {"PARKING": Phrase("parking", "Si tiene estacionamiento, marque uno.")})
    names = {
        "step": step,
        "Call": Call,
        "Turn": Turn,
        "Menu": Menu,
        "Goto": Goto,
        "phrases": phrases,
        "cases": cases,
        "events": events,
        "intake": intake,
        "__name__": "tests.worked_example",
    }
    # The steps of a question name each other, as the module's do, at the time they are run.
    exec(compile(example, str(README), "exec"), names)  # noqa: S102 -- our own page

    asked = names["ask_parking"].run(None)  # type: ignore[attr-defined]

    assert isinstance(asked, Menu)
    assert asked.keys == {"1": names["note_parking"], "2": intake.more}
