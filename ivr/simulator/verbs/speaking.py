"""Say, Play and Pause: what the line lets the caller hear."""

import asyncio

from ivr.simulator.leg import Leg, Outcome
from ivr.simulator.verbs.base import Verb

ENDLESS = 1000
"""Repetitions for `loop="0"`: "until the call is hung up or 1000"."""


def _rounds(loop: int) -> int:
    return loop or ENDLESS


async def _last(leg: Leg, seconds: float) -> None:
    """Let a sound last. A key, the REST API or a hang-up cuts it short, which a telephone hears at once."""
    try:
        await leg.sleep(seconds)
    except asyncio.CancelledError:
        leg.telephone.hushed(leg)
        raise


class Say(Verb):
    """Reads text aloud, `loop` times."""

    async def run(self, leg: Leg, /) -> Outcome:
        seconds = leg.speaking_time(self.node.text) * _rounds(self.node.number("loop", 1))
        leg.telephone.hears(leg, self.node.text, seconds=seconds)
        await _last(leg, seconds)
        return None


class Play(Verb):
    """Plays an audio file, or sends DTMF tones."""

    async def prepare(self, leg: Leg) -> None:
        """Request the file ahead of its turn."""
        if self.node.text:
            await leg.exchange.playback.sound(leg, self.document.address(self.node.text))

    async def run(self, leg: Leg, /) -> Outcome:
        if not self.node.text:
            tones = self.node.get("digits")
            leg.telephone.hears(leg, f"[tones {tones}]")
            await leg.sleep(0.5 * len(tones) + 0.5 * tones.count("W"))
            return None
        url = self.document.address(self.node.text)
        sound = await leg.exchange.playback.sound(leg, url)
        seconds = sound.seconds * _rounds(self.node.number("loop", 1))
        leg.telephone.hears(leg, sound.words, url, seconds=seconds)
        await _last(leg, seconds)
        return None


class Pause(Verb):
    """Silence; as the first verb it delays answering."""

    answers = False

    async def run(self, leg: Leg, /) -> Outcome:
        await leg.sleep(self.node.number("length", 1))
        return None
