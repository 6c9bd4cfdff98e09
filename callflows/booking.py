"""A date for a visit or for works, booked in the call. What is offered is noted: keys mean what was heard."""

from datetime import datetime
from types import ModuleType

from audio import phrases
from audio.wording import Phrase, Prompt
from callflows import waiting
from ivr.aftersales import agenda, events, projects, tasks, visits, works
from ivr.aftersales.agenda import Offer
from ivr.aftersales.life import AppointmentKind
from ivr.aftersales.tasks import TaskKind
from ivr.dialogue.call import Call
from ivr.dialogue.engine import step
from ivr.dialogue.turns import Ask, Goto, Hangup, Home, Menu, Say, Turn
from ivr.errors import SlotTaken
from ivr.store.tables import Case

LATER = "9"
OFFERS = 3

#: Noted by a conversation that enters this one, and goes on when a date is booked or none is free.
GOES_ON = "goes_on_after_booking"
#: Noted by a conversation that asked for the contacts: whether what is booked reaches one of them as a text.
TEXT_GOES = "text_goes"


@step
def visit(call: Call) -> Turn:
    return _open(call, AppointmentKind.VISIT)


@step
def works_date(call: Call) -> Turn:
    return _open(call, AppointmentKind.WORKS)


def _open(call: Call, kind: AppointmentKind) -> Turn:
    call.notes.update(booking=kind, seen=None)
    return Goto(offer_slots)


@step
def offer_slots(call: Call) -> Turn:
    case = call.case
    offers = _diary(call).offers(call.db, case, now=call.now, after=call.notes["seen"], limit=OFFERS)
    if not offers:
        return Goto(nothing_free)
    first_time = call.notes["seen"] is None
    call.notes["offered"] = [[offer.key, offer.end.isoformat()] for offer in offers]
    return Ask(_choices(call, case, offers, introduce=first_time), then=choose_slot)


@step
def choose_slot(call: Call) -> Turn:
    offered = call.notes["offered"]
    if call.digits == LATER:
        call.notes["seen"] = offered[-1][0]
        return Goto(offer_slots)
    call.notes["chosen"] = call.one_of(offered)
    return Goto(read_back)


@step
def read_back(call: Call) -> Turn:
    return Menu(
        _chosen(call, phrases.VISIT_CORRECT, phrases.WORKS_CORRECT), keys={"1": book_it, "2": choose_again}
    )


@step
def choose_again(_call: Call) -> Turn:
    """Those that were heard last come again."""
    return Goto(offer_slots)


@step
def book_it(call: Call) -> Turn:
    case = call.case_to_book()
    try:
        _diary(call).book(call.db, case, call.notes["chosen"][0], now=call.now, by=events.OWNER)
    except SlotTaken:
        call.notes["seen"] = None
        return Say(phrases.SLOT_TAKEN, then=offer_slots)
    call.notes["outcome"] = "booked"
    return Goto(booked)


@step
def booked(call: Call) -> Turn:
    """What was agreed; it may be heard again, so it only reads."""
    if call.notes.get(GOES_ON):
        return Home()
    case = call.case
    said: list[Prompt] = [
        _chosen(call, phrases.VISIT_BOOKED, phrases.WORKS_BOOKED),
        phrases.CASE_NUMBER(number=case.number),
    ]
    if call.notes.get(TEXT_GOES):
        said.append(phrases.TEXT_FOLLOWS)
    prompts = (*said, phrases.AFTER_BOOKING)
    return Menu(prompts, keys={"1": booked}, otherwise=goodbye, fresh=True)


@step
def goodbye(_call: Call) -> Turn:
    return Hangup(phrases.GOODBYE)


@step
def nothing_free(call: Call) -> Turn:
    """A date that stands is kept; a case without one stays as it is, and a person will agree it."""
    case = call.case
    wants_visit = call.notes["booking"] == AppointmentKind.VISIT
    if agenda.booked(case, AppointmentKind(call.notes["booking"])) is not None:
        call.notes["outcome"] = "date_kept"
        return Say(phrases.NO_OTHER_DATES, then=wait_or_go)
    tasks.open_task(
        call.db,
        TaskKind.UNSCHEDULED if wants_visit else TaskKind.WORKS_UNSCHEDULED,
        now=call.now,
        case=case,
        call=call.row,
        detail="No quedaban horas dentro del plazo.",
        once=f"no_slots:{call.notes['booking']}:{case.id}:{call.row.id}",
    )
    call.notes["outcome"] = "no_slots"
    return Say(phrases.NO_VISITS if wants_visit else phrases.NO_WORKS, then=wait_or_go)


@step
def wait_or_go(call: Call) -> Turn:
    if call.notes.get(GOES_ON):
        return Home()
    return Menu(phrases.NO_SLOTS_MENU, keys={"1": waiting.person}, otherwise=goodbye, fresh=True)


def _diary(call: Call) -> ModuleType:
    return visits if call.notes["booking"] == AppointmentKind.VISIT else works


def _choices(call: Call, case: Case, offers: list[Offer], *, introduce: bool) -> tuple[Prompt, ...]:
    wants_visit = call.notes["booking"] == AppointmentKind.VISIT
    said: list[Prompt] = []
    if introduce and wants_visit and offers[0].substitute:
        said.append(phrases.VISIT_SUBSTITUTE)
    elif introduce:
        said.append(phrases.VISIT_INTRODUCTION if wants_visit else phrases.WORKS_INTRODUCTION)
    phrase = phrases.SLOT_CHOICE if wants_visit else phrases.HALF_DAY_CHOICE
    said += [dated(phrase, case, offer.start, offer.end, n=n) for n, offer in enumerate(offers, start=1)]
    return (*said, phrases.SLOT_LATER)


def _chosen(call: Call, of_visit: Phrase, of_works: Phrase) -> Prompt:
    start, end = (datetime.fromisoformat(moment) for moment in call.notes["chosen"])
    return dated(
        of_visit if call.notes["booking"] == AppointmentKind.VISIT else of_works, call.case, start, end
    )


def dated(phrase: Phrase, case: Case, start: datetime, end: datetime, **more: object) -> Prompt:
    """The phrase with the appointment's day and hours, as the clocks of the case's project show them."""
    zone = projects.zone(case.project)
    begins, ends = start.astimezone(zone), end.astimezone(zone)
    values = {"when": begins, "day": begins.date(), "start": begins.time(), "end": ends.time(), **more}
    return phrase(**{blank: values[blank] for blank in phrase.blanks})
