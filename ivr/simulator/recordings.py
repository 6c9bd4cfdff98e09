"""Recordings: made by Record, Dial, Conference or the REST API; kept until they are deleted."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Literal

from ivr.simulator.sound import hum, wav

Status = Literal["in-progress", "paused", "stopped", "processing", "completed", "absent", "deleted"]


SHORTEST_TALK = 1.0
"""Simulated seconds of a recorded talk that took no simulated time, because two scripts held it."""


def new_sid(prefix: str) -> str:
    """Two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


@dataclass(frozen=True)
class RecordingNews:
    """Where, and about which events, the application wants to be told."""

    url: str = ""
    method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})


@dataclass
class Recording:
    """One recording. Lengths are simulated seconds of `clock`, the watch of the call."""

    sid: str
    call_sid: str
    source: str
    started: datetime
    clock: Callable[[], float]
    news: RecordingNews
    channels: int = 1
    track: str = "both"
    conference_sid: str | None = None
    status: Status = "in-progress"
    seconds: float = 0
    sound: bytes | None = None
    _running_since: float | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self._running_since = self.clock()

    @property
    def running(self) -> bool:
        """Whether it still belongs to a call that goes on (paused ones included)."""
        return self.status in {"in-progress", "paused"}

    def pause(self) -> None:
        """Stop the tape, to go on later."""
        self._count()
        self.status = "paused"

    def resume(self) -> None:
        """Let the tape run on."""
        self._count()
        self._running_since, self.status = self.clock(), "in-progress"

    def finish(self, seconds: float | None = None, sound: bytes | None = None) -> None:
        """Close it: `completed`, or `absent` if there is nothing on it. Harmless if it is closed."""
        if not self.running:
            return
        self._count()
        self.seconds = max(self.seconds, SHORTEST_TALK) if seconds is None else seconds
        self.sound = sound
        self.status = "completed" if self.seconds > 0 else "absent"

    @property
    def whole_seconds(self) -> int:
        """Duration as the carrier states it: whole seconds, at least 1 for anything audible."""
        return max(1, round(self.seconds)) if self.seconds > 0 else 0

    def media(self) -> bytes:
        """The WAV file."""
        return wav(self.sound, self.seconds) if self.sound else hum(self.seconds)

    def form(self, account_sid: str, address: str) -> Mapping[str, str]:
        """Fields of recordingStatusCallback: those of a conference name it, and no call."""
        about = {"ConferenceSid": self.conference_sid} if self.conference_sid else {"CallSid": self.call_sid}
        fields = {
            "AccountSid": account_sid,
            **about,
            "RecordingSid": self.sid,
            "RecordingUrl": address,
            "RecordingStatus": self.status,
            "RecordingChannels": str(self.channels),
            "RecordingSource": self.source,
            "RecordingStartTime": format_datetime(self.started),
            "RecordingTrack": self.track,
        }
        if self.status != "in-progress":
            fields["RecordingDuration"] = str(self.whole_seconds)
        return fields

    def _count(self) -> None:
        if self._running_since is not None:
            self.seconds += self.clock() - self._running_since
        self._running_since = None
