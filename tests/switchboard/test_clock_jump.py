"""Somebody sets the machine's clock while telephones ring. (Set back: `tests/test_clock.py`.)"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.clock import MovableClock
from ivr.store.session import Store
from tests.board import Board, open_board

ANA, BRUNO = "+56911111111", "+56922222222"


@pytest.fixture
def board(store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Board]:
    with open_board(store, tmp_path, clock) as opened:
        yield opened


def test_an_hour_that_is_jumped_over_loses_no_caller_and_leaves_no_telephone_ringing(board: Board) -> None:
    """The telephone that rings counts as unanswered and is silenced; the next one rings, and is taken."""
    board.agent("Ana", ANA)
    board.agent("Bruno", BRUNO)
    caller = board.caller()
    caller.press("0")
    board.carrier.queued.add(caller.sid)
    board.work()
    first = board.rings()

    board.forward(3600)

    assert board.carrier.hung_up == [first.sid]
    second = board.rings()
    assert {first.request.to, second.request.to} == {ANA, BRUNO}
    second.answer().press("1")
    board.work()
    assert board.follow(caller).document
    assert [sid for sid, _ in board.carrier.moved] == [caller.sid]
