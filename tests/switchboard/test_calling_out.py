"""An agent rings an owner by themselves: their own telephone first, then the owner's, and nobody else's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.clock import MovableClock
from ivr.errors import Conflict, Invalid
from ivr.store.session import Store
from ivr.store.tables import Agent, Task, Wait
from ivr.switchboard import calling_out, talks
from ivr.switchboard.presence import Presence
from tests.board import Board, open_board
from tests.line import KNOWN

ANA = "+56911111111"
BRUNO = "+56922222222"


@pytest.fixture
def board(either_store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Board]:
    with open_board(either_store, tmp_path, clock) as opened:
        yield opened


def ring(board: Board, agent_id: int, phone: str = KNOWN) -> Wait:
    with board.store.transaction() as session:
        agent = session.get_one(Agent, agent_id)
        settings = board.context.settings
        return calling_out.ring(session, agent, phone, settings=settings, now=board.clock.now())


def test_the_agents_telephone_rings_first_and_the_owners_on_their_key(board: Board) -> None:
    ana = board.agent("Ana", ANA)
    ring(board, ana)
    board.work()
    rung = board.rings()
    assert rung.request.to == ANA
    agent = rung.answer()
    assert agent.hears("marque uno")
    agent.press("1")
    board.work()
    owner = board.rings()
    assert owner.request.to == KNOWN
    owner.answer()
    assert board.presence_of(ana) == Presence.TALKING
    with board.store.transaction() as session:
        assert talks.of_agent(session, ana).wait.phone == KNOWN


def test_an_agent_who_does_not_answer_is_not_replaced_and_has_missed_nothing(board: Board) -> None:
    ana = board.agent("Ana", ANA)
    board.agent("Bruno", BRUNO)
    ring(board, ana)
    board.work()
    board.rings().ends("no-answer")
    board.forward(600)
    assert board.is_quiet()
    assert board.presence_of(ana) == Presence.AVAILABLE
    assert board.rows(Agent)[0].missed == 0
    assert board.wait.state == "left"
    assert board.rows(Task) == []


def test_an_owner_who_does_not_answer_leaves_no_new_task(board: Board) -> None:
    ana = board.agent("Ana", ANA)
    ring(board, ana)
    board.work()
    rung = board.rings()
    rung.answer().press("1")
    board.work()
    board.rings().ends("no-answer")
    board.work()
    rung.ends("completed")
    board.forward(60)
    assert board.is_quiet()
    assert board.rows(Task) == []
    assert board.presence_of(ana) == Presence.AVAILABLE


def test_who_is_away_can_ring_and_is_away_again_after_it(board: Board) -> None:
    ana = board.agent("Ana", ANA, is_=Presence.AWAY)
    ring(board, ana)
    board.work()
    rung = board.rings()
    rung.answer().press("1")
    board.work()
    board.rings().ends("busy")
    board.work()
    rung.ends("completed")
    assert board.presence_of(ana) == Presence.AWAY


def test_one_call_at_a_time(board: Board) -> None:
    ana = board.agent("Ana", ANA)
    ring(board, ana)
    with pytest.raises(Conflict):
        ring(board, ana)
    assert len(board.rows(Wait)) == 1


@pytest.mark.parametrize("phone", ["+56600123456", "+12025550123", "anonymous", "client:ana"])
def test_what_may_not_be_dialled_is_not(board: Board, phone: str) -> None:
    ana = board.agent("Ana", ANA)
    with pytest.raises(Invalid):
        ring(board, ana, phone)
    assert board.rows(Wait) == []


def test_a_carrier_that_refuses_leaves_the_agent_free(board: Board) -> None:
    ana = board.agent("Ana", ANA)
    board.carrier.refuses.add(ANA)
    ring(board, ana)
    board.work()
    assert board.presence_of(ana) == Presence.AVAILABLE
    assert board.wait.state == "left"


def test_a_call_that_comes_too_late_is_not_placed(board: Board) -> None:
    ana = board.agent("Ana", ANA)
    ring(board, ana)
    board.forward(121)
    assert board.is_quiet()
    assert board.presence_of(ana) == Presence.AVAILABLE
