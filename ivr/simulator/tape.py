"""A call on tape: what its telephone heard, the tones of its keys and what was said, as one WAV file.

A tape is made of one telephone's events, which carry the call's own clock. A script presses and speaks in no
time at all, and held in a queue it hears minutes of music in none: what would lie on top of something else
is then laid after it, and everything later follows.
"""

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np
import soundfile
from numpy.typing import NDArray

from ivr.simulator.sound import RATE, hum, wav

Samples = NDArray[np.float64]
FetchSound = Callable[[str], bytes]

ROWS = {697: "123", 770: "456", 852: "789", 941: "*0#"}
COLUMNS = (1209, 1336, 1477)
"""Hertz of the two tones of a key (ITU-T Q.23)."""

TONE_SECONDS, PAUSE_SECONDS = 0.1, 0.1
"""More than the 40 ms of each that a receiver must recognise (ITU-T Q.24)."""

TONE_PEAK = 0.2
BEEP_HERTZ, BEEP_SECONDS = 1000, 0.3

PASSING_SECONDS = 10.0
"""How much is kept of a sound that the call's clock did not wait for."""


def fetch_sound(url: str) -> bytes:
    """What the line plays under an address; nothing if it is not to be had."""
    try:
        return httpx.get(url, timeout=5, trust_env=False).raise_for_status().content
    except httpx.HTTPError:
        return b""


def tones(keys: str) -> Samples:
    """The tones of keys 0-9 * #, each followed by a pause."""
    return np.concatenate([np.zeros(0), *(part for key in keys for part in (_tone(key), _PAUSE))])


def _tone(key: str) -> Samples:
    row = next(hertz for hertz, keys in ROWS.items() if key in keys)
    return _sine(row, TONE_SECONDS) + _sine(COLUMNS[ROWS[row].index(key)], TONE_SECONDS)


def _sine(hertz: float, seconds: float) -> Samples:
    return np.asarray(TONE_PEAK * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE))


_PAUSE: Samples = np.zeros(round(PAUSE_SECONDS * RATE))


def samples_of(data: bytes) -> Samples:
    """A sound file of any kind as samples at 8 kHz, mono, between -1 and 1; none if it is no sound."""
    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="float64", always_2d=True)
    except soundfile.SoundFileError:
        return np.zeros(0)
    mono = np.asarray(samples.mean(axis=1))
    if rate == RATE or not mono.size:
        return mono
    instants = np.arange(len(mono) * RATE // rate) * rate / RATE
    return np.asarray(np.interp(instants, np.arange(len(mono)), mono))


@dataclass
class Tape:
    """Records one call: give it a telephone's events as they come, and take the `wav` at any time.

    It records the first call that the events tell of, from the moment it is answered. `fetch` gets the files
    that the line plays, each once; take events while the call goes on, for the addresses end with it. A
    sentence without a file (the carrier's own voice says it) is silence, as long as the carrier takes for it;
    words spoken into a telephone are a soft hum.
    """

    fetch: FetchSound = fetch_sound
    _laid: list[tuple[float, Samples]] = field(default_factory=list, repr=False)
    _files: dict[str, Samples] = field(default_factory=dict, repr=False)
    _call: str | None = field(default=None, repr=False)
    _behind: float | None = field(default=None, repr=False)  # seconds of the tape less those of the call
    _own_until: float = field(default=0.0, repr=False)
    _line: int | None = field(default=None, repr=False)  # which of `_laid` the line may still be playing
    _passing: set[str] = field(default_factory=set, repr=False)
    _end: float = field(default=0.0, repr=False)

    def take(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Lay down what these events tell of the call, in their order."""
        for event in events:
            self._call = self._call or event.get("call")
            if event["type"] == "answered":
                self._behind = -event["second"]
            handler = getattr(self, f"_on_{event['type']}", None)
            if handler and self._behind is not None and event.get("call") == self._call:
                handler(event, event["second"] + self._behind)

    @property
    def seconds(self) -> float:
        """How long the tape is so far."""
        return max([self._end, *(start + len(samples) / RATE for start, samples in self._laid)])

    def wav(self) -> bytes:
        """The call as a WAV file: 8 kHz, mono, 16 bit. What sounds at the same time is mixed."""
        mixed = np.zeros(round(self.seconds * RATE) + 1)
        for start, samples in self._laid:
            first = round(start * RATE)
            mixed[first : first + len(samples)] += samples
        sixteen_bits = (np.clip(mixed, -1.0, 1.0) * 32767).astype("<i2")
        return wav(sixteen_bits.tobytes(), self.seconds)

    def _on_heard(self, event: Mapping[str, Any], at: float) -> None:
        if event["url"] is None and event["by"] != "line":
            self._lay_own(_hum(event["seconds"]), at)
            return
        heard = event["url"] or event["text"]
        free_at = self._stop_line(at)
        if free_at == at:
            self._passing.clear()
        elif heard in self._passing:
            return
        self._passing.add(heard)
        self._line = len(self._laid)
        self._lay(self._sound(event), at, max(free_at, self._own_until))

    def _on_hushed(self, _event: Mapping[str, Any], at: float) -> None:
        self._stop_line(at)

    def _on_pressed(self, event: Mapping[str, Any], at: float) -> None:
        self._lay_own(tones(event["keys"]), at)
        self._own_until -= PAUSE_SECONDS

    def _on_spoke(self, event: Mapping[str, Any], at: float) -> None:
        self._lay_own(_hum(event["seconds"]), at)

    def _on_recording(self, event: Mapping[str, Any], at: float) -> None:
        if event["state"] == "started":
            self._lay_own(_sine(BEEP_HERTZ, BEEP_SECONDS), at)

    def _on_ended(self, _event: Mapping[str, Any], at: float) -> None:
        self._stop_line(at)
        self._end = at

    def _lay_own(self, samples: Samples, at: float) -> None:
        """What this telephone does (or the talk it is in) comes one after another, over what is played."""
        self._lay(samples, at, max(at, self._own_until))
        start, laid = self._laid[-1]
        self._own_until = start + len(laid) / RATE

    def _lay(self, samples: Samples, at: float, start: float) -> None:
        self._laid.append((start, samples))
        self._behind = (self._behind or 0.0) + start - at

    def _stop_line(self, at: float) -> float:
        """Cut off what the line still plays. Returns from when on it is free: later than `at` if the clock
        did not wait for the sound at all."""
        if self._line is None:
            return at
        start, samples = self._laid[self._line]
        passing = at - start < 0.001
        kept = min(PASSING_SECONDS, len(samples) / RATE) if passing else at - start
        self._laid[self._line] = (start, samples[: round(kept * RATE)])
        return start + kept if passing else at

    def _sound(self, event: Mapping[str, Any]) -> Samples:
        length = round(event["seconds"] * RATE)
        url = event["url"]
        if url and url not in self._files:
            self._files[url] = samples_of(self.fetch(url))
        file = self._files[url] if url else np.zeros(0)
        return np.resize(file, length) if file.size else np.zeros(length)


def _hum(seconds: float) -> Samples:
    return samples_of(hum(seconds))
