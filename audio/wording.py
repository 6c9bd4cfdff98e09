"""Sentences of the line and their blanks.

A catalogue is made of phrases:

    BOOKED = Phrase("booked", "Su visita queda para el {when:moment}.", note="Con alegría.")
    BOOKED(when=slot.start).words   # "Su visita queda para el jueves veintiséis de noviembre, a las nueve …"

A blank is `{name:kind}`, kind one of `audio.speech.KINDS` or `phrase`: another phrase, without blanks and
without a full stop. A phrase without blanks is used bare. Both can stand where a `Prompt` is asked for.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from string import Formatter

from audio import speech
from audio.parts import ENDING, OPENING, PAUSING, Part, Source, in_groups, sentence

PHRASE_KIND = "phrase"
KEY_PATTERN = re.compile(r"[a-z][a-z0-9_.-]*")
PIECE = re.compile(
    rf"([{re.escape(PAUSING + ENDING)}]+)?\s*"  # what ends the part before
    rf"(?:([{OPENING}]?\w(?:.*\w)?)([{re.escape(PAUSING + ENDING)}]+)?)?\s*"  # the words, and what ends them
    rf"([{OPENING}])?"  # what opens the blank after
)
UNSPEAKABLE = re.compile(rf"[^\w\s\-'’{re.escape(PAUSING + ENDING + OPENING)}]|[0-9_ºª]")


class WordingError(ValueError):
    """A phrase that cannot be said: a mistake in the catalogue, or a blank filled wrongly."""


@dataclass(frozen=True)
class Phrase:
    """A sentence of the catalogue. `key` names its recording; `note` tells whoever records it how.

    Raises WordingError for what a voice cannot say: figures, signs such as "#" or "Nº", unknown kinds.
    """

    key: str
    text: str
    note: str = ""

    def __post_init__(self) -> None:
        if not KEY_PATTERN.fullmatch(self.key):
            raise WordingError(f"the key {self.key!r} cannot name a file")
        kinds: dict[str, str] = {}
        for fixed, name, kind in self.fields:
            if sign := UNSPEAKABLE.search(fixed):
                raise WordingError(f"{self.key}: write {sign.group()!r} in words")
            if name is not None and (kind not in {*speech.KINDS, PHRASE_KIND} or not name.isidentifier()):
                raise WordingError(f"{self.key}: no blank can be {{{name}:{kind}}}")
            if name is not None and kinds.setdefault(name, kind) != kind:
                raise WordingError(f"{self.key}: {name} is both {kinds[name]} and {kind}")
        if not _joined(self, None):
            raise WordingError(f"{self.key}: says nothing")

    @cached_property
    def fields(self) -> tuple[tuple[str, str | None, str], ...]:
        """The pieces of the text, each with the blank after it (None after the last piece)."""
        try:
            fields = list(Formatter().parse(self.text))
        except ValueError as error:
            raise WordingError(f"{self.key}: {error}") from error
        return tuple((" ".join(fixed.split()), name, kind or "") for fixed, name, kind, _ in fields)

    @cached_property
    def _frame(self) -> tuple[tuple[str, str, str, str, str | None, str], ...]:
        """Each piece as what ends the part before it, its words, their mark, what opens the blank after it,
        and that blank."""
        frame = []
        for fixed, name, kind in self.fields:
            split = PIECE.fullmatch(fixed)
            if split is None:
                raise WordingError(f"{self.key}: cannot say {fixed!r}")
            before, words, mark, opens = split.groups(default="")
            frame.append((before, words, mark, opens, name, kind))
        return tuple(frame)

    @cached_property
    def blanks(self) -> Mapping[str, str]:
        """Each blank's name and kind, in the order of the sentence."""
        return {name: kind for _, name, kind in self.fields if name is not None}

    @property
    def pieces(self) -> tuple[Part, ...]:
        """The fixed parts of the sentence: what can be rendered without knowing any value."""
        return tuple(part for part in _joined(self, None) if part.source is Source.FIXED)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The one part of a phrase without blanks. WordingError if it has blanks."""
        return self().parts

    @cached_property
    def words(self) -> str:
        """The sentence of a phrase without blanks. WordingError if it has blanks."""
        return self().words

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The same, parted where a voice rests. WordingError if it has blanks."""
        return self().groups

    def __call__(self, **values: object) -> "Spoken":
        """The sentence with its blanks filled. WordingError for a missing, unknown or wrong value."""
        if missing := self.blanks.keys() - values.keys():
            raise WordingError(f"{self.key}: no value for {', '.join(sorted(missing))}")
        if unknown := values.keys() - self.blanks.keys():
            raise WordingError(f"{self.key}: no blank is called {', '.join(sorted(unknown))}")
        spoken = Spoken(self, tuple((name, values[name]) for name in self.blanks))
        _ = spoken.parts
        return spoken


@dataclass(frozen=True)
class Spoken:
    """A phrase with its blanks filled: what a caller hears."""

    phrase: Phrase
    values: tuple[tuple[str, object], ...] = ()

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The pieces of sound it is joined from, in order."""
        return tuple(_joined(self.phrase, dict(self.values)))

    @cached_property
    def words(self) -> str:
        """The whole sentence as it is said."""
        return sentence(self.parts)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The same, parted where a voice rests: after each group of digits."""
        return in_groups(self.parts)


Prompt = Phrase | Spoken


def _joined(phrase: Phrase, values: Mapping[str, object] | None) -> list[Part]:
    """The parts of `phrase` in order, each with the punctuation that follows it.

    With `values` None, a blank is a part without words, which stands for whatever will fill it.
    """
    parts: list[Part] = []
    for before, words, mark, opens, name, kind in phrase._frame:
        if before and not parts:
            raise WordingError(f"{phrase.key}: begins with {before!r}")
        if before:
            parts[-1] = replace(parts[-1], mark=before)
        if words:
            parts.append(Part(words, mark, Source.FIXED))
        if name is not None:
            first, *others = _filled(phrase, name, kind, values)
            parts += (replace(first, text=opens + first.text), *others)
    return parts


def _filled(phrase: Phrase, name: str, kind: str, values: Mapping[str, object] | None) -> tuple[Part, ...]:
    if values is None:
        return (Part(""),)
    value = values[name]
    if kind == PHRASE_KIND:
        if not isinstance(value, Phrase) or value.blanks or value.parts[0].mark:
            raise WordingError(
                f"{phrase.key}: {name} takes a phrase without blanks and full stop, not {value!r}"
            )
        return (replace(value.parts[0], source=Source.CLOSED),)
    try:
        return speech.parts(kind, value)
    except (TypeError, ValueError) as error:
        raise WordingError(f"{phrase.key}: {name}: {error}") from error
