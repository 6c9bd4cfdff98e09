"""What a duty is: a function that does one piece of due work, from the id of a row to a named outcome.

A duty may be interrupted anywhere and started again, so each looks first how far the work has come. What it
raises is tried again later, as patiently as `patience` says.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ivr.aftersales.carrier import Carrier
from ivr.clock import Clock
from ivr.present import Present
from ivr.settings import Settings
from ivr.store.jobs import Again, Done, JobKind
from ivr.store.session import Store
from ivr.telephony.storage import Storage


class FoundKind(StrEnum):
    """Work that nobody asks for, because other tables show that it is owed: the clock finds it there."""

    ANNOUNCE = "announce"  #: case → write down what follows from its events
    ABSENT = "absent"  #: agent → their console was closed: they are away
    SETTLE = "settle"  #: call → ask the carrier how it ended
    PICK = "pick"  #: (no row) → take up the planned calls whose turn it is
    PURGE = "purge"  #: (no row) → remove what is too old, every hour


Result = Done | Again


@dataclass(frozen=True)
class Context:
    """All that duties need, put together once in each process; also the switchboard's `Desk`."""

    store: Store
    carrier: Carrier
    storage: Storage
    clock: Clock
    present: Present
    handlers: Mapping[str, "Handler"]
    #: How long a job is kept for whoever has begun it: longer than all time-outs of any duty together. A dead
    #: worker's job is taken up by another after it; one that was handed out and not begun, after half of it.
    lease: timedelta = timedelta(seconds=60)
    #: After a request whose answer is not known, when the carrier's lists surely show what became of it.
    doubt: timedelta = timedelta(seconds=15)

    @property
    def settings(self) -> Settings:
        """As they are now."""
        return self.present.settings


Handler = Callable[[Context, int], Result]


@dataclass(frozen=True)
class Patience:
    """How failed work is tried again: seconds after each attempt, the last number for all others."""

    delays: tuple[int, ...]
    #: Attempts in all, before it is given up; none: never.
    attempts: int | None

    def next(self, attempts: int, now: datetime) -> datetime | None:
        """When to try again after so many attempts; none: give it up."""
        if self.attempts is not None and attempts >= self.attempts:
            return None
        return now + timedelta(seconds=self.delays[min(attempts, len(self.delays)) - 1])


_USUAL = (5, 30, 120, 600)
_PATIENCE: Mapping[str, Patience] = {
    # Somebody is waiting on the line.
    JobKind.RING: Patience((2, 5, 10), None),
    JobKind.CONNECT: Patience((1, 2, 5), None),
    JobKind.DIAL: Patience((1, 2, 5), 6),
    JobKind.CALL_OUT: Patience((1, 2, 5), None),
    JobKind.GUEST: Patience((1, 2, 5), None),
    JobKind.ROOM: Patience((1, 2, 5), None),
    JobKind.HANG_UP: Patience((1, 2, 5, 30), 10),
    JobKind.MACHINE: Patience((1, 2, 5), 4),
    # A promise to an owner is never given up.
    JobKind.REMIND: Patience(_USUAL, None),
    JobKind.WATCH: Patience(_USUAL, None),
    # A day without the carrier must cost neither a recording nor a message.
    JobKind.TEXT: Patience((30, 120, 600, 1800), 12),
    JobKind.RECORDING: Patience((*_USUAL, 3600), 30),
    JobKind.PHOTO: Patience((*_USUAL, 3600), None),
    # A CRM may be down for a weekend: it is not asked more than once an hour then, and never given up.
    JobKind.POST: Patience((5, 30, 120, 600, 1800, 3600), None),
    # Owed until it is done, whatever was wrong: a deploy mends it.
    FoundKind.ANNOUNCE: Patience(_USUAL, None),
    FoundKind.SETTLE: Patience(_USUAL, None),
    FoundKind.ABSENT: Patience(_USUAL, None),
    FoundKind.PICK: Patience((2, 5, 10), None),
    FoundKind.PURGE: Patience(_USUAL, None),
}


def patience(kind: str) -> Patience:
    """How patiently work of this kind is tried again."""
    return _PATIENCE.get(kind, Patience(_USUAL, 8))
