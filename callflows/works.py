"""The line calls for a works date: what the inspection found, and when a crew may come."""

from audio import phrases
from audio.wording import Prompt
from callflows import booking, greeting
from ivr.aftersales import agenda, outbound, texts, works
from ivr.aftersales.life import AppointmentKind, RequirementStatus, Status
from ivr.dialogue.call import Call
from ivr.dialogue.engine import at_the_end_of, step
from ivr.dialogue.turns import Enter, Goto, Menu, Say, Turn
from ivr.store.tables import Case


@step
def begin(_call: Call) -> Turn:
    return Enter(greeting.hello, then=verdict)


@step
def verdict(call: Call) -> Turn:
    """What is covered and what is not, before a date is chosen."""
    case = call.case
    if case.status != Status.INSPECTED or not works.waiting(case):
        return Goto(greeting.settled)
    return Say(_found(case), then=offer)


def _found(case: Case) -> tuple[Prompt, ...]:
    said = [
        greeting.about(case, each, phrases.WORKS_COVERED, phrases.WORKS_COVERED_NTH)
        for each in works.waiting(case)
    ]
    refused = [
        greeting.about(case, each, phrases.WORKS_NOT_COVERED, phrases.WORKS_NOT_COVERED_NTH)
        for each in case.requirements
        if each.status == RequirementStatus.NOT_COVERED
    ]
    return (*said, *refused, phrases.WORKS_REASON) if refused else tuple(said)


@step
def offer(call: Call) -> Turn:
    call.notes[booking.GOES_ON] = True
    return Enter(booking.works_date, then=settle)


@step
def settle(call: Call) -> Turn:
    """A date, or an agent's task because none is free: the line has no more to ask."""
    dated = agenda.booked(call.case, AppointmentKind.WORKS) is not None
    outbound.answered(call.db, call.row, call.now)
    call.row.outcome = call.notes["outcome"]
    return Goto(agreed if dated else greeting.farewell)


@step
def agreed(call: Call) -> Turn:
    """The date once more; it may be heard again, so it only reads."""
    case = call.case
    date = agenda.booked(case, AppointmentKind.WORKS)
    if date is None:
        return Goto(greeting.farewell)
    said: list[Prompt] = [booking.dated(phrases.WORKS_BOOKED, case, date.start, date.end)]
    if texts.reach(call.db, [contact.phone for contact in case.contacts], settings=call.settings):
        said.append(phrases.TEXT_FOLLOWS)
    prompts = (*said, phrases.AFTER_BOOKING)
    return Menu(prompts, keys={"1": agreed}, otherwise=greeting.farewell, fresh=True)


at_the_end_of("works")(greeting.ended)
