"""The rounds: one telephone after another, until somebody accepts, whatever dies on the way."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from ivr.aftersales import cases, tasks
from ivr.aftersales.life import Channel, UrgentKind
from ivr.clock import MovableClock
from ivr.errors import CarrierUnclear
from ivr.store.jobs import JobKind
from ivr.store.session import Store
from ivr.store.tables import Agent, Case, Leg, Task, Wait
from ivr.switchboard import queue, ringing
from ivr.switchboard.presence import Presence
from tests.board import Board, open_board
from tests.carrier.oracle import Context
from tests.conftest import SANTIAGO
from tests.line import KNOWN, TestCall

ANA = "+56911111111"
BRUNO = "+56922222222"
BACKUP = "+56922223333"
NIGHT = datetime(2026, 11, 25, 3, 0, tzinfo=SANTIAGO)


@pytest.fixture
def board(either_store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Board]:
    with open_board(either_store, tmp_path, clock) as opened:
        yield opened


def urgency(board: Board) -> Case:
    """An urgent case of the console, without any caller."""
    with board.store.transaction() as session:
        case = cases.open_urgent(
            session, UrgentKind.GAS, Channel.WEB, now=board.clock.now(), by="api", contacts=[KNOWN]
        )
        queue.start_rounds(session, case, now=board.clock.now())
    return case


def unanswered(board: Board) -> str:
    """The telephone that rings is not answered; its number."""
    rung = board.rings()
    rung.ends("no-answer")
    board.work()
    return rung.request.to


def test_an_urgency_from_the_console_is_rung_at_once(board: Board) -> None:
    board.clock.set(NIGHT)
    board.agent("Ana", ANA, is_=Presence.OFFLINE, level=1)

    urgency(board)
    board.work()

    assert board.rings().answer().hears("fuga de gas")


def test_rounds_go_on_and_last_a_minute_each(board: Board) -> None:
    board.clock.set(NIGHT)
    board.agent("Ana", ANA, is_=Presence.OFFLINE, level=1)
    board.agent("Bruno", BRUNO, is_=Presence.AWAY, level=2)
    urgency(board)
    board.work()

    for round_number in range(1, 6):
        assert [unanswered(board), unanswered(board)] == [ANA, BRUNO]
        board.forward(50)
        assert board.is_quiet()
        assert board.wait.round == round_number
        board.forward(10)


def test_the_supervisor_is_texted_after_three_rounds_and_then_every_ten_minutes(board: Board) -> None:
    board.clock.set(NIGHT)
    board.agent("Ana", ANA, is_=Presence.OFFLINE, level=1)
    urgency(board)
    board.work()

    for _ in range(3):
        assert board.texts == []
        unanswered(board)
        board.forward(61)
    board.forward(5)
    assert len(board.texts) == 1
    for _ in range(9):
        unanswered(board)
        board.forward(61)
    assert len(board.texts) == 1
    unanswered(board)
    board.forward(61)
    assert len(board.texts) == 2
    assert [task.kind for task in board.rows(Task)] == ["urgent_unacknowledged"]


def test_an_empty_list_is_told_at_once_and_the_backup_number_rung(board: Board) -> None:
    board.clock.set(NIGHT)
    board.agent("Ana", ANA)

    case = urgency(board)
    board.work()

    assert len(board.texts) == 1
    rung = board.rings()
    assert rung.request.to == BACKUP
    rung.answer().press("1")
    with board.store.reading() as session:
        assert session.get_one(Case, case.id).acknowledged_by == "respaldo"


def test_the_backup_number_is_rung_again_and_again(board: Board) -> None:
    urgency(board)
    board.work()
    unanswered(board)

    board.forward(61)

    assert unanswered(board) == BACKUP


def test_a_second_urgency_does_not_wait_for_the_first_ones_round(board: Board) -> None:
    board.clock.set(NIGHT)
    board.agent("Ana", ANA, is_=Presence.OFFLINE, level=1)
    board.agent("Bruno", BRUNO, is_=Presence.OFFLINE, level=2)
    urgency(board)
    board.work()
    first = board.rings()

    urgency(board)
    board.work()

    assert {first.request.to, board.rings().request.to} == {ANA, BRUNO}


def test_a_standard_caller_leaves_the_agent_to_the_urgency(board: Board) -> None:
    board.agent("Ana", ANA)
    board.caller(KNOWN, "0")
    urgency(board)

    board.work()

    assert board.rings().answer().hears("Urgencia")


def test_who_waits_longest_is_served_first(board: Board) -> None:
    ana = board.agent("Ana", ANA, is_=Presence.TALKING)
    callers = []
    for number in ("+56955550001", "+56955550002", "+56955550003"):
        callers.append(board.caller(number, "0"))
        board.forward(1)

    for caller in callers:
        board.becomes(ana, Presence.AVAILABLE)
        board.work()
        rung = board.rings()
        agent = rung.answer().press("1")
        board.work()
        board.follow(caller)
        assert caller.waits_for.tag == "Dial"
        for call in (caller, agent):
            call.ask(call.waits_for.attrib["action"], DialCallStatus="answered")
        rung.ends("completed")

    assert [wait.state for wait in board.rows(Wait)] == ["served"] * 3


def test_who_has_passed_is_rung_for_the_next_caller_once_their_call_is_over(board: Board) -> None:
    """Their telephone is busy until then, which is no call missed."""
    board.agent("Ana", ANA)
    board.caller("+56955550001", "0")
    board.forward(1)
    board.caller("+56955550002", "0")
    rung = board.rings()
    rung.answer().press("2")

    board.work()

    assert board.is_quiet()
    rung.ends("completed")
    board.work()
    board.rings()
    first, second = board.rows(Wait)
    assert [leg.wait_id for leg in board.rows(Leg)] == [first.id, second.id]


def test_an_acknowledged_case_stops_the_rounds(board: Board) -> None:
    board.clock.set(NIGHT)
    board.agent("Ana", ANA, is_=Presence.OFFLINE, level=1)
    case = urgency(board)
    board.work()
    rung = board.rings()

    with board.store.transaction() as session:
        locked = cases.lock(session, case.id)
        cases.acknowledge(session, locked, "Bruno", now=board.clock.now())
        queue.stop_rounds_if_settled(session, locked, now=board.clock.now())
    board.forward(120)

    assert board.carrier.hung_up == [rung.sid]
    assert board.is_quiet()
    assert board.wait.state == "served"


def test_a_case_that_was_acknowledged_elsewhere_is_found_by_the_next_look(board: Board) -> None:
    board.clock.set(NIGHT)
    board.agent("Ana", ANA, is_=Presence.OFFLINE, level=1)
    case = urgency(board)
    board.work()
    with board.store.transaction() as session:
        cases.acknowledge(session, cases.lock(session, case.id), "Bruno", now=board.clock.now())

    unanswered(board)

    assert board.wait.state == "served"


def test_a_callback_that_somebody_did_by_hand_is_not_rung_for(board: Board) -> None:
    ana = board.agent("Ana", ANA, is_=Presence.TALKING)
    call = board.caller(KNOWN, "0")
    with board.store.transaction() as session:
        session.merge(board.wait).pressed = "1"
    call.leave_queue().press("1")
    with board.store.transaction() as session:
        tasks.done(session, session.merge(board.rows(Task)[0]), "Bruno", board.clock.now())

    board.becomes(ana, Presence.AVAILABLE)
    board.work()

    assert board.is_quiet()
    assert board.wait.state == "served"


def test_a_number_that_the_carrier_refuses_is_followed_by_the_next(board: Board) -> None:
    board.agent("Ana", ANA)
    board.agent("Bruno", BRUNO)
    board.carrier.refuses.add(ANA)
    board.caller(KNOWN, "0")

    board.work()

    assert board.rings().request.to == BRUNO
    assert board.leg_states() == ["failed", "ringing"]


def test_no_agent_is_rung_in_a_country_that_the_operator_has_not_listed(board: Board) -> None:
    """Not even one who was taken in when the country was listed."""
    anne = board.agent("Anne", ANA)
    with board.store.transaction() as session:
        session.get_one(Agent, anne).phone = "+33612345678"
    board.caller(KNOWN, "0")

    board.work()

    assert board.is_quiet()


def test_a_process_that_dies_before_it_dials_loses_nobody(board: Board) -> None:
    board.agent("Ana", ANA)
    board.caller(KNOWN, "0")
    with board.store.transaction() as session:
        ringing._look(session, board.wait.id, board.context.settings, board.clock.now())
    assert board.is_quiet()

    board.work()

    assert board.rings().request.to == ANA
    assert board.leg_states() == ["ringing"]


def test_a_lost_answer_of_the_carrier_rings_nobody_twice(board: Board) -> None:
    board.agent("Ana", ANA)
    board.caller(KNOWN, "0")
    board.carrier.loses_answers = 1
    with pytest.raises(CarrierUnclear):
        ringing.ring(board.context, board.wait.id)
    assert len(board.carrier.placed) == 1

    board.forward(16)

    rung = board.rings()
    rung.answer().press("1")
    assert board.leg_states() == ["accepted"]


def test_a_telephone_of_which_no_news_comes_is_given_up(board: Board) -> None:
    board.agent("Ana", ANA)
    board.agent("Bruno", BRUNO)
    board.caller(KNOWN, "0")
    board.work()
    silent = board.rings()

    board.forward(46)

    assert board.rings().request.to == BRUNO
    assert board.carrier.hung_up == [silent.sid]
    assert board.leg_states() == ["no_answer", "ringing"]


def test_jobs_asked_for_twice_do_no_harm(board: Board) -> None:
    board.agent("Ana", ANA)
    board.agent("Bruno", BRUNO)
    board.caller(KNOWN, "0")

    for _ in range(3):
        ringing.ring(board.context, board.wait.id)

    assert len(board.carrier.placed) == 1


def test_a_stale_message_of_the_broker_does_nothing(board: Board) -> None:
    board.agent("Ana", ANA)
    board.caller(KNOWN, "0")
    stale = board.take(JobKind.RING)
    board.work()

    assert board.take(JobKind.RING).version != stale.version
    assert len(board.carrier.placed) == 1


def test_a_kept_place_is_rung_for_in_office_hours_only(board: Board) -> None:
    ana = board.agent("Ana", ANA, is_=Presence.TALKING)
    caller = board.caller(KNOWN, "0")
    TestCall(caller.line, caller.from_, caller.to, sid=caller.sid).ask(
        caller.waits_for.attrib["waitUrl"], Context.QUEUE_WAIT, QueueTime="10", Digits="1"
    )
    caller.leave_queue().press("1")
    board.hang_up(caller)
    board.clock.set(datetime(2026, 11, 24, 23, 0, tzinfo=SANTIAGO))

    board.becomes(ana, Presence.AVAILABLE)
    board.work()
    assert board.is_quiet()

    board.clock.set(datetime(2026, 11, 25, 9, 0, tzinfo=SANTIAGO))
    board.work()
    assert board.rings().request.to == ANA
