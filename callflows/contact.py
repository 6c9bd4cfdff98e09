"""Which number may we call? Shared: entered, and left by ``Home``; ``given`` tells the numbers.

The caller's own number, if it is usable, is only read back; any other one is keyed in and read back.
"""

from typing import Any

from audio import phrases
from audio.wording import Phrase
from ivr.aftersales import numbers
from ivr.aftersales.numbers import Reason, Unusable
from ivr.dialogue.call import Call
from ivr.dialogue.engine import step
from ivr.dialogue.turns import Ask, Goto, Home, Menu, Turn
from ivr.errors import NotUnderstood

MOST_CONTACTS = 2

WHY_UNUSABLE: dict[Reason, Phrase] = {
    Reason.TOO_SHORT: phrases.CONTACT_TOO_SHORT,
    Reason.TOO_LONG: phrases.CONTACT_TOO_LONG,
    Reason.FOREIGN: phrases.CONTACT_FOREIGN,
    Reason.PREMIUM: phrases.CONTACT_PREMIUM,
    Reason.OWN: phrases.CONTACT_OWN,
    Reason.UNKNOWN: phrases.CONTACT_UNKNOWN,
}


def given(call: Call) -> list[str]:
    """The numbers that were given, best first, in E.164."""
    return list(call.notes.get("contacts", []))


@step
def both(call: Call) -> Turn:
    """One number, and a second one if the caller likes."""
    call.notes.update(contacts=[], most=MOST_CONTACTS)
    return Goto(first)


@step
def callback_number(call: Call) -> Turn:
    """One number, to be rung."""
    call.notes.update(contacts=[], most=1)
    return Goto(first)


@step
def urgent_number(call: Call) -> Turn:
    """One number, asked only where the caller's own is of no use, and gone without after two tries."""
    call.notes.update(contacts=[call.caller] if call.caller else [], most=1)
    return Home() if call.caller else Goto(number)


@step
def first(call: Call) -> Turn:
    if call.caller is None:
        return Goto(number)
    return Menu(phrases.CONTACT_IS_YOURS(phone=call.caller), keys={"1": keep_own, "2": number})


@step
def keep_own(call: Call) -> Turn:
    call.notes["candidate"] = call.caller
    return Goto(keep)


@step
def number(call: Call) -> Turn:
    return Ask(phrases.CONTACT_NUMBER, then=check_number, digits=0, **_patience(call))


@step
def check_number(call: Call) -> Turn:
    try:
        call.notes["candidate"] = numbers.from_keypad(call.digits, call.own_numbers)
    except Unusable as fault:
        raise NotUnderstood(call.digits, WHY_UNUSABLE[fault.reason]) from fault
    return Goto(confirm_number)


@step
def confirm_number(call: Call) -> Turn:
    prompt = phrases.CONTACT_CORRECT(phone=call.notes["candidate"])
    return Menu(prompt, keys={"1": keep, "2": number}, **_patience(call))


@step
def keep(call: Call) -> Turn:
    candidate = call.notes.pop("candidate")
    call.notes["contacts"] = [*(known for known in given(call) if known != candidate), candidate]
    return Home() if len(call.notes["contacts"]) >= call.notes["most"] else Goto(second)


@step
def second(_call: Call) -> Turn:
    return Menu(phrases.CONTACT_SECOND, keys={"1": enough, "2": number})


@step
def enough(_call: Call) -> Turn:
    return Home()


def _patience(call: Call) -> dict[str, Any]:
    return {"tries": 2, "failed": enough} if call.row.urgent else {}
