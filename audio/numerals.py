"""Numbers as Spanish words: counts, ordinals, keys, case numbers, RUT, telephone numbers, waits.

num2words knows the cardinals. What it lacks for Spanish is here: the short form before a noun ("veintiún"),
the feminine, and ordinals past the tenth, which it spells in three different ways.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import pairwise

import phonenumbers
from num2words import num2words

from audio.parts import Part, closed, listed

KEYS = {"#": "gato", "*": "asterisco"}
ORDINALS = (
    "primero",
    "segundo",
    "tercero",
    "cuarto",
    "quinto",
    "sexto",
    "séptimo",
    "octavo",
    "noveno",
    "décimo",
)
HUNDREDS = (
    "ciento",
    "doscientos",
    "trescientos",
    "cuatrocientos",
    "quinientos",
    "seiscientos",
    "setecientos",
    "ochocientos",
    "novecientos",
)
COUNT_LIMIT = 1_000_000
WHOLE_COUNTS = 20
LONGEST_WAIT = 60


@dataclass(frozen=True, slots=True)
class Noun:
    """Something that is counted."""

    one: str
    many: str
    feminine: bool = False


NOUNS = {
    "business_days": Noun("día hábil", "días hábiles"),
    "days": Noun("día", "días"),
    "homes": Noun("vivienda", "viviendas", feminine=True),
    "hours": Noun("hora", "horas", feminine=True),
    "minutes": Noun("minuto", "minutos"),
    "people": Noun("persona", "personas", feminine=True),
    "requirements": Noun("requerimiento", "requerimientos"),
    "visits": Noun("visita", "visitas", feminine=True),
}


@cache
def cardinal(number: int) -> str:
    """0 "cero", 21 "veintiuno", 1203 "mil doscientos tres"."""
    return str(num2words(number, lang="es"))


def before_noun(words: str, *, feminine: bool) -> str:
    """A cardinal as it stands before a noun: "veintiún días", "veintiuna horas", "doscientas personas"."""
    if feminine:
        return re.sub(r"ientos\b", "ientas", re.sub(r"uno\b", "una", words))
    return re.sub(r"uno\b", "un", words.replace("veintiuno", "veintiún"))


def _pieces(number: int) -> Iterator[str]:
    """A cardinal in words out of a small set: hundreds, "mil", and everything below a hundred."""
    if not 0 <= number < COUNT_LIMIT:
        raise ValueError(f"a count must lie between 0 and {COUNT_LIMIT - 1}, not {number}")
    thousands, rest = divmod(number, 1000)
    if thousands > 1:
        yield from (before_noun(piece, feminine=False) for piece in _pieces(thousands))
    if thousands:
        yield "mil"
    hundreds, below = divmod(rest, 100)
    if hundreds:
        yield "cien" if rest == 100 else HUNDREDS[hundreds - 1]
    if below or not number:
        yield cardinal(below)


def count(number: int) -> tuple[Part, ...]:
    """A bare number: 3 "tres", 121 "ciento veintiuno"."""
    return tuple(closed(piece) for piece in _pieces(number))


def counted(number: int, noun: Noun) -> tuple[Part, ...]:
    """A number of things: "una persona", "veintiún días", "ningún requerimiento"."""
    if number <= WHOLE_COUNTS:
        return (closed(_counted_words(number, noun)),)
    pieces = (before_noun(piece, feminine=noun.feminine) for piece in _pieces(number))
    return (*(closed(piece) for piece in pieces), closed(noun.many))


def _counted_words(number: int, noun: Noun) -> str:
    if number < 0:
        raise ValueError(f"nothing can be counted to {number}")
    if number == 0:
        return f"{'ninguna' if noun.feminine else 'ningún'} {noun.one}"
    return f"{before_noun(cardinal(number), feminine=noun.feminine)} {noun.one if number == 1 else noun.many}"


def ordinal(number: int, *, feminine: bool = False) -> tuple[Part, ...]:
    """1 "primero" or "primera"; past the tenth, as people say it, "número once"."""
    if number < 1:
        raise ValueError(f"there is no {number}th thing")
    if number > len(ORDINALS):
        return (closed("número"), *count(number))
    word = ORDINALS[number - 1]
    return (closed(word[:-1] + "a" if feminine else word),)


def key(value: str | int) -> tuple[Part, ...]:
    """A key of the telephone: 1 "uno", "#" "gato", "*" "asterisco"."""
    name = str(value)
    if name in KEYS:
        return (closed(KEYS[name]),)
    if not re.fullmatch("[0-9]", name):
        raise ValueError(f"no telephone has a key {value!r}")
    return (closed(cardinal(int(name))),)


def digits(value: str | int) -> tuple[Part, ...]:
    """Digits one by one, as one reads a case number aloud: in groups, a full stop between two groups.

    Groups hold three or four digits, so that a group can be kept in mind while it is written down.
    """
    figures = str(value)
    if not re.fullmatch("[0-9]+", figures):
        raise ValueError(f"{value!r} is not made of digits")
    return grouped(figures[start:end] for start, end in pairwise(_group_ends(len(figures))))


def _group_ends(length: int) -> list[int]:
    """Where groups begin and end: 9 digits 4-3-2, 8 digits 4-4, 7 digits 4-3, 5 digits 3-2."""
    ends = [0, *range(3 if length in {5, 6} else 4, length, 3), length]
    if length > 6 and ends[-1] - ends[-2] == 1:
        del ends[-2]
    return ends


def grouped(groups: Iterator[str]) -> tuple[Part, ...]:
    """Groups of digits: a comma after each digit, a full stop after each group, nothing at the end."""
    parts: list[Part] = []
    for group in groups:
        if parts:
            parts[-1] = closed(parts[-1].text, ".")
        parts += listed((cardinal(int(figure)) for figure in group), ",")
    return tuple(parts)


def rut(value: str) -> tuple[Part, ...]:
    """A RUT with its check digit, "12345678-K": its digits one by one, then the check digit ("ka")."""
    match = re.fullmatch(r"([0-9]{1,8})-?([0-9Kk])", value.replace(".", ""))
    if not match:
        raise ValueError("not a RUT")
    figures = "".join(match.groups()).upper()
    return listed(("ka" if figure == "K" else cardinal(int(figure)) for figure in figures), ",")


def phone(value: str) -> tuple[Part, ...]:
    """A number in E.164 as Chileans read it: the nine digits of an ordinary one as 1-4-4 (or as the area has
    it), 600 and 800 as a hundred and the rest in groups, a foreign one with "más" and its country."""
    try:
        number = phonenumbers.parse(value, "CL")
    except phonenumbers.NumberParseException as error:
        raise ValueError("not a telephone number") from error
    chilean = number.country_code == 56
    form = (
        phonenumbers.PhoneNumberFormat.NATIONAL if chilean else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    groups = re.findall("[0-9]+", phonenumbers.format_number(number, form))
    if chilean and groups[0] in {"600", "800"}:
        return _service_line(groups)
    spoken = grouped(iter(groups))
    return spoken if chilean else (closed("más"), *spoken)


def _service_line(groups: list[str]) -> tuple[Part, ...]:
    """800 422 727: "ochocientos, cuatro dos dos, siete dos siete"."""
    parts = list(listed([cardinal(int(groups[0])), ""], ","))[:1]
    for nth, group in enumerate(groups[1:], start=1):
        words = [closed(cardinal(int(figure))) for figure in group]
        if nth < len(groups) - 1:
            words[-1] = closed(words[-1].text, ",")
        parts += words
    return tuple(parts)


def wait(value: int | timedelta) -> tuple[Part, ...]:
    """A wait in minutes, rounded up: "unos tres minutos". Past the hour no number would be honest."""
    minutes = -(-value // timedelta(minutes=1)) if isinstance(value, timedelta) else value
    if minutes < 1:
        return (closed("menos de un minuto"),)
    if minutes == 1:
        return (closed("alrededor de un minuto"),)
    if minutes <= LONGEST_WAIT:
        return (closed(f"unos {before_noun(cardinal(minutes), feminine=False)} minutos"),)
    return (closed("más de una hora"),)


def vocabulary() -> Iterator[str]:
    """Every word that the functions above can say."""
    below_hundred = [cardinal(number) for number in range(100)]
    numbers = [*below_hundred, *HUNDREDS, "cien", "mil"]
    for feminine in (False, True):
        yield from (before_noun(number, feminine=feminine) for number in numbers)
    yield from numbers
    yield from KEYS.values()
    yield from ("ka", "más", "número")
    for word in ORDINALS:
        yield from (word, word[:-1] + "a")
    for noun in NOUNS.values():
        yield noun.many
        yield from (_counted_words(number, noun) for number in range(WHOLE_COUNTS + 1))
    for minutes in (0, *range(1, LONGEST_WAIT + 2)):
        yield wait(minutes)[0].text
