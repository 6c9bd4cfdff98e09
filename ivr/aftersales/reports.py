"""How well promises to owners are kept, and what owners say: figures of cases, a few aggregate queries each.

What is counted by local days comes from the database by the hour and by project, so that a report reads as
many rows as there are hours with something in them, never one a case more than once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from ivr.aftersales import closures
from ivr.aftersales.calendar import BusinessCalendar
from ivr.aftersales.deadlines import WORKS_AFTER_DAYS
from ivr.aftersales.events import EventKind
from ivr.aftersales.grid import VISIT_WINDOW_DAYS
from ivr.aftersales.life import AppointmentKind, AppointmentStatus, Priority, Status
from ivr.aftersales.report_scope import Scope, at_hour, hour_of
from ivr.aftersales.surveys import Outcome
from ivr.aftersales.tasks import TaskKind
from ivr.store.tables import (
    Appointment,
    Case,
    CaseEvent,
    ClosureDay,
    Project,
    Requirement,
    Survey,
    SurveyAnswer,
    Task,
)
from ivr.store.tables.work import ALARM_KINDS

WORKS_DAYS = WORKS_AFTER_DAYS[-1]
#: Days after the period within which its terms end, with all holidays there are.
_TERMS_END = timedelta(days=60)


def share(part: int, whole: int) -> int | None:
    """``part`` of ``whole`` in whole per cent; None of nothing."""
    return round(100 * part / whole) if whole else None


@dataclass(frozen=True)
class Kept:
    """What became of one promise in one project."""

    project: str
    in_time: int
    late: int
    #: Nothing has come yet, and the term is over.
    overdue: int
    #: Nothing has come yet, and the term still runs.
    pending: int

    @property
    def percent(self) -> int | None:
        """Kept, of those of which it is known, in per cent."""
        return share(self.in_time, self.in_time + self.late + self.overdue)


@dataclass(frozen=True)
class Opinion:
    """What owners said in the calls after works, about one project or one category."""

    about: str
    #: Surveys (of a project) or requirements (of a category) that were answered.
    answered: int
    satisfied: int
    #: The mean of 1 to 5, where it was given.
    score: float | None = None

    @property
    def percent(self) -> int | None:
        """Satisfied, of those who answered, in per cent."""
        return share(self.satisfied, self.answered)


@dataclass(frozen=True)
class Disputes:
    """Owners of one project who did not accept the works."""

    project: str
    disputed: int
    #: Of a case that was disputed before.
    again: int


@dataclass(frozen=True)
class Missed:
    """Terms of one project that ran out in the period: each raised its alarm then."""

    project: str
    visits: int
    works: int
    urgencies: int


def visits(session: Session, scope: Scope, now: datetime) -> list[Kept]:
    """Of the standard cases opened in the period: whether a visit was within 5 business days.

    The earliest visit that was not cancelled counts. Cancelled cases, and those whose home is not known,
    promise nothing.
    """
    come = (
        select(func.min(Appointment.start))
        .where(
            Appointment.case_id == Case.id,
            Appointment.kind == AppointmentKind.VISIT,
            Appointment.status != AppointmentStatus.CANCELLED,
        )
        .scalar_subquery()
    )
    begun = select(Case.project_id, Case.created_at.label("begun"), come.label("come")).where(
        scope.covers(Case.created_at),
        Case.priority == Priority.STANDARD,
        Case.status != Status.CANCELLED,
        Case.project_id.is_not(None),
        *scope.about(Case.project_id),
    )
    return _kept(session, scope, begun, VISIT_WINDOW_DAYS, now)


def works(session: Session, scope: Scope, now: datetime) -> list[Kept]:
    """Of the period's inspections that left something to mend: whether works came in 20 business days."""
    after = aliased(CaseEvent)
    come = (
        select(func.min(after.at))
        .where(
            after.case_id == CaseEvent.case_id, after.id > CaseEvent.id, after.kind == EventKind.WORKS_DONE
        )
        .scalar_subquery()
    )
    begun = (
        select(Case.project_id, CaseEvent.at.label("begun"), come.label("come"))
        .join(Case, Case.id == CaseEvent.case_id)
        .where(
            CaseEvent.kind == EventKind.INSPECTED,
            scope.covers(CaseEvent.at),
            Case.status != Status.CANCELLED,
            Case.project_id.is_not(None),
            *scope.about(Case.project_id),
        )
    )
    return _kept(session, scope, begun, WORKS_DAYS, now)


def opinions(session: Session, scope: Scope) -> list[Opinion]:
    """By project, of the surveys about works that were done in the period."""
    each = (
        select(_project_of(Survey.case_id), Survey.outcome, Survey.score)
        .where(scope.covers(Survey.created_at), Survey.outcome.in_(list(Outcome)))
        .subquery()
    )
    rows = session.execute(
        select(
            Project.name,
            func.count(),
            func.sum(case((each.c.outcome == Outcome.SATISFIED, 1), else_=0)),
            func.avg(each.c.score),
        )
        .join(Project, Project.id == each.c.project_id)
        .where(*scope.about(each.c.project_id))
        .group_by(Project.id, Project.name)
        .order_by(Project.name)
    )
    return [
        Opinion(name, answers, satisfied, float(score) if score is not None else None)
        for name, answers, satisfied, score in rows
    ]


