"""Which number may we call? Shared: entered, and left by ``Home``; ``given`` tells the numbers.

The caller's own number, if it is usable, is only read back; any other one is keyed in and read back. What is
confirmed for a case is its contact at once, so that hanging up loses nothing.
"""

from collections.abc import Sequence

from audio import phrases
from audio.wording import Phrase
from callflows.patience import once_more, patience
from ivr.aftersales import cases, events, numbers
from ivr.aftersales.numbers import Reason, Unusable
from ivr.dialogue.call import Call
from ivr.dialogue.engine import step
from ivr.dialogue.turns import Ask, Goto, Home, Menu, Turn
from ivr.errors import NotUnderstood

#: What the numbers are for, as notes call it.
PURPOSE = "contact_for"
CASE, URGENCY, CALLBACK = "case", "urgency", "callback"

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
    """The case's number, and a second one if the caller likes."""
    call.notes.update({"contacts": [], PURPOSE: CASE})
    return Goto(first)


@step
def callback_number(call: Call) -> Turn:
    """One number, to be rung."""
    call.notes.update({"contacts": [], PURPOSE: CALLBACK})
    return Goto(first)


@step
def urgent_number(call: Call) -> Turn:
    """The urgency's number, asked only where the caller's own is of no use."""
    call.notes.update({"contacts": [call.caller] if call.caller else [], PURPOSE: URGENCY})
    return Home() if call.caller else Goto(number)


@step
def first(call: Call) -> Turn:
    if call.caller is None:
        return Goto(number)
    return Menu(phrases.CONTACT_IS_YOURS(phone=call.caller), keys={"1": keep_own, "2": number})


@step
def keep_own(call: Call) -> Turn:
    return _keep_first(call, str(call.caller))


@step
def number(call: Call) -> Turn:
    return Ask(phrases.CONTACT_NUMBER, then=check_number, digits=0, **patience(call, without))


@step
def check_number(call: Call) -> Turn:
    call.notes["candidate"] = _usable(call)
    return Goto(confirm_number)


@step
def confirm_number(call: Call) -> Turn:
    """Somebody urgent who does not answer here has not objected to what was read back either."""
    prompt = phrases.CONTACT_CORRECT(phone=call.notes["candidate"])
    return Menu(prompt, keys={"1": keep, "2": another_number}, **patience(call, keep))


@step
def another_number(call: Call) -> Turn:
    return once_more(call, number, without)


@step
def keep(call: Call) -> Turn:
    return _keep_first(call, call.notes["candidate"])


@step
def without(_call: Call) -> Turn:
    return Home()


@step
def second(_call: Call) -> Turn:
    return Menu(phrases.CONTACT_SECOND, keys={"1": enough, "2": second_number})


@step
def enough(call: Call) -> Turn:
    _give(call, given(call)[:1])
    return Home()


@step
def second_number(_call: Call) -> Turn:
    return Ask(phrases.CONTACT_SECOND_NUMBER, then=check_second, digits=0)


@step
def check_second(call: Call) -> Turn:
    call.notes["second_candidate"] = _usable(call)
    return Goto(confirm_second)


@step
def confirm_second(call: Call) -> Turn:
    prompt = phrases.CONTACT_CORRECT(phone=call.notes["second_candidate"])
    return Menu(prompt, keys={"1": keep_second, "2": second_number})


@step
def keep_second(call: Call) -> Turn:
    _give(call, [*given(call)[:1], call.notes["second_candidate"]])
    return Home()


def _keep_first(call: Call, phone: str) -> Turn:
    _give(call, [phone])
    return Goto(second) if call.notes[PURPOSE] == CASE else Home()


def _give(call: Call, phones: Sequence[str]) -> None:
    call.notes["contacts"] = list(dict.fromkeys(phones))
    if call.notes[PURPOSE] != CALLBACK:
        cases.set_contacts(
            call.db, call.case_to_contact(), call.notes["contacts"], by=events.OWNER, now=call.now
        )


def _usable(call: Call) -> str:
    """The number that was keyed. Raises NotUnderstood with the sentence that says what is wrong with it."""
    try:
        return numbers.from_keypad(call.digits, call.own_numbers)
    except Unusable as fault:
        raise NotUnderstood(call.digits, WHY_UNUSABLE[fault.reason]) from fault
