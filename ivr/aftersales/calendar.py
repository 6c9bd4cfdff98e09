"""Business days and opening hours of a project: pure rules, no database.

Everything is counted in the project's own time zone. A moment is an aware datetime, a day is a local
``date``; a moment that is worth storing comes out in UTC. The only module that imports ``holidays``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import count, islice, pairwise, takewhile
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

WEEKEND = "fin de semana"

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5
_REGIONS = holidays.country_holidays("CL").subdivisions


class UnknownRegion(ValueError):
    """The region is no code of ISO 3166-2:CL without its prefix (``AP``, not ``CL-AP``)."""


class UnknownTimezone(ValueError):
    """The time zone is not in the IANA database."""


@dataclass(frozen=True)
class Closure:
    """One row of the override table: a day off (``working`` false) or a holiday worked (``working`` true).

    It counts for one project if ``project_id`` is set, else for one region if ``region`` is set, else for the
    whole nation.
    """

    day: date
    working: bool
    reason: str
    region: str | None
    project_id: int | None


class BusinessCalendar:
    """Which days are business days for one project, and what its clocks show.

    A business day is a Monday to Friday that is neither a public holiday of the nation or the region nor
    closed by an override. Of several overrides of one day the most specific wins: project, then region, then
    nation; of equals the last one given. A worked holiday undoes a holiday or a less specific day off; it
    never turns a Saturday or Sunday into a business day.

    ``closures`` may hold overrides of other regions (left out here), but of no other project.

    20 August (Ley 20.678) is a holiday only in the communes Chillán and Chillán Viejo. A project knows its
    region but not its commune, so the day is off in all of Ñuble (``NB``) until an override says otherwise.

    Safe to share between threads. Raises UnknownRegion, UnknownTimezone, and ValueError for closures of more
    than one project.
    """

    def __init__(self, region: str | None, timezone: str, closures: Iterable[Closure] = ()) -> None:
        if region is not None and region not in _REGIONS:
            raise UnknownRegion(f"unknown region {region!r}: expected one of {', '.join(_REGIONS)}")
        self.region = region
        self.zone = _zone(timezone)
        applicable = [c for c in closures if c.project_id is not None or c.region in {None, region}]
        if len({c.project_id for c in applicable} - {None}) > 1:
            raise ValueError("closures of more than one project")
        self._overrides = {c.day: c for c in sorted(applicable, key=_specificity)}

    def is_business_day(self, day: date) -> bool:
        return self.why_not(day) is None

    def why_not(self, day: date) -> str | None:
        """Why ``day`` is no business day, in Spanish; None if it is one.

        The override's reason comes before the holiday's name, and that before "fin de semana".
        """
        if isinstance(day, datetime):
            raise TypeError("a day is asked for, not a moment: local_date() tells which day it falls on")
        override = self._overrides.get(day)
        if override is not None and not override.working:
            return override.reason
        if override is None:
            holiday = _public_holidays(self.region, day.year).get(day)
            if holiday is not None:
                return holiday
        return WEEKEND if day.weekday() >= _SATURDAY else None

    def add(self, day: date, n: int) -> date:
        """The nth business day after ``day``, which does not count itself; before it for a negative n.

        With n = 0 it is ``day`` itself if that is a business day, else the next one.
        """
        if n == 0:
            return day if self.is_business_day(day) else self.add(day, 1)
        step = _ONE_DAY if n > 0 else -_ONE_DAY
        return next(islice(self._business_days(day, step), abs(n) - 1, None))

    def window(self, day: date, n: int) -> list[date]:
        """The n business days after ``day``."""
        return list(islice(self._business_days(day, _ONE_DAY), n))

    def count_between(self, a: date, b: date) -> int:
        """Business days elapsed since ``a``: those after it, up to and including ``b``; 0 if b <= a."""
        return sum(1 for _ in takewhile(lambda day: day <= b, self._business_days(a, _ONE_DAY)))

    def local(self, instant: datetime) -> datetime:
        """The same instant as the project's clocks show it. Raises ValueError if it is naive."""
        if instant.utcoffset() is None:
            raise ValueError(f"naive datetime {instant}")
        return instant.astimezone(self.zone)

    def local_date(self, instant: datetime) -> date:
        """The project's date at that instant. Raises ValueError if it is naive."""
        return self.local(instant).date()

    def at(self, day: date, wall: time) -> datetime:
        """The moment when the project's clocks show ``wall`` on ``day``, in the project's zone.

        In the night when clocks go back an hour comes twice: the first one is meant, or the second if
        ``wall`` has ``fold=1``. In the night when they go forward an hour is missing (in Santiago the first
        of the Sunday): a time in it comes out an hour later, so midnight gives the day's first moment.

        To be compared in UTC: Python finds a local time that comes twice unequal to any in another zone.
        """
        return datetime.combine(day, wall, self.zone).astimezone(UTC).astimezone(self.zone)

    def _business_days(self, day: date, step: timedelta) -> Iterator[date]:
        while True:
            day += step
            if self.is_business_day(day):
                yield day


