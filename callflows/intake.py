"""A new request: which home, what is wrong, whom to call, and then the visit. Nothing keyed is lost."""

from audio import phrases
from callflows import booking, contact, identify
from ivr.aftersales import cases, events, texts
from ivr.aftersales.life import MOST_REQUIREMENTS, STANDARD_CATEGORIES, Channel
from ivr.aftersales.recordings import Purpose
from ivr.dialogue.call import Call
from ivr.dialogue.engine import step
from ivr.dialogue.turns import Ask, Enter, Goto, Home, Menu, Record, Say, Turn
from ivr.store.tables import Requirement

DESCRIPTION_SECONDS = 90


@step
def begin(_call: Call) -> Turn:
    return Enter(identify.home, then=located)


@step
def located(call: Call) -> Turn:
    """The case exists from here on; gone back and confirmed anew, it moves to the other home."""
    home = identify.chosen(call)
    if home is None:
        return Goto(begin)
    if call.has_case:
        cases.settle_home(call.db, call.case, home, by=events.OWNER, now=call.now)
        call.row.home_id = home.id
        return Goto(first_requirement)
    contacts = [call.caller] if call.caller else []
    opened = cases.open_standard(
        call.db, home, Channel(call.row.channel), now=call.now, by=events.OWNER, contacts=contacts
    )
    call.about(opened)
    return Goto(first_requirement)


@step
def first_requirement(_call: Call) -> Turn:
    """Its way home is its own, so that ``*`` at a later one leads to the question before that one."""
    return Enter(category, then=first_told)


@step
def first_told(_call: Call) -> Turn:
    return Goto(more)


@step
def category(_call: Call) -> Turn:
    return Ask((phrases.CATEGORY, phrases.CATEGORY_MORE), then=add_requirement)


@step
def add_requirement(call: Call) -> Turn:
    """The requirement of this round of questions: made, or corrected where the caller went back."""
    chosen = call.one_of(STANDARD_CATEGORIES)
    current = call.notes.get("requirement")
    if current is None:
        made = cases.add_requirement(call.db, call.case, chosen, by=events.OWNER, now=call.now)
        call.notes["requirement"] = made.id
        call.notes["told"] = [*call.notes.get("told", []), [call.row.case_id, made.id]]
    else:
        requirement = call.db.get_one(Requirement, current)
        cases.change_category(call.db, call.case, requirement, chosen, by=events.OWNER, now=call.now)
    return Goto(describe)


@step
def describe(_call: Call) -> Turn:
    return Record(
        phrases.RECORDING_NOTICE,
        then=keep_description,
        seconds=DESCRIPTION_SECONDS,
        purpose=Purpose.DESCRIPTION,
    )


@step
def keep_description(call: Call) -> Turn:
    if call.recording is None:
        return Home()
    requirement = call.db.get_one(Requirement, call.notes["requirement"])
    cases.describe(call.db, call.case, requirement, recording=call.recording, by=events.OWNER, now=call.now)
    return Goto(review_description)


@step
def review_description(_call: Call) -> Turn:
    return Menu(phrases.DESCRIPTION_KEPT, keys={"1": told, "2": describe})


@step
def told(_call: Call) -> Turn:
    return Home()


@step
def more(call: Call) -> Turn:
    so_far = [requirement for case, requirement in call.notes["told"] if case == call.row.case_id]
    call.notes["requirement"] = so_far[-1]
    if len(so_far) >= MOST_REQUIREMENTS:
        return Say(phrases.MOST_REQUIREMENTS, then=ask_contacts)
    return Menu(phrases.MORE, keys={"1": another, "2": ask_contacts})


@step
def another(call: Call) -> Turn:
    call.notes["requirement"] = None
    return Enter(category, then=more)


@step
def ask_contacts(_call: Call) -> Turn:
    return Enter(contact.both, then=contacts_given)


@step
def contacts_given(call: Call) -> Turn:
    reached = texts.reach(call.db, contact.given(call), settings=call.settings)
    call.notes[booking.TEXT_GOES] = reached is not None
    return Goto(booking.visit)
