"""Whoever keeps their place by telephone: who is rung first, and what happens if nobody answers."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import Agent, Task, TextRow, Wait
from ivr.switchboard.presence import Presence
from tests.board import Board, open_board
from tests.carrier.oracle import Context
from tests.line import KNOWN, TestCall

ANA = "+56911111111"
OUTBOUND = "+56600123456"


@pytest.fixture
def board(either_store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Board]:
    with open_board(either_store, tmp_path, clock) as opened:
        yield opened


@pytest.fixture
def owner_first(store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Board]:
    with open_board(store, tmp_path, clock, callback_first="owner", outbound_number=OUTBOUND) as opened:
        yield opened


def asks_to_be_called_back(board: Board, from_: str = KNOWN) -> None:
    """Somebody waits, presses ``1``, confirms their number and hangs up."""
    caller = board.caller(from_, "0")
    TestCall(caller.line, caller.from_, caller.to, sid=caller.sid).ask(
        caller.waits_for.attrib["waitUrl"], Context.QUEUE_WAIT, QueueTime="10", Digits="1"
    )
    caller.leave_queue().press("1")
    board.hang_up(caller)


def kept(board: Board) -> int:
    """A place that is kept while the only agent talks; the agent's id."""
    ana = board.agent("Ana", ANA, is_=Presence.TALKING)
    asks_to_be_called_back(board)
    board.work()
    assert board.is_quiet()
    return ana


def test_the_owner_is_rung_first_and_one_key_puts_them_at_the_head(owner_first: Board) -> None:
    board = owner_first
    ana = kept(board)
    since = board.wait.since
    board.becomes(ana, Presence.AVAILABLE)
    board.work()

    rung = board.rings()
    assert (rung.request.to, rung.request.from_) == (KNOWN, OUTBOUND)
    owner = rung.answer()
    assert owner.hears("como usted pidió")
    owner.press("1")
    assert owner.waits_for.tag == "Enqueue"
    assert owner.hears("quedará grabada")
    board.carrier.queued.add(owner.sid)
    board.work()
    agent = board.rings()
    agent.answer().press("1")
    board.work()

    assert board.follow(owner).waits_for.tag == "Dial"
    assert (board.wait.since, board.wait.phone) == (since, None)
    assert [task.state for task in board.rows(Task)] == ["done"]


def test_an_owner_who_does_not_answer_is_rung_again_by_the_plan_and_then_a_task(owner_first: Board) -> None:
    board = owner_first
    ana = kept(board)
    board.becomes(ana, Presence.AVAILABLE)
    board.work()
    for delay in (timedelta(minutes=30), timedelta(hours=4), timedelta(hours=24)):
        board.rings().ends("no-answer")
        board.forward(60)
        assert board.is_quiet()
        board.clock.forward(delay)
        board.work()
    board.rings().ends("no-answer")
    board.work()

    assert (board.wait.state, board.wait.attempts) == ("expired", 4)
    assert [task.state for task in board.rows(Task)] == ["open"]


def test_an_owner_who_needs_nobody_any_more_says_so(owner_first: Board) -> None:
    board = owner_first
    ana = kept(board)
    board.becomes(ana, Presence.AVAILABLE)
    board.work()

    rung = board.rings()
    rung.answer().press("2")
    rung.ends("completed")
    board.work()

    assert board.wait.state == "left"
    assert [task.state for task in board.rows(Task)] == ["done"]
    assert board.is_quiet()


def test_an_owner_who_presses_nothing_comes_to_no_queue_and_is_rung_again(owner_first: Board) -> None:
    board = owner_first
    ana = kept(board)
    board.becomes(ana, Presence.AVAILABLE)
    board.work()

    rung = board.rings()
    owner = rung.answer().silence().silence().silence()
    assert owner.over
    rung.ends("completed")
    board.work()

    assert (board.wait.state, board.wait.in_queue, board.wait.attempts) == ("waiting", False, 1)
    board.clock.forward(timedelta(minutes=31))
    board.work()
    assert board.rings().request.to == KNOWN


def test_a_process_that_dies_before_it_rings_the_owner_rings_them_once(owner_first: Board) -> None:
    board = owner_first
    ana = kept(board)
    board.carrier.loses_answers = 1
    board.becomes(ana, Presence.AVAILABLE)
    board.work()
    board.forward(20)

    assert len(board.carrier.placed) == 1
    assert board.wait.attempts == 1


def test_without_a_number_for_automated_calls_agents_go_first(
    store: Store, tmp_path: Path, clock: MovableClock
) -> None:
    with open_board(store, tmp_path, clock, callback_first="owner") as board:
        ana = kept(board)
        board.becomes(ana, Presence.AVAILABLE)
        board.work()

        assert board.rings().request.to == ANA


def test_an_agent_who_does_not_reach_the_owner_leaves_them_to_the_plan(board: Board) -> None:
    ana = kept(board)
    board.becomes(ana, Presence.AVAILABLE)
    board.work()
    rung = board.rings()
    rung.answer().press("1")
    board.work()
    board.rings().ends("no-answer")
    rung.ends("completed")
    board.work()

    first, again = board.rows(Wait)
    assert (first.state, again.state, again.attempts) == ("served", "waiting", 1)
    assert [task.state for task in board.rows(Task)] == ["done", "open"]
    board.forward(61)  # the wrap-up is over
    assert board.is_quiet()
    board.forward(30 * 60)
    assert board.rings().request.to == ANA


def test_a_number_keeps_one_place_only(board: Board) -> None:
    board.agent("Ana", ANA, is_=Presence.TALKING)
    asks_to_be_called_back(board)
    asks_to_be_called_back(board)

    waiting = [wait for wait in board.rows(Wait) if wait.state == "waiting"]
    assert len(waiting) == 1
    assert len([task for task in board.rows(Task) if task.state == "open"]) == 1


def test_who_misses_two_calls_is_away_and_told_so(board: Board) -> None:
    ana = board.agent("Ana", ANA)
    board.caller(KNOWN, "0")
    board.work()
    board.rings().ends("no-answer")
    board.forward(61)
    board.rings().ends("no-answer")
    board.work()

    assert board.presence_of(ana) == "away"
    (text,) = (text for text in board.rows(TextRow) if text.purpose == "agent_away")
    assert (text.phone, "ausente" in text.body) == (ANA, True)
    with board.store.reading() as session:
        assert session.get_one(Agent, ana).away_reason == "missed"
    board.becomes(ana, Presence.AVAILABLE)
    with board.store.reading() as session:
        assert session.get_one(Agent, ana).away_reason is None
