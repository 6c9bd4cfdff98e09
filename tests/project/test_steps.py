"""Rules about the conversations as a whole: steps are known by their names, which URLs carry."""

import ast
import re
from pathlib import Path

import callflows
import ivr.app
from ivr.dialogue import engine
from ivr.dialogue.turns import Step, WaitStep

FLOWS = sorted(Path(next(iter(callflows.__path__))).glob("*.py"))


def defined() -> list[str]:
    """The names of all functions in `callflows` that are made steps, as the engine would call them."""
    found = []
    for path in FLOWS:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                decorators = {ast.unparse(each).partition("(")[0] for each in node.decorator_list}
                if decorators & {"step", "wait_step"}:
                    found.append(f"{path.stem}.{node.name}")
    return found


def registered() -> dict[str, Step | WaitStep]:
    """Every step of the running application that a conversation of `callflows` defines."""
    assert ivr.app.create_app is not None  # importing it is what brings all conversations in
    steps: dict[str, Step | WaitStep] = {**engine.all_steps(), **engine._WAITS}
    return {name: step for name, step in steps.items() if step.run.__module__.startswith("callflows.")}


def test_every_step_has_a_name_of_its_own_and_the_application_knows_it() -> None:
    names = defined()
    assert len(names) == len(set(names))
    assert set(names) == set(registered())


def test_the_name_of_a_step_can_stand_in_an_address() -> None:
    for name, step in registered().items():
        for each in (name, *getattr(step, "aliases", ())):
            assert re.fullmatch(r"[a-z_]+\.[a-z_]+", each), each


def test_the_name_that_a_step_had_is_no_other_steps() -> None:
    steps = registered()
    aliases = [alias for step in steps.values() for alias in getattr(step, "aliases", ())]
    assert len(aliases) == len(set(aliases))
    assert not set(aliases) & set(steps)


def test_no_step_takes_an_address_of_the_carriers_news() -> None:
    flows = {name.partition(".")[0] for name in registered()}
    assert not flows & {"status", "recording", "conference", "machine", "fallback"}