def opinions_by_category(session: Session, scope: Scope) -> list[Opinion]:
    """By category, of each thing that owners were asked about; most answers first. Two queries."""
    surveyed = scope.covers(Survey.created_at)
    # Answers know no moment, but surveys are numbered as they come: the period's lie between these two.
    # It is for the count that PostgreSQL seeks them by the moment, and not from either end of all surveys.
    count, first, last = session.execute(
        select(func.count(), func.min(Survey.id), func.max(Survey.id)).where(surveyed)
    ).one()
    if not count:
        return []
    category = select(Requirement.category).where(Requirement.id == SurveyAnswer.requirement_id)
    each = (
        select(
            _project_of(Survey.case_id),
            category.scalar_subquery().label("category"),
            SurveyAnswer.satisfied,
        )
        .join_from(Survey, SurveyAnswer, SurveyAnswer.survey_id == Survey.id)
        .where(surveyed, SurveyAnswer.survey_id.between(first, last))
        .subquery()
    )
    answers = func.count()
    rows = session.execute(
        select(each.c.category, answers, func.sum(case((each.c.satisfied, 1), else_=0)))
        .where(*scope.about(each.c.project_id))
        .group_by(each.c.category)
        .order_by(answers.desc(), each.c.category)
    )
    return [Opinion(category, count, satisfied) for category, count, satisfied in rows]


def disputes(session: Session, scope: Scope) -> list[Disputes]:
    """By project; a dispute is repeated where the case was disputed at any time before."""
    before = aliased(CaseEvent)
    earlier = select(literal(1)).where(
        before.case_id == CaseEvent.case_id, before.id < CaseEvent.id, before.kind == EventKind.DISPUTED
    )
    each = (
        select(_project_of(CaseEvent.case_id), case((earlier.exists(), 1), else_=0).label("again"))
        .where(CaseEvent.kind == EventKind.DISPUTED, scope.covers(CaseEvent.at))
        .subquery()
    )
    rows = session.execute(
        select(Project.name, func.count(), func.sum(each.c.again))
        .join(Project, Project.id == each.c.project_id)
        .where(*scope.about(each.c.project_id))
        .group_by(Project.id, Project.name)
        .order_by(Project.name)
    )
    return [Disputes(name, count, again) for name, count, again in rows]


def missed(session: Session, scope: Scope) -> list[Missed]:
    """By project: alarms of the period (`ivr.aftersales.deadlines`), only the one that says a term is over.

    For an urgency that is the first, for works the one after 20 business days.
    """
    over = or_(
        Task.kind == TaskKind.VISIT_LATE,
        and_(Task.kind == TaskKind.OVERDUE_WORKS, Task.once.like(f"%:{WORKS_DAYS}")),
        and_(Task.kind == TaskKind.URGENT_UNACKNOWLEDGED, Task.once.not_like("%:%:%")),
    )
    counted = [
        func.sum(case((Task.kind == kind, 1), else_=0))
        for kind in (TaskKind.VISIT_LATE, TaskKind.OVERDUE_WORKS, TaskKind.URGENT_UNACKNOWLEDGED)
    ]
    rows = session.execute(
        select(Project.name, *counted)
        .select_from(Task)
        .join(Case, Case.id == Task.case_id)
        .join(Project, Project.id == Case.project_id)
        .where(Task.kind.in_(ALARM_KINDS), scope.covers(Task.created_at), over, *scope.about(Case.project_id))
        .group_by(Project.id, Project.name)
        .order_by(Project.name)
    )
    return [Missed(name, visits, works, urgencies) for name, visits, works, urgencies in rows]


def _project_of(case_id: SQLColumnExpression[int]) -> ColumnElement[int | None]:
    """The project of a row's case, as ``project_id``.

    Looked up row by row and not joined: to join a month's rows, PostgreSQL would read all cases there are.
    """
    return select(Case.project_id).where(Case.id == case_id).scalar_subquery().label("project_id")


def _kept(
    session: Session, scope: Scope, begun: Select[*tuple[Any, ...]], days: int, now: datetime
) -> list[Kept]:
    """How a promise of so many business days was kept; ``begun``: project, when it began, when it came."""
    each = begun.subquery()
    by = (
        each.c.project_id,
        hour_of(session, each.c.begun).label("begun"),
        hour_of(session, each.c.come).label("come"),
    )
    rows = session.execute(select(*by, func.count()).group_by(*by)).all()
    if not rows:
        return []
    projects = _projects(session, scope, {row[0] for row in rows})
    found = {project_id: {"in_time": 0, "late": 0, "overdue": 0, "pending": 0} for project_id in projects}

    @cache
    def last_day(project_id: int, since: date) -> date:
        return projects[project_id][1].add(since, days)

    for project_id, begins, comes, count in rows:
        calendar = projects[project_id][1]
        term = last_day(project_id, calendar.local_date(at_hour(begins)))
        in_term = calendar.local_date(at_hour(comes) if comes else now) <= term
        became = ("in_time" if in_term else "late") if comes else ("pending" if in_term else "overdue")
        found[project_id][became] += count
    return sorted(
        (Kept(projects[project_id][0], **figures) for project_id, figures in found.items()),
        key=lambda kept: kept.project,
    )


def _projects(session: Session, scope: Scope, ids: set[int]) -> Mapping[int, tuple[str, BusinessCalendar]]:
    """The name and the business days of each of these projects: two queries."""
    first, last = scope.first - timedelta(days=1), scope.last + _TERMS_END
    named = session.scalars(select(Project).where(Project.id.in_(ids))).all()
    days_off: Sequence[ClosureDay] = session.scalars(
        select(ClosureDay).where(ClosureDay.day.between(first, last))
    ).all()
    return {
        project.id: (
            project.name,
            BusinessCalendar(
                project.region,
                project.timezone,
                closures.as_closures(day for day in days_off if day.project_id in {None, project.id}),
            ),
        )
        for project in named
    }
