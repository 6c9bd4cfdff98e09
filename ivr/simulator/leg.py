"""One leg of a call: its state, its clock, what it listens to, and the documents that it executes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol

import httpx

from ivr.simulator.document import Context, Document, DocumentError, Node, parse
from ivr.simulator.ears import Ears, Key, Silence, Speech
from ivr.simulator.recordings import Recording, new_sid
from ivr.simulator.telephones import Question, Telephone
from ivr.simulator.webhooks import Courier

if TYPE_CHECKING:
    from ivr.simulator.exchange import Exchange
    from ivr.simulator.verbs.base import Verb

log = logging.getLogger(__name__)

API_VERSION = "2010-04-01"
DOCUMENTS = 100
"""Documents in a row in which nothing is said or asked: a redirect that never ends is cut off here."""

CHARACTERS_PER_SECOND = 15
ALL_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
COMPLETED = frozenset({"completed"})

Direction = Literal["inbound", "outbound-api", "outbound-dial"]
FINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


@dataclass(frozen=True)
class Fetch:
    """A document to be requested, with parameters beyond the standard set."""

    url: str
    method: str = "POST"
    params: Mapping[str, str] = field(default_factory=dict)
    context: Context = Context.CALL


class Ending(Enum):
    """A verb's outcome that is no document."""

    HANG_UP = "hang up"
    LEAVE = "leave the queue"


Outcome = Fetch | Ending | None
"""What follows a verb: another document, an end, or (None) the next verb."""


@dataclass(frozen=True)
class Moved:
    """The REST API sends the call to another document."""

    to: Fetch | Document


@dataclass(frozen=True)
class HungUp:
    """The call ends from outside: `by` the telephone, or the carrier on the application's request."""

    by: str
    status: str = "completed"


Interruption = Moved | HungUp


@dataclass(frozen=True)
class News:
    """Where the application wants the progress of a call reported, and what helps when a document fails."""

    url: str = ""
    method: str = "POST"
    events: frozenset[str] = COMPLETED
    fallback_url: str = ""
    fallback_method: str = "POST"


class Together(Protocol):
    """What joins legs: a bridge or a conference."""

    def others(self, leg: "Leg") -> "list[Leg]": ...


