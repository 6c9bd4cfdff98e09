"""What is measured in the database at the moment of asking, so that every process of the line tells the same.

Several servers that are asked tell the same figures too: take their maximum, never their sum.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ivr.aftersales import letters
from ivr.store.tables import Agent, CallRow, Case, CaseEvent, Job, Task, Wait

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class _Moment:
    """Whom to ask, and what time it is."""

    db: Session
    now: datetime

    def age(self, since: datetime | None) -> float:
        """Seconds since then; 0 where there is nothing that could be old."""
        return max(0.0, (self.now - since).total_seconds()) if since else 0.0


class Measures(Collector):
    """The figures of one moment. ``tells_crm``: whether anybody is to be told of events."""

    def __init__(self, session: Session, now: datetime, *, tells_crm: bool) -> None:
        self._at = _Moment(session, now)
        self._parts: list[Callable[[_Moment], Iterator[GaugeMetricFamily]]] = [
            _calls,
            _waits,
            _jobs,
            _people,
            _unannounced,
        ]
        if tells_crm:
            self._parts.append(_unposted)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for part in self._parts:
            yield from part(self._at)


def _calls(at: _Moment) -> Iterator[GaugeMetricFamily]:
    count = func.count()
    open_ = select(count).select_from(CallRow).where(CallRow.ended_at.is_(None))
    yield _family("calls_open", "calls without an end", [], at.db.execute(open_))
    outcome = func.coalesce(CallRow.outcome, "none")
    ended = (
        select(CallRow.purpose, outcome, count)
        .where(CallRow.ended_at > at.now - _HOUR)
        .group_by(CallRow.purpose, outcome)
    )
    yield _family(
        "calls_ended_hour", "calls that ended within an hour", ["purpose", "outcome"], at.db.execute(ended)
    )


def _waits(at: _Moment) -> Iterator[GaugeMetricFamily]:
    """Both priorities are always told, so that a queue that empties does not leave its last figure behind."""
    found = dict.fromkeys(("standard", "urgent"), (0, 0.0))
    waiting = (
        select(Wait.priority, func.count(), func.min(Wait.since))
        .where(Wait.state == "waiting")
        .group_by(Wait.priority)
    )
    for priority, count, since in at.db.execute(waiting):
        found[priority] = count, at.age(since)
    counts = [(priority, count) for priority, (count, _) in found.items()]
    yield _family("callers_waiting", "callers who wait for a person", ["priority"], counts)
    yield _family(
        "callers_waiting_seconds",
        "how long the first of them has waited",
        ["priority"],
        [(priority, seconds) for priority, (_, seconds) in found.items()],
    )
    urgent = select(func.count(), func.min(Case.created_at)).where(
        Case.status == "open", Case.priority == "urgent", Case.acknowledged_at.is_(None)
    )
    yield from _backlog("urgent_unacknowledged", "urgent cases that nobody has taken", urgent, at)


def _jobs(at: _Moment) -> Iterator[GaugeMetricFamily]:
    late = (
        select(Job.kind, func.count(), func.min(Job.due_at))
        .where(Job.state == "due", Job.due_at <= at.now)
        .group_by(Job.kind)
    )
    found = at.db.execute(late).all()
    yield _family("jobs_due", "pieces of work that are due", ["kind"], [(kind, n) for kind, n, _ in found])
    oldest = max((at.age(due) for _, _, due in found), default=0.0)
    yield _family("jobs_late_seconds", "age of the oldest piece of due work", [], [(oldest,)])
    failed = (
        select(Job.kind, func.count())
        .where(Job.state == "failed", Job.finished_at > at.now - 24 * _HOUR)
        .group_by(Job.kind)
    )
    yield _family("jobs_given_up_day", "work that was given up within a day", ["kind"], at.db.execute(failed))


def _people(at: _Moment) -> Iterator[GaugeMetricFamily]:
    open_ = select(Task.kind, func.count()).where(Task.state == "open").group_by(Task.kind)
    yield _family("tasks_open", "tasks that nobody has done", ["kind"], at.db.execute(open_))
    found = dict.fromkeys(("available", "away", "offline"), 0)
    agents = select(Agent.presence, func.count()).where(Agent.deactivated_at.is_(None))
    for presence, count in at.db.execute(agents.group_by(Agent.presence)):
        found[presence] = count
    yield _family("agents", "agents by their presence", ["presence"], found.items())


def _unannounced(at: _Moment) -> Iterator[GaugeMetricFamily]:
    owed = _owed(CaseEvent.announced_at)
    yield from _backlog("events_unannounced", "events whose texts and tasks are owed", owed, at)


def _unposted(at: _Moment) -> Iterator[GaugeMetricFamily]:
    yield from _backlog("events_unposted", "events that the CRM is owed", _owed(CaseEvent.posted_at), at)
    dead = letters.dead_count(at.db)
    yield _family("letters_dead", "events that the CRM has refused again and again", [], [(dead,)])


def _owed(done: InstrumentedAttribute[datetime | None]) -> Any:
    return select(func.count(), func.min(CaseEvent.at)).where(done.is_(None))


def _backlog(name: str, meaning: str, counted: Any, at: _Moment) -> Iterator[GaugeMetricFamily]:
    """How many there are, and as ``<name>_seconds`` the age of the oldest."""
    count, oldest = at.db.execute(counted).one()
    yield _family(name, meaning, [], [(count,)])
    yield _family(f"{name}_seconds", f"age of the oldest: {meaning}", [], [(at.age(oldest),)])


def _family(name: str, meaning: str, labels: Sequence[str], rows: Any) -> GaugeMetricFamily:
    """``rows``: the values of the labels, then the figure."""
    family = GaugeMetricFamily(f"postventa_{name}", meaning, labels=labels)
    for *values, figure in rows:
        family.add_metric([str(value) for value in values], float(figure))
    return family
