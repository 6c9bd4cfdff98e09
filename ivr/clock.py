"""The clock that is passed in wherever time matters, so that tests and the demonstration can move it."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the present moment, aware and in UTC."""

    def now(self) -> datetime: ...


class WallClock:
    """The machine's own clock, except that a running process never sees it set back.

    Rounds, leases and looks compare the present with moments that were written down: were an operator to set
    the clock back by an hour, they would all stand still for an hour. Time goes on instead, at half speed,
    until the machine's clock has caught up (for an hour it takes two) or the process is started anew. A clock
    that is set forward is followed at once.
    """

    def __init__(
        self,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """``wall``: the machine's clock. ``ticks``: seconds that nobody can set."""
        self._wall, self._ticks = wall, ticks
        self._lock = threading.Lock()
        self._told, self._told_at = wall(), ticks()

    def now(self) -> datetime:
        with self._lock:
            ticks, shown = self._ticks(), self._wall()
            goes_on = self._told + timedelta(seconds=(ticks - self._told_at) / 2)
            self._told, self._told_at = max(shown, goes_on), ticks
            return self._told


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
