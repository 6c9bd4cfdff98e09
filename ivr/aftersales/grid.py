"""When inspection visits and works may take place: their days, and the slots of each day.

Which of the slots are still free is not known here.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from ivr.aftersales.calendar import BusinessCalendar, Hours, Span

#: An inspection visit takes place within so many business days after the day of the call.
VISIT_WINDOW_DAYS = 5

#: Works are executed at most so many business days after the inspection or the dispute.
WORKS_LIMIT_DAYS = 20

VISIT_HOURS = Hours.weekly(
    monday_to_thursday=(Span(time(9), time(13, 30)), Span(time(15), time(18, 30))),
    friday=(Span(time(9), time(14, 30)),),
)

_WORKS_DAY = (Span(time(9), time(13)), Span(time(14), time(18)))
WORKS_HOURS = Hours.weekly(monday_to_thursday=_WORKS_DAY, friday=_WORKS_DAY)


@dataclass(frozen=True)
class Slot:
    """A stretch of time that an appointment can take, in UTC."""

    start: datetime
    end: datetime


def visit_slots(
    calendar: BusinessCalendar, day: date, slot_minutes: int, hours: Hours = VISIT_HOURS
) -> list[Slot]:
    """The visits of that day: slots one after another from each beginning, wholly inside the hours.

    None if the day is closed. Raises ValueError unless ``slot_minutes`` is positive.
    """
    if slot_minutes < 1:
        raise ValueError(f"a slot lasts at least one minute, not {slot_minutes}")
    length = timedelta(minutes=slot_minutes)
    return [
        Slot(opening + i * length, opening + (i + 1) * length)
        for opening, closing in hours.on(calendar, day)
        for i in range((closing - opening) // length)
    ]


def works_slots(calendar: BusinessCalendar, day: date, hours: Hours = WORKS_HOURS) -> list[Slot]:
    """The half-days of works of that day; none if it is closed."""
    return [Slot(opening, closing) for opening, closing in hours.on(calendar, day)]


@dataclass(frozen=True)
class VisitDays:
    """The days of a visit window, each part in time order."""

    #: Those on the project's weekday: none (where it is a holiday), one, or two.
    assigned: list[date]
    #: The others, for when nothing is free on the assigned ones.
    substitutes: list[date]


def visit_window(calendar: BusinessCalendar, now: datetime) -> list[date]:
    """The five business days after the day of the call, by the project's date."""
    return calendar.window(calendar.local_date(now), VISIT_WINDOW_DAYS)


def visit_days(calendar: BusinessCalendar, now: datetime, weekday: int) -> VisitDays:
    """The visit window parted by the project's weekday (1 Monday to 5 Friday, else ValueError)."""
    if not 1 <= weekday <= 5:
        raise ValueError(f"a project's weekday is 1 (Monday) to 5 (Friday), not {weekday}")
    window = visit_window(calendar, now)
    return VisitDays(
        assigned=[day for day in window if day.isoweekday() == weekday],
        substitutes=[day for day in window if day.isoweekday() != weekday],
    )


def works_window(calendar: BusinessCalendar, now: datetime, since: date) -> list[date]:
    """Business days after the day of the call that are at most 20 business days after ``since``.

    ``since`` is the day of the inspection or of the dispute. Empty once the term has run out.
    """
    today = calendar.local_date(now)
    return [day for day in calendar.window(since, WORKS_LIMIT_DAYS) if day > today]
