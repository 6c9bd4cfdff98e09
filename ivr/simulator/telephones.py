"""Telephones: what is at the other end of the line, and everything it noticed.

A telephone keeps a list of events (dialling, ringing, answered, heard, hushed, asked, pressed, spoke,
recording, joined, left, text, ended). A script answers by itself; a live one is driven from outside, one key
at a time.

Everything here runs on the carrier's event loop; other threads go through `SimulatedCarrier`.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Literal, Protocol

from ivr.simulator.pace import BREATH, INSTANT, REAL, Pace
from ivr.simulator.script import HANG_UP, Move, Press, PutDown, Script, Speak, Wait

Event = dict[str, Any]


class Reply(Enum):
    """What a telephone does when it rings. One that never replies is unanswered."""

    ANSWER = "answer"
    BUSY = "busy"
    UNREACHABLE = "failed"


@dataclass(frozen=True)
class Question:
    """An open Gather or Record, as a telephone may know it."""

    kind: Literal["gather", "record"]
    takes: frozenset[str] = frozenset({"dtmf"})
    num_digits: int | None = None
    finish_on_key: str = "#"
    timeout: float = 5
    waiting: bool = False
    """Asked while the call is held in a queue: a script without moves stays."""


class Line(Protocol):
    """A call as the telephone in it may use it."""

    sid: str
    from_: str
    to: str

    @property
    def seconds(self) -> float: ...

    def press(self, keys: str) -> None: ...

    def speak(self, text: str, seconds: float, sound: bytes | None = None) -> None: ...

    def say_nothing(self) -> None: ...

    def put_down(self) -> None: ...

    async def sleep(self, seconds: float) -> None: ...


@dataclass
class Journal:
    """What one number noticed, in order; ids count from 1."""

    events: list[Event] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def append(self, kind: str, at: datetime, details: Event) -> None:
        """Add an event and wake whoever waits for one."""
        moment = at.isoformat(timespec="milliseconds")
        self.events.append({"id": len(self.events) + 1, "type": kind, "at": moment, **details})
        self._changed.set()
        self._changed = asyncio.Event()

    async def after(self, cursor: int, wait: float) -> list[Event]:
        """Events with an id above `cursor`; waits up to `wait` real seconds for the first."""
        if len(self.events) <= cursor:
            try:
                await asyncio.wait_for(self._changed.wait(), wait)
            except TimeoutError:
                return []
        return self.events[cursor:]


@dataclass
class Telephone:
    """A number with somebody or nobody behind it; the base of both kinds."""

    number: str
    pace: Pace = REAL
    answered_by: str = "human"
    """What machine detection finds: human, machine_end_beep, machine_end_silence, unknown, fax .."""
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC), repr=False)
    journal: Journal = field(default_factory=Journal, repr=False)
    current: Line | None = field(default=None, repr=False)

    def note(self, kind: str, line: Line | None = None, /, **details: Any) -> None:
        """Write an event into the journal; one of a call carries the second of the call's own clock."""
        of_call = {"call": line.sid, "second": round(line.seconds, 3)} if line else {}
        self.journal.append(kind, self.now(), of_call | details)

    @property
    def is_machine(self) -> bool:
        """Whether a machine answers here: its greeting comes before the verdict."""
        return self.answered_by.startswith("machine")

    async def ring(self, line: Line) -> Reply:
        """Decide on an incoming call; the carrier cancels this when it has rung long enough."""
        raise NotImplementedError

    def connected(self, line: Line) -> None:
        """The call is answered (ours by the line, or the line's by us)."""
        self.current = line
        self.note("answered", line, **{"from": line.from_, "to": line.to})

    def hears(
        self, line: Line, text: str | None, url: str | None = None, by: str = "line", *, seconds: float = 0.0
    ) -> None:
        """Something is spoken or played to this telephone, and lasts `seconds` unless it is hushed."""
        self.note("heard", line, by=by, text=text, url=url, seconds=round(seconds, 3))

    def hushed(self, line: Line) -> None:
        """What was being heard broke off before its end."""

    def opened(self, line: Line, question: Question) -> None:
        """From now on keys or words are listened to; the prompt may still be playing."""
        self.note(
            "asked",
            line,
            question=question.kind,
            takes=sorted(question.takes),
            num_digits=question.num_digits,
            finish_on_key=question.finish_on_key,
            timeout=question.timeout,
            waiting=question.waiting,
        )

    def asked(self, line: Line, question: Question) -> None:
        """The prompt has been heard to its end, and the line waits."""

    def joined(self, line: Line, others: Sequence[str]) -> None:
        """This telephone talks with `others` (their numbers) now."""
        self.note("joined", line, others=list(others))

    def ended(self, line: Line, status: str, by: str) -> None:
        """The call is over; `by` is who ended it."""
        if self.current is line:
            self.current = None
        self.note("ended", line, status=status, by=by)


