"""The carrier's switching centre: all calls, queues, conferences, recordings and texts of one account.

Everything here happens on one asyncio event loop, so no state needs a lock.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import httpx

from ivr.simulator.conferences import Conferences
from ivr.simulator.document import DocumentError, parse
from ivr.simulator.faults import Faults
from ivr.simulator.leg import Fetch, Leg, News
from ivr.simulator.messages import Message, segments
from ivr.simulator.pace import BREATH, INSTANT, Pace
from ivr.simulator.playback import Playback
from ivr.simulator.queues import Queues
from ivr.simulator.recordings import Recording, RecordingNews, new_sid
from ivr.simulator.telephones import ScriptedTelephone, Telephone
from ivr.simulator.webhooks import Courier, Webhooks

if TYPE_CHECKING:
    from ivr.simulator.verbs.base import Verb


@dataclass
class LineNumber:
    """A number of the account, as the application's owner has set it up."""

    number: str
    voice_url: str
    fallback_url: str = ""
    status_url: str = ""
    message_url: str = ""
    voice_method: str = "POST"
    sid: str = field(default_factory=lambda: new_sid("PN"))


class Exchange:
    """State and doings of the simulated carrier. Use it on its loop only."""

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        lines: Mapping[str, LineNumber],
        api_url: str,
        verbs: "Mapping[str, type[Verb]]",
        now: Callable[[], datetime],
        faults: Faults,
        client: httpx.AsyncClient,
        pace: Pace = INSTANT,
        calls_per_second: float | None = None,
        silent_record_falls_through: bool = False,
    ) -> None:
        self.account_sid, self.auth_token = account_sid, auth_token
        self.lines, self.api_url = dict(lines), api_url.rstrip("/")
        self.verbs, self.now, self.pace = verbs, now, pace
        self.calls_per_second = calls_per_second
        self.silent_record_falls_through = silent_record_falls_through
        self.webhooks = Webhooks(auth_token, faults, client)
        self.playback = Playback(self.webhooks)
        self.queues = Queues(now)
        self.conferences = Conferences(now)
        self.telephones: dict[str, Telephone] = {}
        self.legs: dict[str, Leg] = {}
        self.recordings: dict[str, Recording] = {}
        self.messages: dict[str, Message] = {}
        self.undeliverable: dict[str, int] = {}
        self.unsubscribed: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._next_turn = 0.0

    # -- tasks ---------------------------------------------------------------------------------------------

    def spawn(self, doing: Awaitable[None]) -> "asyncio.Task[None]":
        """Do something beside; kept until it is done."""
        task = asyncio.ensure_future(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def quiet(self) -> None:
        """Wait until no call goes on and no webhook is under way."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self) -> None:
        """Drop everything that goes on."""
        for task in set(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def turn(self) -> None:
        """Wait until the account may place another call (calls per second, real ones)."""
        if self.calls_per_second:
            loop = asyncio.get_running_loop()
            mine = max(loop.time(), self._next_turn)
            self._next_turn = mine + 1 / self.calls_per_second
            await asyncio.sleep(mine - loop.time())

    # -- calls ---------------------------------------------------------------------------------------------

    def telephone(self, number: str) -> Telephone:
        """Who holds that number; nobody does by default, and then it rings unanswered."""
        return self.telephones.get(number) or ScriptedTelephone(number, self.pace, now=self.now, reply=None)

    def start(self, leg: Leg, activity: Callable[[], Awaitable[None]]) -> None:
        """Let a leg live."""
        self.legs[leg.sid] = leg
        self.spawn(leg.run(activity))

    def incoming(self, telephone: Telephone, to: str, extra: Mapping[str, str] | None = None) -> Leg:
        """A telephone dials the line. A number that is none of the account's is not in service."""
        line = self.lines.get(to)
        news = News(line.status_url, "POST", frozenset({"completed"}), line.fallback_url) if line else News()
        leg = Leg(self, "inbound", from_=telephone.number, to=to, telephone=telephone, news=news, extra=extra)
        telephone.current = leg
        telephone.note("dialling", leg, to=to)
        if line is None:
            self.legs[leg.sid] = leg
            leg.finish("failed", "carrier")
        else:
            self.start(leg, partial(leg.follow, Fetch(line.voice_url, line.voice_method)))
        return leg

    def outgoing(self, from_: str, to: str, news: News) -> Leg:
        """A leg that will ring a telephone; the caller starts it."""
        return Leg(self, "outbound-api", from_=from_, to=to, telephone=self.telephone(to), news=news)

    def may_show(self, caller_id: str, leg: Leg) -> bool:
        """Whether this caller ID is allowed: a number of the account, or From/To of the inbound call."""
        return caller_id in self.lines or (leg.direction == "inbound" and caller_id in {leg.from_, leg.to})

    # -- recordings ----------------------------------------------------------------------------------------

    def start_recording(
        self, leg: Leg, source: str, news: RecordingNews, channels: int = 1, conference_sid: str | None = None
    ) -> Recording:
        """Let a tape run on a call (or on the conference that the call is in)."""
        recording = Recording(
            new_sid("RE"),
            leg.sid,
            source,
            self.now(),
            leg.watch.now,
            news,
            channels,
            conference_sid=conference_sid,
        )
        self.recordings[recording.sid] = recording
        if conference_sid is None:
            leg.recordings.append(recording)
        self._tell_recording(recording, leg.courier)
        return recording

    def finish_recording(
        self, recording: Recording, courier: Courier, seconds: float | None = None, sound: bytes | None = None
    ) -> None:
        """Close a recording and tell; nothing happens if it is closed."""
        if recording.running:
            recording.finish(seconds, sound)
            self._tell_recording(recording, courier)

    def _tell_recording(self, recording: Recording, courier: Courier) -> None:
        if recording.news.url and recording.status in recording.news.events:
            form = recording.form(self.account_sid, self.recording_url(recording))
            courier.post(recording.news.url, recording.news.method, form)

    def recording_url(self, recording: Recording) -> str:
        """Where the media is; without an extension it is a WAV file."""
        return f"{self.api_url}/2010-04-01/Accounts/{self.account_sid}/Recordings/{recording.sid}"

    # -- texts ---------------------------------------------------------------------------------------------

    def send(self, message: Message) -> None:
        """Accept a text of the application and let it go its way."""
        self.messages[message.sid] = message
        self.spawn(self._deliver(message))

    async def _deliver(self, message: Message) -> None:
        courier = Courier(self.webhooks, self.spawn)
        error = self.undeliverable.get(message.to)
        for status in ("queued", "sent", "undelivered" if error else "delivered"):
            await asyncio.sleep(BREATH)
            message.status = status
            if status == "sent":
                message.sent = self.now()
            elif status == "undelivered":
                message.error_code = error
            elif status == "delivered" and (telephone := self.telephones.get(message.to)):
                telephone.note("text", sid=message.sid, body=message.body, **{"from": message.from_})
            if message.news_url:
                courier.post(message.news_url, "POST", message.form(self.account_sid))
        courier.flush()
        await courier.delivered()

    def receive(self, from_: str, to: str, body: str) -> Message:
        """A telephone texts the line: the message URL is requested, once."""
        message = Message(from_, to, body, self.now(), "inbound", status="received")
        self.messages[message.sid] = message
        self.spawn(self._hand_over(message))
        return message

    async def _hand_over(self, message: Message) -> None:
        line = self.lines.get(message.to)
        if line is None or not line.message_url:
            return
        form = message.form(self.account_sid) | {
            "Body": message.body,
            "NumMedia": "0",
            "NumSegments": str(segments(message.body)),
            "FromCountry": "CL" if message.from_.startswith("+56") else "",
        }
        fault = self.webhooks.faults.take_webhook(line.message_url)
        try:
            answer = await self.webhooks.request(line.message_url, "POST", form, fault=fault)
            if parse(answer.body, answer.url).verbs:
                raise DocumentError(
                    12200, "a text may be answered with an empty <Response/> only", answer.url
                )
        except DocumentError as error:
            self.webhooks.alert(error.code, error.message, error.url)

    def set_line(self, line: LineNumber, **changes: str) -> None:
        """Change the addresses of one of the account's numbers."""
        self.lines[line.number] = replace(line, **changes)
