"""When the line may call an owner by itself: hours, the retry plan, and what "later" means.

All in the owner's time zone and on their business days; the hours are the operator's choice, since no law
sets them for calls of service. Moments come out in UTC.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from ivr.aftersales.calendar import BusinessCalendar, Hours, next_allowed
from ivr.aftersales.closures import for_project
from ivr.choices import Delay
from ivr.settings import Settings
from ivr.store.tables import Project

#: Days ahead for which days off are looked up: more than any retry plan needs.
_AHEAD = timedelta(days=60)

_AFTERNOON = time(15)
_TOMORROW = time(10)


class Later(StrEnum):
    """When somebody who has no time now wants to be called, in the order of the keys."""

    IN_AN_HOUR = "in_an_hour"
    THIS_AFTERNOON = "this_afternoon"
    TOMORROW = "tomorrow"


@dataclass(frozen=True)
class CallingTimes:
    """The calling hours of one project, and the operator's plan for those who do not answer."""

    calendar: BusinessCalendar
    hours: Hours
    retry_plan: tuple[Delay, ...]

    @classmethod
    def of(
        cls, session: Session, project: Project | None, *, settings: Settings, now: datetime
    ) -> "CallingTimes":
        """Those of the project, with its days off from yesterday on; the office's where none is known."""
        return cls(
            calendar_of(session, project, now.date() + _AHEAD, settings=settings, now=now),
            Hours.on_business_days(*settings.calling_hours),
            settings.retry_plan,
        )

    def allowed(self, moment: datetime) -> datetime:
        """``moment`` itself if calls may go out then, else when they may again."""
        return next_allowed(self.calendar, moment, self.hours)

    def after(self, attempts: int, now: datetime) -> datetime | None:
        """When to try again after so many unanswered attempts; None: that was the last."""
        if attempts > len(self.retry_plan):
            return None
        delay = self.retry_plan[attempts - 1]
        return self.allowed(now + delay if isinstance(delay, timedelta) else self._next_day(delay, now))

    def later(self, wanted: Later, now: datetime) -> datetime:
        """When whoever asks for ``wanted`` is called: the moment itself, or the next that calls may go out.

        An afternoon that has begun already is two hours from now.
        """
        match wanted:
            case Later.IN_AN_HOUR:
                moment = now + timedelta(hours=1)
            case Later.THIS_AFTERNOON:
                afternoon = self.calendar.at(self.calendar.local_date(now), _AFTERNOON)
                moment = max(afternoon.astimezone(UTC), now + timedelta(hours=2))
            case Later.TOMORROW:
                moment = self._next_day(_TOMORROW, now)
        return self.allowed(moment)

    def _next_day(self, wall: time, now: datetime) -> datetime:
        next_business_day = self.calendar.add(self.calendar.local_date(now), 1)
        return self.calendar.at(next_business_day, wall).astimezone(UTC)


def calendar_of(
    session: Session, project: Project | None, until: date, *, settings: Settings, now: datetime
) -> BusinessCalendar:
    """Business days of a project from yesterday (by UTC) to ``until``; the nation's where none is known."""
    if project is None:
        return BusinessCalendar(None, settings.timezone)
    days_off = for_project(session, project, now.date() - timedelta(days=1), until)
    return BusinessCalendar(project.region, project.timezone, days_off)