@dataclass
class ScriptedTelephone(Telephone):
    """Answers questions from scripts: one per call, the last one for all further calls.

    `reply` None never answers. Without a move left it hangs up when asked, or says nothing with
    `stays=True`; held in a queue it always stays. `talk` simulated seconds after it was joined with somebody
    it hangs up, None leaves that to the other side. `impatient` keys come before the prompt was heard.
    """

    pace: Pace = INSTANT
    keys: Sequence[str] = ()
    reply: Reply | None = Reply.ANSWER
    stays: bool = False
    talk: float | None = None
    impatient: bool = False
    _script: Script = field(default_factory=Script, repr=False)
    _calls: int = field(default=0, repr=False)
    _talking: "asyncio.Task[None] | None" = field(default=None, repr=False)

    def begin(self) -> None:
        """Take up the script of the next call."""
        text = self.keys[min(self._calls, len(self.keys) - 1)] if self.keys else ""
        self._calls += 1
        self._script = Script.of(text)

    async def ring(self, line: Line) -> Reply:
        self.note("ringing", line, **{"from": line.from_, "to": line.to})
        if self.reply is None:
            await asyncio.Event().wait()
        return self.reply or Reply.BUSY

    def connected(self, line: Line) -> None:
        self.begin()
        super().connected(line)

    def opened(self, line: Line, question: Question) -> None:
        super().opened(line, question)
        if self.impatient:
            self._answer(line, question)

    def asked(self, line: Line, question: Question) -> None:
        if not self.impatient:
            self._answer(line, question)

    def joined(self, line: Line, others: Sequence[str]) -> None:
        super().joined(line, others)
        seconds = self.talk
        if isinstance(self._script.peek(), PutDown):
            self._script.take()
            seconds = seconds or 0
        if seconds is not None:
            self._talking = asyncio.ensure_future(self._talk(line, seconds))

    async def _talk(self, line: Line, seconds: float) -> None:
        await asyncio.sleep(BREATH)
        await line.sleep(seconds)
        line.put_down()

    def _answer(self, line: Line, question: Question) -> None:
        move = self._next(question)
        if isinstance(move, Wait):
            line.say_nothing()
        elif isinstance(move, Press):
            line.press(move.keys)
            line.say_nothing()
        elif isinstance(move, Speak):
            self._speak(line, question, move)
        elif isinstance(move, PutDown) or (
            move is None and not (self.stays or question.waiting or self.is_machine)
        ):
            line.put_down()
        else:
            line.say_nothing()

    def _next(self, question: Question) -> Move | None:
        if isinstance(self._script.peek(), Wait):
            if question.waiting:
                return self._script.peek()
            self._script.take()
        return self._script.take()

    def _speak(self, line: Line, question: Question, move: Speak) -> None:
        line.speak(move.text, move.seconds)
        if question.kind == "record":
            if move.end == HANG_UP:
                line.put_down()
                return
            line.press(move.end)
        line.say_nothing()


@dataclass
class LiveTelephone(Telephone):
    """A telephone in somebody's hand: a terminal or a page presses its keys, in real time."""

    _decision: "asyncio.Future[Reply] | None" = field(default=None, repr=False)

    async def ring(self, line: Line) -> Reply:
        self._decision = asyncio.get_running_loop().create_future()
        self.note("ringing", line, **{"from": line.from_, "to": line.to})
        try:
            return await self._decision
        finally:
            self._decision = None

    def hushed(self, line: Line) -> None:
        self.note("hushed", line)

    def decide(self, reply: Reply) -> bool:
        """Take or refuse the call that rings; False if none does."""
        if self._decision is None or self._decision.done():
            return False
        self._decision.set_result(reply)
        return True
