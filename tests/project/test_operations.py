"""The operators' documents prove what they say: each test that they name exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def named_in(path: Path) -> set[str]:
    """The names of all tests of a file, also of those in classes."""
    tree = ast.parse(path.read_text())
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize("document", ["faults.md", "threats.md"])
def test_every_row_names_tests_that_exist(document: str) -> None:
    text = (ROOT / "ivr/operations" / document).read_text()
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert [row for row in rows if not _NAMED.search(row)] == []
    missing = [
        f"{path}::{name}"
        for path, name in _NAMED.findall(text)
        if not (ROOT / path).exists() or name not in named_in(ROOT / path)
    ]
    assert missing == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_dependency_is_pinned_by_its_hash(lock: str) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text().strip(), flags=re.IGNORECASE)
    assert len(entries) > 30
    assert [
        entry
        for entry in entries
        if not re.match(r"[\w.-]+(\[[\w,]+\])?==\S+.*--hash=sha256:", entry, re.DOTALL)
    ] == []
