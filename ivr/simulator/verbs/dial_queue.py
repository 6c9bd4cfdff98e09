"""Queue, in Dial: connects with the first who waits there."""

from typing import TYPE_CHECKING

from ivr.simulator.document import Context, DocumentError, Node
from ivr.simulator.leg import Fetch, Leg
from ivr.simulator.pace import first_of
from ivr.simulator.queues import Member
from ivr.simulator.verbs.bridge import Bridge

if TYPE_CHECKING:
    from ivr.simulator.verbs.dial import Dial


async def serve(leg: Leg, dial: "Dial", noun: Node, timeout: float) -> dict[str, str]:
    """Parameters of Dial's action after the talk, or after nobody came within `timeout`."""
    queue = leg.exchange.queues.named(noun.text)
    if queue is None:
        leg.exchange.webhooks.alert(14213, f"no queue {noun.text!r}", dial.document.url, leg.sid)
        return {"DialCallStatus": "failed", "DialBridged": "false"}
    if not queue.members and await first_of(queue.arrival.wait(), leg.sleep(timeout)) == 1:
        return {"DialCallStatus": "no-answer", "DialBridged": "false", "QueueSid": queue.sid}
    member = queue.members[0]
    waited = member.waited
    queue.leave(member)
    member.claimed.set()
    try:
        await first_of(_whisper(leg, dial, noun, member, waited), member.leg.finished.wait())
        if member.leg.finished.is_set():
            return {"DialCallStatus": "canceled", "DialBridged": "false", "QueueSid": queue.sid}
        bridge = Bridge((leg, member.leg))
        member.bridge.set_result(bridge)
    finally:
        if not member.bridge.done():
            member.bridge.set_result(None)
    began = leg.watch.now()

    def so_far() -> dict[str, str]:
        return {
            "DialCallStatus": "completed",
            "DialCallSid": member.leg.sid,
            "DialCallDuration": str(max(1, round(leg.watch.now() - began))),
            "DialBridged": "true",
            "QueueSid": queue.sid,
            "QueueTime": str(waited),
        }

    dial.so_far = so_far
    await bridge.stay(leg)
    return so_far()


async def _whisper(leg: Leg, dial: "Dial", noun: Node, member: Member, waited: int) -> None:
    """`url` is executed on the end of the caller who waited, before the two are connected."""
    if not noun.get("url"):
        return
    coming = Fetch(dial.document.address(noun.get("url")), noun.get("method", "POST"))
    details = {
        "QueueSid": member.queue.sid,
        "QueueTime": str(waited),
        "CallSid": member.leg.sid,
        "DequeingCallSid": leg.sid,
    }
    try:
        outcome: object = coming
        while isinstance(outcome, Fetch):
            fetch = Fetch(outcome.url, outcome.method, details, Context.QUEUE_WHISPER)
            outcome = await member.leg.perform(await member.leg.fetch(fetch), nested=True)
    except DocumentError as error:
        leg.exchange.webhooks.alert(14210, error.message, error.url, member.leg.sid)
