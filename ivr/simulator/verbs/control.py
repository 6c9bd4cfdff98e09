"""Redirect, Reject, Hangup and Leave: where the call goes instead of the next verb."""

from ivr.simulator.leg import Ending, Fetch, HungUp, Leg, Outcome
from ivr.simulator.verbs.base import Verb


class Redirect(Verb):
    """Transfers control to the document at another URL; an empty one is this document again."""

    answers = False

    async def run(self, _leg: Leg, /) -> Outcome:
        address = self.document.address(self.node.text)
        return Fetch(address, self.node.get("method", "POST"), context=self.document.context)


class Hangup(Verb):
    """Ends the call; as the first verb it picks up before that."""

    async def run(self, _leg: Leg, /) -> Outcome:
        return Ending.HANG_UP


class Reject(Verb):
    """Declines a call that was not answered: status `busy`, or `no-answer` for `rejected`."""

    answers = False

    async def run(self, leg: Leg, /) -> Outcome:
        if not leg.answered:
            busy = self.node.get("reason", "rejected") == "busy"
            leg.interrupt(HungUp("line", "busy" if busy else "no-answer"))
        return Ending.HANG_UP


class Leave(Verb):
    """Takes the call out of its queue; outside of one it does nothing."""

    async def run(self, leg: Leg, /) -> Outcome:
        return Ending.LEAVE if leg.waiting else None
