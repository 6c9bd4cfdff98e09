"""Whether the office answers now."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales.calendar import BusinessCalendar, Hours, is_open, next_allowed
from ivr.aftersales.closures import as_closures
from ivr.settings import Settings
from ivr.store.tables import ClosureDay

#: Closed in a row, holidays included, the office never is for longer.
_AHEAD = timedelta(days=30)


def open_now(session: Session, settings: Settings, now: datetime) -> bool:
    """Whether agents answer at this moment: the office's hours on its business days, in its own time zone."""
    return is_open(calendar(session, settings, now), now, _hours(settings))


def next_open(session: Session, settings: Settings, now: datetime) -> datetime:
    """``now`` if the office answers, else the moment when it will, in UTC."""
    return next_allowed(calendar(session, settings, now), now, _hours(settings))


def _hours(settings: Settings) -> Hours:
    return Hours.on_business_days(*settings.office_hours)


def calendar(session: Session, settings: Settings, now: datetime) -> BusinessCalendar:
    """The nation's calendar with the closures that count everywhere, for the thirty days after ``now``."""
    today = now.astimezone(ZoneInfo(settings.timezone)).date()
    wanted = select(ClosureDay).where(
        ClosureDay.day.between(today, today + _AHEAD),
        ClosureDay.region.is_(None),
        ClosureDay.project_id.is_(None),
    )
    return BusinessCalendar(None, settings.timezone, as_closures(session.scalars(wanted)))
