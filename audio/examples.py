"""Sentences with their blanks filled, as long as they get on an ordinary day: for measuring and listening."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from audio import phrases
from audio.wording import PHRASE_KIND, Phrase, Spoken

ZONE = ZoneInfo("America/Santiago")

VALUES: Mapping[str, object] = {
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
"""A value for each kind of blank that the catalogue has."""


def example(phrase: Phrase, value: Callable[[str], object] = VALUES.__getitem__) -> Spoken:
    """`phrase` with its blanks filled; `value` has one for each kind. KeyError for a kind without any."""
    return phrase(**{name: value(kind) for name, kind in phrase.blanks.items()})
