"""The agent's telephone: who is waiting, taking, passing, missing, and what happens when anybody hangs up."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import CaseEvent, Task
from ivr.switchboard.presence import Presence
from tests.board import Board, open_board
from tests.conftest import SANTIAGO
from tests.line import KNOWN, TestCall
from tests.making import make_home, make_project

ANA = "+56911111111"
BRUNO = "+56922222222"
CARLA = "+56933333333"
AT_THREE = datetime(2026, 9, 18, 3, 0, tzinfo=SANTIAGO)


@pytest.fixture
def board(either_store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Board]:
    with open_board(either_store, tmp_path, clock) as opened:
        yield opened


def room(call: TestCall) -> str:
    """The conference that the call is in."""
    conference = call.waits_for.find("Conference")
    assert conference is not None
    assert conference.text
    return conference.text


def taken(board: Board) -> tuple[TestCall, TestCall]:
    """A caller and an agent who talk."""
    caller = board.caller(KNOWN, "0")
    board.work()
    agent = board.rings().answer().press("1")
    board.work()
    board.follow(caller)
    return caller, agent


def leave_room(call: TestCall) -> TestCall:
    """The conference is over for this call."""
    return call.ask(call.waits_for.attrib["action"], DialCallStatus="answered")


def test_caller_and_agent_meet_in_one_room(board: Board) -> None:
    ana = board.agent("Ana", ANA)

    caller, agent = taken(board)

    assert room(caller) == room(agent)
    assert board.wait.state == "talking"
    assert board.presence_of(ana) == "talking"
    assert KNOWN.strip("+") not in room(caller)


def test_the_agent_hears_hazard_project_apartment_and_case_before_saying_hello(board: Board) -> None:
    with board.store.transaction() as session:
        make_home(session, make_project(session))
    board.agent("Ana", ANA, level=1)
    board.caller(KNOWN, "1", "1", "101#", "1", "1204#", "1")
    board.work()

    agent = board.rings().answer()

    said = " ".join(agent.heard)
    assert "fuga de agua" in said
    assert "Los Aromos" in said
    assert "doce cero cuatro" in said
    assert "Solicitud" in said
    assert "marque uno" in said


def test_two_passes_to_the_next_agent_at_once(board: Board) -> None:
    ana, bruno = board.agent("Ana", ANA), board.agent("Bruno", BRUNO)
    board.caller(KNOWN, "0")
    board.work()

    board.rings().answer().press("2")
    board.work()

    assert board.rings().request.to == BRUNO
    assert board.leg_states() == ["passed", "ringing"]
    assert (board.presence_of(ana), board.presence_of(bruno)) == ("available", "ringing")


def test_no_key_passes_so_that_no_voicemail_takes_a_caller(board: Board) -> None:
    board.agent("Ana", ANA)
    board.agent("Bruno", BRUNO)
    board.caller(KNOWN, "0")
    board.work()

    agent = board.rings().answer()
    assert agent.waits_for.get("timeout") == "10"
    agent.silence()
    board.work()

    assert agent.over
    assert board.rings().request.to == BRUNO
    assert board.leg_states() == ["no_key", "ringing"]


def test_the_star_says_again_who_is_waiting(board: Board) -> None:
    board.agent("Ana", ANA)
    board.caller(KNOWN, "0")
    board.work()
    agent = board.rings().answer()
    heard = agent.heard

    assert agent.press("*").heard == heard


def test_zero_on_the_agents_telephone_is_no_operator(board: Board) -> None:
    board.agent("Ana", ANA)
    board.caller(KNOWN, "0")
    board.work()

    agent = board.rings().answer().press("0")

    assert agent.hears("Esa opción no existe")
    assert agent.waits_for.tag == "Gather"


@pytest.mark.parametrize(
    ("status", "outcome"), [("busy", "busy"), ("no-answer", "no_answer"), ("failed", "failed")]
)
def test_a_telephone_that_is_not_answered_is_followed_by_the_next(
    board: Board, status: str, outcome: str
) -> None:
    board.agent("Ana", ANA)
    board.agent("Bruno", BRUNO)
    board.caller(KNOWN, "0")
    board.work()

    board.rings().ends(status)
    board.work()

    assert board.rings().request.to == BRUNO
    assert board.leg_states() == [outcome, "ringing"]


def test_two_standard_calls_missed_in_a_row_set_the_agent_away(board: Board) -> None:
    ana = board.agent("Ana", ANA)
    board.caller(KNOWN, "0")
    board.work()
    board.rings().ends("no-answer")
    assert board.presence_of(ana) == "available"
    board.forward(61)

    board.rings().ends("busy")

    assert board.presence_of(ana) == "away"


def test_after_the_talk_the_agent_is_in_wrap_up_for_a_minute(board: Board) -> None:
    ana = board.agent("Ana", ANA)
    caller, agent = taken(board)

    assert leave_room(caller).over
    leave_room(agent)

    assert board.wait.state == "served"
    assert board.presence_of(ana) == "wrap_up"
    board.forward(61)
    assert board.presence_of(ana) == "available"
    assert board.leg_states() == ["talked"]


def test_every_webhook_of_a_hand_over_may_come_twice(board: Board) -> None:
    ana = board.agent("Ana", ANA)
    caller, agent = taken(board)
    assert agent.again() == agent.document
    assert caller.again() == caller.document
    leave_room(agent)
    first = agent.document
    board.carrier.ended.add(agent.sid)
    agent.hang_up()
    agent.hang_up()

    assert agent.again() == first
    assert board.presence_of(ana) == "wrap_up"
    assert board.leg_states() == ["talked"]


def test_the_caller_who_is_gone_is_rung_by_one_key(board: Board) -> None:
    board.agent("Ana", ANA)
    caller = board.caller(KNOWN, "0")
    board.work()
    agent = board.rings().answer()
    board.hang_up(caller)
    board.work()
    assert board.carrier.hung_up == []

    agent.press("1")
    assert agent.hears("ya cortó")
    agent.press("1")
    board.work()

    owner = board.rings()
    assert owner.request.to == KNOWN
    assert room(owner.answer()) == room(agent)
    assert board.rows(Task)[0].state == "done"


def test_who_answers_just_after_the_caller_hung_up_may_ring_them(board: Board) -> None:
    ana = board.agent("Ana", ANA)
    caller = board.caller(KNOWN, "0")
    board.work()
    ringing = board.rings()
    board.hang_up(caller)

    agent = ringing.answer()
    board.work()

    assert agent.hears("ya cortó")
    assert board.carrier.hung_up == []
    agent.press("1")
    board.work()
    assert room(board.rings().answer()) == room(agent)
    ringing.ends("completed")
    assert board.presence_of(ana) == "wrap_up"


def test_who_hears_that_the_caller_is_gone_and_hangs_up_is_free(board: Board) -> None:
    ana = board.agent("Ana", ANA)
    caller = board.caller(KNOWN, "0")
    board.work()
    ringing = board.rings()
    ringing.answer()
    board.hang_up(caller)

    ringing.ends("completed")

    assert board.presence_of(ana) == "available"
    board.caller("+56955556666", "0")
    board.work()
    assert board.rings().request.to == ANA


def test_a_caller_who_hangs_up_on_the_way_to_the_talk_leaves_no_agent_alone(board: Board) -> None:
    board.agent("Ana", ANA)
    caller = board.caller(KNOWN, "0")
    board.work()
    agent = board.rings().answer().press("1")
    board.hang_up(caller)

    board.work()

    assert board.follow(agent).hears("ya cortó")
    assert board.wait.state == "gone"


def test_a_caller_whose_end_is_not_known_yet_is_found_to_be_gone(board: Board) -> None:
    board.agent("Ana", ANA)
    caller = board.caller(KNOWN, "0")
    board.work()
    agent = board.rings().answer().press("1")
    board.carrier.queued.clear()
    board.carrier.ended.add(caller.sid)

    board.work()
    board.forward(1)

    assert board.follow(agent).hears("ya cortó")


def test_the_queues_action_of_a_caller_who_was_taken_leads_to_the_talk(board: Board) -> None:
    board.agent("Ana", ANA)
    caller = board.caller(KNOWN, "0")
    action = caller.waits_for.attrib["action"]
    board.work()
    agent = board.rings().answer().press("1")
    board.work()

    caller.ask(action, QueueResult="leave")
    assert caller.document.count("<Redirect") == 1
    caller.ask(caller.xml[0].text or "")

    assert room(caller) == room(agent)


def test_an_agent_who_drops_before_the_caller_comes_is_replaced(board: Board) -> None:
    board.agent("Ana", ANA)
    board.agent("Bruno", BRUNO)
    caller = board.caller(KNOWN, "0")
    board.work()
    rung = board.rings()
    rung.answer().press("1")
    rung.ends("completed")

    board.work()

    assert board.leg_states() == ["dropped", "ringing"]
    second = board.rings()
    assert second.request.to == BRUNO
    agent = second.answer().press("1")
    board.work()
    assert room(board.follow(caller)) == room(agent)


def test_a_caller_who_comes_to_an_empty_room_is_led_back_to_the_queue(board: Board) -> None:
    board.agent("Ana", ANA)
    board.agent("Bruno", BRUNO)
    caller = board.caller(KNOWN, "0")
    board.work()
    rung = board.rings()
    rung.answer().press("1")
    board.work()
    board.follow(caller)
    rung.ends("completed")

    board.forward(6)
    board.follow(caller)

    assert caller.waits_for.tag == "Enqueue"
    assert caller.hears("Buscamos a otra persona")
    board.work()
    assert board.rings().request.to == BRUNO


def test_an_agent_does_not_stay_behind_in_an_empty_room(board: Board) -> None:
    ana = board.agent("Ana", ANA)
    caller, agent = taken(board)
    board.hang_up(caller)

    board.forward(6)

    assert board.follow(agent).over
    assert board.presence_of(ana) == "wrap_up"
    assert board.call_row(caller).outcome == "talked"


def test_an_urgency_at_three_in_the_morning_goes_on_without_its_caller(board: Board) -> None:
    board.clock.set(AT_THREE)
    for level, (name, phone) in enumerate([("Ana", ANA), ("Bruno", BRUNO), ("Carla", CARLA)], start=1):
        board.agent(name, phone, is_=Presence.OFFLINE, level=level)
    caller = board.caller(KNOWN, "1", "0")
    board.hang_up(caller)
    board.work()
    first = board.rings()
    assert first.request.to == ANA
    first.ends("no-answer")
    board.work()
    second = board.rings()
    assert second.request.to == BRUNO
    second.answer().press("2")
    board.work()

    third = board.rings()
    assert third.request.to == CARLA
    agent = third.answer()
    assert agent.hears("Urgencia")
    assert agent.hears("espera que la llamen")
    agent.press("1")
    board.work()

    assert (board.case.status, board.case.acknowledged_by) == ("attending", "Carla")
    owner = board.rings()
    assert owner.request.to == KNOWN
    assert room(owner.answer()) == room(agent)
    kinds = [event.kind for event in board.rows(CaseEvent)]
    assert kinds.count("acknowledged") == 1
    assert "handed_over" in kinds
    board.forward(3600)
    assert board.is_quiet()


def test_an_on_call_agent_goes_back_to_where_they_were(board: Board) -> None:
    board.clock.set(AT_THREE)
    ana = board.agent("Ana", ANA, is_=Presence.OFFLINE, level=1)
    board.caller(KNOWN, "1", "0")
    board.work()
    rung = board.rings()
    rung.answer().press("1")
    assert board.presence_of(ana) == "talking"

    rung.ends("completed")

    assert board.presence_of(ana) == "offline"


def test_an_urgent_caller_who_leaves_a_message_is_brought_to_the_agent_who_accepts(board: Board) -> None:
    board.agent("Ana", ANA, level=1)
    caller = board.caller(KNOWN, "1", "0")
    board.work()
    rung = board.rings()
    with board.store.transaction() as session:
        session.merge(board.wait).pressed = "2"
    board.carrier.queued.clear()
    caller.leave_queue()
    assert caller.waits_for.tag == "Record"

    agent = rung.answer().press("1")
    board.work()

    assert room(board.follow(caller)) == room(agent)


def test_an_owner_who_does_not_answer_may_be_rung_again(board: Board) -> None:
    board.clock.set(AT_THREE)
    board.agent("Ana", ANA, is_=Presence.OFFLINE, level=1)
    caller = board.caller(KNOWN, "1", "0")
    board.hang_up(caller)
    board.work()
    rung = board.rings()
    agent = rung.answer().press("1")
    board.work()
    board.rings().ends("no-answer")
    board.work()

    board.follow(agent)
    assert agent.hears("No contestan")
    board.forward(30)
    agent.press("1")
    board.work()
    board.rings().ends("busy")
    rung.ends("completed")

    [task] = [task for task in board.rows(Task) if task.kind == "callback"]
    assert (task.phone, task.state) == (KNOWN, "open")


def test_the_call_to_an_owner_ends_with_the_agent_who_wanted_it(board: Board) -> None:
    board.clock.set(AT_THREE)
    board.agent("Ana", ANA, is_=Presence.OFFLINE, level=1)
    caller = board.caller(KNOWN, "1", "0")
    board.hang_up(caller)
    board.work()
    rung = board.rings()
    rung.answer().press("1")
    board.work()
    owner = board.rings()

    rung.ends("completed")
    board.work()

    assert board.carrier.hung_up == [owner.sid]
    assert owner.answer().hears("se cortó")


def test_an_owner_does_not_stay_behind_when_the_agent_hangs_up_as_they_answer(board: Board) -> None:
    board.clock.set(AT_THREE)
    board.agent("Ana", ANA, is_=Presence.OFFLINE, level=1)
    caller = board.caller(KNOWN, "1", "0")
    board.hang_up(caller)
    board.work()
    rung = board.rings()
    rung.answer().press("1")
    board.work()
    owner = board.rings()
    owner.answer()

    rung.ends("completed")
    board.work()
    assert board.carrier.hung_up == []  # they may have talked: then the owner hears a goodbye just now

    board.forward(5)

    assert board.carrier.hung_up == [owner.sid]
    [task] = [task for task in board.rows(Task) if task.kind == "callback" and task.state == "open"]
    assert task.phone == KNOWN


def test_an_agent_whose_end_is_told_before_their_key_gets_nobody(board: Board) -> None:
    """The case is not attended by somebody who is gone, and the next one is rung at once."""
    board.agent("Ana", ANA)
    board.agent("Bruno", BRUNO)
    board.caller(KNOWN, "1", "0")
    board.work()
    rung = board.rings()
    agent = rung.answer()
    rung.ends("completed")

    agent.press("1")
    board.work()

    assert board.leg_states() == ["hung_up", "ringing"]
    assert (board.wait.state, board.case.status) == ("waiting", "open")
    assert board.rings().request.to == BRUNO


def test_who_answers_after_the_caller_was_taken_hears_so(board: Board) -> None:
    board.agent("Ana", ANA)
    board.agent("Bruno", BRUNO)
    board.caller(KNOWN, "0")
    board.work()
    slow = board.rings()
    board.forward(50)
    quick = board.rings()
    assert board.carrier.hung_up == [slow.sid]

    quick.answer().press("1")

    assert slow.answer().hears("ya no espera")


def test_of_two_who_press_one_only_one_is_connected(board: Board) -> None:
    board.agent("Ana", ANA)
    board.agent("Bruno", BRUNO)
    caller = board.caller(KNOWN, "0")
    board.work()
    slow = board.rings()
    board.forward(50)
    slow_call, quick_call = slow.answer(), board.rings().answer()

    slow_call.press("1")
    quick_call.press("1")
    board.work()

    assert slow_call.waits_for.tag == "Dial"
    assert quick_call.hears("ya no espera")
    assert room(board.follow(caller)) == room(slow_call)
    assert board.leg_states() == ["accepted", "late"]


def test_a_failure_on_an_agents_telephone_is_no_caller_in_the_queue(board: Board) -> None:
    board.agent("Ana", ANA)
    board.caller(KNOWN, "0")
    board.work()
    rung = board.rings()
    call = TestCall(board.line, rung.request.from_, rung.request.to, sid=rung.sid)
    call.ask(f"/voice/agent.nowhere?turn=0&token={rung.request.url.rpartition('=')[2]}")

    assert call.over
    assert len(board.rows(type(board.wait))) == 1
