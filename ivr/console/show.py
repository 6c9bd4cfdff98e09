"""How values look on a page: moments, telephones, lengths. Registered as filters of the templates.

Moments are shown in the zone that is given (a project's), else in the office's, and always inside ``<time>``.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from flask import Blueprint
from markupsafe import Markup

from ivr.aftersales import numbers
from ivr.console import words
from ivr.console.context import here

_LOCALE = "es_CL"


def zone(name: str | None = None) -> ZoneInfo:
    """The zone of that name, or the office's."""
    return ZoneInfo(name or here().settings.timezone)


def moment(value: datetime | None, timezone: str | None = None) -> Markup:
    """``mar 24 nov 2026, 10:00``."""
    return _time(value, "EEE d MMM y, HH:mm", timezone)


def clock(value: datetime | None, timezone: str | None = None) -> Markup:
    """``10:00``."""
    return _time(value, "HH:mm", timezone)


def weekday(value: date | None) -> str:
    """``martes 24 de noviembre``."""
    return format_date(value, "EEEE d 'de' MMMM", locale=_LOCALE) if value is not None else "–"


def day(value: date | None) -> str:
    """``24-11-2026``, as Chileans write it."""
    return f"{value:%d-%m-%Y}" if value is not None else "–"


def since(value: datetime | None) -> Markup:
    """``4:05`` minutes ago, which the page goes on counting by itself."""
    if value is None:
        return Markup("–")
    gone = lasting((here().clock.now() - value).total_seconds())
    stamp = value.astimezone(UTC).isoformat(timespec="seconds")
    return Markup('<time class="since" datetime="{}" data-since="{}">{}</time>').format(
        stamp, int(value.timestamp()), gone
    )


def lasting(seconds: float | timedelta | None) -> str:
    """``4:05``, or ``1:02:07`` from an hour on."""
    if seconds is None:
        return "–"
    whole = max(0, int(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def phone(value: str | None) -> str:
    """A number as people write it; what the carrier sends instead of one, in words."""
    if not value or value.lower() in {"anonymous", "restricted", "unavailable", "removed"}:
        return "número oculto" if value and value.lower() != "removed" else "–"
    return numbers.national(value)


def _time(value: datetime | None, pattern: str, timezone: str | None) -> Markup:
    if value is None:
        return Markup("–")
    there = value.astimezone(zone(timezone))
    written = format_datetime(there, pattern, tzinfo=there.tzinfo, locale=_LOCALE).replace(".", "")
    exact = there.isoformat(timespec="seconds")
    return Markup('<time datetime="{}">{}</time>').format(exact, written)


def register(pages: Blueprint) -> None:
    """Give the templates these filters; names of `words` as ``{{ case.status | called("STATUSES") }}``."""
    for filter_ in (moment, clock, weekday, day, since, lasting, phone):
        pages.add_app_template_filter(filter_)
    pages.add_app_template_filter(lambda value, names: words.of(getattr(words, names), value), "called")
