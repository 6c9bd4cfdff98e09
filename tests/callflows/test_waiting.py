"""Somebody waits for a person: the keys, the words, and that nobody is forgotten."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from ivr.aftersales import cases
from ivr.aftersales.life import Channel
from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import CallRow, Recording, Task, Wait
from ivr.switchboard.presence import Presence
from tests.board import Board, open_board
from tests.carrier.oracle import Context
from tests.conftest import SANTIAGO
from tests.line import KNOWN, TestCall

ANA = "+56911111111"
BRUNO = "+56922222222"
ANONYMOUS = "anonymous"


@pytest.fixture
def board(sqlite_store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Board]:
    with open_board(sqlite_store, tmp_path, clock) as opened:
        yield opened


def in_queue(call: TestCall, seconds: int = 0, key: str = "") -> TestCall:
    """What the caller hears in the queue; the call itself stays in it."""
    queue = TestCall(call.line, call.from_, call.to, sid=call.sid)
    enqueue = call.waits_for
    more = {"Digits": key} if key else {}
    return queue.ask(enqueue.attrib["waitUrl"], Context.QUEUE_WAIT, QueueTime=str(seconds), **more)


def test_a_caller_who_asks_for_a_person_hears_the_notice_of_recording_and_waits(board: Board) -> None:
    board.agent("Ana", ANA)

    call = board.caller(KNOWN, "0")

    assert call.waits_for.tag == "Enqueue"
    assert call.hears("quedará grabada")
    assert board.wait.state == "waiting"
    assert board.wait.in_queue


def test_place_and_estimate_are_said_at_entry(board: Board) -> None:
    board.agent("Ana", ANA, is_=Presence.TALKING)
    board.caller(KNOWN, "0")

    second = in_queue(board.caller("+56955556666", "0"))

    assert second.hears("Antes de usted hay una persona")
    assert second.hears("unos ocho minutos")


def test_a_wait_that_grows_is_excused(board: Board) -> None:
    board.agent("Ana", ANA, is_=Presence.TALKING)
    call = board.caller(KNOWN, "0")

    assert not in_queue(call, 0).hears("Disculpe")
    assert in_queue(call, 200).hears("Disculpe, está tomando más")


def test_any_other_key_says_the_announcement_again_and_leaves_nothing(board: Board) -> None:
    board.agent("Ana", ANA, is_=Presence.TALKING)
    call = board.caller(KNOWN, "0")

    assert in_queue(call, 10, "7").hears("Usted es la próxima persona")
    assert board.wait.pressed is None


def test_the_first_key_keeps_the_place_and_rings_back_in_turn(board: Board) -> None:
    ana = board.agent("Ana", ANA, is_=Presence.TALKING)
    call = board.caller(KNOWN, "0")
    assert "<Leave" in in_queue(call, 10, "1").document

    call.leave_queue().press("1")

    assert call.hears("Le llamaremos al")
    assert call.over
    board.hang_up(call)
    assert (board.wait.state, board.wait.in_queue, board.wait.phone) == ("waiting", False, KNOWN)
    [task] = board.rows(Task)
    assert (task.kind, task.phone, task.state) == ("callback", KNOWN, "open")
    board.becomes(ana, Presence.AVAILABLE)
    board.work()
    agent_call = board.rings().answer()
    assert agent_call.hears("espera que la llamen")
    agent_call.press("1")
    board.work()
    owner = board.rings()
    assert owner.request.to == KNOWN
    talk = owner.answer()
    assert talk.waits_for.find("Conference").text == agent_call.waits_for.find("Conference").text
    assert board.rows(Task)[0].state == "done"


def test_no_telephone_rings_while_a_caller_says_where_to_be_called(board: Board) -> None:
    board.agent("Ana", ANA)
    call = board.caller(KNOWN, "0")
    board.work()
    ringing = board.rings()
    in_queue(call, 10, "1")

    call.leave_queue()
    board.work()

    assert board.carrier.hung_up == [ringing.sid]
    ringing.ends("no-answer")
    board.forward(30)
    assert board.is_quiet()
    call.press("1")
    board.work()
    assert board.rings().answer().hears("espera que la llamen")


def test_an_agent_who_takes_a_caller_who_is_just_saying_where_to_be_called_takes_nobody(board: Board) -> None:
    """Else the caller's place would be gone, and nobody would ring them in their turn."""
    board.agent("Ana", ANA)
    call = board.caller(KNOWN, "0")
    board.work()
    ringing = board.rings()
    agent = ringing.answer()
    in_queue(call, 10, "1")
    call.leave_queue()

    assert agent.press("1").hears("ya no espera")

    call.press("1")
    ringing.ends("completed")
    board.forward(60)
    assert board.wait.state == "waiting"
    assert board.rings().answer().hears("espera que la llamen")


