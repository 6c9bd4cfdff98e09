"""The developer's bench: how well somebody who is not us understands the voice on a telephone line.

A recogniser stands in for an old ear: it hears each sentence as the carrier would play it, and the words it
got wrong are counted. It is a tool and no dependency: `pip install faster-whisper` and a model's folder.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Protocol
from unicodedata import combining, normalize

from rapidfuzz.distance import Levenshtein

from audio import wav
from audio.numerals import before_noun, cardinal

SILENCE_AROUND_SECONDS = 0.7
QUARTERS = {"cuarto": 15, "media": 30}


class Recogniser(Protocol):
    """Somebody who listens and writes down what he understood."""

    def hear(self, sound: wav.Sound) -> str:
        """The words understood."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said, what was understood, and how many words of the first the second got wrong."""

    said: str
    understood: str
    words: int
    wrong: int


class Whisper:
    """faster-whisper with a model in a folder, for Spanish. ImportError where it is not installed."""

    def __init__(self, model: Path) -> None:
        library = import_module("faster_whisper")  # no dependency of the product, so not imported above
        self._model = library.WhisperModel(str(model), device="cpu", compute_type="int8", cpu_threads=2)

    def hear(self, sound: wav.Sound) -> str:
        """The words understood, with some silence around them, which recognisers want."""
        pause = wav.silence(SILENCE_AROUND_SECONDS)
        file = BytesIO(wav.pack(wav.Sound(pause + sound.frames + pause, sound.words)))
        segments, _ = self._model.transcribe(file, language="es", beam_size=5)
        return " ".join(segment.text.strip() for segment in segments)


def listen(recogniser: Recogniser, sounds: Iterable[wav.Sound]) -> Iterable[Heard]:
    """Each sound as `recogniser` understood it, one after another; what was said stands in the sound."""
    for sound in sounds:
        understood = recogniser.hear(sound)
        said = folded(sound.words)
        wrong = Levenshtein.distance(said, folded(understood))
        yield Heard(sound.words, understood, words=len(said), wrong=wrong)


def share_wrong(heard: Iterable[Heard]) -> float:
    """Words wrong of words said: 0.08 is eight in a hundred. Words made up count too, so it can pass 1."""
    results = list(heard)
    return sum(result.wrong for result in results) / sum(result.words for result in results)


def folded(text: str) -> list[str]:
    """Words without case, accents and punctuation, numbers as their figures one by one: "las 9:30" and
    "las nueve y media" are both `las 9 3 0`, for a recogniser writes numbers as it likes."""
    plain = "".join(sign for sign in normalize("NFD", text.lower()) if not combining(sign))
    plain = re.sub(r"\by (media|cuarto)\b", lambda match: str(QUARTERS[match.group(1)]), plain)
    plain = re.sub(_numbers(), lambda match: _figures()[match.group()], plain)
    return re.findall(r"[0-9]|[^\W\d_]+", plain)


@cache
def _figures() -> dict[str, str]:
    """Numbers as plain words, and their figures. Years of this century; single words from 0 to 99."""
    figures = {}
    for number in (*range(100), *range(2020, 2061)):
        words = cardinal(number)
        for form in (words, before_noun(words, feminine=False), before_noun(words, feminine=True)):
            plain = "".join(sign for sign in normalize("NFD", form) if not combining(sign))
            figures[plain] = str(number)
    return figures | {"primero": "1"}


@cache
def _numbers() -> re.Pattern[str]:
    longest_first = sorted(_figures(), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(longest_first)})\b")
