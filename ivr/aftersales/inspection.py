"""What was found in a home, and what was done there: the reports of inspectors and crews.

Both functions expect the case as ``cases.lock`` gave it: locked, and with its project.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ivr.aftersales import agenda, events, life, projects, visits, works
from ivr.aftersales.events import EventKind
from ivr.aftersales.life import AppointmentKind, AppointmentStatus, RequirementStatus, Status
from ivr.errors import Conflict, Invalid, MoveNotAllowed
from ivr.store.tables import Case, Requirement

#: Where an inspection is expected: at its visit, or on the spot of an urgency.
_INSPECTED_FROM = frozenset({Status.ATTENDING, Status.VISIT_SCHEDULED})

#: From where works can be reported without any further question.
_DIRECTLY_DONE = frozenset({Status.ATTENDING, Status.WORKS_SCHEDULED})


@dataclass(frozen=True)
class Result:
    """The verdict on one requirement. ``note`` is for the owner: why not, or what will be done."""

    requirement_id: int
    covered: bool
    note: str | None = None


def record(session: Session, case: Case, results: Sequence[Result], *, by: str, now: datetime) -> None:
    """Write down an inspection: each requirement that waited for it is covered or not, its visit is done.

    The case becomes ``inspected``, and the twenty business days for what is covered begin today. With nothing
    covered it is ``rejected``, unless older requirements go on: after a dispute some may wait for works still
    (``inspected``, or ``works_scheduled`` with a date), or for the owner's word about works done
    (``works_done``).

    Raises:
        MoveNotAllowed: no inspection is expected now, whatever the results say.
        Conflict: no requirement waits for one.
        Invalid: a waiting requirement is not named exactly once, or another one is named.
    """
    if case.status not in _INSPECTED_FROM:
        raise MoveNotAllowed(f"case {case.number} is {case.status}: no inspection is expected")
    waiting = {requirement.id: requirement for requirement in visits.waiting(case)}
    if not waiting:
        raise Conflict(f"no requirement of case {case.number} waits for an inspection")
    _check(waiting, results)
    for result in results:
        requirement = waiting[result.requirement_id]
        verdict = RequirementStatus.COVERED if result.covered else RequirementStatus.NOT_COVERED
        life.move(requirement, verdict, life.REQUIREMENT_MOVES)
        requirement.remedy = None
        requirement.note = result.note
    _end_appointment(case, AppointmentKind.VISIT)
    covered = [result.requirement_id for result in results if result.covered]
    if covered:
        case.works_since = now.astimezone(projects.zone(case.project)).date()
    _after_inspection(case, now, anything_covered=bool(covered))
    events.record(
        session,
        case,
        EventKind.REJECTED if case.status == Status.REJECTED else EventKind.INSPECTED,
        by=by,
        now=now,
        covered=covered,
        not_covered=[result.requirement_id for result in results if not result.covered],
    )


def works_done(
    session: Session, case: Case, received_by: str, note: str | None, *, by: str, now: datetime
) -> None:
    """Write down works: the requirements that waited for them are done, and so is their appointment.

    ``received_by`` is who was at home for the owner. What an urgent case only reported is done as well where
    nobody inspected it before. The case becomes ``works_done``, unless it also has, or wants, a visit after
    disputes of both kinds: then it goes on showing that.

    Raises:
        MoveNotAllowed: no works are expected now.
        Invalid: ``received_by`` is blank.
    """
    stays = case.status in {Status.OPEN, Status.VISIT_SCHEDULED, Status.WORKS_DONE} and bool(
        works.waiting(case)
    )
    on_a_date = case.status == Status.INSPECTED and agenda.booked(case, AppointmentKind.WORKS) is not None
    if not (stays or on_a_date):
        agenda.require_move(case, Status.WORKS_DONE)
    if not received_by.strip():
        raise Invalid("nobody received the works", {"received_by": "expected the name of who was at home"})
    done = works.waiting(case)
    if case.status in _DIRECTLY_DONE:
        uninspected = [each for each in case.requirements if each.status == RequirementStatus.REPORTED]
        for requirement in uninspected:  # to mend it is to grant it
            life.move(requirement, RequirementStatus.COVERED, life.REQUIREMENT_MOVES)
        done += uninspected
    for requirement in done:
        life.move(requirement, RequirementStatus.DONE, life.REQUIREMENT_MOVES)
        requirement.remedy = None
    _end_appointment(case, AppointmentKind.WORKS)
    if on_a_date:
        life.move(case, Status.WORKS_SCHEDULED, life.CASE_MOVES)
    if not stays:
        life.move(case, Status.WORKS_DONE, life.CASE_MOVES)
    events.record(
        session,
        case,
        EventKind.WORKS_DONE,
        by=by,
        now=now,
        requirements=[requirement.id for requirement in done],
        received_by=received_by.strip(),
        note=note,
    )


def _check(waiting: Mapping[int, Requirement], results: Sequence[Result]) -> None:
    """Raises Invalid for requirements that are missing, unexpected or named twice, all of them at once."""
    named = Counter(result.requirement_id for result in results)
    wrong = {
        "missing": waiting.keys() - named.keys(),
        "not waiting for an inspection of this case": named.keys() - waiting.keys(),
        "named more than once": {requirement for requirement, times in named.items() if times > 1},
    }
    faults = [f"{what}: {', '.join(map(str, sorted(which)))}" for what, which in wrong.items() if which]
    if faults:
        raise Invalid("every waiting requirement is named exactly once", {"results": "; ".join(faults)})


def _after_inspection(case: Case, now: datetime, *, anything_covered: bool) -> None:
    if anything_covered:
        path = [Status.INSPECTED]
    elif works.waiting(case):
        dated = agenda.booked(case, AppointmentKind.WORKS) is not None
        path = [Status.INSPECTED, Status.WORKS_SCHEDULED] if dated else [Status.INSPECTED]
    elif any(requirement.status == RequirementStatus.DONE for requirement in case.requirements):
        path = [Status.INSPECTED, Status.WORKS_SCHEDULED, Status.WORKS_DONE]
    else:
        path = [Status.REJECTED]
        case.closed_at = now
    for status in path:
        life.move(case, status, life.CASE_MOVES)


def _end_appointment(case: Case, kind: AppointmentKind) -> None:
    appointment = agenda.booked(case, kind)
    if appointment is not None:
        life.move(appointment, AppointmentStatus.DONE, life.APPOINTMENT_MOVES)
