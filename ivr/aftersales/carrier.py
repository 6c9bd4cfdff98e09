"""What the business may ask of a telephone company."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class OutboundCall:
    """A call to be placed. URLs are absolute; ``ring_seconds`` is how long it may ring."""

    to: str
    from_: str
    url: str
    fallback_url: str
    status_url: str
    ring_seconds: int
    #: Where the verdict of answering-machine detection goes; none: no detection.
    machine_url: str | None = None


@dataclass(frozen=True)
class CallNews:
    """What the carrier knows of a call. ``status`` in the carrier's words (Twilio: CallStatus)."""

    sid: str
    status: str
    from_: str
    to: str
    started_at: datetime | None = None
    #: Seconds, once it has ended.
    duration: int | None = None

    @property
    def ended(self) -> bool:
        return self.status in ENDED


@dataclass(frozen=True)
class TextNews:
    """What the carrier knows of a text."""

    sid: str
    status: str
    to: str
    body: str
    error_code: int | None = None


@dataclass(frozen=True)
class Seat:
    """How somebody takes part in a conference.

    ``hold_url``: on hold, hearing that document over and over, and heard by nobody. ``coaches``: the sid of
    the only one who hears them. ``ends``: whether the conference is over for all when they leave it.
    """

    hold_url: str | None = None
    muted: bool = False
    coaches: str | None = None
    ends: bool = True


@dataclass(frozen=True)
class RecordingNews:
    """What the carrier knows of a recording: ``status`` and its seconds."""

    sid: str
    call_sid: str
    status: str
    duration: int | None = None


#: Call statuses after which nothing more happens.
ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


class Carrier(Protocol):
    """The telephone company.

    Every method may raise `CarrierRefused` (no), `CarrierGone` (what was named is no longer there),
    `CarrierBusy` (slow down; nothing was done) or `CarrierUnclear` (it may have been done: look first).
    """

    def place(self, call: OutboundCall) -> str:
        """Place a call; its sid."""

    def move(self, sid: str, url: str) -> None:
        """Make a live call fetch another document."""

    def hang_up(self, sid: str) -> None:
        """End a call, ringing or live."""

    def dequeue(self, queue: str, sid: str, url: str) -> None:
        """Take a caller out of a queue, by its name, and make the call fetch ``url``."""

    def seat(self, room: str, sid: str, seat: Seat) -> None:
        """Let a call take part in the conference of that name as ``seat`` says."""

    def tape(self, room: str, sid: str, running: bool) -> None:
        """Pause the recording of that conference, or of that call, or let it go on."""

    def record(self, sid: str, status_url: str) -> str:
        """Begin to record a call; the recording's sid."""

    def call(self, sid: str) -> CallNews:
        """How a call stands."""

    def calls_to(self, number: str, since: datetime) -> Iterable[CallNews]:
        """Calls that we placed to ``number``, for finding one whose answer was lost."""

    def send(self, to: str, from_: str, body: str, status_url: str) -> str:
        """Send a text; its sid."""

    def texts_to(self, number: str, since: datetime) -> Iterable[TextNews]:
        """Texts that we sent to ``number``, for finding one whose answer was lost."""

    def text(self, sid: str) -> TextNews:
        """How a text stands."""

    def recordings_of(self, call_sid: str) -> Iterable[RecordingNews]:
        """The recordings of a call."""

    def audio(self, recording_sid: str) -> bytes:
        """A recording as a WAV file."""

    def delete_recording(self, recording_sid: str) -> None:
        """Forget a recording; one that is gone already is no error."""

    def account_ok(self) -> bool:
        """Whether the credentials are accepted."""

    def webhooks_of(self, number: str) -> Mapping[str, str]:
        """The addresses that one of our numbers is set to: ``voice``, ``fallback``, ``status``, ``texts``."""
