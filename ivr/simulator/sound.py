"""Sound as the simulated carrier needs it: how long a file lasts, the words it carries, and a made-up voice.

A WAV file may say in its INFO chunk (comment `ICMT`, else title `INAM`) which words it holds. That is how a
transcript shows what was spoken although the line plays files; a real carrier ignores the chunk.
"""

import io
import math
import struct
import wave
from collections.abc import Iterator
from dataclasses import dataclass

RATE = 8000
"""Samples a second of everything on a telephone line."""

BYTES_PER_SECOND_OF_MP3 = 4000
"""An estimate good enough for the pace of a simulated call (32 kbit/s)."""

TONE_HERTZ = 220


@dataclass(frozen=True)
class Sound:
    """What the interpreter knows of a played file: seconds, and the words if the file carries them."""

    seconds: float
    words: str | None = None


def _chunks(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while start + 8 <= end:
        name, size = data[start : start + 4], struct.unpack_from("<I", data, start + 4)[0]
        yield name, start + 8, min(start + 8 + size, end)
        start += 8 + size + size % 2


def examine(data: bytes) -> Sound:
    """Length and words of an audio file; anything but WAV is measured by its size alone."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return Sound(len(data) / BYTES_PER_SECOND_OF_MP3)
    bytes_per_second, payload, info = RATE, 0, {}
    for name, start, end in _chunks(data, 12, len(data)):
        if name == b"fmt ":
            bytes_per_second = struct.unpack_from("<I", data, start + 8)[0] or RATE
        elif name == b"data":
            payload = end - start
        elif name == b"LIST" and data[start : start + 4] == b"INFO":
            for key, first, last in _chunks(data, start + 4, end):
                info[key] = data[first:last].rstrip(b"\0").decode("utf-8", "replace")
    return Sound(payload / bytes_per_second, info.get(b"ICMT") or info.get(b"INAM"))


def hum(seconds: float) -> bytes:
    """A WAV file (8 kHz, mono, 16 bit) of a soft tone: a voice that nobody has to recognise."""
    period = RATE // TONE_HERTZ
    wave_form = [round(4000 * math.sin(2 * math.pi * place / period)) for place in range(period)]
    one_period = struct.pack(f"<{period}h", *wave_form)
    return wav(one_period * math.ceil(seconds * RATE / period), seconds)


def wav(samples: bytes, seconds: float) -> bytes:
    """16-bit mono samples at 8 kHz as a WAV file of exactly `seconds`, filled up with silence."""
    wanted = round(seconds * RATE) * 2
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples[:wanted].ljust(wanted, b"\0"))
    return target.getvalue()
