"""Dates and hours as Chileans say them."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from babel.dates import get_day_names, get_month_names

from audio.numerals import before_noun, cardinal
from audio.parts import Part, closed

WEEKDAYS = get_day_names("wide", locale="es_CL")
MONTHS = get_month_names("wide", locale="es_CL")
YEARS = range(2020, 2061)
LEADS = ("", "a ", "desde ", "hasta ")
PERIODS = ("de la noche", "de la madrugada", "de la mañana", "del día", "de la tarde")
NOON = time(12)
EVENING = 20


def weekday(value: date) -> tuple[Part, ...]:
    """ "jueves"."""
    return (closed(WEEKDAYS[value.weekday()]),)


def day(value: date) -> tuple[Part, ...]:
    """ "jueves veintiséis de noviembre"."""
    return (*weekday(value), closed(_day_of_month(value)))


def day_with_year(value: date) -> tuple[Part, ...]:
    """ "viernes primero de enero de dos mil veintisiete", for years 2020 to 2060."""
    if value.year not in YEARS:
        raise ValueError(f"no call is about the year {value.year}")
    return (*day(value), closed(_year(value.year)))


def _day_of_month(value: date) -> str:
    number = "primero" if value.day == 1 else cardinal(value.day)
    return f"{number} de {MONTHS[value.month]}"


def _year(year: int) -> str:
    return f"de {cardinal(year)}"


def moment(value: datetime) -> tuple[Part, ...]:
    """ "jueves veintiséis de noviembre, a las nueve y media de la mañana".

    `value` must carry the zone of the project: what is said is its own date and hour, not UTC's.
    """
    if value.tzinfo is None:
        raise ValueError("a moment needs its zone")
    name, number = day(value)
    return (name, closed(number.text, ","), *hour(value.time(), lead="a "))


def part_of_day(value: time) -> tuple[Part, ...]:
    """Whether an hour is "en la mañana", "en la tarde" or "en la noche"."""
    if value < NOON:
        return (closed("en la mañana"),)
    return (closed("en la tarde" if value.hour < EVENING else "en la noche"),)


def hour(value: time, *, lead: str = "") -> tuple[Part, ...]:
    """ "las nueve y media de la mañana"; with `lead` one of LEADS, "a las nueve y media de la mañana".

    Quarters of an hour are one part. A quarter to the hour is named by the hour to come, and so is its
    period: 11:45 is "un cuarto para las doce del día". Other minutes are three parts.
    """
    if value.minute % 15 == 0:
        return (closed(lead + _quarter(value)),)
    words = cardinal(value.minute)
    return (closed(lead + _named(value.hour)), closed(f"y {words}"), closed(_period(value)))


def _named(number: int) -> str:
    number = number % 12 or 12
    return f"{'la' if number == 1 else 'las'} {before_noun(cardinal(number), feminine=number == 1)}"


def _quarter(value: time) -> str:
    if value.minute == 45:
        following = time((value.hour + 1) % 24)
        return f"un cuarto para {_named(following.hour)} {_period(following)}"
    minutes = {0: "", 15: " y cuarto", 30: " y media"}[value.minute]
    return f"{_named(value.hour)}{minutes} {_period(value)}"


def _period(value: time) -> str:
    """Noon itself is "del día" and midnight's hour "de la noche"; evening begins at eight (20:00)."""
    if value.hour == 12 and value.minute == 0:
        return "del día"
    if value.hour == 0 or value.hour >= EVENING:
        return "de la noche"
    if value.hour < 6:
        return "de la madrugada"
    return "de la mañana" if value.hour < 12 else "de la tarde"


def vocabulary() -> Iterator[str]:
    """Every word that the functions above can say."""
    yield from WEEKDAYS.values()
    leap_year = date(2024, 1, 1)
    yield from (_day_of_month(leap_year + timedelta(days=number)) for number in range(366))
    yield from (_year(year) for year in YEARS)
    yield from ("en la mañana", "en la tarde", "en la noche")
    for lead in LEADS:
        yield from (lead + _quarter(time(*divmod(minute, 60))) for minute in range(0, 1440, 15))
        yield from (lead + _named(number) for number in range(12))
    yield from (f"y {cardinal(minute)}" for minute in range(1, 60) if minute % 15)
    yield from PERIODS
