"""Sentences → what the carrier can play. Looks names up in memory; never synthesises, never decodes.

One sentence is one voice: it is played from recordings if all its parts are recorded, else from rendered
files if all are rendered, else not at all, and the carrier's own voice says `prompt.words`.

A sentence of several parts is joined when the carrier asks for it, under a URL that carries the names of
the parts, signed and with an end, because what is in it (a case, a telephone number) is somebody's.
"""

import base64
import binascii
import hmac
import json
import re
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

from audio import music, wav
from audio.parts import ENDING, OPENING, PAUSING, Part, sentence
from audio.recordings import MANIFEST
from audio.render import sound_id, sound_path
from audio.wording import Prompt

FIXED_CACHE_CONTROL = "public, max-age=31536000, immutable"
JOINED_CACHE_CONTROL = "private, max-age=900, immutable"
CONTENT_TYPE = "audio/wav"

BEFORE = ("", *OPENING)
AFTER = ("", *PAUSING, *ENDING)
JOINT_SECONDS = {"": 0.0, ",": 0.12, ";": 0.2, ":": 0.2}
LAST_JOINT_SECONDS = 0.2

SIGNATURE_BYTES = 16
HEAD = struct.Struct(">BI")
VERSION = 1
EXPIRY_GRID_SECONDS = 900
SETTLED_NS = 1_000_000_000  # two changes within a tick of the file system's clock have one time of change
IDENTIFIER = re.compile(r"[0-9a-f]{16}")


class Origin(Enum):
    """What a caller hears a part of a sentence from."""

    RECORDED = "recorded"  # somebody's voice, from a studio
    RENDERED = "rendered"  # our own synthesis
    CARRIER = "carrier"  # no file: the carrier's voice says the words


class UnknownSoundError(LookupError):
    """No such sound: a name that never was, a file that is gone, a signature that is wrong or has ended."""


@dataclass(frozen=True, slots=True)
class Playable:
    """Something the carrier can fetch: the path of its URL. `private`: about one caller, and short-lived."""

    url_path: str
    private: bool = False


