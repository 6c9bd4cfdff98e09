"""``ivr serve`` or ``ivr worker`` as in production, by a clock so many seconds ahead of the machine's.

Office hours are hours of business days: a test that waits for them would pass on some days only.
"""

import os
import sys
from datetime import timedelta

from ivr import app, cli
from ivr.clock import Clock, MovableClock

#: The environment variable with the seconds.
AHEAD = "E2E_SECONDS_AHEAD"


def clock_ahead(seconds: float) -> Clock:
    """The machine's clock, so many seconds later: every process of a city has the same."""
    clock = MovableClock()
    clock.forward(timedelta(seconds=seconds))
    return clock


if __name__ == "__main__":
    ours = clock_ahead(float(os.environ[AHEAD]))
    setattr(app, "WallClock", lambda: ours)  # noqa: B010 -- not an assignment, so that the type stays what it is
    cli.main(sys.argv[1:])
