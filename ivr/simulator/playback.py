"""Audio files that the line plays: requested by GET, kept as long as their headers allow."""

import re
import time
from dataclasses import dataclass, field

from ivr.simulator.document import DocumentError
from ivr.simulator.leg import Leg
from ivr.simulator.sound import Sound, examine
from ivr.simulator.webhooks import Webhooks

AUDIO = frozenset(
    f"audio/{kind}"
    for kind in (
        *("mpeg", "mp3", "wav", "wave", "x-wav", "aiff", "x-aifc", "x-aiff"),
        *("x-gsm", "gsm", "basic", "ulaw"),
    )
)
"""Content types of the Play page; anything else is error 13420."""


@dataclass
class Playback:
    """The media proxy of the carrier. It sends no call parameters with its requests."""

    webhooks: Webhooks
    _kept: dict[str, tuple[float, Sound]] = field(default_factory=dict)

    async def sound(self, leg: Leg, url: str) -> Sound:
        """Length and words of the file; `DocumentError` if it cannot be played."""
        until, sound = self._kept.get(url, (0.0, Sound(0)))
        if until > time.monotonic():
            return sound
        answer = await self.webhooks.request(url, "GET", cookies=leg.cookies)
        if answer.content_type not in AUDIO:
            raise DocumentError(13420, f"Content-Type {answer.content_type!r} of <Play>", url)
        sound = examine(answer.body)
        caching = answer.headers.get("cache-control", "")
        age = re.search(r"max-age=(\d+)", caching)
        if age and "no-cache" not in caching and "no-store" not in caching:
            self._kept[url] = (time.monotonic() + int(age[1]), sound)
        return sound
