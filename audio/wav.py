"""The one form in which sound is kept and sent: WAV, mu-law, 8 kHz, mono, its words in a comment.

The telephone network carries exactly these bytes, so joining two sounds is joining their frames. Neither
reading nor writing decodes anything. The words stand in the RIFF INFO chunk (ICMT, UTF-8), where any tool
of a listener can print them.
"""

import struct
from dataclasses import dataclass

RATE = 8000
SILENCE = b"\xff"
MULAW = 7
FORMAT = struct.Struct("<HHIIHHH")


class ForeignSoundError(ValueError):
    """Bytes that are no WAV in the house's form."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Mu-law frames, one byte for each 1/8000 s, and the words that one hears in them."""

    frames: bytes
    words: str

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.frames) / RATE


def silence(seconds: float) -> bytes:
    """Frames in which nothing is heard."""
    return SILENCE * round(seconds * RATE)


def pack(sound: Sound) -> bytes:
    """The WAV file of a sound."""
    comment = sound.words.encode() + b"\0"
    chunks = (
        _chunk(b"fmt ", FORMAT.pack(MULAW, 1, RATE, RATE, 1, 8, 0)),
        _chunk(b"fact", struct.pack("<I", len(sound.frames))),
        _chunk(b"LIST", b"INFO" + _chunk(b"ICMT", comment)),
        _chunk(b"data", sound.frames),
    )
    return _chunk(b"RIFF", b"WAVE" + b"".join(chunks))


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def unpack(data: bytes) -> Sound:
    """The sound in a WAV file that `pack` wrote. ForeignSoundError if it is anything else, or cut short."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ForeignSoundError("no RIFF WAVE file")
    chunks = _chunks(data[12:])
    if chunks.get(b"fmt ") != FORMAT.pack(MULAW, 1, RATE, RATE, 1, 8, 0):
        raise ForeignSoundError("not mu-law at 8 kHz, mono")
    if b"data" not in chunks:
        raise ForeignSoundError("no sound in it")
    words = _chunks(chunks.get(b"LIST", b"INFO")[4:]).get(b"ICMT", b"")
    return Sound(chunks[b"data"], words.rstrip(b"\0").decode())


def lasting(data: bytes, seconds: int) -> bytes:
    """The WAV file of that sound for exactly so long, repeated or cut. ForeignSoundError as for `unpack`."""
    sound = unpack(data)
    frames = seconds * RATE
    times = -(-frames // max(1, len(sound.frames)))
    return pack(Sound((sound.frames * times)[:frames], sound.words))


def _chunks(data: bytes) -> dict[bytes, bytes]:
    found = {}
    position = 0
    while position + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, position)
        body = data[position + 8 : position + 8 + length]
        if len(body) != length:
            raise ForeignSoundError(f"the chunk {name!r} is cut short")
        found[name] = body
        position += 8 + length + length % 2
    return found
