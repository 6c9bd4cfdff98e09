"""A case as the API shows it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from ivr.aftersales.life import (
    AppointmentKind,
    AppointmentStatus,
    Category,
    Channel,
    Priority,
    RequirementStatus,
    Status,
    UrgentKind,
)
from ivr.api.fields import Answer, LocalMoment, local
from ivr.api.recordings import links
from ivr.store.tables import Appointment, Case, Requirement, Survey


class RequirementOut(Answer):
    id: int
    category: Category
    description: str | None
    #: Where what the owner said can be heard.
    recording: str | None
    status: RequirementStatus


class AppointmentOut(Answer):
    id: int
    kind: AppointmentKind
    start: LocalMoment
    end: LocalMoment
    status: AppointmentStatus
    substitute: bool


class SurveyAnswerOut(Answer):
    requirement: int
    satisfied: bool
    remedy: AppointmentKind | None


class SurveyOut(Answer):
    attempts: int
    outcome: str | None
    score: int | None
    answers: list[SurveyAnswerOut]


class EventOut(Answer):
    at: LocalMoment
    kind: str
    by: str
    detail: dict[str, Any]


class CaseOut(Answer):
    number: str
    status: Status
    priority: Priority
    urgent_kind: UrgentKind | None
    channel: Channel
    project: str | None
    apartment: str | None
    verified: bool | None
    contacts: list[str]
    follows: str | None
    requirements: list[RequirementOut]
    appointments: list[AppointmentOut]
    surveys: list[SurveyOut]
    events: list[EventOut]


#: What an event tells of times, written down in UTC.
_MOMENTS = frozenset({"start", "end", "previous_start"})

#: Everything that is shown, in as many queries as there are kinds of things, however many cases.
_WHOLE = (
    joinedload(Case.project),
    joinedload(Case.home).lazyload("*"),
    joinedload(Case.follows).load_only(Case.number),
    selectinload(Case.requirements),
    selectinload(Case.contacts),
    selectinload(Case.appointments),
    selectinload(Case.surveys).selectinload(Survey.answers),
    selectinload(Case.events),
)


def shown(session: Session, case: Case, office_timezone: str) -> CaseOut:
    """The case with all that was done to it, in this transaction too."""
    return shown_all(session, [case], office_timezone)[0]


def shown_all(session: Session, cases: Sequence[Case], office_timezone: str) -> list[CaseOut]:
    """The cases in their order. ``office_timezone`` is for the times of those whose project is not known."""
    session.flush()
    wanted = select(Case).where(Case.id.in_([case.id for case in cases])).options(*_WHOLE)
    whole = {case.id: case for case in session.scalars(wanted.execution_options(populate_existing=True))}
    said = [
        requirement.recording_id
        for case in whole.values()
        for requirement in case.requirements
        if requirement.recording_id is not None
    ]
    heard_at = links(session, said)
    return [_shown(whole[case.id], office_timezone, heard_at) for case in cases]


def appointment_shown(appointment: Appointment, timezone: str) -> AppointmentOut:
    """An appointment in its project's time."""
    return AppointmentOut(
        id=appointment.id,
        kind=AppointmentKind(appointment.kind),
        start=local(appointment.start, timezone),
        end=local(appointment.end, timezone),
        status=AppointmentStatus(appointment.status),
        substitute=appointment.substitute,
    )


def timezone_of(case: Case, office_timezone: str) -> str:
    """The project's time zone; the office's where the project is not known yet."""
    return case.project.timezone if case.project else office_timezone


def _shown(case: Case, office_timezone: str, heard_at: Mapping[int, str]) -> CaseOut:
    zone = timezone_of(case, office_timezone)
    return CaseOut(
        number=case.number,
        status=Status(case.status),
        priority=Priority(case.priority),
        urgent_kind=UrgentKind(case.urgent_kind) if case.urgent_kind else None,
        channel=Channel(case.channel),
        project=case.project.code if case.project else None,
        apartment=case.home.number if case.home else None,
        verified=case.home.verified if case.home else None,
        contacts=[contact.phone for contact in case.contacts],
        follows=case.follows.number if case.follows else None,
        requirements=[_requirement(each, heard_at) for each in case.requirements],
        appointments=[appointment_shown(each, zone) for each in case.appointments],
        surveys=[_survey(each) for each in case.surveys],
        events=[
            EventOut(at=local(each.at, zone), kind=each.kind, by=each.by, detail=_detail(each.detail, zone))
            for each in case.events
        ],
    )


def _requirement(requirement: Requirement, heard_at: Mapping[int, str]) -> RequirementOut:
    return RequirementOut(
        id=requirement.id,
        category=Category(requirement.category),
        description=requirement.description,
        recording=heard_at.get(requirement.recording_id or 0),
        status=RequirementStatus(requirement.status),
    )


def _survey(survey: Survey) -> SurveyOut:
    return SurveyOut(
        attempts=survey.attempts,
        outcome=survey.outcome,
        score=survey.score,
        answers=[
            SurveyAnswerOut(
                requirement=answer.requirement_id,
                satisfied=answer.satisfied,
                remedy=AppointmentKind(answer.remedy) if answer.remedy else None,
            )
            for answer in survey.answers
        ],
    )


def _detail(detail: Mapping[str, Any], zone: str) -> dict[str, Any]:
    return {
        key: local(datetime.fromisoformat(value), zone).isoformat() if key in _MOMENTS and value else value
        for key, value in detail.items()
    }
