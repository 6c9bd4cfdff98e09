"""Fetching the caller to the agent who accepted: once, however the caller comes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.switchboard import waits
from tests.board import Board, open_board
from tests.line import TestCall

ANA = "+56911111111"


@pytest.fixture
def board(store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Board]:
    with open_board(store, tmp_path, clock) as opened:
        opened.agent("Ana", ANA)
        yield opened


def fetched(board: Board, call: TestCall) -> int:
    """How often the carrier was asked to move that call."""
    return [sid for sid, _ in board.carrier.moved].count(call.sid)


def accepted(board: Board, call: TestCall, *, is_in_the_queue: bool) -> None:
    """An agent is rung for the caller and presses ``1``; the caller is, or is not, in the queue by then."""
    board.work()
    agent = board.rings().answer()
    if not is_in_the_queue:
        board.carrier.queued.discard(call.sid)
    agent.press("1")
    board.work()


def test_who_waits_in_the_queue_is_fetched_at_once(board: Board) -> None:
    caller = board.caller().press("0")
    board.carrier.queued.add(caller.sid)
    accepted(board, caller, is_in_the_queue=True)
    assert fetched(board, caller) == 1
    assert "<Conference" in board.follow(caller).document
    board.forward(60)
    assert fetched(board, caller) == 1


def test_who_leaves_the_queue_as_the_agent_accepts_is_not_taken_out_of_the_talk_again(board: Board) -> None:
    """Moved once more, they would leave the room, and their leaving ends the talk."""
    caller = board.caller().press("0")
    accepted(board, caller, is_in_the_queue=False)
    assert fetched(board, caller) == 0
    led_on = caller.leave_queue().xml.findtext("Redirect")
    assert "<Conference" in caller.ask((led_on or "").removeprefix("https://line.example")).document
    board.forward(60)
    assert fetched(board, caller) == 0
    assert board.wait.state == "talking"


def test_who_has_not_come_to_the_queue_yet_is_fetched_a_second_later(board: Board) -> None:
    """They still hear that somebody is looked for, and nothing else would take them to the agent."""
    caller = board.caller().press("0")
    accepted(board, caller, is_in_the_queue=False)
    board.forward(1)
    assert fetched(board, caller) == 1
    assert "<Conference" in board.follow(caller).document


def test_who_was_just_fetched_is_not_fetched_again_by_a_second_look(board: Board) -> None:
    caller = board.caller().press("0")
    board.carrier.queued.add(caller.sid)
    accepted(board, caller, is_in_the_queue=True)
    with board.store.transaction() as session:
        waits.connect(session, board.wait, board.clock.now())
    board.work()
    assert fetched(board, caller) == 1
