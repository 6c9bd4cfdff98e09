"""How the telephone was answered: calls by hour and by how they ended, waits, and what the line did alone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, func, or_, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session, aliased

from ivr.aftersales.life import Priority
from ivr.aftersales.report_scope import Scope, at_hour, day_after, hour_of, seconds_between
from ivr.aftersales.reports import share
from ivr.store.tables import CallRow, Case, Home, Wait
from ivr.switchboard.waits import WaitState

#: Somebody who calls again so soon was not served by the call before.
SOON = timedelta(hours=24)
_INBOUND = "inbound"


class Ending(StrEnum):
    """What came of a call to the line."""

    LINE = "line"  #: the line did what the caller wanted, without a person
    PERSON = "person"  #: a person talked with them
    LATER = "later"  #: a person rings them, hears their message, or comes to their urgency
    GAVE_UP = "gave_up"  #: they hung up while they waited for a person
    CUT = "cut"  #: they hung up before there was anything to do


_BY_A_PERSON = frozenset({"talked", "attended"})
_BY_THE_LINE = frozenset({"booked", "informed", "date_kept", "date_cancelled", "gas_go_out", "ended"})
_FOR_LATER = frozenset({"callback", "message", "no_slots", "no_number"})
_GAVE_UP = "hung_up_waiting"


@dataclass(frozen=True)
class Calls:
    """Calls to the line that began in the period and are over."""

    #: By the hour of the day in which they began, 0 to 23, and by what came of them.
    hours: Sequence[Mapping[Ending, int]]
    #: By the word that the conversation gave them.
    outcomes: Mapping[str, int]

    @property
    def endings(self) -> Mapping[Ending, int]:
        """All hours together."""
        return sum((Counter(hour) for hour in self.hours), Counter())

    @property
    def total(self) -> int:
        return sum(self.outcomes.values())


@dataclass(frozen=True)
class Containment:
    """What the line did alone, of calls that began `SOON` ago or earlier: it is known who called again."""

    calls: int
    #: Calls that ended without a person.
    alone: int
    #: Of those, the ones whose caller did not call again within `SOON`.
    contained: int

    @property
    def percent(self) -> int | None:
        return share(self.contained, self.calls)


@dataclass(frozen=True)
class Waits:
    """Those who waited on the line for a person, by how many seconds they did."""

    answered: Mapping[int, int]
    #: Who hung up, or whom nobody took within the longest wait.
    gave_up: Mapping[int, int]

    @property
    def abandonment(self) -> int | None:
        """Who gave up, of all who waited, in per cent."""
        gave_up = sum(self.gave_up.values())
        return share(gave_up, gave_up + sum(self.answered.values()))

    def quantile(self, part: float) -> int | None:
        """The shortest wait that so great a part of those who were answered did not exceed, in seconds."""
        left = ceil(part * sum(self.answered.values()))
        for seconds in sorted(self.answered):
            left -= self.answered[seconds]
            if left <= 0:
                return seconds
        return None


def calls(session: Session, scope: Scope) -> Calls:
    """One query; with a project only calls that named a home or a case of it."""
    by = hour_of(session, CallRow.started_at), CallRow.outcome, CallRow.wait_id.is_not(None)
    counted = select(*by, func.count()).where(*_of_the_line(scope)).group_by(*by)
    hours: list[Counter[Ending]] = [Counter() for _ in range(24)]
    outcomes: Counter[str] = Counter()
    for hour, outcome, waited, count in session.execute(_with_project(counted, scope)):
        outcomes[outcome or "ended"] += count
        hours[at_hour(hour).astimezone(scope.zone).hour][ending(outcome, waited=waited)] += count
    return Calls(hours, outcomes)


def ending(outcome: str | None, *, waited: bool) -> Ending:
    """What came of a call with that outcome; ``waited``: a person was asked for, by them or for them."""
    if outcome in _BY_A_PERSON:
        return Ending.PERSON
    if outcome == _GAVE_UP:
        return Ending.GAVE_UP
    if waited or outcome in _FOR_LATER:
        return Ending.LATER
    return Ending.LINE if outcome in _BY_THE_LINE else Ending.CUT


def containment(session: Session, scope: Scope, now: datetime) -> Containment:
    """One query. Who withholds their number is not known again, and counts as one who did not call again."""
    alone = and_(CallRow.outcome.in_(_BY_THE_LINE), CallRow.wait_id.is_(None))
    next_one = aliased(CallRow)
    again = (
        select(next_one.id)
        .where(
            next_one.caller == CallRow.caller,
            next_one.started_at > CallRow.started_at,
            next_one.started_at <= day_after(session, CallRow.started_at),
            next_one.purpose == _INBOUND,
        )
        .exists()
    )
    counted = select(
        func.count(), _sum(alone), _sum(and_(alone, or_(CallRow.caller.is_(None), ~again)))
    ).where(*_of_the_line(scope), CallRow.started_at <= now - SOON)
    row = session.execute(_with_project(counted, scope)).one()
    return Containment(*(int(count or 0) for count in row))


def waits(session: Session, scope: Scope) -> Waits:
    """One query: waits on the line that began in the period, by whole seconds; the board counts the same."""
    talked = Wait.talking_since.is_not(None)
    until = func.coalesce(Wait.talking_since, Wait.ended_at)
    seconds = sql_cast(func.round(seconds_between(session, Wait.since, until)), Integer)
    waited = select(talked.label("talked"), seconds.label("seconds")).where(
        # All states and priorities are named, so that their index leads to the period's waits alone.
        Wait.state.in_(list(WaitState)),
        Wait.priority.in_(list(Priority)),
        scope.covers(Wait.since),
        Wait.call_id.is_not(None),
        Wait.phone.is_(None),
        or_(talked, Wait.state.in_([WaitState.GONE, WaitState.EXPIRED])),
    )
    if scope.project_id is not None:
        waited = (
            waited.join(CallRow, CallRow.id == Wait.call_id)
            .outerjoin(Home, Home.id == CallRow.home_id)
            .outerjoin(Case, Case.id == Wait.case_id)
            .where(*scope.about(Home.project_id, Case.project_id))
        )
    each = waited.subquery()
    by = each.c.talked, each.c.seconds
    rows = session.execute(select(*by, func.count()).group_by(*by)).all()
    return Waits(
        answered={lasted: count for talked, lasted, count in rows if talked},
        gave_up={lasted: count for talked, lasted, count in rows if not talked},
    )


def _of_the_line(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    return (CallRow.purpose == _INBOUND, scope.covers(CallRow.started_at), CallRow.ended_at.is_not(None))


def _with_project(counted: Select[*tuple[Any, ...]], scope: Scope) -> Select[*tuple[Any, ...]]:
    if scope.project_id is None:
        return counted
    return (
        counted.outerjoin(Home, Home.id == CallRow.home_id)
        .outerjoin(Case, Case.id == CallRow.case_id)
        .where(*scope.about(Home.project_id, Case.project_id))
    )


def _sum(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((which, 1), else_=0))
