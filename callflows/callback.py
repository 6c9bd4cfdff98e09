"""The owner's telephone, where it is rung first: one key puts them at the head of the queue."""

from audio import phrases
from callflows import waiting
from ivr.dialogue.call import Call, Ended
from ivr.dialogue.engine import at_the_end_of, step
from ivr.dialogue.turns import Goto, Hangup, Menu, Turn
from ivr.switchboard import callbacks


@step
def answered(call: Call) -> Turn:
    if not callbacks.is_wanted(call.db, call.row):
        return Hangup(phrases.OWNER_TOO_LATE, outcome="late")
    return Goto(greeting)


@step
def greeting(_call: Call) -> Turn:
    keys = {"1": waiting.called_back, "2": not_needed}
    return Menu(phrases.CALLED_BACK, keys=keys, failed=unanswered, operator=False, fresh=True)


@step
def not_needed(call: Call) -> Turn:
    callbacks.not_needed(call.db, call.row, now=call.now)
    return Hangup(phrases.CALLED_BACK_NOT_NEEDED, outcome="not_needed")


@step
def unanswered(_call: Call) -> Turn:
    """A machine, or nobody who wants to: another attempt, and never a queue."""
    return Hangup(phrases.GOODBYE, outcome="no_key")


@at_the_end_of("callback")
def ended(over: Ended) -> None:
    """Whoever came to the queue has waited as any caller; else the owner is rung again."""
    if not waiting.waited(over):
        callbacks.over(over.db, over.row, settings=over.settings, now=over.now)
