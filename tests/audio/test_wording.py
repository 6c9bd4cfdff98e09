"""Sentences, their blanks, and the pieces of sound they are joined from."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from audio.parts import Source
from audio.wording import Phrase, Spoken, WordingError

BOOKED = Phrase("booked", "Su visita queda para el {when:moment}.", note="Con alegría.")
CASE = Phrase("case", "Su caso es el {number:case_number}. Repito: {number:case_number}. Anótelo.")
HOME = Phrase("home", "¿{project:name}, {apartment:apartment}? Marque {yes:key}.")
SLOT = datetime(2026, 11, 26, 9, 30, tzinfo=ZoneInfo("America/Santiago"))


def test_a_phrase_without_blanks_is_said_as_it_stands() -> None:
    phrase = Phrase("menu", "Para urgencias,  marque uno.")
    assert phrase.words == "Para urgencias, marque uno."
    assert [part.utterance for part in phrase.parts] == ["Para urgencias, marque uno."]
    assert phrase() == Spoken(phrase)


def test_a_filled_phrase_reads_as_one_sentence() -> None:
    assert BOOKED(when=SLOT).words == (
        "Su visita queda para el jueves veintiséis de noviembre, a las nueve y media de la mañana."
    )
    assert HOME(project="Los Aromos", apartment="Torre B 304", yes=1).words == (
        "¿Los Aromos, torre B tres cero cuatro? Marque uno."
    )


def test_a_sentence_that_begins_with_a_value_begins_with_a_capital() -> None:
    phrase = Phrase("wait", "{time:wait} de espera. ¿{time:wait}?")
    assert phrase(time=timedelta(minutes=3)).words == "Unos tres minutos de espera. ¿unos tres minutos?"


def test_punctuation_goes_with_the_part_it_follows() -> None:
    assert [part.utterance for part in CASE(number=4227).parts] == [
        "Su caso es el,",
        *("cuatro,", "dos,", "dos,", "siete."),
        "Repito:",
        *("cuatro,", "dos,", "dos,", "siete."),
        "Anótelo.",
    ]


def test_only_names_are_open_and_only_pieces_of_the_sentence_fixed() -> None:
    parts = HOME(project="Los Aromos", apartment="12", yes=1).parts
    assert [(part.utterance, part.source) for part in parts] == [
        ("Los Aromos,", Source.OPEN),
        ("doce.", Source.CLOSED),
        ("Marque,", Source.FIXED),
        ("uno.", Source.CLOSED),
    ]


def test_the_fixed_pieces_are_known_before_any_value() -> None:
    for phrase, values in ((BOOKED, {"when": SLOT}), (CASE, {"number": 77}), (HOME, None)):
        filled = phrase(**values) if values else phrase(project="A", apartment="1", yes=1)
        assert phrase.pieces == tuple(part for part in filled.parts if part.source is Source.FIXED)


def test_a_phrase_can_fill_a_blank_and_is_then_rendered_beforehand() -> None:
    damp = Phrase("damp", "humedad y filtraciones")
    asked = Phrase("asked", "Es por {what:phrase}, ¿verdad?")(what=damp)
    assert asked.words == "Es por humedad y filtraciones, ¿verdad?"
    assert asked.parts[1].source is Source.CLOSED


@pytest.mark.parametrize("bad", ["text", Phrase("x", "Con punto."), Phrase("x", "Con {blank:key}")])
def test_only_a_bare_phrase_fills_the_blank_of_a_phrase(bad: object) -> None:
    with pytest.raises(WordingError, match="what"):
        Phrase("asked", "Es por {what:phrase}.")(what=bad)


def test_equal_sentences_are_equal_and_can_be_kept_in_a_set() -> None:
    assert len({CASE(number=1), CASE(number=1), CASE(number=2)}) == 2


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({}, "no value for number"),
        ({"number": 1, "name": "x"}, "no blank is called name"),
        ({"number": 1.5}, "number: case_number takes str or int, not float"),
        ({"number": "12a"}, "not made of digits"),
    ],
)
def test_a_blank_filled_wrongly_is_told_by_name(values: dict[str, object], complaint: str) -> None:
    with pytest.raises(WordingError, match=complaint):
        CASE(**values)


def test_the_words_of_a_phrase_with_open_blanks_are_asked_for_in_vain() -> None:
    with pytest.raises(WordingError, match="no value for when"):
        _ = BOOKED.words


@pytest.mark.parametrize(
    "text",
    [
        "Marque 1.",
        "Marque #.",
        "Llame al Nº dos.",
        "Un caso (nuevo).",
        "Hola {name}",
        "Hola {name:person}",
        "Hola {0:key}",
        "{a:key} y {a:count}",
        "{a:key} - {b:key}",
        "Hola {name:key",
        ", hola",
        "¿?",
        "",
        "un_blanco",
    ],
)
def test_what_no_voice_can_say_is_refused_when_the_catalogue_is_loaded(text: str) -> None:
    with pytest.raises(WordingError):
        Phrase("key", text)


@pytest.mark.parametrize("key", ["", "../up", "Con Espacio", "ñandú", "/etc"])
def test_a_key_must_be_able_to_name_a_file(key: str) -> None:
    with pytest.raises(WordingError):
        Phrase(key, "Hola.")
