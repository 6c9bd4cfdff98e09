"""Long polls: what several telephones notice, told to one watcher as soon as the first notices something."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr.simulator.pace import first_of
from ivr.simulator.telephones import Event, Journal


@dataclass
class Watchers:
    """Those who watch telephones: open pages. Each keeps one thread of the web server at most.

    A page that looks elsewhere breaks its request off, which the server does not notice; therefore the next
    poll of a watcher ends the one before. Lives on the carrier's loop.
    """

    _open: dict[str, asyncio.Event] = field(default_factory=dict)

    async def watch(
        self, watcher: str, watched: Mapping[str, tuple[Journal, int]], wait: float
    ) -> dict[str, list[Event]]:
        """Events above each journal's cursor, by the names given; waits up to `wait` real seconds for one."""
        replaced = asyncio.Event()
        if before := self._open.get(watcher):
            before.set()
        self._open[watcher] = replaced
        try:
            await first_of(
                *(journal.after(cursor, wait) for journal, cursor in watched.values()), replaced.wait()
            )
        finally:
            if self._open.get(watcher) is replaced:
                del self._open[watcher]
        return {name: journal.events[cursor:] for name, (journal, cursor) in watched.items()}
