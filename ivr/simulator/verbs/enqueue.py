"""Enqueue: waits in a queue, hearing `waitUrl` over and over, until something takes the call out."""

import asyncio

from ivr.simulator.document import Context, DocumentError
from ivr.simulator.leg import Ending, Fetch, HungUp, Interruption, Leg, Outcome
from ivr.simulator.pace import BREATH, first_of
from ivr.simulator.queues import Member
from ivr.simulator.verbs.base import Verb


class Enqueue(Verb):
    """QueueResult: queue-full, leave, hangup, error, bridged, redirected, redirected-from-bridged."""

    member: Member | None = None
    waited = 0
    bridged = False

    async def run(self, leg: Leg, /) -> Outcome:
        queue = leg.exchange.queues.open(self.node.text)
        self.member = queue.join(leg, leg.exchange.now(), self.node.number("maxQueueSize", queue.max_size))
        if self.member is None:
            leg.exchange.webhooks.alert(14207, f"queue {queue.name!r} is full", self.document.url, leg.sid)
            return self._after({"QueueResult": "queue-full"})
        try:
            result = await self._wait(leg, self.member)
        finally:
            self._step_out(leg)
        if result == "hangup":
            if self.says_action():
                leg.tell(self.action(self._params(result)))
            return Ending.HANG_UP
        return self._after(self._params(result))

    async def _wait(self, leg: Leg, member: Member) -> str:
        leg.waiting = True
        results: list[str] = []
        if await first_of(member.claimed.wait(), self._hear(leg, member, results)) == 1:
            return results[0]
        self._step_out(leg)
        bridge = await member.bridge
        if bridge is None:
            return "error"
        self.bridged = True
        await bridge.stay(leg)
        return "bridged"

    async def _hear(self, leg: Leg, member: Member, results: list[str]) -> None:
        """Loop the wait document: when its verbs run out, it is requested again."""
        if "waitUrl" in self.node.attributes and not self.node.get("waitUrl"):
            await asyncio.Event().wait()
        if "waitUrl" not in self.node.attributes:
            leg.telephone.hears(leg, "[music]")
            await asyncio.Event().wait()
        url = self.document.address(self.node.get("waitUrl"))
        method = self.node.get("waitUrlMethod", "POST")
        coming = Fetch(url, method)
        while True:
            params = self._situation(member) | dict(coming.params)
            fetch = Fetch(coming.url, coming.method, params, Context.QUEUE_WAIT)
            try:
                outcome = await leg.perform(await leg.fetch(fetch), nested=True)
            except DocumentError as error:
                leg.exchange.webhooks.alert(error.code, error.message, error.url, leg.sid)
                results.append("error")
                return
            if isinstance(outcome, Ending):
                results.append("leave" if outcome is Ending.LEAVE else "hangup")
                return
            coming = outcome or Fetch(url, method)
            if outcome is None:
                await asyncio.sleep(BREATH)

    def _situation(self, member: Member) -> dict[str, str]:
        queue = member.queue
        return {
            "QueueSid": queue.sid,
            "QueuePosition": str(member.position),
            "QueueTime": str(member.waited),
            "AvgQueueTime": str(queue.average_wait),
            "CurrentQueueSize": str(len(queue.members)),
            "MaxQueueSize": str(queue.max_size),
        }

    def _step_out(self, leg: Leg) -> None:
        if self.member and leg.waiting:
            self.waited = self.member.waited
            self.member.queue.leave(self.member)
        leg.waiting = False

    def _params(self, result: str) -> dict[str, str]:
        params = {"QueueResult": result}
        if self.member:
            params |= {"QueueSid": self.member.queue.sid, "QueueTime": str(self.waited)}
        return params

    def _after(self, params: dict[str, str]) -> Outcome:
        """The action if there is one, else the next verb."""
        return self.action(params) if self.says_action() else None

    def interrupted(self, leg: Leg, why: Interruption) -> None:
        """Moved by the REST API, or hung up: the action is told, and what it answers does not matter."""
        if self.member is None or not self.says_action():
            return
        if isinstance(why, HungUp):
            leg.status = "completed"
            result = "bridged" if self.bridged else "hangup"
        else:
            result = "redirected-from-bridged" if self.bridged else "redirected"
        leg.tell(self.action(self._params(result)))
