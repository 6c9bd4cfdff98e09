"""What values sound like, by the tables of the trade (domain reference 6.1) and for every value there is."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from audio import speech
from audio.parts import said

SANTIAGO = ZoneInfo("America/Santiago")
VOCABULARY = frozenset(speech.vocabulary())

TABLE = [
    ("date", date(2026, 11, 26), "jueves veintiséis de noviembre"),
    ("date_with_year", date(2027, 1, 1), "viernes primero de enero de dos mil veintisiete"),
    ("date", date(2026, 12, 21), "lunes veintiuno de diciembre"),
    ("date", date(2026, 12, 31), "jueves treinta y uno de diciembre"),
    ("weekday", date(2026, 12, 30), "miércoles"),
    ("time", time(9), "las nueve de la mañana"),
    ("time", time(9, 30), "las nueve y media de la mañana"),
    ("time", time(12), "las doce del día"),
    ("time", time(12, 30), "las doce y media de la tarde"),
    ("time", time(13), "la una de la tarde"),
    ("time", time(13, 15), "la una y cuarto de la tarde"),
    ("time", time(9, 5), "las nueve y cinco de la mañana"),
    ("time", time(10, 20), "las diez y veinte de la mañana"),
    ("time", time(17, 45), "un cuarto para las seis de la tarde"),
    ("time", time(12, 45), "un cuarto para la una de la tarde"),
    ("time", time(11, 45), "un cuarto para las doce del día"),
    ("time", time(20), "las ocho de la noche"),
    ("time", time(20, 30), "las ocho y media de la noche"),
    ("time", time(0), "las doce de la noche"),
    ("time", time(4, 30), "las cuatro y media de la madrugada"),
    ("at", time(9, 30), "a las nueve y media de la mañana"),
    ("at", time(10, 20), "a las diez y veinte de la mañana"),
    ("from", time(14), "desde las dos de la tarde"),
    ("until", time(13), "hasta la una de la tarde"),
    ("part_of_day", time(9), "en la mañana"),
    ("part_of_day", time(14), "en la tarde"),
    ("part_of_day", time(20), "en la noche"),
    (
        "moment",
        datetime(2026, 11, 26, 9, 30, tzinfo=SANTIAGO),
        "jueves veintiséis de noviembre, a las nueve y media de la mañana",
    ),
    ("apartment", "1203", "doce cero tres"),
    ("apartment", "1210", "doce diez"),
    ("apartment", "1200", "doce cero cero"),
    ("apartment", "304", "tres cero cuatro"),
    ("apartment", "101", "uno cero uno"),
    ("apartment", "2115", "veintiuno quince"),
    ("apartment", "A12", "A doce"),
    ("apartment", "A-12", "A doce"),
    ("apartment", "12-b", "doce B"),
    ("apartment", "Torre B 304", "torre B tres cero cuatro"),
    ("apartment", "Casa 7", "casa siete"),
    ("apartment", "Depto. 45", "departamento cuarenta y cinco"),
    ("apartment", "Los Aromos 12", "Los Aromos doce"),
    ("apartment", "0304", "cero tres cero cuatro"),
    ("apartment", "12034", "uno dos cero tres cuatro"),
    ("phone", "+56986826248", "nueve. ocho, seis, ocho, dos. seis, dos, cuatro, ocho"),
    ("phone", "+56223456789", "dos. dos, tres, cuatro, cinco. seis, siete, ocho, nueve"),
    ("phone", "+56452212345", "cuatro, cinco. dos, dos, uno. dos, tres, cuatro, cinco"),
    ("phone", "+56800422727", "ochocientos, cuatro dos dos, siete dos siete"),
    ("phone", "+566006005000", "seiscientos, seis cero cero, cinco cero cero cero"),
    ("phone", "+14155552671", "más uno. cuatro, uno, cinco. cinco, cinco, cinco. dos, seis, siete, uno"),
    ("case_number", 4227, "cuatro, dos, dos, siete"),
    ("case_number", "202600427", "dos, cero, dos, seis. cero, cero, cuatro. dos, siete"),
    ("case_number", "4227193", "cuatro, dos, dos, siete. uno, nueve, tres"),
    ("case_number", "12345678", "uno, dos, tres, cuatro. cinco, seis, siete, ocho"),
    ("digits", "0", "cero"),
    ("digits", "00712", "cero, cero, siete. uno, dos"),
    ("rut", "12345678-K", "uno, dos, tres, cuatro, cinco, seis, siete, ocho, ka"),
    ("rut", "7.654.321-0", "siete, seis, cinco, cuatro, tres, dos, uno, cero"),
    ("key", 1, "uno"),
    ("key", "#", "gato"),
    ("key", "*", "asterisco"),
    ("wait", 3, "unos tres minutos"),
    ("wait", 21, "unos veintiún minutos"),
    ("wait", timedelta(seconds=121), "unos tres minutos"),
    ("wait", timedelta(seconds=60), "alrededor de un minuto"),
    ("wait", timedelta(0), "menos de un minuto"),
    ("wait", 61, "más de una hora"),
    ("count", 0, "cero"),
    ("count", 1203, "mil doscientos tres"),
    ("count", 21_121, "veintiún mil ciento veintiuno"),
    ("people", 1, "una persona"),
    ("people", 21, "veintiuna personas"),
    ("people", 201, "doscientas una personas"),
    ("people", 0, "ninguna persona"),
    ("requirements", 0, "ningún requerimiento"),
    ("requirements", 1, "un requerimiento"),
    ("requirements", 31, "treinta y un requerimientos"),
    ("business_days", 5, "cinco días hábiles"),
    ("ordinal", 1, "primero"),
    ("ordinal", 11, "número once"),
    ("ordinal_f", 3, "tercera"),
    ("name", "  Edificio   Los Aromos ", "Edificio Los Aromos"),
]


@pytest.mark.parametrize(("kind", "value", "words"), TABLE, ids=str)
def test_a_value_is_said_as_in_the_table(kind: str, value: object, words: str) -> None:
    assert speech.words(kind, value) == words


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("date", datetime(2026, 11, 26, tzinfo=UTC)),
        ("moment", date(2026, 11, 26)),
        ("moment", datetime(2026, 11, 26, 9)),  # noqa: DTZ001 that it has no zone is the point
        ("date_with_year", date(2070, 1, 1)),
        ("key", "12"),
        ("key", "A"),
        ("key", True),
        ("count", -1),
        ("count", 1_000_000),
        ("people", -1),
        ("ordinal", 0),
        ("case_number", "12a"),
        ("case_number", ""),
        ("digits", "١٢"),
        ("rut", "K"),
        ("phone", "anonymous"),
        ("phone", 986826248),
        ("apartment", " - "),
        ("name", " "),
    ],
    ids=str,
)
def test_a_value_that_makes_no_sense_is_refused(kind: str, value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        speech.parts(kind, value)


def test_every_day_of_four_years_is_named_as_the_unicode_locale_names_it() -> None:
    for offset in range(4 * 366):
        day = date(2024, 1, 1) + timedelta(days=offset)
        number = "primero" if day.day == 1 else num2words(day.day, lang="es")
        pattern = f"EEEE '{number}' 'de' MMMM 'de' '{num2words(day.year, lang='es')}'"
        assert speech.words("date_with_year", day) == format_date(day, pattern, locale="es_CL")


def test_every_minute_of_the_day_says_an_hour_that_can_be_told_from_all_others() -> None:
    said_at: dict[str, time] = {}
    for minute in range(1440):
        moment = time(*divmod(minute, 60))
        words = speech.words("time", moment)
        assert words not in said_at
        assert words.startswith(("la una ", "las ", "un cuarto para la"))
        said_at[words] = moment


def test_the_visit_grid_is_said_in_one_breath() -> None:
    for minute in range(9 * 60, 18 * 60 + 31, 30):
        assert len(speech.parts("at", time(*divmod(minute, 60)))) == 1


def test_counts_agree_with_the_number_library_where_it_is_right() -> None:
    for number in [*range(1500), 2000, 2026, 15_000, 100_000, 999_999]:
        assert speech.words("count", number) == num2words(number, lang="es")


def test_counted_things_agree_in_gender_and_number() -> None:
    for number in range(2, 1200):
        assert not speech.words("people", number).removesuffix(" personas").endswith(("uno", "ientos", "ún"))
        assert not speech.words("days", number).removesuffix(" días").endswith("uno")


def test_a_group_of_digits_is_never_longer_than_four_nor_alone() -> None:
    for length in range(2, 16):
        groups = speech.words("case_number", "5" * length).split(". ")
        sizes = [len(group.split(", ")) for group in groups]
        assert sum(sizes) == length
        assert min(sizes) >= 2
        assert max(sizes) <= 4


def closed_values() -> st.SearchStrategy[tuple[str, object]]:
    days = st.dates(date(2020, 1, 1), date(2060, 12, 31))
    figures = st.text("0123456789", min_size=1, max_size=12)
    return st.one_of(
        st.tuples(st.sampled_from(["date", "date_with_year", "weekday"]), days),
        st.tuples(st.sampled_from(["time", "at", "from", "until", "part_of_day"]), st.times()),
        st.tuples(st.just("moment"), st.datetimes(timezones=st.just(SANTIAGO))),
        st.tuples(st.sampled_from(["digits", "case_number"]), figures),
        st.tuples(
            st.sampled_from(["apartment"]), st.from_regex(r"(Torre )?[A-ZÑ]?-?[0-9]{1,6}", fullmatch=True)
        ),
        st.tuples(st.just("phone"), st.from_regex(r"\+56[1-9][0-9]{8}", fullmatch=True)),
        st.tuples(st.just("phone"), st.from_regex(r"\+1415555[0-9]{4}", fullmatch=True)),
        st.tuples(st.just("rut"), st.from_regex(r"[1-9][0-9]{6,7}-[0-9K]", fullmatch=True)),
        st.tuples(st.just("key"), st.sampled_from("0123456789*#")),
        st.tuples(st.sampled_from(["wait"]), st.integers(0, 500)),
        st.tuples(
            st.sampled_from(["count", "people", "requirements", "days", "business_days", "hours", "minutes"]),
            st.integers(0, 999_999),
        ),
        st.tuples(st.sampled_from(["ordinal", "ordinal_f"]), st.integers(1, 2000)),
    )


@given(closed_values())
def test_all_that_is_ever_said_besides_names_is_in_the_vocabulary(case: tuple[str, object]) -> None:
    kind, value = case
    parts = speech.parts(kind, value)
    assert {part.text for part in parts} <= VOCABULARY
    assert all(part.source is speech.Source.CLOSED for part in parts)
    assert said(parts) == speech.words(kind, value)
    assert parts[-1].mark == ""


def test_no_word_of_the_vocabulary_holds_a_figure_or_a_sign() -> None:
    for word in VOCABULARY:
        assert all(letter.isalpha() or letter == " " for letter in word), word
        assert word == " ".join(word.split())


def test_the_vocabulary_stays_small_enough_to_be_rendered_beforehand() -> None:
    assert len(list(speech.vocabulary())) == len(VOCABULARY) < 2000
