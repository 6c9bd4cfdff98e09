"""An answer in time, whatever the database does: the caller waits in silence for it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from typing import TypeVar

from ivr.store.session import Once

T = TypeVar("T")

#: Seconds after which we answer without the database.
PATIENCE = 4.0
#: Seconds more for a commit that has begun.
GRACE = 0.7


class TooLate(Exception):
    """The answer is no longer waited for: everything is undone."""


class Deadline:
    """Runs work in threads of its own, so that a stuck one never keeps a caller waiting."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="webhook")

    def run(self, work: Callable[[Callable[[], None]], T]) -> T:
        """The result of ``work``, which must call what it is given just before it commits.

        That call raises `TooLate` once nobody waits any more, so that what was not told is not stored either.

        Raises:
            TooLate: it took longer than `PATIENCE`.
        """
        first = Once()

        def about_to_commit() -> None:
            if not first.claim():
                raise TooLate

        future = self._pool.submit(work, about_to_commit)
        try:
            return future.result(timeout=PATIENCE)
        except Late:
            if first.claim():
                raise TooLate from None
        try:
            return future.result(timeout=GRACE)
        except Late:
            raise TooLate from None
