"""What follows when somebody hangs up in the middle of anything: every row of the table, on a whole line."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.switchboard import holding
from ivr.switchboard.departures import TABLE, Party, Scene, Then
from ivr.switchboard.guests import LIVING
from tests.board import Board, open_board
from tests.switchboard import parties
from tests.switchboard.parties import room, talk_of


@pytest.fixture
def board(either_store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Board]:
    with open_board(either_store, tmp_path, clock) as opened:
        yield opened


def _nothing(_it: parties.Scene) -> None:
    """They talk already."""


def _held(it: parties.Scene) -> None:
    it.do(holding.hold)


#: How each scene comes about, apart from whoever is to leave it.
SETS: dict[Scene, Callable[[parties.Scene], object]] = {
    Scene.TALK: _nothing,
    Scene.HELD: _held,
    Scene.CONSULT: lambda it: it.bring("colleague"),
    Scene.TOGETHER: lambda it: it.bring("technician"),
    Scene.HANDED: lambda it: it.ask("outside"),
}


def play(it: parties.Scene, scene: Scene, leaver: Party) -> None:
    """Set the scene, with the leaver in it."""
    if leaver == Party.SUPERVISOR:
        it.bring("supervisor")
    if (scene, leaver) == (Scene.TOGETHER, Party.OUTSIDE):
        it.ask("outside").answer().press("1")
        it.board.work()
        return
    SETS[scene](it)
    if scene in {Scene.TALK, Scene.HELD} and leaver in {Party.COLLEAGUE, Party.TECHNICIAN}:
        it.ask(leaver)  # their telephone rings


def is_over(it: parties.Scene, leaver: Party) -> bool:
    """Nobody waits, no telephone rings, nobody else is there; the other one is taken leave of."""
    guests = [guest.state for guest in it.board.rows(parties.Guest)]
    other_is_told = leaver == Party.OWNER or it.is_moved_to(it.owner, "waiting.talked") or it.owner.over
    return it.wait.state == "served" and not set(guests) & LIVING and other_is_told


def outcome(it: parties.Scene, leaver: Party) -> Then:
    """What has become of the talk, by the database and the carrier."""
    if it.wait.state == "waiting" and it.is_moved_to(it.owner, "waiting.again"):
        return Then.BACK_IN_QUEUE
    if it.wait.agent_id == it.ids["bruno"] and it.wait.state == "talking":
        return Then.TAKEN_OVER
    if is_over(it, leaver):
        return Then.OVER
    assert it.wait.state == "talking"
    return Then.GOES_ON


@pytest.mark.parametrize(("scene", "leaver"), TABLE, ids=str)
def test_what_follows_is_what_the_table_says(board: Board, scene: Scene, leaver: Party) -> None:
    it = talk_of(board)
    play(it, scene, leaver)
    if (scene, leaver) == (Scene.HANDED, Party.AGENT):
        board.follow(it.agent.call)  # handing on has released them

    then = TABLE[scene, leaver]
    if (scene, leaver) in {(Scene.HANDED, Party.OUTSIDE), (Scene.TOGETHER, Party.OUTSIDE)}:
        then = TABLE[
            Scene.HELD if scene == Scene.HANDED else Scene.TALK, Party.AGENT
        ]  # the agent has gone before
    it.leaves(leaver)
    if leaver == Party.AGENT and scene == Scene.TALK:
        it.closes(it.owner)  # the room closes with the agent
    board.forward(6)

    assert outcome(it, leaver) == then


@pytest.mark.parametrize("scene", [Scene.HELD, Scene.CONSULT, Scene.TOGETHER], ids=str)
def test_a_room_that_closed_too_early_ends_nothing_that_goes_on(board: Board, scene: Scene) -> None:
    """The agent hung up before the carrier was told that the room stays open without them."""
    it = talk_of(board)
    SETS[scene](it)
    before = room(it.owner)

    it.closes(it.owner)
    others = [party.call for name, party in it.others.items() if name != "supervisor"]
    for call in others:
        it.closes(call)
    it.leaves("agent")
    board.forward(6)

    assert outcome(it, Party.AGENT) == TABLE[scene, Party.AGENT]
    if scene != Scene.HELD:
        assert room(it.owner) == before
        assert {room(call) for call in others} == {before}


def test_a_technician_who_leaves_after_the_agent_ends_the_talk(board: Board) -> None:
    it = talk_of(board)
    it.bring("technician")
    it.leaves("agent")
    assert board.presence_of(it.ids["ana"]) == "wrap_up"

    it.leaves("technician")

    assert outcome(it, Party.TECHNICIAN) == Then.OVER
    assert board.follow(it.owner).hears("Adiós")


@pytest.mark.parametrize("scene", Scene, ids=str)
def test_news_twice_and_in_the_wrong_order_come_to_the_same_end(board: Board, scene: Scene) -> None:
    it = talk_of(board)
    SETS[scene](it)
    board.carrier.ended.add(it.owner.sid)
    rooms = [party.call for party in it.others.values() if party.call.document]

    for _ in range(2):
        for call in reversed(rooms):
            call.again()
        it.owner.hang_up()
        it.owner.again()
        board.work()
    board.forward(6)

    assert outcome(it, Party.OWNER) == TABLE[scene, Party.OWNER]
    held = [agent for agent in board.rows(parties.Agent) if agent.wait_id is not None]
    assert [agent.name for agent in held] == ([] if scene == Scene.HANDED else ["Ana"])