class Library:
    """The sounds in a directory, by what is said in them.

    `url_path` is where the application serves them: `<url_path>/<id>.wav` (see `file`) and
    `<url_path>/joined/<token>.wav` (see `joined`). `lifetime` is how long a joined sentence can be fetched:
    as long as a call lasts. Files that appear or go while it is in use are noticed.
    """

    def __init__(
        self,
        directory: Path,
        voice_identity: str,
        *,
        secret: bytes,
        clock: Callable[[], datetime],
        url_path: str = "/audio",
        lifetime: timedelta = timedelta(hours=1),
    ) -> None:
        if not secret:
            raise ValueError("a library signs its URLs and needs a secret")
        self._directory = directory
        self._voice_identity = voice_identity
        self._secret = secret
        self._clock = clock
        self._url_path = url_path
        self._lifetime = lifetime
        self._seen_at = -1
        self._present: frozenset[str] = frozenset()
        self._recorded: Mapping[str, str] = {}

    def find(self, prompt: Prompt) -> Playable | None:
        """What plays `prompt`, or None if a part of it has no sound: then its words must be spoken."""
        parts = prompt.parts
        identifiers = self._identifiers([part.utterance for part in parts])
        if identifiers is None:
            return None
        if len(parts) == 1:
            return Playable(f"{self._url_path}/{identifiers[0]}.wav")
        return Playable(f"{self._url_path}/joined/{self._token(parts, identifiers)}.wav", private=True)

    def sound(self, prompt: Prompt) -> wav.Sound:
        """What the carrier would get for `prompt`. UnknownSoundError if a part of it has no sound."""
        playable = self.find(prompt)
        if playable is None:
            raise UnknownSoundError(prompt.words)
        name = playable.url_path.rpartition("/")[2]
        if playable.private:
            return wav.unpack(self.joined(name.removesuffix(".wav")))
        return wav.unpack(self.file(name).read_bytes())

    def has(self, part: Part) -> bool:
        """Whether that part of a sentence has a sound."""
        return self._identifiers([part.utterance]) is not None

    def origin(self, part: Part) -> tuple[Origin, Playable | None]:
        """Where the sound of that part comes from, and what plays it alone."""
        identifiers = self._identifiers([part.utterance])
        if identifiers is None:
            return Origin.CARRIER, None
        recorded = self._recorded.get(part.utterance) == identifiers[0]
        return Origin.RECORDED if recorded else Origin.RENDERED, Playable(
            f"{self._url_path}/{identifiers[0]}.wav"
        )

    def music(self) -> Playable | None:
        """What plays while one waits, to be repeated without a seam; None if it was not rendered."""
        self._look()
        name = music.identifier()
        return Playable(f"{self._url_path}/{name}.wav") if name in self._present else None

    def file(self, name: str) -> Path:
        """The file of `<id>.wav`. UnknownSoundError for every other name: no listing, no way out."""
        stem, _, ending = name.partition(".")
        path = sound_path(self._directory, stem)
        if ending != "wav" or not IDENTIFIER.fullmatch(stem) or not path.is_file():
            raise UnknownSoundError(name)
        return path

    def joined(self, token: str) -> bytes:
        """The WAV of a sentence under its signed token, its words in the comment. UnknownSoundError if the
        token was not signed by us, has ended, or one of its files is gone."""
        frames: list[bytes] = []
        parts: list[Part] = []
        for identifier, before, mark in self._opened(token):
            try:
                sound = wav.unpack(self.file(f"{identifier}.wav").read_bytes())
            except (OSError, wav.ForeignSoundError) as error:
                raise UnknownSoundError(identifier) from error
            frames += (sound.frames, wav.silence(JOINT_SECONDS.get(mark, LAST_JOINT_SECONDS)))
            parts.append(Part(before + sound.words.strip(OPENING + ENDING + PAUSING), mark))
        return wav.pack(wav.Sound(b"".join(frames), sentence(parts)))

    def _identifiers(self, utterances: Sequence[str]) -> list[str] | None:
        self._look()
        recorded = [self._recorded.get(utterance, "") for utterance in utterances]
        if self._present.issuperset(recorded):
            return recorded
        rendered = [sound_id(utterance, self._voice_identity) for utterance in utterances]
        return rendered if self._present.issuperset(rendered) else None

    def _look(self) -> None:
        """Read the directory again if anything came into it or went since the last time."""
        try:
            changed_at = self._directory.stat().st_mtime_ns
        except FileNotFoundError:
            self._present = frozenset()
            return
        if changed_at == self._seen_at:
            return
        self._present = frozenset(path.stem for path in self._directory.glob("*.wav"))
        manifest = self._directory / MANIFEST
        self._recorded = json.loads(manifest.read_text("utf-8")) if manifest.exists() else {}
        settled = time.time_ns() - changed_at > SETTLED_NS
        self._seen_at = changed_at if settled else -1

    def _token(self, parts: Sequence[Part], identifiers: Sequence[str]) -> str:
        """The end is rounded up to a quarter of an hour, so that a sentence heard again has the same URL."""
        ends = int((self._clock() + self._lifetime).timestamp()) // EXPIRY_GRID_SECONDS + 1
        content = HEAD.pack(VERSION, ends) + b"".join(
            bytes.fromhex(identifier) + bytes([_punctuation(part)])
            for part, identifier in zip(parts, identifiers, strict=True)
        )
        return base64.urlsafe_b64encode(content + self._signature(content)).rstrip(b"=").decode()

    def _opened(self, token: str) -> list[tuple[str, str, str]]:
        """Each part's identifier and the marks around it, if the token is ours and has not ended."""
        try:
            data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise UnknownSoundError("unreadable token") from error
        content, signature = data[:-SIGNATURE_BYTES], data[-SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(content)):
            raise UnknownSoundError("the token is not ours")
        version, ends = HEAD.unpack_from(content)
        if version != VERSION or self._clock().timestamp() >= ends * EXPIRY_GRID_SECONDS:
            raise UnknownSoundError("the token has ended")
        parts = struct.iter_unpack(">8sB", content[HEAD.size :])
        return [(sound.hex(), BEFORE[code // len(AFTER)], AFTER[code % len(AFTER)]) for sound, code in parts]

    def _signature(self, content: bytes) -> bytes:
        return hmac.digest(self._secret, b"joined sound\0" + content, "sha256")[:SIGNATURE_BYTES]


def _punctuation(part: Part) -> int:
    """The marks before and after a part as one byte."""
    before = part.text[:1] if part.text[:1] in OPENING else ""
    return BEFORE.index(before) * len(AFTER) + AFTER.index(part.mark[-1:])
