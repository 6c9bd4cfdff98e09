"""The clock that is passed in wherever time matters, so that tests and the demonstration can move it."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the present moment, aware and in UTC."""

    def now(self) -> datetime: ...


class WallClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class MovableClock:
    """A clock that runs like the wall's but may be set elsewhere: for the demonstration and for tests."""

    def __init__(self, start: datetime | None = None) -> None:
        self._shift = timedelta()
        if start is not None:
            self.set(start)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._shift

    def set(self, moment: datetime) -> None:
        """Make it ``moment`` now; ``moment`` must be aware."""
        self._shift = moment.astimezone(UTC) - datetime.now(UTC)

    def forward(self, by: timedelta) -> None:
        """Move on by ``by``."""
        self._shift += by