class Leg:
    """A call between the carrier and one telephone. Lives on the carrier's event loop only."""

    def __init__(
        self,
        exchange: "Exchange",
        direction: Direction,
        *,
        from_: str,
        to: str,
        telephone: Telephone,
        news: News,
        parent: "Leg | None" = None,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self.exchange = exchange
        self.sid = new_sid("CA")
        self.direction, self.from_, self.to = direction, from_, to
        self.telephone, self.news, self.parent = telephone, news, parent
        self.extra = dict(extra or {})
        self.watch = telephone.pace.watch()
        self.status = "ringing" if direction == "inbound" else "queued"
        self.created = exchange.now()
        self.started: datetime | None = None
        self.ended: datetime | None = None
        self.answered_by: str | None = None
        self.duration: int | None = None
        self.waiting = False
        self.together: Together | None = None
        self.recordings: list[Recording] = []
        self.on_key: Callable[[str], None] | None = None
        self.silence_allowed: asyncio.Event = asyncio.Event()
        self.silence_allowed.set()
        self.greeting_over = asyncio.Event()
        self.finished = asyncio.Event()
        self.cookies = httpx.Cookies()
        self.courier = Courier(exchange.webhooks, exchange.spawn, self.sid)
        self._verb: Verb | None = None
        self._ears: Ears | None = None
        self._answered_at: float | None = None
        self._news_sent = 0
        self._documents = 0
        self._interruptions: asyncio.Queue[Interruption] = asyncio.Queue()

    # -- what the telephone does ---------------------------------------------------------------------------

    @property
    def seconds(self) -> float:
        """Seconds of the call's own clock since it was placed."""
        return self.watch.now()

    @property
    def party(self) -> str:
        """The number at the telephone's end."""
        return self.from_ if self.direction == "inbound" else self.to

    def press(self, keys: str) -> None:
        """Keys from the telephone; those that no Gather or Record listens to are lost."""
        self.telephone.note("pressed", self, keys=keys)
        self.greeting_over.set()
        for key in keys:
            if self._ears:
                self._ears.put(Key(key))
            if self.on_key:
                self.on_key(key)

    def speak(self, text: str, seconds: float, sound: bytes | None = None) -> None:
        """Words from the telephone: to the open question, else to those who are in the same talk."""
        self.telephone.note("spoke", self, text=text, seconds=seconds)
        if self._ears:
            self._ears.put(Speech(text, seconds, sound))
        elif self.together:
            for other in self.together.others(self):
                other.telephone.hears(other, text, by=self.party, seconds=seconds)

    def say_nothing(self) -> None:
        """A script has nothing more to say to this question."""
        self.greeting_over.set()
        ears = self._ears
        if ears and self.silence_allowed.is_set():
            ears.put(Silence())
        elif ears:
            self.exchange.spawn(self._be_silent(ears))

    async def _be_silent(self, ears: Ears) -> None:
        await self.silence_allowed.wait()
        ears.put(Silence())

    def put_down(self) -> None:
        """The telephone hangs up."""
        self.interrupt(HungUp("telephone"))

    # -- what verbs use ------------------------------------------------------------------------------------

    async def sleep(self, seconds: float) -> None:
        """Let simulated time pass; at instant pace none passes while the call is held in a queue."""
        self._documents = 0
        if self.waiting and self.watch.pace.instant:
            await asyncio.sleep(0)
        else:
            await self.watch.sleep(seconds)

    @contextmanager
    def listening(self, question: Question) -> Iterator[Ears]:
        """Open a question: keys and words reach the ears until the block ends."""
        self._documents = 0
        ears = Ears(question, self.watch)
        self._ears = ears
        self.telephone.opened(self, question)
        try:
            yield ears
        finally:
            self._ears = None

    def answer(self) -> None:
        """Pick up, if it has not been done: from now on the call is in progress (and costs)."""
        if self._answered_at is None:
            self._answered_at = self.watch.now()
            self.status, self.started = "in-progress", self.exchange.now()
            self.telephone.connected(self)
            self.report("answered")

    @property
    def answered(self) -> bool:
        """Whether somebody picked up."""
        return self._answered_at is not None

    def standard(self) -> dict[str, str]:
        """The parameters of every request that asks for TwiML."""
        fields = {
            "CallSid": self.sid,
            "AccountSid": self.exchange.account_sid,
            "From": self.from_,
            "To": self.to,
            "Caller": self.from_,
            "Called": self.to,
            "CallStatus": self.status,
            "ApiVersion": API_VERSION,
            "Direction": self.direction,
            **self.extra,
        }
        for name in ("From", "To"):
            if fields[name].startswith("+56"):
                fields[f"{name}Country"] = "CL"
        if self.parent:
            fields["ParentCallSid"] = self.parent.sid
        return fields

    async def fetch(self, wanted: Fetch) -> Document:
        """Request a document; `DocumentError` if it cannot be had or is refused."""
        self._documents += 1
        if self._documents > DOCUMENTS:
            raise DocumentError(11215, f"{DOCUMENTS} documents in a row say and ask nothing", wanted.url)
        params = self.standard() | dict(wanted.params)
        fault = self.exchange.webhooks.faults.take_webhook(wanted.url)
        answer = await self.exchange.webhooks.request(
            wanted.url, wanted.method, params, cookies=self.cookies, fault=fault
        )
        kind = answer.content_type
        if kind in {"text/xml", "application/xml", "text/html"}:
            return parse(answer.body, answer.url, wanted.context)
        if kind.startswith("audio/"):
            return Document((Node("Play", {}, answer.url),), answer.url, wanted.context)
        if kind == "text/plain":
            try:
                return parse(answer.body, answer.url, wanted.context)
            except DocumentError:
                words = answer.body.decode("utf-8", "replace")
                return Document((Node("Say", {}, words),), answer.url, wanted.context)
        raise DocumentError(12300, f"Content-Type {kind!r}", wanted.url)

    async def perform(self, document: Document, nested: bool = False) -> Outcome:
        """Execute verb after verb; None when they run out."""
        for node in document.verbs:
            verb = self.exchange.verbs[node.name](node, document)
            if not nested:
                self._verb = verb
            if verb.answers:
                self.answer()
            outcome = await verb.run(self)
            if outcome is not None:
                return outcome
        return None

    def tell(self, fetch: Fetch) -> None:
        """Request an action whose answer no longer matters, beside whatever the call does now."""
        self.courier.post(fetch.url, fetch.method, self.standard() | dict(fetch.params))

    # -- the call's life -----------------------------------------------------------------------------------

    def interrupt(self, why: Interruption) -> None:
        """Break off what the call does."""
        self._interruptions.put_nowait(why)

    async def run(self, activity: Callable[[], Awaitable[None]]) -> None:
        """Live: do `activity`, go where the call is sent, and end."""
        try:
            await self._live(activity)
        except Exception as error:
            self.exchange.webhooks.alert(0, f"the simulator failed: {error!r}", None, self.sid)
            log.exception("a simulated call broke down")
            self.finish("failed", "carrier")

    async def _live(self, activity: Callable[[], Awaitable[None]]) -> None:
        while not self.finished.is_set():
            why = await self._until_interrupted(activity)
            if why is None:
                if not self.finished.is_set():
                    self.answer()  # a document that only pauses, or holds nothing, is picked up and ends
                    self.finish("completed", "line")
                return
            verb, self._verb = self._verb, None
            if verb:
                verb.interrupted(self, why)
            if isinstance(why, HungUp):
                self.finish(why.status if self.answered else self._unanswered(why), why.by)
                return
            self.answer()
            activity = partial(self.follow, why.to)

    async def _until_interrupted(self, activity: Callable[[], Awaitable[None]]) -> Interruption | None:
        doing = asyncio.ensure_future(activity())
        interruption = asyncio.ensure_future(self._interruptions.get())
        try:
            await asyncio.wait({doing, interruption}, return_when=asyncio.FIRST_COMPLETED)
            if interruption.done():
                return interruption.result()
            await doing
            return None
        finally:
            doing.cancel()
            interruption.cancel()
            await asyncio.gather(doing, interruption, return_exceptions=True)

    def _unanswered(self, why: HungUp) -> str:
        if why.status != "completed":
            return why.status
        return "no-answer" if self.direction == "inbound" else "canceled"

    async def follow(self, start: Fetch | Document) -> None:
        """Execute a document and all that follow from it; a failed one leads to the fallback URL."""
        coming: Fetch | Document = start
        while True:
            try:
                document = coming if isinstance(coming, Document) else await self.fetch(coming)
                outcome = await self.perform(document)
            except DocumentError as error:
                outcome = self._fallback(error, coming)
            self._verb = None
            if not isinstance(outcome, Fetch):
                return
            coming = outcome

    def _fallback(self, error: DocumentError, failed: Fetch | Document) -> Fetch | None:
        self.exchange.webhooks.alert(error.code, error.message, error.url, self.sid)
        where = self.news.fallback_url
        if not where or failed.url == where:
            self.answer()
            self.telephone.hears(
                self, "We are sorry, an application error has occurred. Goodbye.", by="carrier"
            )
            return None
        details = {"ErrorCode": str(error.code), "ErrorUrl": error.url or failed.url or ""}
        return Fetch(where, self.news.fallback_method, details)

    def finish(self, status: str, by: str) -> None:
        """End the call, once: recordings are closed, the telephone and the application are told."""
        if self.finished.is_set():
            return
        waited_only = self.status == "queued"
        self.status, self.ended = status, self.exchange.now()
        if self._answered_at is not None:
            self.duration = max(1, round(self.watch.now() - self._answered_at))
        for recording in self.recordings:
            self.exchange.finish_recording(recording, self.courier)
        self.telephone.ended(self, status, by)
        if not waited_only:  # "canceled while queued: no callback at all"
            self.report("completed")
        self.courier.flush()
        self.finished.set()

    def report(self, event: str) -> None:
        """Status callback; every terminal state counts as `completed`. Numbered from 0 in order of events."""
        if event not in self.news.events or not self.news.url:
            return
        fields = self.standard() | {
            "Timestamp": format_datetime(self.exchange.now()),
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(self._news_sent),
        }
        if event != "completed":
            fields["CallStatus"] = "in-progress" if event == "answered" else event
        elif self.status == "completed" and self.duration is not None:
            fields |= {"CallDuration": str(self.duration), "Duration": str(-(-self.duration // 60))}
        self._news_sent += 1
        self.courier.post(self.news.url, self.news.method, fields)

    def speaking_time(self, text: str) -> float:
        """Seconds that a voice needs for these words."""
        return len(text) / CHARACTERS_PER_SECOND
