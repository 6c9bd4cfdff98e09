"""An answer in time, whatever the database does: the caller waits in silence for it."""

import math
import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: Seconds after which we answer without the database.
PATIENCE = 4.0
#: Seconds more for a commit that has begun.
GRACE = 0.7

#: Seconds between two cuts of what is late and waits once more.
_AGAIN = 0.05
#: Seconds without work after which the watch goes home.
_IDLE = 30.0


class TooLate(Exception):
    """The answer is no longer waited for: everything is undone."""


class Deadline:
    """Runs work in the thread that asks for it; a watch, one thread for all, ends what takes too long.

    ``cut`` is called with the thread of work that came too late, again and again until that ends: it must
    make it fail (`ivr.store.session.Store.cut`). Work may wait for nothing else that knows no end of its own.
    """

    def __init__(self, *, patience: float = PATIENCE, cut: Callable[[int], None]) -> None:
        self._patience = patience
        self._cut = cut
        self._changed = threading.Condition()
        self._running: set[_Running] = set()
        self._watching = False
        self._looks_at = math.inf

    def start(self) -> float:
        """When an answer that is asked for now must be there; several tries at one answer share it."""
        return time.monotonic() + self._patience

    def run(self, work: Callable[[Callable[[], None]], T], until: float) -> T:
        """The result of ``work``, which must call what it is given just before it commits.

        That call raises `TooLate` once nobody waits any more, so that what was not told is not stored either.

        Raises:
            TooLate: it was not there by ``until``, nor, if it was being committed then, `GRACE` later.
        """
        if time.monotonic() >= until:
            raise TooLate
        running = _Running(until)
        self._watch_over(running)
        try:
            return work(running.about_to_commit)
        except Exception as fault:
            if running.late and not isinstance(fault, TooLate):
                raise TooLate from fault
            raise
        finally:
            with self._changed:
                self._running.discard(running)

    def _watch_over(self, running: "_Running") -> None:
        with self._changed:
            self._running.add(running)
            if not self._watching:
                # Begun with the first work, and so after the web process has forked.
                self._watching = True
                threading.Thread(target=self._watch, name="deadline", daemon=True).start()
            elif running.due < self._looks_at:
                self._changed.notify()

    def _watch(self) -> None:
        """Sleeps until the first of all deadlines, and is rarely woken: it costs the others nothing."""
        with self._changed:
            try:
                while self._look() or self._running:
                    pass
            finally:
                self._watching = False

    def _look(self) -> bool:
        """End what is late, and wait for the next deadline; whether anything came up meanwhile."""
        now = time.monotonic()
        for late in [each for each in self._running if each.due <= now]:
            late.overdue(now, self._cut)
        self._looks_at = min((each.due for each in self._running), default=math.inf)
        return self._changed.wait(min(self._looks_at - now, _IDLE))


class _Running:
    """Work for one answer, in the thread that made this. While the watch has it, no other work runs there."""

    def __init__(self, until: float) -> None:
        self.due = until
        self.late = False
        self._until = until
        self._thread = threading.get_ident()
        self._committing = False
        #: Settles whether it may commit or is given up: the first to ask.
        self._first = threading.Lock()

    def about_to_commit(self) -> None:
        """Raises `TooLate` where it is given up. A commit that broke may be tried again."""
        self._committing = self._committing or self._first.acquire(blocking=False)
        if not self._committing:
            raise TooLate

    def overdue(self, now: float, cut: Callable[[int], None]) -> None:
        """Its time is over: what is not being committed ends now, a commit a little later."""
        given_up = self._first.acquire(blocking=False)
        if not given_up and not self.late and now < self._until + GRACE:
            self.due = self._until + GRACE
            return
        self.late = True
        cut(self._thread)
        self.due = now + _AGAIN
