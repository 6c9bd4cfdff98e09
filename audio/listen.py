"""The developer's bench: how well somebody who is not us understands the voice on a telephone line.

A recogniser stands in for an old ear: it hears each sentence as the carrier would play it, and the words it
got wrong are counted. It is a tool and no dependency: `pip install faster-whisper` and a model's folder.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from io import BytesIO
from itertools import accumulate, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol
from unicodedata import combining, normalize

from rapidfuzz.distance import Levenshtein

from audio import wav
from audio.examples import samples
from audio.library import Library
from audio.numerals import before_noun, cardinal
from audio.render import render
from audio.voices import Voice
from audio.wording import Phrase

SILENCE_AROUND_SECONDS = 0.7
QUARTERS = {"cuarto": 15, "media": 30}
KINDS = ("safety", "menus", "dates", "values", "rest")
NAMED_KEYS = ("gato", "asterisko")
SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"(?<!c)h", ""),
        (r"v", "b"),
        (r"z|c(?=[ei])", "s"),
        (r"g(?=[ei])", "j"),
        (r"gu(?=[ei])", "g"),
        (r"qu(?=[ei])|c(?!h)", "k"),
        (r"ll", "y"),
        (r"y$", "i"),
    )
)


class Recogniser(Protocol):
    """Somebody who listens and writes down what he understood."""

    def hear(self, sound: wav.Sound) -> str:
        """The words understood."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said, what was understood, and how many words of the first the second got wrong; and how many
    of them name a key to be pressed, and how many of those are wrong."""

    said: str
    understood: str
    words: int
    wrong: int
    keys: int
    keys_wrong: int


class Whisper:
    """faster-whisper with a model in a folder, for Spanish. ImportError where it is not installed.

    `threads` of the processor at most. Where it gets stuck it guesses again, so two runs differ a little.
    """

    def __init__(self, model: Path, *, threads: int = 1) -> None:
        library = import_module("faster_whisper")  # no dependency of the product, so not imported above
        self._model = library.WhisperModel(str(model), device="cpu", compute_type="int8", cpu_threads=threads)

    def hear(self, sound: wav.Sound) -> str:
        """The words understood, with some silence around them, which recognisers want."""
        pause = wav.silence(SILENCE_AROUND_SECONDS)
        file = BytesIO(wav.pack(wav.Sound(pause + sound.frames + pause, sound.words)))
        segments, _ = self._model.transcribe(file, language="es", beam_size=5)
        return " ".join(segment.text.strip() for segment in segments)


def kind_of(phrase: Phrase) -> str:
    """Which row of the bench's table a phrase counts in, one of KINDS."""
    if phrase.key.startswith(("safety-", "gas-")):
        return "safety"
    if {"moment", "date"} & set(phrase.blanks.values()):
        return "dates"
    if phrase.blanks:
        return "values"
    return "menus" if "marque" in phrase.text.lower() else "rest"


def sounds(voice: Voice, phrases: Iterable[Phrase]) -> Iterator[tuple[Phrase, wav.Sound]]:
    """Every phrase as a line with that voice would play it: those with blanks once for each of `samples`."""
    prompts = [(phrase, prompt) for phrase in phrases for prompt in samples(phrase)]
    with TemporaryDirectory() as folder:
        wanted = [part.utterance for _, prompt in prompts for part in prompt.parts]
        render(list(dict.fromkeys(wanted)), Path(folder), voice)
        library = Library(Path(folder), voice.identity, secret=b"bench", clock=lambda: datetime.now(UTC))
        for phrase, prompt in prompts:
            yield phrase, library.sound(prompt)


def listen(recogniser: Recogniser, sound: wav.Sound) -> Heard:
    """A sound as `recogniser` understood it; what was said stands in the sound."""
    understood = recogniser.hear(sound)
    said, written = _sounding(folded(sound.words)), _sounding(folded(understood))
    lost, made_up = _misheard(said, written)
    keys = set(_keys(said))
    return Heard(sound.words, understood, len(said), len(lost) + made_up, len(keys), len(keys & lost))


def share_wrong(heard: Iterable[Heard]) -> float:
    """Words wrong of words said: 0.08 is eight in a hundred. Words made up count too, so it can pass 1."""
    results = list(heard)
    return sum(result.wrong for result in results) / sum(result.words for result in results)


def share_of_keys_wrong(heard: Iterable[Heard]) -> float:
    """Names of keys misheard of those said, 0 if none was said."""
    results = list(heard)
    return sum(result.keys_wrong for result in results) / max(1, sum(result.keys for result in results))


def _keys(said: list[str]) -> Iterator[int]:
    """Where a key is named: after "marque", or "y luego"."""
    for place, (before, word) in enumerate(pairwise(said), start=1):
        if before in {"marke", "luego"} and (word.isdigit() or word in NAMED_KEYS):
            yield place


def _misheard(said: list[str], written: list[str]) -> tuple[set[int], int]:
    """Which words of the first are wrong in the second, and how many words of the second were made up.

    A word is wrong if any of its sounds is: where the blanks stand ("ni toque", "nito que") is not heard.
    """
    word_of = [place for place, word in enumerate(said) for _ in word]
    edits = Levenshtein.editops("".join(said), "".join(written))
    inserted = {edit.dest_pos for edit in edits if edit.tag == "insert"}
    places = [
        range(end - len(word), end) for word, end in zip(written, accumulate(map(len, written)), strict=True)
    ]
    made_up = [place for place in places if inserted.issuperset(place)]
    foreign = {position for place in made_up for position in place}
    changed = (edit for edit in edits if edit.tag != "insert" or edit.dest_pos not in foreign)
    return {word_of[min(edit.src_pos, len(word_of) - 1)] for edit in changed}, len(made_up)


def _sounding(words: list[str]) -> list[str]:
    """Words spelled as they sound in Chile, where "cierre" and "sierre", "halla" and "haya", "vaya" and
    "baya" are the same to any ear: a recogniser that chose the other spelling heard rightly."""
    for pattern, sound in SOUNDS:
        words = [pattern.sub(sound, word) for word in words]
    return words


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
