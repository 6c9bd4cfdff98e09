"""How simulated time passes: in step with the wall clock, or at once.

A person at a telephone needs real time: speech lasts as long as it lasts, and five seconds of silence are
five seconds. A script needs none: it says "nothing more will be pressed", and the five seconds have passed.
The pace therefore belongs to the telephone, and every call leg gets a clock of its own from it.
"""

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

BREATH = 0.05
"""Real seconds between two requests of a document that a carrier loops (a queue's waitUrl) at instant pace,
so that a waiting script leaves the machine to those who answer it."""


@dataclass(frozen=True)
class Pace:
    """`speed` simulated seconds pass in a real one; `None` is instant."""

    speed: float | None = 1.0

    @property
    def instant(self) -> bool:
        """Whether waiting costs no real time."""
        return self.speed is None

    def watch(self) -> "Watch":
        """A new clock that runs at this pace."""
        return Watch(self)


REAL = Pace(1.0)
INSTANT = Pace(None)


@dataclass
class Watch:
    """The simulated clock of one leg, in seconds since it was made.

    At instant pace only what was skipped counts, so that lengths do not depend on how busy the machine is.
    """

    pace: Pace
    skipped: float = 0.0
    _started: float = field(default_factory=time.monotonic)

    def now(self) -> float:
        """Simulated seconds since this watch was started."""
        return (time.monotonic() - self._started) * (self.pace.speed or 0.0) + self.skipped

    def skip(self, seconds: float) -> None:
        """Let simulated time pass without waiting for it."""
        self.skipped += seconds

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds` of simulated time; at instant pace only let others have their turn."""
        if self.pace.speed is None:
            self.skip(seconds)
            await asyncio.sleep(0)
        else:
            await asyncio.sleep(seconds / self.pace.speed)


async def first_of(*doings: Coroutine[Any, Any, Any]) -> int:
    """Run all at once until one ends; cancel the rest and return which one it was (the leftmost of several).

    What the winner raises is raised here. Cancelling the caller cancels them all.
    """
    tasks = [asyncio.ensure_future(doing) for doing in doings]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        winner = next(place for place, task in enumerate(tasks) if task.done())
        tasks[winner].result()
        return winner
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
