"""A caller who does anything at all at any moment: what each verb of a document allows them to do."""

from typing import Any

from tests.board import Board
from tests.callflows.town import in_queue
from tests.line import TestCall

HANG_UP = "!"
AGAIN = "again"
SILENCE = "-"

#: Longer than anybody may wait.
PATIENCE = 10_000


def act(town: Board, call: TestCall, move: str) -> bool:
    """Do ``move``, whatever it means where the call stands. False: the call is over.

    Keys, ``-`` silence, ``~7`` seven seconds of speech and ``#`` (or another key after a comma), ``"words"``,
    ``again`` the last webhook once more, ``!`` hanging up.
    """
    if move == AGAIN:
        assert call.again() == call.document
        return True
    if move == HANG_UP:
        hang_up(town, call)
        return False
    _answer(call, move)
    if call.over:
        hang_up(town, call)
        return False
    return True


def hang_up(town: Board, call: TestCall) -> None:
    """The call ends, also in the middle of a recording, which the carrier then announces first."""
    if not call.over and call.waits_for.tag == "Record":
        call.record(seconds=4, end="hangup")
    town.hang_up(call)


def _answer(call: TestCall, move: str) -> None:
    verb = call.waits_for
    if verb.tag == "Gather":
        _gathered(call, verb, move)
    elif verb.tag == "Record":
        _recorded(call, move)
    elif verb.tag == "Enqueue":
        _queued(call, move)
    else:
        call.ask(verb.attrib["action"], DialCallStatus="completed")


def _gathered(call: TestCall, gather: Any, move: str) -> None:
    if move.startswith('"') and "speech" in gather.get("input", ""):
        call.say(move.strip('"'))
    elif move[0] in '-~"':
        call.silence()
    elif gather.get("numDigits") == "1":
        call.press(move[0])
    else:
        call.press(move)


def _recorded(call: TestCall, move: str) -> None:
    if move.startswith("~"):
        seconds, _, key = move[1:].partition(",")
        call.record(seconds=int(seconds), end=key or "#")
    elif move[0] in "#*0":
        call.record(seconds=0, end=move[0])
    else:
        call.silence()


def _queued(call: TestCall, move: str) -> None:
    """A key that leads out of the queue, or nobody comes."""
    key = move[0] if move[0] in "12*" else ""
    heard = in_queue(call, 0 if key else PATIENCE, key)
    assert "<Leave" in heard.document
    call.leave_queue()
