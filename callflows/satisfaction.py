"""The line asks whether the works are in order: all of it, or requirement by requirement, and what follows.

Every answer is kept as it is given, so that the next attempt of a call that breaks off asks the rest. What is
left to ask in this call is noted when it begins; a question that is gone back to may be answered anew.
"""

from audio import phrases
from callflows import booking, greeting
from ivr.aftersales import agenda, cases, outbound, surveys
from ivr.aftersales.life import AppointmentKind, Status
from ivr.aftersales.recordings import Purpose
from ivr.dialogue.call import Call, Ended
from ivr.dialogue.engine import at_the_end_of, step
from ivr.dialogue.turns import Ask, Enter, Goto, Hangup, Menu, Record, Say, Step, Turn
from ivr.store.tables import Survey

COMMENT_SECONDS = 90
HIGHEST_SCORE = 5


@step
def begin(_call: Call) -> Turn:
    return Enter(greeting.hello, then=resume)


@step
def resume(call: Call) -> Turn:
    """Whoever answered a part of it in an earlier call is asked the rest; all else begins with the whole."""
    case, survey = call.case, _survey(call)
    if survey is None or case.status != Status.WORKS_DONE:
        return Goto(greeting.settled)
    asked = surveys.unanswered(call.db, case, survey)
    call.notes.update(survey=survey.id, asked=asked, left=asked)
    return Goto(next_question if surveys.has_answers(call.db, survey) else all_in_order)


def _survey(call: Call) -> Survey | None:
    noted = call.notes.get("survey") or outbound.survey_of(call.db, call.row)
    return call.db.get(Survey, noted) if noted is not None else None


@step
def all_in_order(_call: Call) -> Turn:
    return Menu(phrases.ALL_IN_ORDER, keys={"1": everything, "2": not_everything}, fresh=True)


@step
def everything(call: Call) -> Turn:
    _keep(call, call.notes["asked"], satisfied=True)
    return Goto(conclude)


@step
def not_everything(call: Call) -> Turn:
    """A call about one requirement only goes straight to its remedy."""
    call.notes["left"] = call.notes["asked"]
    return Goto(dissatisfied if len(call.notes["asked"]) == 1 else next_question)


@step
def next_question(call: Call) -> Turn:
    return Goto(about_requirement if call.notes["left"] else conclude)


@step
def about_requirement(call: Call) -> Turn:
    keys = {"1": satisfied, "2": dissatisfied}
    case = call.case
    current = next(each for each in case.requirements if each.id == _current(call))
    return Menu(greeting.about(case, current, phrases.SATISFIED_WITH, phrases.SATISFIED_WITH_NTH), keys=keys)


def _current(call: Call) -> int:
    return int(call.notes["left"][0])


@step
def satisfied(call: Call) -> Turn:
    _keep(call, [_current(call)], satisfied=True)
    return _answered(call)


@step
def dissatisfied(call: Call) -> Turn:
    _keep(call, [_current(call)], satisfied=False)
    return Goto(remedy)


@step
def remedy(_call: Call) -> Turn:
    return Menu(phrases.REMEDY, keys={"1": works_again, "2": visit_again})


@step
def works_again(call: Call) -> Turn:
    _keep(call, [_current(call)], satisfied=False, remedy=AppointmentKind.WORKS)
    return _answered(call)


@step
def visit_again(call: Call) -> Turn:
    _keep(call, [_current(call)], satisfied=False, remedy=AppointmentKind.VISIT)
    return _answered(call)


def _keep(
    call: Call, requirement_ids: list[int], *, satisfied: bool, remedy: AppointmentKind | None = None
) -> None:
    _ = call.case  # locked
    survey = call.db.get_one(Survey, call.notes["survey"])
    surveys.answer(call.db, survey, requirement_ids, satisfied=satisfied, remedy=remedy)


def _answered(call: Call) -> Turn:
    call.notes["left"] = call.notes["left"][1:]
    return Goto(next_question)


@step
def conclude(call: Call) -> Turn:
    """All is said: the case is closed, or what follows is booked, the visit first."""
    case, survey = call.case, call.db.get_one(Survey, call.notes["survey"])
    surveys.conclude(call.db, case, survey, call.now)
    outbound.answered(call.db, call.row, call.now)
    call.row.outcome = survey.outcome
    if case.status == Status.CLOSED:
        return Say(phrases.SURVEY_CLOSED, then=score)
    call.notes[booking.GOES_ON] = True
    return Say(phrases.DISPUTE_NOTED, then=next_date)


@step
def next_date(call: Call) -> Turn:
    """The next date that is wanted. One that could not be had was said and became a task: not asked again."""
    sought = call.notes.setdefault("sought", [])
    wanted = [kind for kind in surveys.undated(call.case) if kind not in sought]
    if not wanted:
        return Goto(score)
    call.notes["sought"] = [*sought, wanted[0]]
    return Enter(
        booking.visit if wanted[0] == AppointmentKind.VISIT else booking.works_date, then=date_agreed
    )


@step
def date_agreed(call: Call) -> Turn:
    """What was agreed, if anything was; then the other date, or the score."""
    case, kind = call.case, AppointmentKind(call.notes["booking"])
    date = agenda.booked(case, kind)
    if date is None:
        return Goto(next_date)
    phrase = phrases.VISIT_AGREED if kind == AppointmentKind.VISIT else phrases.WORKS_AGREED
    return Say(booking.dated(phrase, case, date.start, date.end), then=next_date)


@step
def score(_call: Call) -> Turn:
    return Ask(phrases.SCORE, then=keep_score, failed=offer_comment, fresh=True)


@step
def keep_score(call: Call) -> Turn:
    given = call.one_of(range(1, HIGHEST_SCORE + 1))
    surveys.rate(call.db, call.case, call.db.get_one(Survey, call.notes["survey"]), given, call.now)
    return Goto(offer_comment)


@step
def offer_comment(_call: Call) -> Turn:
    keys: dict[str, Step] = {"1": comment}
    return Menu(phrases.COMMENT_OFFER, keys=keys, otherwise=greeting.farewell, fresh=True)


@step
def comment(_call: Call) -> Turn:
    return Record(phrases.COMMENT_NOTICE, then=keep_comment, seconds=COMMENT_SECONDS, purpose=Purpose.COMMENT)


@step
def keep_comment(call: Call) -> Turn:
    if call.recording is not None:
        call.db.get_one(Survey, call.notes["survey"]).comment_id = call.recording.id
    return Hangup() if call.heard.hung_up else Goto(greeting.farewell)


@at_the_end_of("satisfaction")
def ended(over: Ended) -> None:
    """A date that was wanted and not booked in the call is somebody's task."""
    greeting.ended(over)
    survey = over.db.get(Survey, over.notes["survey"]) if "survey" in over.notes else None
    if survey is not None and survey.outcome == surveys.Outcome.DISPUTED:
        surveys.leave_undated(over.db, cases.lock(over.db, survey.case_id), survey, over.now)