@dataclass(frozen=True)
class Span:
    """Open from ``start`` until just before ``end``, by the wall clock."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"a span ends after it starts: {self.start}-{self.end}")


@dataclass(frozen=True)
class Hours:
    """Opening hours of a week: the spans of each weekday, Monday first, in time order.

    With ``business_days_only`` no span counts on a day that the calendar closes. Raises ValueError for hours
    that are out of order or never open.
    """

    days: tuple[tuple[Span, ...], ...]
    business_days_only: bool = True

    def __post_init__(self) -> None:
        if len(self.days) != 7:
            raise ValueError(f"a week has seven days, not {len(self.days)}")
        if not any(self.days[:_SATURDAY] if self.business_days_only else self.days):
            raise ValueError("these hours never open")
        for spans in self.days:
            if any(later.start < earlier.end for earlier, later in pairwise(spans)):
                raise ValueError("spans of a day overlap or are out of order")

    @classmethod
    def weekly(cls, monday_to_thursday: tuple[Span, ...], friday: tuple[Span, ...]) -> "Hours":
        """Hours of business days whose Friday differs."""
        return cls((monday_to_thursday,) * 4 + (friday, (), ()))

    @classmethod
    def on_business_days(cls, start: time, end: time) -> "Hours":
        """The same hours on every business day."""
        return cls.weekly((Span(start, end),), (Span(start, end),))

    @classmethod
    def every_day(cls, start: time, end: time) -> "Hours":
        """The same hours on every day of the year, holidays too."""
        return cls(((Span(start, end),),) * 7, business_days_only=False)

    def on(self, calendar: BusinessCalendar, day: date) -> list[tuple[datetime, datetime]]:
        """Beginning and end of each span of that day, in UTC; none if it is closed."""
        if self.business_days_only and not calendar.is_business_day(day):
            return []
        return [
            (calendar.at(day, span.start).astimezone(UTC), calendar.at(day, span.end).astimezone(UTC))
            for span in self.days[day.weekday()]
        ]


#: Default office hours, of the people who answer.
OFFICE_HOURS = Hours.on_business_days(time(9), time(18, 30))
#: Default hours in which automated calls go out.
CALLING_HOURS = Hours.on_business_days(time(9), time(19))
#: Texts that nobody waits for: never between 21:00 and 8:00.
TEXT_HOURS = Hours.every_day(time(8), time(21))


def is_open(calendar: BusinessCalendar, now: datetime, hours: Hours) -> bool:
    """Whether ``now`` lies inside the hours: the beginning of a span does, its end does not."""
    return any(opening <= now < closing for opening, closing in hours.on(calendar, calendar.local_date(now)))


def next_opening(calendar: BusinessCalendar, now: datetime, hours: Hours) -> datetime:
    """The first beginning of a span later than ``now``, also when it is open now; UTC."""
    today = calendar.local_date(now)
    openings = (
        opening
        for ahead in count()
        for opening, _ in hours.on(calendar, today + ahead * _ONE_DAY)
        if opening > now
    )
    return next(openings)


def next_allowed(calendar: BusinessCalendar, instant: datetime, hours: Hours) -> datetime:
    """``instant`` itself if it lies inside the hours, else the next beginning, in UTC."""
    return instant if is_open(calendar, instant, hours) else next_opening(calendar, instant, hours)


def within(calendar: BusinessCalendar, instant: datetime, start: time, end: time) -> bool:
    """Whether it is a business day and the wall clock shows ``start`` or later, and not yet ``end``."""
    return is_open(calendar, instant, Hours.on_business_days(start, end))


def regions() -> tuple[str, ...]:
    """The codes of ISO 3166-2:CL without their prefix."""
    return tuple(_REGIONS)


def public_holidays(region: str | None, year: int) -> Mapping[date, str]:
    """The public holidays of a year, of the nation and of ``region`` if one is given, with Spanish names."""
    return _public_holidays(region, year)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # ZoneInfo("America") is a directory
        raise UnknownTimezone(f"unknown time zone {name!r}: expected a name like America/Santiago") from error


def _specificity(closure: Closure) -> int:
    if closure.project_id is not None:
        return 2
    return 0 if closure.region is None else 1


@lru_cache(maxsize=256)
def _public_holidays(region: str | None, year: int) -> Mapping[date, str]:
    """Public holidays of one year by date, with their Spanish names.

    Kept by year and never changed, because the package's own object grows while it is read.
    """
    return MappingProxyType(dict(holidays.country_holidays("CL", subdiv=region, years=year, language="es")))
