"""Dial: connects the call with a telephone, a queue or a conference."""

import asyncio
from collections.abc import Callable
from functools import partial

from ivr.simulator.document import Context, Document, Node
from ivr.simulator.leg import Ending, Fetch, HungUp, Interruption, Leg, News, Outcome
from ivr.simulator.placing import ring
from ivr.simulator.recordings import Recording
from ivr.simulator.verbs.base import Verb
from ivr.simulator.verbs.bridge import Bridge
from ivr.simulator.verbs.dial_conference import attend
from ivr.simulator.verbs.dial_queue import serve
from ivr.simulator.verbs.record import recording_news

RING_SECONDS = 30


class Dial(Verb):
    """Requests `action` with the result; without that attribute the next verb follows."""

    def __init__(self, node: Node, document: Document) -> None:
        super().__init__(node, document)
        self.answers = not node.true("answerOnBridge")  # else the caller hears ringing until somebody answers
        self.children: list[Leg] = []
        self.winner: Leg | None = None
        self.bridge: Bridge | None = None
        self.recording: Recording | None = None
        self.so_far: Callable[[], dict[str, str]] | None = None
        """What the action would be told now; None until somebody is being called."""

    async def run(self, leg: Leg, /) -> Outcome:
        noun = self.node.children[0] if self.node.children else None
        if noun is not None and noun.name == "Conference":
            params = await attend(leg, self, noun)
        elif noun is not None and noun.name == "Queue":
            params = await serve(leg, self, noun, self._timeout)
        else:
            params = await self._call(leg)
        if params is None:
            return None
        if self.says_action():
            return self.action(params)
        return None

    @property
    def _timeout(self) -> float:
        return float(self.node.number("timeout", RING_SECONDS))

    async def _call(self, leg: Leg) -> dict[str, str]:
        caller_id = self.node.get("callerId") or leg.from_
        if not leg.exchange.may_show(caller_id, leg):
            leg.exchange.webhooks.alert(13214, f"callerId {caller_id}", self.document.url, leg.sid)
            return {"DialCallStatus": "failed", "DialBridged": "false"}
        self.so_far = self._result
        nouns = self.node.children or (Node("Number", {}, self.node.text),)
        try:
            if self.node.true("sequential"):
                for noun in nouns:
                    self.children = [self._child(leg, noun, caller_id)]
                    if await self._connect(leg):
                        break
            else:
                self.children = [self._child(leg, noun, caller_id) for noun in nouns]
                await self._connect(leg)
        finally:
            self._release(leg)
        return self._result()

    def _child(self, leg: Leg, noun: Node, caller_id: str) -> Leg:
        address = self.document.address
        prefix = {"Client": "client:", "Sip": "sip:"}.get(noun.name, "")
        to = noun.text if noun.text.startswith(prefix) else prefix + noun.text
        news = News(
            address(noun.get("statusCallback")) if noun.get("statusCallback") else "",
            noun.get("statusCallbackMethod", "POST"),
            frozenset(noun.get("statusCallbackEvent", "completed").split()),
        )
        child = Leg(
            leg.exchange,
            "outbound-dial",
            from_=caller_id,
            to=to,
            telephone=leg.exchange.telephone(to),
            news=news,
            parent=leg,
        )
        whisper = None
        if noun.get("url"):
            whisper = Fetch(
                address(noun.get("url")), noun.get("method", "POST"), context=Context.NUMBER_WHISPER
            )
        leg.exchange.start(child, partial(self._child_activity, leg, child, whisper))
        return child

    async def _child_activity(self, leg: Leg, child: Leg, whisper: Fetch | None) -> None:
        if not await ring(child, self._timeout):
            return
        if whisper:
            coming: Outcome = whisper
            while isinstance(coming, Fetch):
                coming = await child.perform(await child.fetch(coming))
            if coming is Ending.HANG_UP:
                return
        if self.winner is not None:
            return
        self.winner = child
        for other in self.children:
            if other is not child:
                other.interrupt(HungUp("line", "no-answer" if not other.answered else "completed"))
        leg.answer()
        if self.node.get("record", "do-not-record") not in {"do-not-record", "false"}:
            self.recording = leg.exchange.start_recording(
                leg, "DialVerb", recording_news(self.node, self.document)
            )
        self.bridge = Bridge((leg, child))
        await self.bridge.stay(child)

    async def _connect(self, leg: Leg) -> bool:
        """Wait until a child was talked with and is gone, or all are gone unanswered."""
        if self.node.true("hangupOnStar"):
            leg.on_key = self._star
        waiting = {asyncio.ensure_future(child.finished.wait()) for child in self.children}
        try:
            while waiting and self.winner is None:
                _done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if self.winner:
                await self.winner.finished.wait()
        finally:
            for task in waiting:
                task.cancel()
        leg.watch.skip(max(child.watch.skipped for child in self.children))  # it rang for the caller too
        return self.winner is not None

    def _star(self, key: str) -> None:
        if key == "*" and self.bridge:
            self.bridge.over.set()

    def _release(self, leg: Leg) -> None:
        leg.on_key = None
        leg.together = None
        if self.bridge:
            self.bridge.over.set()
        for child in self.children:
            if not child.finished.is_set():
                child.interrupt(HungUp("line", "completed" if child.answered else "no-answer"))
        if self.recording:
            leg.exchange.finish_recording(self.recording, leg.courier)

    def _result(self) -> dict[str, str]:
        child = self.winner or self.children[-1]
        status = child.status if child.status in {"busy", "failed", "no-answer", "canceled"} else "completed"
        if self.winner is None and status == "completed":
            status = "no-answer"
        params = {
            "DialCallStatus": status,
            "DialCallSid": child.sid,
            "DialBridged": "true" if self.winner else "false",
        }
        if self.winner and child.duration is not None:
            params["DialCallDuration"] = str(child.duration)
        return params

    def interrupted(self, leg: Leg, why: Interruption) -> None:
        """Who dialled hung up: the action is requested all the same. Sent elsewhere: it is not."""
        if isinstance(why, HungUp) and self.says_action() and self.so_far:
            leg.status = "completed"
            leg.tell(self.action(self.so_far()))
