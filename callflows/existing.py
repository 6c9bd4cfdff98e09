"""A request already made: case number and apartment together open it, and never the caller's number alone."""

from datetime import datetime

from audio import phrases
from audio.wording import Phrase, Prompt
from callflows import booking, intake, waiting
from ivr.aftersales import cases, events, guesses, visits, works
from ivr.aftersales.life import ENDED, AppointmentKind, AppointmentStatus, Channel, Status
from ivr.dialogue.call import Call
from ivr.dialogue.engine import step
from ivr.dialogue.turns import Ask, Goto, Menu, Say, Turn
from ivr.store.tables import Appointment, Case

STATUS_SENTENCES: dict[Status, Phrase] = {
    Status.OPEN: phrases.STATUS_OPEN,
    Status.ATTENDING: phrases.STATUS_ATTENDING,
    Status.VISIT_SCHEDULED: phrases.STATUS_OPEN,
    Status.INSPECTED: phrases.STATUS_INSPECTED,
    Status.WORKS_SCHEDULED: phrases.STATUS_INSPECTED,
    Status.WORKS_DONE: phrases.STATUS_WORKS_DONE,
    Status.CLOSED: phrases.STATUS_CLOSED,
    Status.REJECTED: phrases.STATUS_REJECTED,
    Status.CANCELLED: phrases.STATUS_CANCELLED,
}


@step
def begin(call: Call) -> Turn:
    """Somebody who guessed too often today is not let guess again."""
    if _tried_too_often(call):
        return Say(phrases.PAIR_TRIED_TOO_OFTEN, then=waiting.person)
    theirs = cases.open_of_contact(call.db, call.caller) if call.caller else []
    if len(theirs) == 1:
        call.notes["number"] = theirs[0].number
        return Goto(apartment)
    return Goto(number)


@step
def number(_call: Call) -> Turn:
    return Ask(phrases.EXISTING_NUMBER, then=note_number, digits=0)


@step
def note_number(call: Call) -> Turn:
    """Right or wrong, the apartment is asked for next: the answer never says which of the two was wrong."""
    call.notes["number"] = call.digits
    return Goto(apartment)


@step
def apartment(_call: Call) -> Turn:
    return Ask(phrases.EXISTING_APARTMENT, then=check_pair, digits=0)


@step
def check_pair(call: Call) -> Turn:
    found = cases.confirm_pair(call.db, call.notes.pop("number", ""), call.digits)
    if found is not None:
        call.about(found)
        return Goto(status)
    call.notes["wrong_pairs"] = call.notes.get("wrong_pairs", 0) + 1
    if call.caller:
        guesses.wrong(call.db, call.caller, call.today)
    if call.notes["wrong_pairs"] >= call.settings.case_tries_per_call or _tried_too_often(call):
        return Say(phrases.PAIR_TRIED_TOO_OFTEN, then=waiting.person)
    return Say(phrases.PAIR_WRONG, then=number)


def _tried_too_often(call: Call) -> bool:
    if call.caller is None:
        return False
    return guesses.count(call.db, call.caller, call.today) >= call.settings.case_tries_per_day


@step
def status(call: Call) -> Turn:
    """Where the case stands, with the next date, and what can be done about it."""
    case = call.case
    ahead = next_appointment(case, call.now)
    if ahead is not None:
        keys = {"1": change, "2": cancel, "3": status}
        said: tuple[Prompt, ...] = (_when(case, ahead), phrases.EXISTING_DATE_MENU)
    elif Status(case.status) in ENDED:
        keys = {"1": follow, "3": status}
        said = (STATUS_SENTENCES[Status(case.status)], phrases.EXISTING_ENDED_MENU)
    else:
        keys = {"3": status}
        said = (STATUS_SENTENCES[Status(case.status)], phrases.EXISTING_MENU)
        return Menu(said, keys=keys, otherwise=booking.goodbye, fresh=True)
    return Menu(said, keys=keys, fresh=True)


def next_appointment(case: Case, now: datetime) -> Appointment | None:
    """The booked visit or works that comes next."""
    booked = [
        found for found in case.appointments if found.status == AppointmentStatus.BOOKED and found.start > now
    ]
    return min(booked, key=lambda found: found.start, default=None)


def _when(case: Case, ahead: Appointment) -> Prompt:
    visit = ahead.kind == AppointmentKind.VISIT
    phrase = phrases.STATUS_VISIT_SCHEDULED if visit else phrases.STATUS_WORKS_SCHEDULED
    return booking.dated(phrase, case, ahead.start, ahead.end)


@step
def change(call: Call) -> Turn:
    """The new date is booked and the old one freed together, or the old one stays."""
    ahead = next_appointment(call.case, call.now)
    if ahead is None:
        return Goto(status)
    return Goto(booking.visit if ahead.kind == AppointmentKind.VISIT else booking.works_date)


@step
def cancel(_call: Call) -> Turn:
    return Menu(phrases.CANCEL_SURE, keys={"1": cancel_date, "2": status})


@step
def cancel_date(call: Call) -> Turn:
    case = call.case
    ahead = next_appointment(case, call.now)
    if ahead is not None:
        diary = visits if ahead.kind == AppointmentKind.VISIT else works
        diary.cancel(call.db, case, ahead, by=events.OWNER, now=call.now)
        call.notes["outcome"] = "date_cancelled"
    return Say(phrases.DATE_CANCELLED, then=status)


@step
def follow(call: Call) -> Turn:
    """It is back, or the owner disagrees: a new case that follows the old one."""
    opened = cases.follow(
        call.db, call.case, now=call.now, by=events.OWNER, channel=Channel(call.row.channel)
    )
    call.about(opened)
    call.notes["conversation"] = "intake"
    return Say(phrases.FOLLOWS_OLD, then=intake.category)
