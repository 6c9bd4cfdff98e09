"""What must hold of the rows after any call whatsoever. Each rule is a function that names what breaks it.

Rules about what is left to do hold once the calls are over: a call that goes on may still do it itself.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import numbers
from ivr.aftersales.life import MOST_REQUIREMENTS, STANDARD_CATEGORIES, Category, Status, UrgentKind
from ivr.dialogue.engine import LONGEST_CALL
from ivr.store.tables import Appointment, CallRow, Case, Recording, Task, TurnRow, Wait
from tests.line import settings

LINE_NUMBERS = settings("sqlite://").line_numbers

#: Waits in which somebody is still looked for, or has been found.
_LOOKED_FOR = {"waiting", "reserved", "talking", "served"}
#: Tasks by which a person takes up what a call left open.
_TAKEN_UP = {"unscheduled", "callback", "voicemail", "works_unscheduled", "visit_late"}

Rule = Callable[[Session], Iterator[str]]


def every_call_that_is_over_has_an_end_and_an_outcome(session: Session) -> Iterator[str]:
    for call in session.scalars(select(CallRow).where(CallRow.direction == "inbound")):
        if call.status == "completed" and (call.ended_at is None or not call.outcome):
            yield f"call {call.id}: ended {call.ended_at}, outcome {call.outcome}"


def turns_are_counted_without_a_gap_and_come_to_an_end(session: Session) -> Iterator[str]:
    turns: dict[int, list[int]] = {}
    for call_id, turn in session.execute(select(TurnRow.call_id, TurnRow.turn).order_by(TurnRow.turn)):
        turns.setdefault(call_id, []).append(turn)
    for call_id, numbered in turns.items():
        if numbered != list(range(len(numbered))) or len(numbered) > LONGEST_CALL + 1:
            yield f"call {call_id} has the turns {numbered}"


def no_time_is_sold_twice(session: Session) -> Iterator[str]:
    booked = session.scalars(
        select(Appointment)
        .where(Appointment.status == "booked")
        .order_by(Appointment.project_id, Appointment.kind, Appointment.start)
    )
    for one, other in pairwise(booked):
        if (one.project_id, one.kind) == (other.project_id, other.kind) and other.start < one.end:
            yield f"appointments {one.id} and {other.id} overlap"


def a_case_shows_its_visit_and_has_one_at_most(session: Session) -> Iterator[str]:
    for case in session.scalars(select(Case)):
        visits = [a for a in case.appointments if a.kind == "visit" and a.status == "booked"]
        if len(visits) != (case.status == Status.VISIT_SCHEDULED):
            yield f"case {case.number} is {case.status} with {len(visits)} visits"


def an_open_request_is_in_somebodys_hands_once_its_call_is_over(session: Session) -> Iterator[str]:
    for case in session.scalars(select(Case).where(Case.status == Status.OPEN)):
        if _goes_on(session, case):
            continue
        if case.priority == "urgent":
            waits = session.scalars(select(Wait.state).where(Wait.case_id == case.id)).all()
            if not _LOOKED_FOR & set(waits):
                yield f"nobody is looked for: urgent case {case.number}, waits {waits}"
        elif not session.scalars(
            select(Task.id).where(Task.case_id == case.id, Task.kind.in_(_TAKEN_UP))
        ).first():
            yield f"nobody has a task for the open case {case.number}"


def _goes_on(session: Session, case: Case) -> bool:
    going = select(CallRow.id).where(CallRow.case_id == case.id, CallRow.ended_at.is_(None))
    return session.scalars(going).first() is not None


def a_caller_who_was_cut_off_before_a_case_existed_is_rung_back(session: Session) -> Iterator[str]:
    for call in session.scalars(
        select(CallRow).where(CallRow.outcome == "cut_short", CallRow.case_id.is_(None))
    ):
        rung = session.scalars(select(Task.id).where(Task.call_id == call.id)).first()
        if call.caller is not None and rung is None:
            yield f"call {call.id} of {call.caller} is forgotten"


def requirements_are_those_that_a_case_may_have(session: Session) -> Iterator[str]:
    for case in session.scalars(select(Case)):
        categories = [requirement.category for requirement in case.requirements]
        if case.priority == "urgent":
            expected = Category(UrgentKind(case.urgent_kind)) if case.urgent_kind else Category.OTHER
            if categories != [expected]:
                yield f"urgent case {case.number} ({case.urgent_kind}) has {categories}"
        elif len(categories) > MOST_REQUIREMENTS or not set(categories) <= set(STANDARD_CATEGORIES):
            yield f"case {case.number} has {categories}"


def a_standard_case_has_its_home(session: Session) -> Iterator[str]:
    for case in session.scalars(select(Case)):
        if case.priority == "standard" and (case.home is None or case.project_id != case.home.project_id):
            yield f"case {case.number}: home {case.home_id}, project {case.project_id}"


def what_is_booked_has_something_to_look_at_and_somebody_to_call(session: Session) -> Iterator[str]:
    for case in session.scalars(select(Case).where(Case.status == Status.VISIT_SCHEDULED)):
        if not case.requirements or not case.contacts:
            yield f"case {case.number} is booked without requirement or contact"


def contacts_can_be_called(session: Session) -> Iterator[str]:
    for case in session.scalars(select(Case)):
        phones = [contact.phone for contact in case.contacts]
        if len(phones) > 2 or any(numbers.usable_caller(phone, LINE_NUMBERS) != phone for phone in phones):
            yield f"case {case.number} has the contacts {phones}"


def a_case_is_opened_once_and_its_number_can_be_checked(session: Session) -> Iterator[str]:
    for case in session.scalars(select(Case)):
        kinds = Counter(event.kind for event in case.events)
        if kinds["opened"] != 1 or not _is_drawn(case.number):
            yield f"case {case.number}: {dict(kinds)}"


def _is_drawn(number: str) -> bool:
    """Whether it does not begin with 0 and its last digit is the Luhn check digit of the others."""
    figures = [int(figure) for figure in reversed(number)]
    doubled = [sum(divmod(2 * figure, 10)) for figure in figures[1::2]]
    return number[0] != "0" and (sum(figures[::2]) + sum(doubled)) % 10 == 0


def a_description_that_is_kept_was_not_dropped(session: Session) -> Iterator[str]:
    for case in session.scalars(select(Case)):
        for requirement in case.requirements:
            if requirement.recording_id is not None:
                recording = session.get_one(Recording, requirement.recording_id)
                if recording.status == "dropped":
                    yield f"requirement {requirement.id} has the dropped recording {recording.id}"


def nobody_waits_whose_call_is_over_and_who_is_owed_nothing(session: Session) -> Iterator[str]:
    for wait in session.scalars(select(Wait).where(Wait.in_queue)):
        call = session.get_one(CallRow, wait.call_id)
        if call.ended_at is not None:
            yield f"wait {wait.id} is in the queue, but call {call.id} is over"


RULES: tuple[Rule, ...] = (
    every_call_that_is_over_has_an_end_and_an_outcome,
    turns_are_counted_without_a_gap_and_come_to_an_end,
    no_time_is_sold_twice,
    a_case_shows_its_visit_and_has_one_at_most,
    an_open_request_is_in_somebodys_hands_once_its_call_is_over,
    a_caller_who_was_cut_off_before_a_case_existed_is_rung_back,
    requirements_are_those_that_a_case_may_have,
    a_standard_case_has_its_home,
    what_is_booked_has_something_to_look_at_and_somebody_to_call,
    contacts_can_be_called,
    a_case_is_opened_once_and_its_number_can_be_checked,
    a_description_that_is_kept_was_not_dropped,
    nobody_waits_whose_call_is_over_and_who_is_owed_nothing,
)


def broken(session: Session) -> list[str]:
    """Every rule that does not hold, with what breaks it."""
    return [f"{rule.__name__}: {fault}" for rule in RULES for fault in rule(session)]
