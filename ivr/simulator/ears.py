"""What a call listens to while a Gather or a Record is open."""

import asyncio
from dataclasses import dataclass, field

from ivr.simulator.pace import Watch
from ivr.simulator.telephones import Question


@dataclass(frozen=True)
class Key:
    """One key of the keypad."""

    key: str


@dataclass(frozen=True)
class Speech:
    """A sentence; `sound` is real audio (16-bit mono, 8 kHz samples) where a microphone gave it."""

    text: str
    seconds: float
    sound: bytes | None = None


@dataclass(frozen=True)
class Silence:
    """A script will say nothing more: the time-out may pass at once."""


Heard = Key | Speech


@dataclass
class Ears:
    """Keys and words of one question, in the order in which they came."""

    question: Question
    watch: Watch
    _queue: "asyncio.Queue[Heard | Silence]" = field(default_factory=asyncio.Queue)
    _something: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, heard: Heard | Silence) -> None:
        """Take in what the question listens to, and nothing else."""
        kind = {Key: "dtmf", Speech: "speech"}.get(type(heard))
        if kind is None or kind in self.question.takes:
            self._queue.put_nowait(heard)
            if kind:
                self._something.set()

    @property
    def heard(self) -> bool:
        """Whether a key or word has come."""
        return self._something.is_set()

    async def something(self) -> None:
        """Wait for the first key or word without taking it."""
        await self._something.wait()

    async def next(self, timeout: float | None) -> Heard | None:
        """The next key or word; None after `timeout` simulated seconds of silence (None: no limit)."""
        speed = self.watch.pace.speed
        until = None if timeout is None else self.watch.now() + timeout
        while True:
            left = None if until is None or speed is None else max(0.0, until - self.watch.now()) / speed
            try:
                heard = await asyncio.wait_for(self._queue.get(), left)
            except TimeoutError:
                return None
            if not isinstance(heard, Silence):
                return heard
            if speed is None:
                self.watch.skip(timeout or 0)
                return None
