"""Which home is it? By the caller's number, or by project and apartment. Shared: entered, left by ``Home``.

``chosen`` gives what was found: nothing, where somebody urgent could not say it.
"""

from audio import phrases
from audio.wording import Prompt
from callflows.patience import once_more, patience
from ivr.aftersales import cases, events, homes, projects
from ivr.dialogue.call import Call
from ivr.dialogue.engine import step
from ivr.dialogue.turns import Ask, Goto, Home, Menu, Turn
from ivr.errors import NotUnderstood
from ivr.store.tables import Home as HomeRow
from ivr.store.tables import Project

NONE_OF_THEM = "9"
LONGEST_APARTMENT = 8


def chosen(call: Call) -> HomeRow | None:
    """The home that this conversation ended with, if any."""
    home_id = call.notes.get("home")
    return call.db.get(HomeRow, home_id) if home_id else None


@step
def without(call: Call) -> Turn:
    call.notes["home"] = None
    return Home()


@step
def home(call: Call) -> Turn:
    known = homes.of_phone(call.db, call.caller) if call.caller else []
    known = known[: projects.MOST_CHOICES]
    call.notes["homes"] = [found.id for found in known]
    if not known:
        return Goto(project)
    if len(known) == 1:
        prompt = phrases.KNOWN_HOME(apartment=known[0].number, project=known[0].project.name)
        return Menu(prompt, keys={"1": known_home, "2": project}, **patience(call, without))
    choices = [
        phrases.HOME_CHOICE(apartment=found.number, project=found.project.name, n=n)
        for n, found in enumerate(known, start=1)
    ]
    return Ask((*choices, phrases.OTHER_HOME), then=choose_home, **patience(call, without))


@step
def known_home(call: Call) -> Turn:
    call.notes["home"] = call.notes["homes"][0]
    return Home()


@step
def choose_home(call: Call) -> Turn:
    if call.digits == NONE_OF_THEM:
        return Goto(project)
    call.notes["home"] = call.one_of(call.notes["homes"])
    return Home()


@step
def project(call: Call) -> Turn:
    hints = projects.hints(call.db)
    return Ask(phrases.PROJECT, then=find_project, digits=0, speech=hints, **patience(call, without))


@step
def find_project(call: Call) -> Turn:
    found = (
        projects.by_keypad(call.db, call.digits) if call.digits else projects.by_speech(call.db, call.speech)
    )
    if not found:
        short = call.digits and len(call.digits) < projects.FEWEST_LETTERS
        raise NotUnderstood(call.digits, phrases.PROJECT_TOO_SHORT if short else phrases.PROJECT_UNKNOWN)
    if len(found) > projects.MOST_CHOICES:
        raise NotUnderstood(call.digits, phrases.PROJECT_TOO_MANY)
    call.notes["projects"] = [match.id for match in found]
    return Goto(confirm_project if len(found) == 1 else which_project)


@step
def confirm_project(call: Call) -> Turn:
    only = call.db.get_one(Project, call.notes["projects"][0])
    prompt = phrases.PROJECT_CORRECT(project=only.name)
    return Menu(prompt, keys={"1": keep_project, "2": another_project}, **patience(call, without))


@step
def keep_project(call: Call) -> Turn:
    return _in_project(call, call.notes["projects"][0])


@step
def another_project(call: Call) -> Turn:
    return once_more(call, project, without)


@step
def which_project(call: Call) -> Turn:
    matches = projects.of_ids(call.db, call.notes["projects"])
    choices: list[Prompt] = [
        phrases.PROJECT_CHOICE(project=match.name, n=n) for n, match in enumerate(matches, start=1)
    ]
    return Ask((*choices, phrases.NONE_OF_THEM), then=choose_project, **patience(call, without))


@step
def choose_project(call: Call) -> Turn:
    if call.digits == NONE_OF_THEM:
        return Goto(another_project)
    return _in_project(call, call.one_of(call.notes["projects"]))


def _in_project(call: Call, project_id: int) -> Turn:
    """An urgency knows its project from here on, whether or not its apartment becomes known."""
    call.notes["project"] = project_id
    if call.urgent and call.has_case:
        its_project = call.db.get_one(Project, project_id)
        cases.settle_project(call.db, call.case, its_project, by=events.OWNER, now=call.now)
    return Goto(apartment)


@step
def apartment(call: Call) -> Turn:
    return Ask(phrases.APARTMENT, then=find_apartment, digits=0, **patience(call, without))


@step
def find_apartment(call: Call) -> Turn:
    if len(call.digits) > LONGEST_APARTMENT:
        raise NotUnderstood(call.digits, phrases.APARTMENT_TOO_LONG)
    found = homes.matching(call.db, call.notes["project"], call.digits)
    call.notes["apartment_digits"] = call.digits
    if len(found) > 1:
        call.notes["apartments"] = [match.id for match in found[: projects.MOST_CHOICES]]
        return Goto(which_apartment)
    call.notes["apartment"] = found[0].id if found else None
    return Goto(confirm_apartment)


@step
def confirm_apartment(call: Call) -> Turn:
    home_id = call.notes["apartment"]
    number = call.db.get_one(HomeRow, home_id).number if home_id else call.notes["apartment_digits"]
    prompt = phrases.APARTMENT_CORRECT(apartment=number)
    return Menu(prompt, keys={"1": keep_apartment, "2": another_apartment}, **patience(call, without))


@step
def keep_apartment(call: Call) -> Turn:
    """What is not in the register is accepted as it was read back, and marked unverified."""
    home_id = call.notes["apartment"]
    if home_id is None:
        its_project = call.db.get_one(Project, call.notes["project"])
        home_id = homes.unverified(call.db, its_project, call.notes["apartment_digits"], now=call.now).id
    call.notes["home"] = home_id
    return Home()


@step
def another_apartment(call: Call) -> Turn:
    return once_more(call, apartment, without)


@step
def which_apartment(call: Call) -> Turn:
    matches = homes.of_ids(call.db, call.notes["apartments"])
    choices: list[Prompt] = [
        phrases.APARTMENT_CHOICE(apartment=match.number, n=n) for n, match in enumerate(matches, start=1)
    ]
    return Ask((*choices, phrases.NONE_OF_THEM), then=choose_apartment, **patience(call, without))


@step
def choose_apartment(call: Call) -> Turn:
    """None of them: a home of those digits that the register lacks, read back like any other such."""
    if call.digits == NONE_OF_THEM:
        call.notes["apartment"] = None
        return Goto(confirm_apartment)
    call.notes["home"] = call.one_of(call.notes["apartments"])
    return Home()
