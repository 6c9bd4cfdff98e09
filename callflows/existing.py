"""A request already made: case number and apartment together open it, and never the caller's number alone."""

from datetime import datetime

from audio import phrases
from audio.wording import Phrase, Prompt
from callflows import booking, intake, waiting
from ivr.aftersales import cases, events, guesses, texts, visits, works
from ivr.aftersales.life import ENDED, AppointmentKind, AppointmentStatus, Channel, Priority, Status
from ivr.dialogue.call import Call
from ivr.dialogue.engine import step
from ivr.dialogue.turns import Ask, Goto, Menu, Resume, Say, Turn
from ivr.store.tables import Appointment, Case

#: What is said of a case without a date ahead.
STATUS_SENTENCES: dict[Status, Phrase] = {
    Status.OPEN: phrases.STATUS_OPEN,
    Status.ATTENDING: phrases.STATUS_ATTENDING,
    Status.VISIT_SCHEDULED: phrases.STATUS_VISIT_PAST,
    Status.INSPECTED: phrases.STATUS_INSPECTED,
    Status.WORKS_SCHEDULED: phrases.STATUS_WORKS_PAST,
    Status.WORKS_DONE: phrases.STATUS_WORKS_DONE,
    Status.CLOSED: phrases.STATUS_CLOSED,
    Status.REJECTED: phrases.STATUS_REJECTED,
    Status.CANCELLED: phrases.STATUS_CANCELLED,
}


@step
def begin(call: Call) -> Turn:
    """Somebody who guessed too often today is not let guess again."""
    if _tried_too_often(call):
        return Goto(tried_too_often)
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
    """The day's guesses are counted here too: a call that goes on where another stopped begins here."""
    if _tried_too_often(call):
        return Goto(tried_too_often)
    found = cases.confirm_pair(call.db, call.notes["number"], call.digits)
    if found is not None:
        call.about(found)
        call.notes["outcome"] = "informed"
        return Goto(confirmed)
    call.notes["wrong_pairs"] = call.notes.get("wrong_pairs", 0) + 1
    guesser = _guesser(call)
    if guesser:
        guesses.wrong(call.db, guesser, call.today)
    if call.notes["wrong_pairs"] >= call.settings.case_tries_per_call or _tried_too_often(call):
        return Goto(tried_too_often)
    return Say(phrases.PAIR_WRONG, then=number)


@step
def tried_too_often(_call: Call) -> Turn:
    return Say(phrases.PAIR_TRIED_TOO_OFTEN, then=waiting.person)


@step
def confirmed(call: Call) -> Turn:
    """Whoever goes on with a call that was cut short had a date to change or to cancel, and still has it."""
    stopped = call.notes.pop("go_on", None)
    same = stopped is not None and stopped["case"] == call.row.case_id
    if stopped is not None and same and next_appointment(call.case, call.now) is not None:
        call.notes.pop("outcome")
        return Resume(stopped["turn"])
    return Goto(status)


def _tried_too_often(call: Call) -> bool:
    if call.notes.get("wrong_pairs", 0) >= call.settings.case_tries_per_call:
        return True
    guesser = _guesser(call)
    return guesser is not None and (
        guesses.count(call.db, guesser, call.today) >= call.settings.case_tries_per_day
    )


def _guesser(call: Call) -> str | None:
    """Whose guesses are counted by the day: any number that the network gives; those withheld have none."""
    shown = call.caller or call.row.from_number
    return shown if shown.startswith("+") else None


@step
def status(call: Call) -> Turn:
    """Where the case stands, with the next date, and what can be done about it."""
    case = call.case
    ahead = next_appointment(case, call.now)
    if ahead is not None:
        call.notes["date"] = ahead.id
        said = (_dated(case, ahead, phrases.STATUS_VISIT_SCHEDULED, phrases.STATUS_WORKS_SCHEDULED),)
        keys = {"1": change, "2": cancel, "3": status}
        return Menu((*said, phrases.EXISTING_DATE_MENU), keys=keys, fresh=True)
    if case.status in ENDED:
        keys = {"1": follow, "3": status}
        return Menu((_standing(case), phrases.EXISTING_ENDED_MENU), keys=keys, fresh=True)
    keys, menu = {"3": status}, phrases.EXISTING_MENU
    if _wants_a_visit(case):
        keys, menu = {"1": finish, "3": status}, phrases.EXISTING_OPEN_MENU
    return Menu((_standing(case), menu), keys=keys, silent=booking.goodbye, fresh=True)


def _standing(case: Case) -> Phrase:
    if case.priority == Priority.URGENT and case.status == Status.OPEN:
        return phrases.STATUS_URGENT
    return STATUS_SENTENCES[Status(case.status)]


def _wants_a_visit(case: Case) -> bool:
    return case.priority == Priority.STANDARD and case.status == Status.OPEN


def next_appointment(case: Case, now: datetime) -> Appointment | None:
    """The booked visit or works that comes next."""
    booked = [
        found for found in case.appointments if found.status == AppointmentStatus.BOOKED and found.start > now
    ]
    return min(booked, key=lambda found: found.start, default=None)


def _dated(case: Case, ahead: Appointment, of_visit: Phrase, of_works: Phrase) -> Prompt:
    phrase = of_visit if ahead.kind == AppointmentKind.VISIT else of_works
    return booking.dated(phrase, case, ahead.start, ahead.end)


def _heard_date(call: Call) -> Appointment | None:
    """The date that was spoken, if it still stands."""
    ahead = next_appointment(call.case, call.now)
    return ahead if ahead is not None and ahead.id == call.notes["date"] else None


@step
def finish(call: Call) -> Turn:
    """A request whose call was cut before the visit was booked: what was not told yet is asked for first."""
    call.notes["conversation"] = "intake"
    call.notes.pop("outcome", None)
    _note_whether_a_text_goes(call)
    return Goto(booking.visit if call.case.requirements else intake.first_requirement)


@step
def change(call: Call) -> Turn:
    """The new date is booked and the old one freed together, or the old one stays."""
    ahead = _heard_date(call)
    if ahead is None:
        return Goto(status)
    call.notes.pop("outcome", None)
    _note_whether_a_text_goes(call)
    return Goto(booking.visit if ahead.kind == AppointmentKind.VISIT else booking.works_date)


def _note_whether_a_text_goes(call: Call) -> None:
    phones = [contact.phone for contact in call.case.contacts]
    call.notes[booking.TEXT_GOES] = texts.reach(call.db, phones, settings=call.settings) is not None


@step
def cancel(call: Call) -> Turn:
    ahead = _heard_date(call)
    if ahead is None:
        return Goto(status)
    said = _dated(call.case, ahead, phrases.CANCEL_VISIT, phrases.CANCEL_WORKS)
    return Menu(said, keys={"1": cancel_date, "2": status})


@step
def cancel_date(call: Call) -> Turn:
    ahead = _heard_date(call)
    if ahead is None:
        return Goto(status)
    diary = visits if ahead.kind == AppointmentKind.VISIT else works
    diary.cancel(call.db, call.case, ahead, by=events.OWNER, now=call.now)
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
    call.notes.pop("outcome", None)
    return Say(phrases.FOLLOWS_OLD, then=intake.first_requirement)
