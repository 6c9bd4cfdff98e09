"""The simulated carrier as a test or the demonstration holds it: an event loop in a thread of its own.

    carrier = SimulatedCarrier(account_sid, auth_token, public_url="http://127.0.0.1:8000",
                               numbers={"+56800422727": NumberConfig(voice_url=...)})
    carrier.start()
    app.register_blueprint(simulator_blueprint(carrier), url_prefix="/carrier")   # REST and /phone endpoints

    carrier.connect(ScriptedTelephone("+56987654321", keys=["1"]))               # an agent who takes the call
    call = carrier.dial(from_="+56911112222", to="+56800422727", keys="2 101# 1")
    record = call.wait(timeout=10)                                                # CallRecord
    assert "su número de caso" in record.heard
    assert carrier.texts_to("+56911112222")
    carrier.stop()

Every public method here may be called from any thread; all work is done on the carrier's loop.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, TypeVar
from urllib.parse import urljoin

import httpx

from ivr.simulator.exchange import Exchange, LineNumber
from ivr.simulator.faults import Faults
from ivr.simulator.leg import Leg
from ivr.simulator.messages import Message
from ivr.simulator.pace import INSTANT, Pace
from ivr.simulator.script import Script
from ivr.simulator.telephones import Event, ScriptedTelephone, Telephone
from ivr.simulator.verbs import VERBS
from ivr.simulator.webhooks import AT_ONCE, KEPT_OPEN, Alert, Sent

T = TypeVar("T")


class NotRunning(RuntimeError):
    """The carrier has not been started, or is being stopped."""


@dataclass(frozen=True)
class NumberConfig:
    """Addresses of one of the line's numbers; relative ones count from the carrier's `public_url`."""

    voice_url: str = "/voice/inbound"
    fallback_url: str = "/voice/fallback"
    status_url: str = "/voice/status"
    message_url: str = "/messages/inbound"


@dataclass(frozen=True)
class CallRecord:
    """A call as its telephone knew it. Transcript entries are `{"who": .., "text" | "keys": ..}`; who is
    `line`, `caller` (who dialled), `called` (who was rung), or the number of somebody in the same talk."""

    sid: str
    from_: str
    to: str
    status: str
    ended_by: str
    transcript: Sequence[Mapping[str, str]]
    texts: Sequence[str]

    @property
    def heard(self) -> str:
        """All that the line said, in one string."""
        return " ".join(entry.get("text", "") for entry in self.transcript if entry["who"] == "line")


def transcript_of(events: Sequence[Event], me: str) -> list[dict[str, str]]:
    """Who said and pressed what, in order; `me` is how the telephone itself is called there."""
    entries: list[dict[str, str]] = []
    for event in events:
        if event["type"] == "heard":
            entries.append({"who": event["by"], "text": event["text"] or event["url"] or ""})
        elif event["type"] == "pressed":
            entries.append({"who": me, "keys": event["keys"]})
        elif event["type"] == "spoke":
            entries.append({"who": me, "text": event["text"] or "…"})
    return entries


@dataclass(frozen=True)
class CallHandle:
    """A call that may still go on."""

    carrier: "SimulatedCarrier"
    telephone: Telephone
    leg: Leg

    @property
    def sid(self) -> str:
        """Its CallSid."""
        return self.leg.sid

    @property
    def events(self) -> list[Event]:
        """What the telephone noticed of this call so far."""
        return [event for event in [*self.telephone.journal.events] if event.get("call") == self.sid]

    def wait(self, timeout: float = 10) -> CallRecord:
        """Wait for the end, and until its news are delivered; TimeoutError shows the transcript so far."""
        try:
            self.carrier.run(self._over(), timeout)
        except TimeoutError as error:
            me = "caller" if self.leg.direction == "inbound" else "called"
            raise TimeoutError(f"call {self.sid} goes on: {transcript_of(self.events, me)}") from error
        return self.record()

    async def _over(self) -> None:
        await self.leg.finished.wait()
        await self.leg.courier.delivered()

    def wait_for(self, kind: str, timeout: float = 10, after: int = 0) -> Event:
        """Wait for an event of this call by its type (`joined`, `asked` ..) with an id above `after`."""
        return self.carrier.run(self._event(lambda event: event["type"] == kind, after), timeout)

    def wait_to_hear(self, words: str, timeout: float = 10) -> Event:
        """Wait until something is said (or played) that contains these words."""
        return self.carrier.run(self._event(lambda event: words in (event.get("text") or ""), 0), timeout)

    async def _event(self, wanted: Callable[[Event], bool], cursor: int) -> Event:
        while True:
            for event in await self.telephone.journal.after(cursor, wait=1):
                cursor = event["id"]
                if event.get("call") == self.sid and wanted(event):
                    return event

    def record(self) -> CallRecord:
        """The call so far."""
        leg, events = self.leg, self.events
        ended = next((event for event in events if event["type"] == "ended"), {})
        me = "caller" if leg.direction == "inbound" else "called"
        return CallRecord(
            leg.sid, leg.from_, leg.to, leg.status, ended.get("by", ""), transcript_of(events, me),
            self.carrier.texts_to(leg.party),
        )  # fmt: skip

    def press(self, keys: str) -> None:
        """Press keys now."""
        self.carrier.do(lambda: self.leg.press(keys))

    def hang_up(self) -> None:
        """Put the receiver down."""
        self.carrier.do(self.leg.put_down)

    def pass_time(self, seconds: float) -> None:
        """Let simulated time pass for this call: how a test makes a caller wait long in a queue."""
        self.carrier.do(lambda: self.leg.watch.skip(seconds))


@dataclass
class SimulatedCarrier:
    """Account, numbers and telephones of a pretend Twilio.

    `pace` is that of telephones nobody holds; `calls_per_second` limits calls placed by REST (None: no
    limit); `api_url` is where the blueprint is mounted, as recordings' addresses name it.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    public_url: str
    numbers: Mapping[str, NumberConfig]
    api_url: str = ""
    pace: Pace = INSTANT
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    calls_per_second: float | None = None
    silent_record_falls_through: bool = False
    faults: Faults = field(default_factory=Faults)
    _loop: asyncio.AbstractEventLoop | None = field(default=None, repr=False)
    _thread: threading.Thread | None = field(default=None, repr=False)
    _asked: set[Future[Any]] = field(default_factory=set, repr=False)

    def start(self) -> None:
        """Start the event loop. In a server that forks, call it in the worker."""
        loop = asyncio.new_event_loop()
        self._loop = loop
        self._thread = threading.Thread(target=loop.run_forever, name="simulated-carrier", daemon=True)
        self._thread.start()
        self.exchange = self.run(self._open())

    async def _open(self) -> Exchange:
        refuse_all = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
        client = httpx.AsyncClient(
            cookies=refuse_all,  # each call keeps its own
            limits=httpx.Limits(max_connections=2 * AT_ONCE, max_keepalive_connections=KEPT_OPEN),
            trust_env=False,
        )
        lines = {
            number: LineNumber(
                number,
                self._absolute(config.voice_url),
                self._absolute(config.fallback_url),
                self._absolute(config.status_url),
                self._absolute(config.message_url),
            )
            for number, config in self.numbers.items()
        }
        return Exchange(
            account_sid=self.account_sid,
            auth_token=self.auth_token,
            lines=lines,
            api_url=self.api_url or urljoin(self.public_url, "/carrier"),
            verbs=VERBS,
            now=self.now,
            faults=self.faults,
            client=client,
            pace=self.pace,
            calls_per_second=self.calls_per_second,
            silent_record_falls_through=self.silent_record_falls_through,
        )

    def _absolute(self, url: str) -> str:
        return urljoin(self.public_url, url) if url else ""

    def stop(self) -> None:
        """Drop all calls, end whatever waits, and end the thread."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        self._loop = self._thread = None  # from now on nothing begins
        for waiting in [*self._asked]:
            waiting.cancel()
        asyncio.run_coroutine_threadsafe(self._close(), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    async def _close(self) -> None:
        await self.exchange.close()
        await self.exchange.webhooks.client.aclose()

    def run(self, doing: Coroutine[Any, Any, T], timeout: float = 30) -> T:
        """Run a coroutine on the loop; TimeoutError (and it is cancelled) after `timeout` real seconds.

        Raises NotRunning before `start`, and when `stop` comes meanwhile.
        """
        if self._loop is None:
            doing.close()
            raise NotRunning("the simulated carrier has not been started")
        future = asyncio.run_coroutine_threadsafe(doing, self._loop)
        self._asked.add(future)
        try:
            return future.result(timeout)
        except TimeoutError:
            future.cancel()
            raise
        except CancelledError:
            raise NotRunning("the simulated carrier is being stopped") from None
        finally:
            self._asked.discard(future)

    def do(self, function: Callable[[], T]) -> T:
        """Call a function on the loop: how other threads touch the exchange."""

        async def call() -> T:
            return function()

        return self.run(call())

    # -- telephones ----------------------------------------------------------------------------------------

    def connect(self, telephone: Telephone) -> Telephone:
        """Give a telephone its number; one that had it before is unplugged."""

        def plug_in() -> None:
            telephone.now = self.now
            self.exchange.telephones[telephone.number] = telephone

        self.do(plug_in)
        return telephone

    def disconnect(self, number: str) -> None:
        """From now on nobody holds this number."""
        self.do(lambda: self.exchange.telephones.pop(number, None))

    def dial(
        self,
        from_: str,
        to: str,
        keys: str = "",
        *,
        stays: bool = False,
        talk: float | None = None,
        impatient: bool = False,
        pace: Pace = INSTANT,
        forwarded_from: str | None = None,
    ) -> CallHandle:
        """Dial the line with a script; returns at once. See `ScriptedTelephone` for the options.

        A telephone connected under the same number goes on ringing for other calls; this call has its own.
        """
        Script.of(keys)
        telephone = ScriptedTelephone(
            from_, pace, now=self.now, keys=[keys], stays=stays, talk=talk, impatient=impatient
        )
        extra = {"ForwardedFrom": forwarded_from} if forwarded_from else {}
        leg = self.do(lambda: self.exchange.incoming(telephone, to, extra))
        return CallHandle(self, telephone, leg)

    def calls_to(self, number: str) -> list[CallHandle]:
        """Calls that the line has placed to this number, oldest first."""
        legs = self.do(lambda: [*self.exchange.legs.values()])
        return [
            CallHandle(self, leg.telephone, leg)
            for leg in legs
            if leg.direction != "inbound" and leg.to == number
        ]

    def send_text(self, from_: str, to: str, body: str) -> Message:
        """A telephone texts the line."""
        return self.do(lambda: self.exchange.receive(from_, to, body))

    def texts_to(self, number: str) -> list[str]:
        """Bodies of the texts delivered to this number, oldest first."""
        messages = self.do(lambda: [*self.exchange.messages.values()])
        return [
            m.body
            for m in messages
            if m.to == number and m.status == "delivered" and m.direction != "inbound"
        ]

    # -- what tests look at and break ----------------------------------------------------------------------

    def settle(self, timeout: float = 10) -> None:
        """Wait until no call goes on and every webhook is delivered."""
        self.run(self.exchange.quiet(), timeout)

    @property
    def sent(self) -> list[Sent]:
        """Webhook attempts on record, oldest first."""
        return self.do(lambda: [*self.exchange.webhooks.sent])

    @property
    def alerts(self) -> list[Alert]:
        """The debugger's log: everything in the application's answers that the carrier objected to."""
        return self.do(lambda: [*self.exchange.webhooks.alerts])
