"""The parts that a spoken sentence is joined from."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

PAUSING = ",;:"
ENDING = ".!?…"
OPENING = "¿¡"


class Source(Enum):
    """Where the sound of a part comes from."""

    FIXED = "fixed"  # a piece of a catalogue sentence
    CLOSED = "closed"  # a value's word: one of `audio.speech.vocabulary()`
    OPEN = "open"  # a name: rendered only when somebody asked for it beforehand


@dataclass(frozen=True, slots=True)
class Part:
    """A run of words that is one piece of sound, and the punctuation mark after it ("" for none)."""

    text: str
    mark: str = ""
    source: Source = Source.CLOSED

    @property
    def utterance(self) -> str:
        """What a voice is given: a part that the sentence goes on from ends in a comma, so that it does
        not sound like an ending. One word has thus at most three sounds, however it is punctuated."""
        mark = self.mark or ","
        if self.source is not Source.FIXED:
            mark = "." if mark[-1] in ENDING else ","
        return self.text.lstrip(OPENING) + mark


def closed(text: str, mark: str = "") -> Part:
    """A part out of the closed set."""
    return Part(text, mark)


def said(parts: Iterable[Part]) -> str:
    """The words of `parts` as one would write them in a letter: tidy blanks, marks where they belong."""
    return " ".join(part.text + part.mark for part in parts)


def listed(words: Iterable[str], mark: str) -> tuple[Part, ...]:
    """`words` as parts with `mark` between them and none after the last."""
    parts = [closed(word, mark) for word in words]
    return (*parts[:-1], closed(parts[-1].text)) if parts else ()


def sentence(parts: Iterable[Part]) -> str:
    """`said`, with a capital at the beginning."""
    words = said(parts)
    start = len(words) - len(words.lstrip(OPENING))
    return words[:start] + words[start : start + 1].upper() + words[start + 1 :]


def in_groups(parts: Sequence[Part]) -> tuple[str, ...]:
    """`sentence`, parted after each group of digits, where a voice rests for somebody who writes it down."""
    ends = [sentence(parts[:end]) for end in _ends_of_groups(parts)]
    return (ends[0], *(end[len(before) :] for before, end in pairwise(ends)))


def _ends_of_groups(parts: Sequence[Part]) -> Iterator[int]:
    """A group of digits ends at a full stop between two values; the last end is that of the sentence."""
    for place, (part, following) in enumerate(pairwise(parts), start=1):
        if part.mark == "." and part.source is following.source is Source.CLOSED:
            yield place
    yield len(parts)


def forms(text: str) -> tuple[str, str]:
    """The two utterances of a word that can stand anywhere: the sentence goes on, the sentence ends."""
    return f"{text},", f"{text}."
