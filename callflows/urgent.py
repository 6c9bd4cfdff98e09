"""An urgency: what it is, how to stay safe, where it is, and a person. The case exists from the first key."""

from audio import phrases
from audio.wording import Phrase
from callflows import contact, identify, waiting
from ivr.aftersales import cases, events
from ivr.aftersales.events import EventKind
from ivr.aftersales.life import Channel, Priority, UrgentKind
from ivr.dialogue.call import Call
from ivr.dialogue.engine import step
from ivr.dialogue.turns import Enter, Hangup, Menu, Say, Turn
from ivr.switchboard import queue

#: Seconds that somebody who runs out of a house has to press a key.
TIME_TO_GET_OUT = 10


@step
def kind(_call: Call) -> Turn:
    return Menu(phrases.URGENT_KIND, keys={"1": water, "2": gas, "3": electricity})


@step
def water(call: Call) -> Turn:
    _report(call, UrgentKind.WATER)
    return _stay_safe(phrases.SAFETY_WATER)


@step
def electricity(call: Call) -> Turn:
    _report(call, UrgentKind.ELECTRICITY)
    return _stay_safe(phrases.SAFETY_ELECTRICITY)


@step
def gas(call: Call) -> Turn:
    _report(call, UrgentKind.GAS)
    return Say(phrases.SAFETY_GAS, then=gas_outside, firm=True)


@step
def gas_outside(call: Call) -> Turn:
    if call.caller is None:  # nobody can ring a number that we do not know
        prompt, inside = phrases.GAS_OUTSIDE_STAY, waiting.person
    else:
        prompt, inside = phrases.GAS_OUTSIDE, gas_go_out
    return Menu(prompt, keys={"1": locate}, silent=inside, failed=inside, timeout=TIME_TO_GET_OUT)


@step
def gas_go_out(call: Call) -> Turn:
    """Whoever accepts the round rings the caller; the call's end would start the rounds as well."""
    queue.enter(call.db, call=None, case=call.case, priority=Priority.URGENT, now=call.now)
    return Hangup(phrases.GAS_GO_OUT, outcome="gas_go_out")


@step
def locate(_call: Call) -> Turn:
    return Enter(identify.home, then=located)


@step
def located(call: Call) -> Turn:
    found = identify.chosen(call)
    if found is not None:
        cases.settle_home(call.db, call.case, found, by=events.OWNER, now=call.now)
        call.row.home_id = found.id
    return Enter(contact.urgent_number, then=announce)


@step
def announce(call: Call) -> Turn:
    """The case number, aloud and by text, then a person."""
    case = call.case
    events.record(call.db, case, EventKind.URGENT_NUMBER_GIVEN, by=events.LINE, now=call.now)
    call.notes["number_spoken"] = True
    return Say(phrases.URGENT_NUMBER(number=case.number), then=waiting.person)


def _report(call: Call, hazard: UrgentKind) -> None:
    """Open the case, or correct its kind where the caller went back and pressed another key."""
    if call.has_case:
        cases.change_kind(call.db, call.case, hazard, by=events.OWNER, now=call.now)
        return
    contacts = [call.caller] if call.caller else []
    opened = cases.open_urgent(
        call.db, hazard, Channel(call.row.channel), now=call.now, by=events.OWNER, contacts=contacts
    )
    call.about(opened)
    call.row.urgent = True


def _stay_safe(message: Phrase) -> Turn:
    return Say(message, then=locate, firm=True)
