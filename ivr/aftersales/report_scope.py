"""What a report is about: which days, of which project; and how a database counts moments by the hour."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Float, SQLColumnExpression, String, and_, cast, func, literal_column
from sqlalchemy.orm import Session

_HOUR = "%Y-%m-%d %H"


@dataclass(frozen=True)
class Scope:
    """The days ``first`` to ``last``, both included, by the clocks of ``zone``; of one project, or of all."""

    first: date
    last: date
    zone: ZoneInfo
    project_id: int | None = None

    @property
    def start(self) -> datetime:
        """When the first day begins; UTC."""
        return self._midnight(self.first)

    @property
    def end(self) -> datetime:
        """When the last day is over; UTC."""
        return self._midnight(self.last + timedelta(days=1))

    def covers(self, moment: SQLColumnExpression[datetime]) -> ColumnElement[bool]:
        """Whether that moment lies in these days."""
        return and_(moment >= self.start, moment < self.end)

    def about(self, *projects: SQLColumnExpression[int | None]) -> Iterable[ColumnElement[bool]]:
        """That what is counted is of the scope's project; nothing to ask where all are meant.

        ``projects``: where a row may say it, the first that does counts.
        """
        if self.project_id is not None:
            said = func.coalesce(*projects) if len(projects) > 1 else projects[0]
            yield said == self.project_id

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


def hour_of(session: Session, moment: SQLColumnExpression[datetime]) -> ColumnElement[str]:
    """The UTC hour of a moment, as text that `at_hour` reads.

    So moments are counted by the hour in the database, and by local days and hours here: every zone of the
    country is whole hours away from UTC.
    """
    if session.get_bind().dialect.name == "sqlite":
        return func.substr(moment, literal_column("1"), literal_column("13"), type_=String)
    utc = func.timezone(literal_column("'UTC'"), moment)
    return func.to_char(utc, literal_column("'YYYY-MM-DD HH24'"), type_=String)


def at_hour(text: str) -> datetime:
    """The beginning of an hour of `hour_of`."""
    return datetime.strptime(text, _HOUR).replace(tzinfo=UTC)


def seconds_between(
    session: Session, begin: SQLColumnExpression[datetime], end: SQLColumnExpression[datetime]
) -> ColumnElement[float]:
    """How long it took, in seconds; each database reckons with moments in its own words."""
    if session.get_bind().dialect.name == "sqlite":
        days = func.julianday(end, type_=Float) - func.julianday(begin, type_=Float)
        return days * literal_column("86400.0", Float)
    return cast(func.extract("epoch", end - begin), Float)


def day_after(session: Session, moment: SQLColumnExpression[datetime]) -> ColumnElement[datetime]:
    """24 hours later."""
    if session.get_bind().dialect.name == "sqlite":
        return func.strftime("%Y-%m-%d %H:%M:%f", moment, "+24 hours")
    return moment + literal_column("interval '24 hours'")
