"""Who hears a talk besides: a supervisor, and the recording."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.aftersales.carrier import Seat
from ivr.clock import MovableClock
from ivr.errors import Conflict
from ivr.store.session import Store
from ivr.store.tables import Recording
from ivr.switchboard import supervising, taping
from ivr.switchboard.presence import Presence
from ivr.switchboard.supervising import Mode
from tests.board import Board, open_board
from tests.line import KNOWN
from tests.switchboard.parties import Scene, agent_of, do, room, talk_of


@pytest.fixture
def board(either_store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Board]:
    with open_board(either_store, tmp_path, clock) as opened:
        yield opened


def test_a_talk_is_expected_to_be_recorded_once(board: Board) -> None:
    it = talk_of(board)
    it.owner.again()
    it.agent.call.again()

    (expected,) = board.rows(Recording)
    assert (expected.purpose, expected.status, expected.room) == ("talk", "expected", room(it.owner))
    assert (expected.call_id, expected.sid) == (board.call_row(it.owner).id, None)


def test_a_supervisor_comes_in_unheard_and_is_heard_as_they_wish(board: Board) -> None:
    it = talk_of(board)
    call = it.bring("supervisor")
    conference = call.waits_for.find("Conference")
    assert conference is not None
    assert conference.get("muted") == "true"
    assert it.seat(call) == Seat(muted=True, ends=False)

    do(it, supervising.supervise, agent_of(it, "sara"), Mode.WHISPER)
    assert it.seat(call) == Seat(coaches=it.agent.sid, ends=False)

    do(it, supervising.supervise, agent_of(it, "sara"), Mode.JOIN)
    assert it.seat(call) == Seat(ends=False)

    do(it, supervising.leave, agent_of(it, "sara"))
    assert it.is_hung_up("supervisor")


def test_nobody_supervises_themselves(board: Board) -> None:
    it = talk_of(board)

    with pytest.raises(Conflict, match="themselves"):
        do(it, supervising.supervise, agent_of(it, "ana"), Mode.LISTEN)


def test_the_recording_is_paused_and_goes_on(board: Board) -> None:
    it = talk_of(board)
    assert it.leg.tape == "on"

    it.do(taping.pause)
    assert it.leg.tape == "paused"
    do(it, taping.resume)

    assert it.leg.tape == "on"
    here = room(it.owner)
    assert board.carrier.tapes == [(here, "paused"), (here, "in-progress")]


def test_who_has_refused_is_not_recorded_unless_they_agree(board: Board) -> None:
    first = talk_of(board)
    first.do(taping.refuse)
    assert first.leg.tape == "paused"
    first.leaves("owner")
    first.agent.rung.ends("completed")  # type: ignore[union-attr]
    board.becomes(first.ids["ana"], Presence.AVAILABLE)
    board.becomes(first.ids["bruno"], Presence.AWAY)
    board.becomes(first.ids["sara"], Presence.AWAY)
    board.carrier.tapes.clear()

    owner = board.caller(KNOWN, "0")
    board.work()
    call = board.rings().answer().press("1")
    board.work()
    board.follow(owner)
    again = Scene(board, owner, first.agent, first.ids)

    for party in (owner, call):
        conference = party.waits_for.find("Conference")
        assert conference is not None
        assert conference.get("record") is None
    assert again.leg.tape == "refused"
    do(again, taping.resume)
    assert again.leg.tape == "on"
    assert board.carrier.tapes == [(owner.sid, "begun")]
    assert [each.purpose for each in board.rows(Recording) if each.room is None] == ["talk"]
