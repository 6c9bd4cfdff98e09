"""How the line stands now, and how the day has gone so far: what the board shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from ivr.settings import Settings
from ivr.store.tables import Agent, CallRow, Case, Guest, Home, Leg, Project, Wait
from ivr.switchboard import guests, waits
from ivr.switchboard.guests import Role as GuestRole
from ivr.switchboard.legs import LegState
from ivr.switchboard.presence import Presence
from ivr.switchboard.waits import WaitState

#: Service level 80/20: of those who asked for a person, 80 % are answered within 20 s.
WITHIN = timedelta(seconds=20)
AIM = 80
#: Rows of those who wait that a board shows; how many there are it says besides.
MOST_SHOWN = 50

_PRIORITIES = ("standard", "urgent")


@dataclass(frozen=True)
class Waiting:
    """Somebody who is owed a person; ``place``: 1 is next."""

    place: int
    wait: Wait
    who: str | None
    number: str | None
    where: str | None


@dataclass(frozen=True)
class Talking:
    """An agent with an owner."""

    agent: Agent
    leg: Leg
    wait: Wait
    where: str | None
    #: The supervisors who take part, and how.
    supervised: Sequence[Guest]

    @property
    def since(self) -> datetime:
        """When they began to talk."""
        return self.wait.talking_since or self.leg.created_at


@dataclass(frozen=True)
class Day:
    """Those who asked for a person today."""

    answered: int = 0
    abandoned: int = 0
    called_back: int = 0
    #: Answered within `WITHIN`, of those who waited on the line.
    in_time: int = 0

    @property
    def service_level(self) -> int | None:
        """Answered in time, of all who were answered or gave up, in per cent; None where there were none."""
        all_of_them = self.answered + self.abandoned
        return round(100 * self.in_time / all_of_them) if all_of_them else None


@dataclass(frozen=True)
class Figures:
    """All of the board."""

    waiting: Sequence[Waiting]
    talking: Sequence[Talking]
    agents: Sequence[Agent]
    day: Day
    #: How many wait, also those who are not shown.
    queue: int

    @property
    def longest(self) -> datetime | None:
        """Since when the longest waiting waits."""
        return min((each.wait.since for each in self.waiting), default=None)

    @property
    def available(self) -> int:
        """How many agents are free."""
        return sum(agent.presence == Presence.AVAILABLE for agent in self.agents)


@dataclass(frozen=True)
class Glance:
    """The line in three figures."""

    queue: int
    longest: datetime | None
    available: int


def glance(session: Session) -> Glance:
    """How many wait, since when, and how many agents are free: two queries."""
    queue, longest = session.execute(select(func.count(), func.min(Wait.since)).where(waits.in_turn())).one()
    free = select(func.count()).select_from(Agent).where(Agent.presence == Presence.AVAILABLE)
    return Glance(queue, longest, session.scalar(free) or 0)


def read(session: Session, settings: Settings, now: datetime) -> Figures:
    """The board at this moment: five queries, whatever has happened before today."""
    agents = session.scalars(
        select(Agent).where(Agent.deactivated_at.is_(None)).order_by(Agent.name, Agent.id)
    ).all()
    waiting, queue = _waiting(session)
    return Figures(waiting, _talking(session), agents, day(session, settings, now), queue)


def day(session: Session, settings: Settings, now: datetime) -> Day:
    """Since the office's midnight: one query, of the waits of that day only."""
    today = now.astimezone(ZoneInfo(settings.timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
    on_the_line = and_(Wait.call_id.is_not(None), Wait.phone.is_(None))
    answered = and_(on_the_line, Wait.talking_since.is_not(None))
    gave_up = and_(
        on_the_line, Wait.talking_since.is_(None), Wait.state.in_([WaitState.GONE, WaitState.EXPIRED])
    )
    back = and_(Wait.phone.is_not(None), Wait.state == WaitState.SERVED)
    prompt = and_(answered, _lasted_at_most(session, WITHIN))
    counted = [func.sum(case((which, 1), else_=0)) for which in (answered, gave_up, back, prompt)]
    row = session.execute(
        # All states and priorities are named, so that their index leads to the day's waits alone.
        select(*counted).where(
            Wait.state.in_(list(WaitState)), Wait.priority.in_(_PRIORITIES), Wait.since >= today
        )
    ).one()
    return Day(*(int(count or 0) for count in row))


def _waiting(session: Session) -> tuple[list[Waiting], int]:
    total = session.scalar(select(func.count()).select_from(Wait).where(waits.in_turn())) or 0
    rows = session.execute(
        select(Wait, CallRow.caller, Home.owner, Home.number, Project.name)
        .outerjoin(CallRow, CallRow.id == Wait.call_id)
        .outerjoin(Case, Case.id == Wait.case_id)
        .outerjoin(Home, Home.id == func.coalesce(Case.home_id, CallRow.home_id))
        .outerjoin(Project, Project.id == func.coalesce(Home.project_id, Case.project_id))
        .where(waits.in_turn())
        .order_by(*waits.order())
        .limit(MOST_SHOWN)
    )
    shown = [
        Waiting(place, wait, owner, wait.phone or caller, _where(project, home))
        for place, (wait, caller, owner, home, project) in enumerate(rows, 1)
    ]
    return shown, total


def _talking(session: Session) -> list[Talking]:
    place = aliased(Project)
    rows = session.execute(
        select(Agent, Leg, Wait, Home.number, place.name)
        .join(Leg, and_(Leg.agent_id == Agent.id, Leg.wait_id == Agent.wait_id))
        .join(Wait, Wait.id == Leg.wait_id)
        .outerjoin(Case, Case.id == Wait.case_id)
        .outerjoin(Home, Home.id == Case.home_id)
        .outerjoin(place, place.id == Case.project_id)
        .where(Leg.state.in_([LegState.ACCEPTED, LegState.CALLER_GONE]))
        .order_by(Leg.id)
    ).all()
    legs = [leg.id for _, leg, *_ in rows]
    taking_part = select(Guest).where(
        Guest.leg_id.in_(legs), Guest.role == GuestRole.SUPERVISOR, Guest.state.in_(guests.LIVING)
    )
    present = session.scalars(taking_part).all() if legs else []
    return [
        Talking(agent, leg, wait, _where(project, home), [each for each in present if each.leg_id == leg.id])
        for agent, leg, wait, home, project in rows
    ]


def _where(project: str | None, home: str | None) -> str | None:
    return ", ".join(filter(None, (project, home))) or None


def _lasted_at_most(session: Session, limit: timedelta) -> ColumnElement[bool]:
    """Whether somebody was talked to so soon; each database reckons with moments in its own words."""
    seconds = limit.total_seconds()
    if session.get_bind().dialect.name == "sqlite":
        waited = (func.julianday(Wait.talking_since) - func.julianday(Wait.since)) * 86400
    else:
        waited = func.extract("epoch", Wait.talking_since - Wait.since)
    return waited < seconds + 0.5
