"""Somebody calls the line: the welcome, the main menu, and going on where an earlier call was cut short."""

from audio import phrases
from callflows import existing, hanging_up, intake, urgent
from ivr.aftersales import events, tasks
from ivr.aftersales.life import Status
from ivr.dialogue import resuming
from ivr.dialogue.call import CONVERSATION, Call
from ivr.dialogue.engine import step
from ivr.dialogue.resuming import Interrupted
from ivr.dialogue.turns import Goto, Menu, Resume, Say, Step, Turn

#: Notes that outlive the change to another conversation: guesses are counted for the whole call.
_KEPT_NOTES = ("wrong_pairs", resuming.MAY_GO_ON)


@step
def welcome(call: Call) -> Turn:
    resuming.look_back(call)
    return Say(phrases.WELCOME, then=main_menu)


@step
def main_menu(_call: Call) -> Turn:
    keys = {"1": choose_urgent, "2": choose_intake, "3": choose_existing}
    return Menu(phrases.MAIN_MENU, keys=keys, fresh=True)


@step
def choose_urgent(call: Call) -> Turn:
    return _begin(call, "urgent")


@step
def choose_intake(call: Call) -> Turn:
    return _begin(call, "intake")


@step
def choose_existing(call: Call) -> Turn:
    return _begin(call, "existing")


def _first_question(conversation: str) -> Step:
    """Where each conversation behind the main menu begins, as notes call it."""
    return {"urgent": urgent.kind, "intake": intake.begin, "existing": existing.begin}[conversation]


def _begin(call: Call, conversation: str) -> Turn:
    """A call that was cut short in this very conversation may go on where it stopped."""
    if not _goes_on(call, conversation):
        _set_aside(call)
    call.notes[CONVERSATION] = conversation
    if not call.has_case:
        stopped = resuming.interrupted(call, conversation)
        if stopped is not None and _still_stands(stopped, conversation):
            call.notes["stopped"] = {
                "turn": stopped.turn_id,
                "call": stopped.call_id,
                "case": stopped.case_id,
            }
            return Goto(go_on_or_anew)
    return Goto(_first_question(conversation))


def _goes_on(call: Call, conversation: str) -> bool:
    """Whether the caller is back at the main menu only to take up the same unfinished thing."""
    if call.notes.get(CONVERSATION) != conversation:
        return False
    return conversation != "existing" and (not call.has_case or call.case.status == Status.OPEN)


def _set_aside(call: Call) -> None:
    """Something else begins: what the call was about so far is left to somebody who sees to it."""
    hanging_up.see_to_unfinished(call)
    if call.has_case or call.row.home_id is not None or call.row.urgent:
        call.row.case_id = call.row.home_id = None
        call.row.urgent = False
    kept = {name: call.notes[name] for name in _KEPT_NOTES if name in call.notes}
    call.notes.clear()
    call.notes.update(kept)


def _still_stands(stopped: Interrupted, conversation: str) -> bool:
    """Nobody has booked, taken or ended the case meanwhile; a request already made may stand as it likes."""
    return conversation == "existing" or stopped.case_status in {None, Status.OPEN}


@step
def go_on_or_anew(_call: Call) -> Turn:
    return Menu(phrases.GO_ON_OR_ANEW, keys={"1": go_on, "2": anew})


@step
def go_on(call: Call) -> Turn:
    """Somebody whose case was spoken of must prove again that it is theirs: a number can be made up.

    Whoever began anew and came back to this question leaves the case of that beginning behind.
    """
    stopped = call.notes["stopped"]
    hanging_up.see_to_unfinished(call)
    if call.notes[CONVERSATION] == "existing" and stopped["case"] is not None:
        call.notes["go_on"] = {"turn": stopped["turn"], "case": stopped["case"]}
        return Goto(existing.begin)
    resuming.take_over(call, stopped["turn"])
    tasks.overtaken(call.db, hanging_up.lost_key(stopped["call"]), by=events.LINE, now=call.now)
    call.notes.setdefault("wrong_pairs", 0)
    return Resume(stopped["turn"])


@step
def anew(call: Call) -> Turn:
    return Goto(_first_question(call.notes[CONVERSATION]))
