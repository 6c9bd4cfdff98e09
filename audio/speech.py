"""Values as spoken words: the kinds of blank that a sentence of the catalogue can have.

Each kind says which Python values it takes and turns one into parts. All parts but names come out of a
closed set, `vocabulary()`, so that their sound can be made before anybody calls.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import chain
from typing import Any

from audio import dwellings, moments, numerals
from audio.parts import Part, Source, said

__all__ = ["KINDS", "Kind", "Part", "Source", "parts", "vocabulary", "words"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of blank: its name in `{blank:kind}`, the types it takes, and how a value becomes parts."""

    name: str
    takes: tuple[type, ...]
    parts: Callable[[Any], tuple[Part, ...]]

    def accepts(self, value: object) -> bool:
        """Whether `value` is of a type that this kind takes. A bool is no number, and a datetime no date:
        saying the date of a moment in UTC would be off by a day in the evening."""
        if isinstance(value, bool) or (isinstance(value, datetime) and datetime not in self.takes):
            return False
        return isinstance(value, self.takes)


def _name(value: str) -> tuple[Part, ...]:
    tidy = " ".join(value.split())
    if not tidy:
        raise ValueError("a name must not be blank")
    return (Part(tidy, source=Source.OPEN),)


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("apartment", (str,), dwellings.apartment),
        Kind("at", (time,), partial(moments.hour, lead="a ")),
        Kind("case_number", (str, int), numerals.digits),
        Kind("count", (int,), numerals.count),
        Kind("date", (date,), moments.day),
        Kind("date_with_year", (date,), moments.day_with_year),
        Kind("digits", (str, int), numerals.digits),
        Kind("from", (time,), partial(moments.hour, lead="desde ")),
        Kind("key", (str, int), numerals.key),
        Kind("moment", (datetime,), moments.moment),
        Kind("name", (str,), _name),
        Kind("ordinal", (int,), numerals.ordinal),
        Kind("ordinal_f", (int,), partial(numerals.ordinal, feminine=True)),
        Kind("part_of_day", (time,), moments.part_of_day),
        Kind("phone", (str,), numerals.phone),
        Kind("rut", (str,), numerals.rut),
        Kind("time", (time,), moments.hour),
        Kind("until", (time,), partial(moments.hour, lead="hasta ")),
        Kind("wait", (int, timedelta), numerals.wait),
        Kind("weekday", (date,), moments.weekday),
        *(Kind(name, (int,), partial(numerals.counted, noun=noun)) for name, noun in numerals.NOUNS.items()),
    )
}


def parts(kind: str, value: object) -> tuple[Part, ...]:
    """`value` as parts. KeyError for an unknown kind, TypeError or ValueError for a value it cannot say."""
    found = KINDS[kind]
    if not found.accepts(value):
        takes = " or ".join(taken.__name__ for taken in found.takes)
        raise TypeError(f"{kind} takes {takes}, not {type(value).__name__}")
    return found.parts(value)


def words(kind: str, value: object) -> str:
    """`value` in words, for example `words("time", time(9, 30))`: "las nueve y media de la mañana"."""
    return said(parts(kind, value))


def vocabulary() -> Iterator[str]:
    """Every word, once, that a value of any kind can be made of, names apart."""
    every = chain(numerals.vocabulary(), moments.vocabulary(), dwellings.vocabulary())
    return iter(dict.fromkeys(every))
