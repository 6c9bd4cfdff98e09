"""How long the line insists. Whoever is urgent is asked each thing twice at most, then goes on without it."""

from typing import Any

from ivr.dialogue.call import Call
from ivr.dialogue.turns import Goto, Step, Turn

#: Times that somebody urgent hears a question, and may correct what was read back.
URGENT_TRIES = 2


def patience(call: Call, without: Step) -> dict[str, Any]:
    """How often a question is heard, and where the caller goes after that: what `Ask` and `Menu` take."""
    return {"tries": URGENT_TRIES, "failed": without} if call.urgent else {}


def once_more(call: Call, question: Step, without: Step) -> Turn:
    """What was read back is wrong: the question comes again, for somebody urgent only once more."""
    denied = [*call.notes.get("denied", []), question.name]
    call.notes["denied"] = denied
    if call.urgent and denied.count(question.name) >= URGENT_TRIES:
        return Goto(without)
    return Goto(question)
