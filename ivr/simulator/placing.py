"""How the carrier reaches a telephone: it rings, somebody answers, a machine may be told from a person."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from ivr.simulator.document import Document
from ivr.simulator.leg import Fetch, Leg
from ivr.simulator.pace import first_of
from ivr.simulator.telephones import Reply

LISTENING = 4.0
"""Simulated seconds that detection needs on average."""


@dataclass(frozen=True)
class Detection:
    """Answering machine detection of one call. Unless it runs `beside` it, Url waits for the verdict."""

    mode: str
    beside: bool = False
    news_url: str = ""
    news_method: str = "POST"

    def verdict(self, answered_by: str) -> str:
        """AnsweredBy as this mode names it: `Enable` knows machines only by their start."""
        return "machine_start" if self.mode == "Enable" and answered_by.startswith("machine") else answered_by


async def ring(leg: Leg, timeout: float) -> bool:
    """Report, ring, and say whether somebody answered; else the leg has ended with the reason."""
    leg.status = "initiated"
    leg.report("initiated")
    leg.status = "ringing"
    leg.report("ringing")
    replies: list[Reply] = []

    async def decide() -> None:
        replies.append(await leg.telephone.ring(leg))

    if leg.telephone.current is not None:
        replies.append(Reply.BUSY)
    else:
        await first_of(decide(), leg.sleep(timeout))
    if replies == [Reply.ANSWER]:
        leg.answer()
        return True
    status = {Reply.BUSY: "busy", Reply.UNREACHABLE: "failed"}.get(replies[0]) if replies else "no-answer"
    leg.finish(status or "failed", "telephone" if replies else "line")
    return False


@dataclass(frozen=True)
class OutboundCall:
    """A call that the application asked for by REST."""

    leg: Leg
    start: Fetch | Document
    timeout: float
    detection: Detection | None = None
    time_limit: float | None = None
    when_answered: Callable[[], None] | None = None

    async def place(self) -> None:
        """The leg's activity: wait for its turn, ring, detect, execute."""
        leg = self.leg
        await leg.exchange.turn()
        if not await ring(leg, self.timeout):
            return
        if self.when_answered:
            self.when_answered()
        if self.time_limit and not leg.watch.pace.instant:
            leg.exchange.spawn(self._cut_off(self.time_limit))
        extra = await self._detect()
        start = self.start
        if isinstance(start, Fetch):
            start = Fetch(start.url, start.method, {**start.params, **extra})
        await leg.follow(start)

    async def _cut_off(self, seconds: float) -> None:
        await leg_over(self.leg, self.leg.sleep(seconds))
        self.leg.put_down()

    async def _detect(self) -> Mapping[str, str]:
        detection, leg = self.detection, self.leg
        if detection is None:
            return {}
        verdict = detection.verdict(leg.telephone.answered_by)
        if not detection.beside:
            await leg.sleep(LISTENING)
            leg.answered_by = verdict
            return {"AnsweredBy": verdict, "MachineDetectionDuration": str(round(LISTENING * 1000))}
        if leg.telephone.is_machine:
            leg.silence_allowed.clear()
        leg.exchange.spawn(self._tell_verdict(detection, verdict))
        return {}

    async def _tell_verdict(self, detection: Detection, verdict: str) -> None:
        """A person is told at once; a machine when its greeting is over (or, from a script, when it would be
        silent or has pressed a key)."""
        leg = self.leg
        if leg.telephone.is_machine:
            waiting: Awaitable[object] = (
                leg.greeting_over.wait() if leg.watch.pace.instant else leg.sleep(LISTENING)
            )
            await leg_over(leg, waiting)
        if not leg.finished.is_set():
            leg.answered_by = verdict
            fields = {
                "CallSid": leg.sid,
                "AccountSid": leg.exchange.account_sid,
                "AnsweredBy": verdict,
                "MachineDetectionDuration": str(round(LISTENING * 1000)),
            }
            if detection.news_url:
                leg.courier.post(detection.news_url, detection.news_method, fields)
                await leg.courier.delivered()
        leg.silence_allowed.set()


async def leg_over(leg: Leg, waiting: Awaitable[object]) -> None:
    """Wait for something, but not beyond the end of the leg."""

    async def wait() -> None:
        await waiting

    await first_of(wait(), _finished(leg))


async def _finished(leg: Leg) -> None:
    await asyncio.wait({asyncio.ensure_future(leg.finished.wait())})
