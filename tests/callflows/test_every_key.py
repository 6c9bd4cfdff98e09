"""Every question × every answer: what it leads to and leaves in the database, against a written table."""

from collections.abc import Iterator

import pytest

from tests.callflows.every_key import TABLE, WAYS, Town, asking_steps, open_towns
from tests.callflows.invariants import broken


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    yield from open_towns(tmp_path_factory.mktemp("town"))


def written() -> dict[tuple[str, str], str]:
    """The table: question and answer, and what it leads to."""
    rows = (line.split(maxsplit=1) for line in TABLE.read_text().splitlines())
    return {(question, rest[:12].strip()): rest[13:] for question, rest in rows}


def test_there_is_a_way_to_every_question() -> None:
    assert set(WAYS) == asking_steps()


@pytest.mark.parametrize("question", WAYS)
def test_every_answer_leads_where_the_table_says(everywhere: Town, question: str) -> None:
    expected = {answer: leads_to for (asked, answer), leads_to in written().items() if asked == question}
    found = {}
    for move, leads_to in everywhere.play(question):
        found[move if len(move) < 20 else f"{len(move)} digits"] = leads_to
        if move == "!":
            with everywhere.board.store.reading() as session:
                assert broken(session) == []

    assert found == expected


@pytest.mark.parametrize("question", sorted({asked for asked, _ in written()} - {"inbound.main_menu"}))
def test_general_keys_mean_the_same_at_every_question(question: str) -> None:
    """``0`` looks for a person, a repeated webhook changes nothing, and a call that ends has an outcome."""
    table = {answer: leads_to for (asked, answer), leads_to in written().items() if asked == question}

    assert table["again"] == f"{question}; nothing changes"
    assert table["!"].startswith("the end; ")
    assert "+outcome" in table["!"]
    if "0" in table and not question.startswith("waiting."):
        assert table["0"].startswith(("waiting.choose;", "queue urgent;"))
