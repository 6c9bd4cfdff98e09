"""Waiting rooms: first in, first out; created by the first Enqueue that names them, or by the REST API."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from ivr.simulator.recordings import new_sid

if TYPE_CHECKING:
    from ivr.simulator.leg import Leg
    from ivr.simulator.verbs.bridge import Bridge

DEFAULT_SIZE = 1000
"""Current documentation and OpenAPI; the text of error 14207 says 100."""


@dataclass(eq=False)
class Member:
    """A call that waits; `claimed` by who dials the queue, then `bridge` (None: that failed)."""

    leg: "Leg"
    queue: "Queue"
    joined: datetime
    _since: float
    bridge: "asyncio.Future[Bridge | None]"
    claimed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def waited(self) -> int:
        """Whole simulated seconds in the queue."""
        return int(self.leg.watch.now() - self._since)

    @property
    def position(self) -> int:
        """1 for the front of the queue; 0 once it has left."""
        return self.queue.members.index(self) + 1 if self in self.queue.members else 0


@dataclass(eq=False)
class Queue:
    """One queue and who waits in it."""

    sid: str
    name: str
    created: datetime
    max_size: int = DEFAULT_SIZE
    members: list[Member] = field(default_factory=list)
    arrival: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def average_wait(self) -> int:
        """Mean of the seconds that the present members have waited."""
        return sum(member.waited for member in self.members) // len(self.members) if self.members else 0

    def join(self, leg: "Leg", moment: datetime, limit: int | None = None) -> Member | None:
        """Line up at the end; None if the queue is full."""
        if len(self.members) >= min(self.max_size, limit or self.max_size):
            return None
        bridge: asyncio.Future[Bridge | None] = asyncio.get_running_loop().create_future()
        member = Member(leg, self, moment, leg.watch.now(), bridge)
        self.members.append(member)
        self.arrival.set()
        return member

    def leave(self, member: Member) -> None:
        """Step out; harmless if it already did."""
        if member in self.members:
            self.members.remove(member)
        if not self.members:
            self.arrival.clear()

    def find(self, call_sid: str) -> Member | None:
        """The member of that call, or the first one for `Front`."""
        if call_sid == "Front":
            return self.members[0] if self.members else None
        return next((member for member in self.members if member.leg.sid == call_sid), None)


@dataclass
class Queues:
    """All queues of the account, by name and by sid."""

    now: Callable[[], datetime]
    all: list[Queue] = field(default_factory=list)

    def named(self, name: str) -> Queue | None:
        """The queue of that friendly name."""
        return next((queue for queue in self.all if queue.name == name), None)

    def by_sid(self, sid: str) -> Queue | None:
        """The queue of that sid."""
        return next((queue for queue in self.all if queue.sid == sid), None)

    def open(self, name: str, max_size: int = DEFAULT_SIZE) -> Queue:
        """The queue of that name, created if it does not exist."""
        queue = self.named(name)
        if queue is None:
            queue = Queue(new_sid("QU"), name, self.now(), max_size)
            self.all.append(queue)
        return queue
