"""In the call: hold, transfers, a technician, a supervisor, the recording, and what is said of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.aftersales import cases
from ivr.aftersales.carrier import Seat
from ivr.aftersales.life import Channel, UrgentKind
from ivr.clock import MovableClock
from ivr.errors import CarrierUnclear, Conflict, Invalid
from ivr.store.session import Store
from ivr.store.tables import Agent, CallRow, CaseEvent, Guest, Leg, Wait
from ivr.switchboard import (
    guests,
    holding,
    queue,
    talks,
    taping,
    technicians,
    transfers,
    wrapping_up,
)
from ivr.switchboard.agent_fields import Skill
from ivr.switchboard.guests import GuestState
from ivr.switchboard.presence import Presence
from ivr.switchboard.wrapping_up import Result
from tests.board import Board, open_board
from tests.carrier.oracle import Context, check_twiml
from tests.line import KNOWN, PUBLIC_URL
from tests.switchboard.parties import BRUNO, OUTSIDE, Party, Scene, agent_of, do, room, talk_of

MUSIC = f"{PUBLIC_URL}/voice/hold#rc=5&rp=5xx,ct,rt"


@pytest.fixture
def board(either_store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Board]:
    with open_board(either_store, tmp_path, clock) as opened:
        yield opened


def test_an_owner_on_hold_hears_music_until_they_are_taken_back(board: Board) -> None:
    it = talk_of(board)

    it.do(holding.hold)
    assert it.seat(it.owner) == Seat(hold_url=MUSIC)
    assert it.leg.hold == "held"

    do(it, holding.take_back)
    assert it.seat(it.owner) == Seat()
    assert it.leg.hold is None


def test_what_is_heard_on_hold_goes_round(board: Board) -> None:
    it = talk_of(board)

    heard = board.line.post("/voice/hold", it.owner.form()).text

    check_twiml(heard, Context.CONFERENCE_WAIT)
    assert "en espera" in heard
    assert "/voice/hold</Redirect>" in heard.replace("#rc=5&amp;rp=5xx,ct,rt", "")


def test_an_owner_who_is_not_in_the_room_yet_is_held_once_they_are(board: Board) -> None:
    it = talk_of(board)
    board.carrier.absent.add(it.owner.sid)
    it.do(holding.hold)
    assert it.leg.hold == "holding"

    board.carrier.absent.clear()
    board.forward(2)

    assert it.leg.hold == "held"


def test_a_request_whose_answer_was_lost_is_made_again(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    it = talk_of(board)
    with monkeypatch.context() as broken:

        def lost(*_: object) -> None:
            raise CarrierUnclear("no answer")

        broken.setattr(board.carrier, "seat", lost)
        it.do(holding.hold)
    assert it.leg.hold == "holding"

    board.forward(5)

    assert it.leg.hold == "held"


def test_nobody_is_held_where_nobody_talks(board: Board) -> None:
    it = talk_of(board)
    it.leaves("owner")

    with pytest.raises(Conflict, match="nobody talks"):
        it.do(holding.hold)


def test_blindly_handed_to_a_colleague_who_is_rung_first(board: Board) -> None:
    it = talk_of(board)
    before = it.wait.since

    do(it, transfers.to_agent, agent_of(it, "sara"))

    assert board.rings().request.to == agent_of(it, "sara").phone
    assert it.is_moved_to(it.owner, "waiting.again")
    assert it.is_moved_to(it.agent.call, "agent.talked")
    assert it.seat(it.agent.call) == Seat(ends=False)
    assert (it.wait.state, it.wait.since, it.wait.id) == ("waiting", before, 1)
    assert board.presence_of(it.ids["ana"]) == "wrap_up"


def test_whoever_is_handed_on_waits_again_and_is_taken_by_the_next(board: Board) -> None:
    it = talk_of(board)
    do(it, transfers.to_agent, agent_of(it, "sara"))
    sara = board.rings()

    assert board.follow(it.owner).waits_for.tag == "Enqueue"
    assert it.owner.hears("otra persona")
    board.carrier.queued.add(it.owner.sid)
    sara.ends("no-answer")
    board.work()
    taken = board.rings()
    assert taken.request.to == BRUNO
    answered = taken.answer().press("1")
    board.work()

    assert room(board.follow(it.owner)) == room(answered)
    assert it.wait.agent_id == it.ids["bruno"]


def test_a_colleague_who_is_away_is_handed_nobody(board: Board) -> None:
    it = talk_of(board)
    board.becomes(it.ids["sara"], Presence.AWAY)

    with pytest.raises(Conflict, match="not available"):
        do(it, transfers.to_agent, agent_of(it, "sara"))
    assert it.wait.state == "talking"


def test_blindly_handed_to_whoever_has_the_skill(board: Board) -> None:
    it = talk_of(board)
    with board.store.transaction() as session:
        session.get_one(Agent, it.ids["bruno"]).skills = ["standard"]
        session.get_one(Agent, it.ids["sara"]).skills = ["urgent"]

    do(it, transfers.to_queue, Skill.URGENT)

    assert board.rings().request.to == agent_of(it, "sara").phone


def test_blindly_handed_to_a_number_outside(board: Board) -> None:
    it = talk_of(board)

    rung = it.ask("outside")
    assert rung.request.to == OUTSIDE
    assert it.seat(it.owner) == Seat(hold_url=MUSIC)
    assert it.is_moved_to(it.agent.call, "agent.talked")
    call = rung.answer()
    assert call.hears("postventa")
    call.press("1")
    board.work()

    assert room(call) == room(it.owner)
    assert call.hears("quedará grabada")
    assert it.seat(it.owner) == Seat()
    assert it.guest("outside").state == GuestState.PRESENT


@pytest.mark.parametrize("phone", ["+33612345678", "+56600600500", "133", "sip:ana@example.com"])
def test_nobody_is_handed_to_a_number_that_may_not_be_dialled(board: Board, phone: str) -> None:
    it = talk_of(board)

    with pytest.raises(Invalid):
        do(it, transfers.to_number, phone)

    assert it.wait.state == "talking"
    assert board.presence_of(it.ids["ana"]) == "talking"
    assert board.is_quiet()


def test_a_colleague_who_is_consulted_hears_who_asks_and_why(board: Board) -> None:
    it = talk_of(board)

    call = it.ask("colleague").answer()

    assert call.hears("Le consulta Ana")
    assert call.hears("Pide un plano")
    assert it.leg.hold == "held"
    call.press("1")
    board.work()
    assert room(call) == room(it.owner)
    assert it.seat(it.agent.call) == Seat(ends=False)
    assert board.presence_of(it.ids["bruno"]) == "talking"


def test_a_consultation_is_completed_and_the_colleague_has_the_owner(board: Board) -> None:
    it = talk_of(board)
    call = it.bring("colleague")

    do(it, transfers.complete)

    assert it.wait.agent_id == it.ids["bruno"]
    assert (board.presence_of(it.ids["ana"]), board.presence_of(it.ids["bruno"])) == ("wrap_up", "talking")
    assert it.is_moved_to(it.agent.call, "agent.talked")
    assert board.follow(it.agent.call).over
    assert it.seat(it.owner) == Seat()
    assert it.seat(call) == Seat(ends=True)
    assert it.leg.room == room(it.owner)
    assert it.leg.hold is None

    it.closes(call)  # the owner has hung up
    it.leaves("owner")
    assert (it.wait.state, board.presence_of(it.ids["bruno"])) == ("served", "wrap_up")


def test_a_consultation_is_taken_back(board: Board) -> None:
    it = talk_of(board)
    it.bring("colleague")

    do(it, holding.take_back)

    assert it.is_hung_up("colleague")
    assert it.guest("colleague").state == GuestState.CALLED_OFF
    assert it.seat(it.owner) == Seat()
    assert it.seat(it.agent.call) == Seat()
    assert board.presence_of(it.ids["bruno"]) == "wrap_up"


def test_a_consultation_without_the_colleague_cannot_be_completed(board: Board) -> None:
    it = talk_of(board)
    it.ask("colleague")

    with pytest.raises(Conflict, match="no colleague"):
        do(it, transfers.complete)


@pytest.mark.parametrize(
    ("answer", "state"), [("2", GuestState.DECLINED), ("", GuestState.NO_KEY), (None, GuestState.BUSY)]
)
def test_a_colleague_who_does_not_come_is_free_again(
    board: Board, answer: str | None, state: GuestState
) -> None:
    it = talk_of(board)
    rung = it.ask("colleague")
    if answer is None:
        rung.ends("busy")
    elif answer:
        rung.answer().press(answer)
    else:
        rung.answer().silence()
    board.work()

    assert it.guest("colleague").state == state
    assert board.presence_of(it.ids["bruno"]) == "available"
    assert it.leg.hold == "held"  # the agent takes them back


def test_a_telephone_that_is_taken_is_not_asked(board: Board) -> None:
    it = talk_of(board)
    it.ask("supervisor")

    with pytest.raises(Conflict, match="cannot be rung"):
        do(it, transfers.consult, agent_of(it, "sara"))


def test_a_technician_talks_with_both_until_they_are_dismissed(board: Board) -> None:
    it = talk_of(board)

    call = it.bring("technician")

    assert room(call) == room(it.owner)
    assert it.leg.hold is None
    assert it.seat(it.agent.call) == Seat(ends=False)
    do(it, technicians.dismiss)
    assert it.is_hung_up("technician")
    assert it.seat(it.agent.call) == Seat()


def test_the_rung_owner_of_a_callback_is_held_and_handed_on_too(board: Board) -> None:
    ana = board.agent("Ana", "+56911111111", level=1)
    with board.store.transaction() as session:
        case = cases.open_urgent(
            session, UrgentKind.GAS, Channel.WEB, now=board.clock.now(), by="api", contacts=[KNOWN]
        )
        queue.start_rounds(session, case, now=board.clock.now())
    board.work()
    agent = board.rings()
    agent_call = agent.answer().press("1")
    board.work()
    owner = board.rings().answer()
    board.agent("Bruno", BRUNO)
    it = Scene(board, owner, Party(agent_call, agent), {"ana": ana, "bruno": 2})

    it.do(holding.hold)
    assert it.seat(owner) == Seat(hold_url=MUSIC)
    with pytest.raises(Conflict, match="not recorded"):
        it.do(taping.pause)
    do(it, transfers.to_queue, Skill.STANDARD)

    assert board.follow(owner).hears("quedará grabada")
    board.carrier.queued.add(owner.sid)
    assert len(board.rows(Wait)) == 2
    assert board.rings().request.to == BRUNO
    board.hang_up(owner)
    assert it.wait.in_queue is False


def test_result_and_note_are_written_and_the_wrap_up_is_over(board: Board) -> None:
    it = talk_of(board)
    it.leaves("owner")
    it.closes(it.agent.call)
    assert board.presence_of(it.ids["ana"]) == "wrap_up"

    with board.store.transaction() as session:
        wrapping_up.wrap_up(
            session,
            session.get_one(Agent, it.ids["ana"]),
            Result.SOLVED,
            "Todo claro.",
            now=board.clock.now(),
        )

    assert board.presence_of(it.ids["ana"]) == "available"
    leg = board.rows(Leg)[0]
    assert (leg.result, leg.note) == ("solved", "Todo claro.")
    assert board.rows(CaseEvent) == []


def test_nobody_writes_up_a_talk_that_goes_on(board: Board) -> None:
    it = talk_of(board)
    with board.store.transaction() as session, pytest.raises(Conflict):
        wrapping_up.wrap_up(
            session, session.get_one(Agent, it.ids["ana"]), Result.OTHER, now=board.clock.now()
        )


@pytest.mark.parametrize("pressed", [(), ("1",)])
def test_a_guest_who_answers_or_presses_when_the_talk_is_over_hears_that_nobody_needs_them(
    board: Board, pressed: tuple[str, ...]
) -> None:
    it = talk_of(board)
    rung = it.ask("technician")
    if pressed:
        call = rung.answer()
        it.leaves("owner")
        call.press(*pressed)
    else:
        it.leaves("owner")
        call = rung.answer()
    assert call.hears("Esta llamada ya terminó")
    assert call.over
    assert it.guest("technician").state == GuestState.CALLED_OFF


def test_a_guest_whose_telephone_the_carrier_refuses_does_not_come(board: Board) -> None:
    it = talk_of(board)
    board.carrier.refuses.add("+56955555555")
    with board.store.transaction() as session:
        talk = talks.of_agent(session, it.ids["ana"])
        technicians.invite(
            session, talk, "+56955555555", settings=board.context.settings, now=board.clock.now()
        )
    board.work()

    assert it.guest("technician").state == GuestState.FAILED


def test_a_process_that_dies_before_it_rings_a_guest_loses_nobody(board: Board) -> None:
    it = talk_of(board)
    board.carrier.loses_answers = 1
    with board.store.transaction() as session:
        talk = talks.of_agent(session, it.ids["ana"])
        technicians.invite(
            session, talk, "+56955555555", settings=board.context.settings, now=board.clock.now()
        )
    board.work()
    board.forward(20)

    assert len([row for row in board.rows(CallRow) if row.purpose == guests.PURPOSE]) == 1
    assert len(board.carrier.placed) == 2
    board.rings().answer().press("1")
    assert [guest.state for guest in board.rows(Guest)] == [GuestState.PRESENT]
