"""An answer in time, whatever the database does: the caller waits in silence for it."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from contextvars import copy_context
from typing import TypeVar

from ivr.store.session import Once

T = TypeVar("T")

#: Seconds after which we answer without the database.
PATIENCE = 4.0
#: Seconds more for a commit that has begun.
GRACE = 0.7


class TooLate(Exception):
    """The answer is no longer waited for: everything is undone."""


def _leave_it(_thread: int) -> None:
    """It ends by itself."""


class Deadline:
    """Runs work in threads of its own, so that a stuck one never keeps a caller waiting.

    ``cut`` is called with the thread of work that came too late, while that goes on: it should make it end
    (`ivr.store.session.Store.cut`), or a network that swallowed its connection would keep the thread.
    """

    def __init__(
        self, threads: int, *, patience: float = PATIENCE, cut: Callable[[int], None] = _leave_it
    ) -> None:
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="webhook")
        self._patience = patience
        self._cut = cut

    def close(self) -> None:
        """Wait for whatever still runs, told or not."""
        self._pool.shutdown()

    def start(self) -> float:
        """When an answer that is asked for now must be there; several tries at one answer share it."""
        return time.monotonic() + self._patience

    def run(self, work: Callable[[Callable[[], None]], T], until: float) -> T:
        """The result of ``work``, which must call what it is given just before it commits.

        That call raises `TooLate` once nobody waits any more, so that what was not told is not stored either.

        Raises:
            TooLate: it was not there by ``until``, nor, if it was being committed then, `GRACE` later.
        """
        first = Once()
        committing = False

        def about_to_commit() -> None:
            nonlocal committing
            committing = committing or first.claim()
            if not committing:
                raise TooLate

        running = _Running()
        # In the asker's context, so that what is logged names the call.
        future = self._pool.submit(copy_context().run, running.run, work, about_to_commit)
        try:
            return future.result(timeout=max(0.0, until - time.monotonic()))
        except Late:
            if first.claim():
                future.cancel()  # work that has not begun need not begin
                running.cut(self._cut)
                raise TooLate from None
        try:
            return future.result(timeout=GRACE)
        except Late:
            running.cut(self._cut)
            raise TooLate from None


class _Running:
    """Which thread works for one answer, as long as it does: no other work of that thread is ever cut."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: int | None = None

    def run(self, work: Callable[[Callable[[], None]], T], commit: Callable[[], None]) -> T:
        with self._lock:
            self._thread = threading.get_ident()
        try:
            return work(commit)
        finally:
            with self._lock:
                self._thread = None

    def cut(self, how: Callable[[int], None]) -> None:
        with self._lock:
            if self._thread is not None:
                how(self._thread)
