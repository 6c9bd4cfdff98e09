"""What the code writes down has a word in the console: deeds, their details, what happens to a case."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.aftersales.events import EventKind
from ivr.aftersales.tasks import TaskKind
from ivr.console import audit_words, words
from ivr.console.cases import telling
from tests.project.test_code import MODULES, named, nodes

#: Where a deed is named in a call that writes one down: ``visit.record(deed, …)``, ``audit.record(session,
#: agent, deed, …)``.
_PLACES = {"visit": 0, "audit": 2}


def recorded() -> Iterator[tuple[Path, ast.Call, ast.expr]]:
    """Every call that writes into the audit, and what it says was done."""
    for path in MODULES:
        for node in nodes(path):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "record"
            ):
                place = _PLACES.get(ast.unparse(node.func.value))
                if place is not None:
                    yield path, node, node.args[place]


def values(path: Path, written: ast.expr) -> Iterator[str]:
    """What an expression may be: a text, one of two, or what the function around it is called with."""
    match written:
        case ast.Constant(value=str(deed)):
            yield deed
        case ast.IfExp(body=first, orelse=second):
            yield from values(path, first)
            yield from values(path, second)
        case ast.Name(id=name):
            functions = [node for node in nodes(path) if isinstance(node, ast.FunctionDef)]
            (within,) = [each for each in functions if each.lineno < written.lineno <= (each.end_lineno or 0)]
            place = [argument.arg for argument in within.args.args].index(name)
            calls = [node for node in nodes(path) if isinstance(node, ast.Call)]
            for call in calls:
                if ast.unparse(call.func) == within.name:
                    yield from values(path, call.args[place])
        case _:
            pytest.fail(f"{named(path, written)}: nobody can tell what was done")


def test_every_deed_in_the_audit_has_a_word_and_every_word_a_deed() -> None:
    found = {deed for path, _, written in recorded() for deed in values(path, written)}
    assert len(found) > 40
    assert found == set(audit_words.DEEDS)


def test_every_detail_of_a_deed_has_a_word() -> None:
    found = {keyword.arg for _, call, _ in recorded() for keyword in call.keywords} - {None, "now"}
    assert found - set(audit_words.DETAILS) == set()


def test_everything_that_happens_to_a_case_is_told() -> None:
    assert set(telling._EVENTS) == set(EventKind)
    assert set(words.TASK_KINDS) == set(TaskKind)
