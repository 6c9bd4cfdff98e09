"""Sentences with their blanks filled: for measuring and listening."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from audio import phrases
from audio.wording import PHRASE_KIND, Phrase, Spoken

ZONE = ZoneInfo("America/Santiago")

LONG: dict[str, object] = {
    "apartment": "Torre B 1204",
    "at": time(16, 45),
    "case_number": "104277",
    "count": 3,
    "date": date(2026, 11, 25),
    "date_with_year": date(2026, 11, 25),
    "digits": "104277",
    "from": time(9, 30),
    "key": 4,
    "minutes": 25,
    "moment": datetime(2026, 11, 25, 9, 45, tzinfo=ZONE),
    "name": "Parque Los Aromos",
    "people": 3,
    "phone": "+56986826248",
    "until": time(13, 30),
    PHRASE_KIND: phrases.CATEGORY_FLOORS,
}
"""A value for each kind of blank that the catalogue has, as long as they get on an ordinary day."""

SAMPLES: tuple[Mapping[str, object], ...] = (
    LONG,
    LONG
    | {
        "apartment": "1203",
        "case_number": "98015",
        "count": 1,
        "date": date(2027, 1, 1),
        "from": time(15),
        "key": 1,
        "minutes": 3,
        "moment": datetime(2026, 12, 17, 15, 30, tzinfo=ZONE),
        "name": "Edificio Vista Cordillera",
        "people": 1,
        "phone": "+56223456789",
        "until": time(18),
        PHRASE_KIND: phrases.CATEGORY_GAS,
    },
    LONG
    | {
        "apartment": "A-12",
        "case_number": "310264",
        "count": 5,
        "date": date(2027, 2, 9),
        "from": time(10),
        "key": 7,
        "minutes": 12,
        "moment": datetime(2026, 12, 31, 12, tzinfo=ZONE),
        "name": "Condominio San Ignacio",
        "people": 7,
        "phone": "+56991234567",
        "until": time(12),
        PHRASE_KIND: phrases.CATEGORY_DAMP,
    },
)
"""The long values and others: other days, hours, keys and figures."""


def example(phrase: Phrase, values: Mapping[str, object] = LONG) -> Spoken:
    """`phrase` with its blanks filled; `values` has one for each kind. KeyError for a kind without any."""
    return phrase(**{name: values[kind] for name, kind in phrase.blanks.items()})


def samples(phrase: Phrase) -> Iterator[Spoken]:
    """`phrase` with each of SAMPLES, the long values first; once if it has no blanks."""
    return (example(phrase, values) for values in (SAMPLES if phrase.blanks else SAMPLES[:1]))
