"""How every call of the line to an owner begins: who calls and why in general, and with whom we speak.

Before ``1`` nothing of the case is said: anybody may have answered, or a machine.
"""

from zoneinfo import ZoneInfo

from audio import phrases
from audio.wording import Phrase, Prompt
from callflows import waiting
from ivr.aftersales import outbound
from ivr.aftersales.calling_times import Later
from ivr.aftersales.life import Category
from ivr.aftersales.outbound import CallPurpose
from ivr.dialogue.call import Call, Ended
from ivr.dialogue.engine import step
from ivr.dialogue.turns import Hangup, Home, Menu, Turn
from ivr.store.tables import Case, Requirement

#: Seconds of silence after which a voicemail has its message.
MACHINE_PAUSE = 2

WHY: dict[CallPurpose, Phrase] = {
    CallPurpose.WORKS: phrases.CALL_WHY_WORKS,
    CallPurpose.SATISFACTION: phrases.CALL_WHY_SATISFACTION,
    CallPurpose.REMINDER: phrases.CALL_WHY_REMINDER,
}

#: What the owner's requirements are called in such a call.
CATEGORIES: dict[Category, Phrase] = {
    Category.DAMP: phrases.CATEGORY_DAMP,
    Category.PLUMBING: phrases.CATEGORY_PLUMBING,
    Category.ELECTRICITY: phrases.CATEGORY_ELECTRICITY,
    Category.DOORS: phrases.CATEGORY_DOORS,
    Category.WINDOWS: phrases.CATEGORY_WINDOWS,
    Category.FLOORS: phrases.CATEGORY_FLOORS,
    Category.WALLS: phrases.CATEGORY_WALLS,
    Category.FURNITURE: phrases.CATEGORY_FURNITURE,
    Category.OTHER: phrases.CATEGORY_OTHER,
    Category.WATER: phrases.CATEGORY_WATER,
    Category.GAS: phrases.CATEGORY_GAS,
}

#: How a call to a person ended that `waiting` took over.
_WITH_A_PERSON = frozenset({"attended", "callback", "message", "no_number", "talked"})


@step
def hello(call: Call) -> Turn:
    said = (
        phrases.CALL_FROM(company=call.settings.company),
        WHY[CallPurpose(call.row.purpose)],
        phrases.CALL_WHO,
    )
    keys = {"1": it_is_me, "2": later, "3": wrong_number, "9": no_more}
    return Menu(said, keys=keys, failed=nobody, operator=False, fresh=True)


@step
def it_is_me(call: Call) -> Turn:
    call.row.outcome = None  # a machine's, if it was taken for one
    call.notes["contacts"] = [contact.phone for contact in call.case.contacts]
    return Home()


@step
def nobody(_call: Call) -> Turn:
    """Perhaps nobody is there, perhaps a machine: an attempt without answer."""
    return Hangup(phrases.CALL_NOBODY, outcome="no_key")


@step
def later(_call: Call) -> Turn:
    keys = {"1": in_an_hour, "2": this_afternoon, "3": tomorrow}
    return Menu(phrases.CALL_LATER, keys=keys, failed=nobody, operator=False)


@step
def in_an_hour(call: Call) -> Turn:
    return _put_off(call, Later.IN_AN_HOUR)


@step
def this_afternoon(call: Call) -> Turn:
    return _put_off(call, Later.THIS_AFTERNOON)


@step
def tomorrow(call: Call) -> Turn:
    return _put_off(call, Later.TOMORROW)


def _put_off(call: Call, asked: Later) -> Turn:
    """The moment is said, because no call goes out at night or on a day off."""
    case = call.case
    at = outbound.put_off(call.db, call.row, case, asked, settings=call.settings, now=call.now)
    zone = ZoneInfo(case.project.timezone) if case.project else call.zone
    return Hangup(phrases.CALL_LATER_AT(when=at.astimezone(zone)), outcome="later")


@step
def wrong_number(call: Call) -> Turn:
    outbound.wrong_number(call.db, call.row, call.case, settings=call.settings, now=call.now)
    return Hangup(phrases.CALL_WRONG_NUMBER, outcome="wrong_number")


@step
def no_more(call: Call) -> Turn:
    outbound.no_more(call.db, call.row, call.case, settings=call.settings, now=call.now)
    return Hangup(phrases.CALL_NO_MORE, outcome="refused")


@step
def machine(call: Call) -> Turn:
    """For a voicemail: company and number only. A key says that it is a person after all."""
    said = phrases.MACHINE_MESSAGE(company=call.settings.company, phone=call.own_numbers[0])
    keys = {"1": it_is_me, "2": later, "3": wrong_number, "9": no_more}
    return Menu(said, keys=keys, timeout=MACHINE_PAUSE, silent=message_left, operator=False, fresh=True)


@step
def message_left(_call: Call) -> Turn:
    return Hangup(outcome="machine")


@step
def settled(_call: Call) -> Turn:
    """What the call was about has come about in another way."""
    return Hangup((phrases.CALL_SETTLED, phrases.CALL_GOODBYE), outcome="settled")


@step
def farewell(_call: Call) -> Turn:
    return Hangup(phrases.CALL_GOODBYE)


def ended(over: Ended) -> None:
    """A call of the line is over: its plan goes on, or comes to its end."""
    row = over.row
    with_a_person = waiting.ended(over) or row.wait_id is not None or row.outcome in _WITH_A_PERSON
    if row.sid is None:
        row.outcome = row.outcome or "not_placed"
        outbound.never_left(over.db, row, settings=over.settings, now=over.now)
        return
    if row.outcome is None:
        row.outcome = "hung_up" if row.answered_at else row.status
    outbound.attempt_over(over.db, row, wants_person=with_a_person, settings=over.settings, now=over.now)


def about(case: Case, requirement: Requirement, phrase: Phrase, nth: Phrase) -> Prompt:
    """The phrase about a requirement by its category; where several share it, ``nth`` with its number too."""
    what = CATEGORIES[Category(requirement.category)]
    if sum(each.category == requirement.category for each in case.requirements) == 1:
        return phrase(what=what)
    return nth(n=case.requirements.index(requirement) + 1, what=what)