def test_who_says_where_to_be_called_holds_up_nobody_behind_them(board: Board) -> None:
    ana = board.agent("Ana", ANA, is_=Presence.TALKING)
    first = board.caller(KNOWN, "0")
    board.forward(1)
    second = board.caller("+56955556666", "0")
    in_queue(first, 10, "1")
    first.leave_queue()

    board.becomes(ana, Presence.AVAILABLE)
    board.work()

    agent = board.rings().answer().press("1")
    board.work()
    board.follow(second)
    room = agent.waits_for.find("Conference").text
    assert second.waits_for.find("Conference").text == room


def test_a_message_is_a_task_with_its_recording(board: Board) -> None:
    board.agent("Ana", ANA, is_=Presence.TALKING)
    call = board.caller(KNOWN, "0")
    in_queue(call, 10, "2")

    call.leave_queue().record(seconds=12)

    assert call.hears("mensaje quedó grabado")
    [task] = board.rows(Task)
    assert (task.kind, task.phone) == ("voicemail", KNOWN)
    assert task.recording_id is not None
    assert board.wait.state == "left"


def test_an_empty_message_is_none(board: Board) -> None:
    board.agent("Ana", ANA, is_=Presence.TALKING)
    call = board.caller(KNOWN, "0")
    in_queue(call, 10, "2")

    call.leave_queue().record(seconds=0)

    assert call.hears("No se grabó")
    assert board.rows(Task) == []
    (recording,) = board.rows(Recording)
    assert recording.status == "dropped"


def test_the_star_leads_back_to_the_main_menu(board: Board) -> None:
    board.agent("Ana", ANA, is_=Presence.TALKING)
    call = board.caller(KNOWN, "0")
    in_queue(call, 10, "*")

    call.leave_queue()

    assert call.hears("Si es una urgencia, marque uno")
    assert board.wait.state == "left"


def test_after_the_longest_wait_silence_is_a_callback(board: Board) -> None:
    board.agent("Ana", ANA, is_=Presence.TALKING)
    call = board.caller(KNOWN, "0")
    assert "<Leave" in in_queue(call, 300).document

    call.leave_queue()
    assert call.hears("todavía nadie")
    call.silence()

    assert call.over
    [task] = board.rows(Task)
    assert (task.kind, task.phone) == ("callback", KNOWN)
    assert board.wait.state == "expired"


def test_nobody_present_offers_callback_and_message(board: Board) -> None:
    board.agent("Ana", ANA, is_=Presence.AWAY)

    call = board.caller(KNOWN, "0")

    assert call.hears("no hay nadie")
    assert call.hears("Para que le llamemos, marque uno")


def test_out_of_hours_the_main_menus_caller_hears_of_urgencies_first(board: Board) -> None:
    board.agent("Ana", ANA)
    board.clock.set(datetime(2026, 11, 24, 23, 0, tzinfo=SANTIAGO))

    call = board.caller(KNOWN, "0")

    assert call.hears("Si es una urgencia, marque uno")
    call.silence()
    assert call.hears("Para que le llamemos, marque uno")
    call.press("1", "1")
    [task] = board.rows(Task)
    assert task.due.astimezone(SANTIAGO) == datetime(2026, 11, 25, 9, 0, tzinfo=SANTIAGO)


def test_out_of_hours_one_at_the_main_menu_is_urgent(board: Board) -> None:
    board.clock.set(datetime(2026, 11, 24, 23, 0, tzinfo=SANTIAGO))

    call = board.caller(KNOWN, "0", "1")

    assert call.hears("agua potable")


def test_an_unusable_number_that_chooses_nothing_hears_so(board: Board) -> None:
    call = board.caller(ANONYMOUS, "0")

    call.silence()

    assert call.hears("No tenemos un número")
    assert board.rows(Task) == []


def test_zero_at_the_urgent_menu_makes_an_urgent_case_without_kind(board: Board) -> None:
    board.agent("Ana", ANA, level=1)

    call = board.caller(KNOWN, "1", "0")

    assert (board.case.priority, board.case.urgent_kind, board.case.status) == ("urgent", None, "open")
    assert call.hears("Su urgencia es la número")
    assert call.waits_for.tag == "Enqueue"
    assert board.wait.priority == "urgent"


