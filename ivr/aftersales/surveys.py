"""What owners say of the works: kept as it is said, and acted upon when all of it is said.

Every function expects the case to be locked.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import agenda, events, life, projects, tasks, visits, works
from ivr.aftersales.events import EventKind
from ivr.aftersales.life import AppointmentKind, RequirementStatus, Status
from ivr.aftersales.tasks import TaskKind
from ivr.store.jobs import insert_for
from ivr.store.tables import Case, Requirement, Survey, SurveyAnswer, Task


class Outcome(StrEnum):
    """What a survey came to; one that the owner never answered says why not (`outbound.FinalAnswer`)."""

    SATISFIED = "satisfied"
    DISPUTED = "disputed"


#: What the case waits for without the date, and what an agent must do then.
_UNDATED = {
    AppointmentKind.VISIT: (TaskKind.UNSCHEDULED, "El propietario pidió otra inspección. Acuerde la visita."),
    AppointmentKind.WORKS: (
        TaskKind.WORKS_UNSCHEDULED,
        "El propietario pidió terminar o rehacer los trabajos. Acuerde la fecha.",
    ),
}


def begin(session: Session, case: Case, now: datetime) -> Survey:
    """The survey about the works that were just done."""
    survey = Survey(case_id=case.id, attempts=0, created_at=now)
    session.add(survey)
    session.flush()
    return survey


def asked(case: Case) -> list[Requirement]:
    """What the owner is asked about: what was done and not accepted yet."""
    return [each for each in case.requirements if each.status == RequirementStatus.DONE]


def unanswered(session: Session, case: Case, survey: Survey) -> list[int]:
    """The ids of what is still to be asked, in order; a "no" counts once its remedy is known."""
    answers = {answer.requirement_id: answer for answer in _answers(session, survey)}
    return [each.id for each in asked(case) if not _is_complete(answers.get(each.id))]


def has_answers(session: Session, survey: Survey) -> bool:
    """Whether an earlier attempt broke off after the first answers."""
    return bool(_answers(session, survey))


def answer(
    session: Session,
    survey: Survey,
    requirement_ids: Sequence[int],
    *,
    satisfied: bool,
    remedy: AppointmentKind | None = None,
) -> None:
    """Keep what the owner says of these requirements; said again, the last word counts."""
    if not requirement_ids:
        return
    fresh = insert_for(session, SurveyAnswer).values(
        [
            {"survey_id": survey.id, "requirement_id": each, "satisfied": satisfied, "remedy": remedy}
            for each in requirement_ids
        ]
    )
    session.execute(
        fresh.on_conflict_do_update(
            index_elements=["survey_id", "requirement_id"], set_={"satisfied": satisfied, "remedy": remedy}
        )
    )


def conclude(session: Session, case: Case, survey: Survey, now: datetime) -> list[AppointmentKind]:
    """Everything is answered: requirements and case go where the answers say; the dates that are wanted now.

    With all accepted the case is closed. Otherwise it shows at once what it waits for, the visit before the
    works, so that nothing is lost if the call ends before a date is booked. Concluded twice, the second time
    changes nothing.
    """
    if survey.outcome is None:
        _act(session, case, survey, now)
    return undated(case)


def undated(case: Case) -> list[AppointmentKind]:
    """The kinds of dates that disputes of the case ask for and that are not booked, the visit first."""
    disputed = [each for each in case.requirements if each.status == RequirementStatus.DISPUTED]
    waiting = {AppointmentKind.VISIT: visits.waiting(case), AppointmentKind.WORKS: works.waiting(case)}
    return [
        kind
        for kind, those in waiting.items()
        if any(each in disputed for each in those) and agenda.booked(case, kind) is None
    ]


def leave_undated(session: Session, case: Case, survey: Survey, now: datetime) -> None:
    """The call is over: for each date that it did not bring, an agent has a task."""
    for kind in undated(case):
        task, detail = _UNDATED[kind]
        is_open = select(Task.id).where(Task.case_id == case.id, Task.kind == task, Task.state == tasks.OPEN)
        if session.scalar(is_open.limit(1)) is None:
            once = f"{task}:survey:{survey.id}"
            tasks.open_task(session, task, now=now, case=case, detail=detail, once=once)


def rate(session: Session, case: Case, survey: Survey, score: int, now: datetime) -> None:
    """One to five, five is best."""
    survey.score = score
    events.record(session, case, EventKind.SURVEY_ANSWERED, by=events.OWNER, now=now, score=score)


def _answers(session: Session, survey: Survey) -> Sequence[SurveyAnswer]:
    wanted = select(SurveyAnswer).where(SurveyAnswer.survey_id == survey.id).order_by(SurveyAnswer.id)
    return session.scalars(wanted.execution_options(populate_existing=True)).all()


def _is_complete(answer: SurveyAnswer | None) -> bool:
    return answer is not None and (answer.satisfied or answer.remedy is not None)


def _act(session: Session, case: Case, survey: Survey, now: datetime) -> None:
    requirements = {each.id: each for each in asked(case)}
    disputed: dict[str, str] = {}
    for each in _answers(session, survey):
        requirement = requirements.get(each.requirement_id)
        if requirement is None:
            continue
        if each.satisfied:
            life.move(requirement, RequirementStatus.ACCEPTED, life.REQUIREMENT_MOVES)
            continue
        life.move(requirement, RequirementStatus.DISPUTED, life.REQUIREMENT_MOVES)
        requirement.remedy = each.remedy
        requirement.disputes += 1
        disputed[str(requirement.id)] = str(each.remedy)
    survey.outcome = Outcome.DISPUTED if disputed else Outcome.SATISFIED
    _move(case, now)
    detail = {"satisfied": not disputed, "attempts": survey.attempts}
    events.record(session, case, EventKind.SURVEY_ANSWERED, by=events.OWNER, now=now, **detail)
    if disputed:
        ids = [int(each) for each in disputed]
        events.record(
            session, case, EventKind.DISPUTED, by=events.OWNER, now=now, requirements=ids, remedy=disputed
        )
    if case.status == Status.CLOSED:
        events.record(session, case, EventKind.CLOSED, by=events.OWNER, now=now)


def _move(case: Case, now: datetime) -> None:
    if works.waiting(case):
        case.works_since = now.astimezone(projects.zone(case.project)).date()
    if visits.waiting(case):
        life.move(case, Status.OPEN, life.CASE_MOVES)
    elif works.waiting(case):
        life.move(case, Status.INSPECTED, life.CASE_MOVES)
    else:
        life.move(case, Status.CLOSED, life.CASE_MOVES)
        case.closed_at = now
