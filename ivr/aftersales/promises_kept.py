"""How many promises with a term were broken in a time: the lines of a report (see `deadlines`)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, union_all
from sqlalchemy.orm import Session

from ivr.aftersales.outbound import CallPurpose, FinalAnswer
from ivr.aftersales.tasks import TaskKind
from ivr.store.tables import PlannedCall, Task


class Broken(StrEnum):
    """What was promised and not kept."""

    URGENT_5_MINUTES = "urgent_5_minutes"  #: an urgency that nobody had taken by then
    URGENT_15_MINUTES = "urgent_15_minutes"
    VISIT_5_DAYS = "visit_5_days"  #: no visit within 5 business days
    WORKS_10_DAYS = "works_10_days"  #: works not executed by then, in business days
    WORKS_15_DAYS = "works_15_days"
    WORKS_20_DAYS = "works_20_days"
    SURVEY_UNANSWERABLE = "survey_unanswerable"  #: the owner could not be asked about the works


#: Alarms by their task's kind and its reason (`deadlines`): each is raised once.
_ALARMS: dict[Broken, tuple[TaskKind, ColumnElement[bool]]] = {
    Broken.URGENT_5_MINUTES: (TaskKind.URGENT_UNACKNOWLEDGED, Task.once.not_like("unacknowledged:%:%")),
    Broken.URGENT_15_MINUTES: (TaskKind.URGENT_UNACKNOWLEDGED, Task.once.like("unacknowledged:%:15")),
    Broken.VISIT_5_DAYS: (TaskKind.VISIT_LATE, literal(True)),
    Broken.WORKS_10_DAYS: (TaskKind.OVERDUE_WORKS, Task.once.like("%:10")),
    Broken.WORKS_15_DAYS: (TaskKind.OVERDUE_WORKS, Task.once.like("%:15")),
    Broken.WORKS_20_DAYS: (TaskKind.OVERDUE_WORKS, Task.once.like("%:20")),
}


def broken(session: Session, since: datetime, until: datetime) -> dict[Broken, int]:
    """How often each promise was broken from ``since`` on and before ``until``, zeros too. One query."""
    lines = [_alarms(each, since, until) for each in _ALARMS]
    asked_in_vain = and_(
        PlannedCall.purpose == CallPurpose.SATISFACTION,
        PlannedCall.answer.not_in([FinalAnswer.ANSWERED, FinalAnswer.OVERTAKEN]),
        PlannedCall.ended_at >= since,
        PlannedCall.ended_at < until,
    )
    lines.append(select(literal(Broken.SURVEY_UNANSWERABLE.value), func.count()).where(asked_in_vain))
    counted = {name: count for name, count in session.execute(union_all(*lines))}  # noqa: C416 -- rows
    return {each: counted[each.value] for each in Broken}


def _alarms(which: Broken, since: datetime, until: datetime) -> Select[str, int]:
    kind, reason = _ALARMS[which]
    raised = and_(Task.kind == kind, reason, Task.created_at >= since, Task.created_at < until)
    return select(literal(which.value), func.count(Task.id)).where(raised)