def test_who_hangs_up_while_waiting_is_called_back(board: Board) -> None:
    board.agent("Ana", ANA)
    call = board.caller(KNOWN, "0")
    board.work()
    ringing = board.rings()

    board.hang_up(call)
    board.work()

    assert board.wait.state == "gone"
    assert board.carrier.hung_up == [ringing.sid]
    [task] = board.rows(Task)
    assert (task.kind, task.phone) == ("callback", KNOWN)
    assert board.call_row(call).outcome == "hung_up_waiting"


def test_leaving_the_queue_twice_gives_the_same_bytes(board: Board) -> None:
    board.agent("Ana", ANA, is_=Presence.TALKING)
    call = board.caller(KNOWN, "0")
    in_queue(call, 10, "1")
    call.leave_queue()

    assert call.again() == call.document
    assert len(board.rows(Task)) == 0


def test_a_redirected_queue_is_news_and_no_turn(board: Board) -> None:
    board.agent("Ana", ANA)
    call = board.caller(KNOWN, "0")

    told = TestCall(call.line, call.from_, call.to, sid=call.sid)
    told.ask(call.waits_for.attrib["action"], QueueResult="redirected")

    assert list(told.xml) == []
    assert board.wait.state == "waiting"


def test_whom_nobody_fetches_from_the_queue_comes_to_the_agent_by_themselves(board: Board) -> None:
    """However long the carrier cannot be asked to move them."""
    board.agent("Ana", ANA)
    call = board.caller(KNOWN, "0")
    board.work()
    agent = board.rings().answer().press("1")

    assert "<Leave" in in_queue(call, 45).document
    call.leave_queue()

    room = call.waits_for.find("Conference")
    assert call.hears("Ya le atienden")
    assert room is not None
    assert room.text == agent.waits_for.find("Conference").text
    assert board.wait.state == "talking"


def test_an_anonymous_caller_is_rung_at_their_cases_number_which_is_not_read_out(board: Board) -> None:
    with board.store.transaction() as session:
        case = cases.open_urgent(
            session, None, Channel.PHONE, now=board.clock.now(), by="owner", contacts=[KNOWN]
        )
        case_id = case.id
    call = board.caller(ANONYMOUS, "0")
    with board.store.transaction() as session:
        session.scalars(select(CallRow)).one().case_id = case_id

    call.silence()

    assert call.hears("al número de su solicitud")
    assert [(task.kind, task.phone) for task in board.rows(Task)] == [("callback", KNOWN)]


def test_who_calls_again_takes_up_the_place_they_kept(board: Board) -> None:
    ana = board.agent("Ana", ANA, is_=Presence.TALKING)
    first = board.caller(KNOWN, "0")
    in_queue(first, 10, "1")
    first.leave_queue().press("1")
    board.hang_up(first)
    kept = board.wait.id

    second = board.caller(KNOWN, "0")

    [wait] = board.rows(Wait)
    assert (wait.id, wait.in_queue, wait.phone) == (kept, True, None)
    assert [task.state for task in board.rows(Task)] == ["done"]
    first.hang_up()  # the carrier says it twice, and late
    board.becomes(ana, Presence.AVAILABLE)
    board.work()
    agent = board.rings().answer()
    assert not agent.hears("espera que la llamen")
    board.hang_up(second)
    assert [task.state for task in board.rows(Task)] == ["done", "open"]


def test_nobody_else_takes_up_a_kept_place(board: Board) -> None:
    board.agent("Ana", ANA, is_=Presence.TALKING)
    first = board.caller(KNOWN, "0")
    in_queue(first, 10, "1")
    first.leave_queue().press("1")
    board.hang_up(first)

    board.caller(ANONYMOUS, "0")
    board.caller("+56955556666", "0")

    assert [wait.phone for wait in board.rows(Wait)] == [KNOWN, None, None]


def test_no_time_is_estimated_where_nobody_is_there_to_serve(board: Board) -> None:
    board.clock.set(datetime(2026, 11, 25, 3, 0, tzinfo=SANTIAGO))
    board.agent("Ana", ANA, is_=Presence.OFFLINE, level=1)
    call = board.caller(KNOWN, "1", "0")

    heard = in_queue(call)

    assert heard.hears("Usted es la próxima persona")
    assert not heard.hears("minuto")
