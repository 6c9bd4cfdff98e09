"""Nobody makes the line ring a number again and again, or one that it must not ring."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import Agent, CallRow, Guest, Task
from ivr.switchboard import calling_out, dialling_guard, owners, placing, technicians, transfers
from ivr.switchboard.presence import Presence
from tests.board import Board, open_board
from tests.line import KNOWN
from tests.outgoing import OWNER, open_outgoing
from tests.switchboard.parties import OUTSIDE, TECHNICIAN, talk_of
from tests.switchboard.test_callbacks import OUTBOUND, kept

ANA = "+56911111111"
BACKUP = "+56600333444"
LIMITS = {"calls_per_number": 3, "calls_per_agent": 4, "callback_first": "owner", "outbound_number": OUTBOUND}


@pytest.fixture
def board(sqlite_store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Board]:
    with open_board(sqlite_store, tmp_path, clock, backup_number=BACKUP, **LIMITS) as opened:
        yield opened


def rung(board: Board, phone: str, times: int) -> None:
    """The line has called that number so often just now."""
    with board.store.transaction() as session:
        for number in range(times):
            session.add(
                CallRow(
                    sid=f"CA{phone}{number}",
                    direction="outbound",
                    purpose="owner",
                    from_number=OUTBOUND,
                    to_number=phone,
                    channel="phone",
                    status="completed",
                    started_at=board.clock.now(),
                    ended_at=board.clock.now(),
                )
            )


def fate(board: Board, phone: str) -> tuple[str, str | None]:
    """What became of the last call to that number."""
    calls: list[CallRow] = [call for call in board.rows(CallRow) if call.to_number == phone]
    return calls[-1].status, calls[-1].outcome


def rings_the_owner(board: Board, name: str = "Ana", phone: str = ANA) -> int:
    """An agent rings an owner by themselves; their id."""
    made = board.agent(name, phone)
    with board.store.transaction() as session:
        agent = session.get_one(Agent, made)
        calling_out.ring(session, agent, KNOWN, settings=board.context.settings, now=board.clock.now())
    board.work()
    return made


def test_an_owner_is_rung_so_often_a_day(board: Board) -> None:
    rung(board, KNOWN, 2)
    for name, phone in (("Ana", ANA), ("Bruno", "+56922222222")):
        rings_the_owner(board, name, phone)
        board.rings().answer().press("1")
        board.work()
        if name == "Ana":
            board.rings().ends("no-answer")
    assert board.is_quiet()
    assert fate(board, KNOWN) == (placing.FAILED, owners.UNREACHED)


def test_who_is_not_rung_any_more_today_costs_the_agent_nothing(board: Board) -> None:
    rung(board, KNOWN, 3)
    ana = rings_the_owner(board)
    leg = board.rings()
    agent = leg.answer()
    agent.press("1")
    board.work()
    assert board.is_quiet()
    assert fate(board, KNOWN) == (placing.FAILED, owners.UNREACHED)
    leg.ends("completed")
    board.forward(60)
    assert board.presence_of(ana) == Presence.AVAILABLE


def test_what_is_counted_is_the_same_on_every_database(
    store: Store, tmp_path: Path, clock: MovableClock
) -> None:
    with open_board(store, tmp_path, clock, **LIMITS) as board:
        rung(board, KNOWN, 3)
        with store.reading() as session:
            call = session.scalars(select(CallRow)).first()
            assert call is not None
            refused = dialling_guard.refusal(session, call, settings=board.context.settings, now=clock.now())
    assert refused == "day_full"


def test_yesterdays_calls_do_not_count(board: Board) -> None:
    rung(board, ANA, 4)
    board.forward(24 * 3600)
    rings_the_owner(board)
    assert board.rings().request.to == ANA


def test_a_callback_ends_as_a_task_like_any_other_that_reaches_nobody(board: Board) -> None:
    rung(board, KNOWN, 3)
    ana = kept(board)
    board.becomes(ana, Presence.AVAILABLE)
    board.work()
    assert board.is_quiet()
    assert fate(board, KNOWN) == (placing.FAILED, "day_full")
    assert [task.state for task in board.rows(Task)] == ["open"]


def test_an_agents_telephone_has_a_limit_of_its_own(board: Board) -> None:
    ana = board.agent("Ana", ANA)
    rung(board, ANA, 4)
    board.caller(KNOWN, "0")
    board.work()
    assert board.is_quiet()
    assert fate(board, ANA) == (placing.FAILED, "day_full")
    assert board.presence_of(ana) == Presence.AVAILABLE


def test_for_an_urgency_agents_are_rung_without_end(board: Board) -> None:
    board.agent("Ana", ANA)
    rung(board, ANA, 40)
    board.hang_up(board.caller(KNOWN, "1", "1"))
    board.work()
    assert board.rings().request.to == ANA


def test_the_backup_number_is_the_operators_own_choice(board: Board) -> None:
    rung(board, BACKUP, 40)
    board.hang_up(board.caller(KNOWN, "1", "1"))
    board.work()
    assert board.rings().request.to == BACKUP


@pytest.mark.parametrize(("ask", "phone"), [(transfers.to_number, OUTSIDE), (technicians.invite, TECHNICIAN)])
def test_nobody_is_brought_into_a_talk_more_often_than_that(
    board: Board, ask: Callable[..., Guest], phone: str
) -> None:
    it = talk_of(board)
    rung(board, phone, 3)
    it.do(ask, phone, settings=board.context.settings)
    assert fate(board, phone) == (placing.FAILED, "day_full")
    assert [guest.state for guest in board.rows(Guest)] == ["failed"]


def test_an_automated_call_is_tried_again_by_the_plan(
    sqlite_store: Store, tmp_path: Path, clock: MovableClock
) -> None:
    with open_outgoing(sqlite_store, tmp_path, clock) as life:
        rung(life, OWNER, life.context.settings.calls_per_number)
        life.inspected(True)
        assert life.carrier.placed == []
        assert fate(life, OWNER) == (placing.FAILED, "day_full")
        assert (life.plan.attempts, life.plan.state) == (1, "planned")


def test_a_country_that_is_not_listed_any_more_is_not_dialled(board: Board) -> None:
    ana = board.agent("Ana", ANA)
    with board.store.transaction() as session:
        agent = session.get_one(Agent, ana)
        agent.phone = "+12025550123"
        calling_out.ring(session, agent, KNOWN, settings=board.context.settings, now=board.clock.now())
    board.work()
    assert board.is_quiet()
    assert fate(board, "+12025550123") == (placing.FAILED, "not_dialled")
    assert board.presence_of(ana) == Presence.AVAILABLE
