"""Misfortunes that a test orders: for the next REST requests, and for the next webhooks.

Faults are kept in the order in which they were ordered; each is used up by the first request whose path
contains `match` (an empty `match` fits all).
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, TypeVar


class RestFault(Enum):
    """What goes wrong with a REST request of the application."""

    TOO_MANY_REQUESTS = "429, error 20429; nothing was done"
    SERVER_ERROR = "500; nothing was done"
    TIME_OUT = "no answer for `seconds`, then 504; nothing was done"
    LOST_REPLY = "done, but the connection breaks before the reply is complete"


class WebhookFault(Enum):
    """What goes wrong with a webhook to the application."""

    TWICE = "delivered twice at the same moment; the first reply counts"
    LATE = "held back until `release()`; a document is never late, only news"
    OUT_OF_ORDER = "news: delivered after the next news of the same call"
    LOST_REPLY = "the application answers, and the answer does not arrive (counts as a read time-out)"
    UNREACHABLE = "the connection fails before anything is sent"


Kind = TypeVar("Kind", RestFault, WebhookFault)


@dataclass(frozen=True)
class Ordered(Generic[Kind]):
    """One fault that waits for its request."""

    fault: Kind
    match: str
    seconds: float = 0


@dataclass
class Faults:
    """All faults ordered and not yet used. Safe to use from any thread."""

    _rest: list[Ordered[RestFault]] = field(default_factory=list)
    _webhooks: list[Ordered[WebhookFault]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _release: list[Callable[[], object]] = field(default_factory=list)

    def next_rest(self, fault: RestFault, count: int = 1, match: str = "", seconds: float = 30) -> None:
        """The next `count` REST requests whose path contains `match` meet this fault."""
        with self._lock:
            self._rest += [Ordered(fault, match, seconds)] * count

    def next_webhook(self, fault: WebhookFault, count: int = 1, match: str = "") -> None:
        """The next `count` webhooks whose URL contains `match` meet this fault."""
        with self._lock:
            self._webhooks += [Ordered(fault, match)] * count

    def take_rest(self, path: str) -> Ordered[RestFault] | None:
        """The fault that this REST request meets, now used up."""
        with self._lock:
            return _take(self._rest, path)

    def take_webhook(self, url: str) -> WebhookFault | None:
        """The fault that this webhook meets, now used up."""
        with self._lock:
            ordered = _take(self._webhooks, url)
        return ordered.fault if ordered else None

    def when_released(self, deliver: Callable[[], object]) -> None:
        """Keep a late webhook; `deliver` must be callable from any thread."""
        with self._lock:
            self._release.append(deliver)

    def release(self) -> int:
        """Let all late webhooks go; how many there were."""
        with self._lock:
            due, self._release = self._release, []
        for deliver in due:
            deliver()
        return len(due)


def _take(faults: list[Ordered[Kind]], text: str) -> Ordered[Kind] | None:
    for place, ordered in enumerate(faults):
        if ordered.match in text:
            return faults.pop(place)
    return None
