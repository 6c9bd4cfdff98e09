"""What happens at the same moment happens one after the other, on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import Agent, Leg, Wait
from ivr.switchboard import presence, ringing
from ivr.switchboard.presence import Presence
from tests.board import Board, open_board

CALLERS = [f"+5695555{number:04}" for number in range(6)]


@pytest.fixture
def board(store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Board]:
    with open_board(store, tmp_path, clock) as opened:
        yield opened


def test_of_agents_who_press_one_at_once_one_gets_the_caller(board: Board) -> None:
    for number in range(4):
        board.agent(f"Agent {number}", f"client:agent{number}")
    caller = board.caller(CALLERS[0], "0")
    board.work()
    rung = [board.rings()]
    for _ in range(3):
        board.forward(46)
        rung.append(board.rings())
    offered = [each.answer() for each in rung]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda call: call.press("1"), offered))
    board.work()

    winners = [call for call in offered if not call.hears("ya no espera")]
    assert len(winners) == 1
    assert sorted(leg.state for leg in board.rows(Leg)) == ["accepted", "late", "late", "late"]
    assert winners[0].waits_for.tag == "Dial"
    assert board.follow(caller).waits_for.tag == "Dial"
    talking = [agent for agent in board.rows(Agent) if agent.presence == Presence.TALKING]
    assert [agent.wait_id for agent in talking] == [board.wait.id]


def test_many_looks_at_once_ring_each_agent_for_one_caller_only(board: Board) -> None:
    for number in range(3):
        board.agent(f"Agent {number}", f"client:agent{number}")
    for caller in CALLERS:
        board.caller(caller, "0")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda wait: ringing.ring(board.context, wait.id), board.rows(Wait)))
    board.work()

    legs = board.rows(Leg)
    assert len({leg.agent_id for leg in legs}) == len(legs) == 3
    assert sorted(leg.wait_id for leg in legs) == [wait.id for wait in board.rows(Wait)][:3]


def test_whoever_is_left_is_rung_for_the_longest_waiting(board: Board) -> None:
    for number in range(3):
        board.agent(f"Agent {number}", f"client:agent{number}")
    for caller in CALLERS:
        board.caller(caller, "0")
    first, second, _, fourth = (wait.id for wait in board.rows(Wait)[:4])

    with board.line.store.reading() as session:
        all_free = ringing._People(list(presence.everybody(session)), office_open=True, levels=None)
        ringing.ring(board.context, first)
        ringing.ring(board.context, second)
        agent, _ = ringing._mine(session, session.get_one(Wait, fourth), all_free)

    assert agent is None


def test_a_caller_who_hangs_up_while_an_agent_accepts_leaves_nobody_in_between(board: Board) -> None:
    board.agent("Ana", "client:ana")
    caller = board.caller(CALLERS[0], "0")
    board.work()
    agent = board.rings().answer()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda do: do(), [lambda: agent.press("1"), lambda: board.hang_up(caller)]))
    board.work()

    assert board.wait.state == "gone"
    if not agent.hears("ya cortó"):
        board.follow(agent)
    assert agent.hears("ya cortó")
