"""How the bench counts words wrong."""

from pathlib import Path

import pytest

from audio import phrases
from audio.examples import SAMPLES, example
from audio.listen import KINDS, Whisper, folded, kind_of, listen, share_of_keys_wrong, share_wrong, sounds
from audio.wav import Sound
from tests.audio.fakes import ToneVoice


class Parrot:
    """Understands what it was told to understand."""

    def __init__(self, understood: str) -> None:
        self.understood = understood

    def hear(self, sound: Sound) -> str:
        assert sound.frames
        return self.understood


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("Jueves veintiséis de noviembre, a las nueve y media", "jueves 26 de noviembre a las 9:30."),
        ("cuatro, dos, dos, siete. uno", "42271"),
        ("la una y cuarto", "la 1:15"),
        ("treinta y un días", "31 dias"),
        ("viernes primero de enero de dos mil veintisiete", "Viernes, 1 de enero de 2027"),
        ("MARQUE UNO", "Marqué 1"),
    ],
)
def test_however_a_number_is_written_it_counts_as_the_same(said: str, written: str) -> None:
    assert folded(said) == folded(written)


def test_words_that_contain_a_number_are_left_alone() -> None:
    assert folded("ningunos, tresillos y medianoche") == ["ningunos", "tresillos", "y", "medianoche"]


@pytest.mark.parametrize(
    ("understood", "wrong"),
    [
        ("para urgencias marque uno", 0),
        ("para agencias marque uno", 1),
        ("para urgencias", 2),
        ("y para urgencias marque uno", 1),
        ("para urgencias marque uno gracias adiós", 2),
        ("", 4),
    ],
)
def test_words_changed_lost_and_made_up_all_count(understood: str, wrong: int) -> None:
    heard = listen(Parrot(understood), Sound(b"\xff", "Para urgencias, marque uno."))
    assert (heard.words, heard.wrong) == (4, wrong)
    assert share_wrong([heard]) == wrong / 4


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("Cierre el gas y ventile.", "sierre el gas y bentile"),
        ("No toque; llame, hágalo ya.", "noto que yame agalo lla"),
        ("Hay voz.", "ay bos"),
        ("Quede aquí, guía.", "kede aki guia"),
    ],
)
def test_what_sounds_the_same_in_chile_is_the_same(said: str, understood: str) -> None:
    assert listen(Parrot(understood), Sound(b"\xff", said)).wrong == 0


@pytest.mark.parametrize(("said", "understood"), [("casa", "caja"), ("hecha", "echa"), ("perro", "pero")])
def test_what_sounds_different_is_different(said: str, understood: str) -> None:
    assert listen(Parrot(understood), Sound(b"\xff", said)).wrong == (said != "hecha")


@pytest.mark.parametrize(
    ("said", "understood", "keys", "wrong"),
    [
        ("Para urgencias, marque uno. Luego gato.", "para agencias marque dos luego cato", 2, 2),
        ("A las tres, marque dos.", "a las seis marque dos", 1, 0),
        ("Son las tres de la tarde.", "son las seis de la tarde", 0, 0),
    ],
)
def test_keys_are_counted_where_one_is_asked_to_press(
    said: str, understood: str, keys: int, wrong: int
) -> None:
    heard = listen(Parrot(understood), Sound(b"\xff", said))
    assert (heard.keys, heard.keys_wrong) == (keys, wrong)
    assert share_of_keys_wrong([heard]) == wrong / max(1, keys)


def test_each_phrase_is_heard_as_the_line_plays_it_and_counts_in_one_row() -> None:
    catalogue = [
        phrases.SAFETY_GAS,
        phrases.MAIN_MENU,
        phrases.VISIT_BOOKED,
        phrases.CASE_NUMBER,
        phrases.GOODBYE,
    ]
    heard = [(phrase, sound.words) for phrase, sound in sounds(ToneVoice(), catalogue)]
    assert [kind_of(phrase) for phrase in dict(heard)] == ["safety", "menus", "dates", "values", "rest"]
    assert [words for phrase, words in heard if phrase == phrases.GOODBYE] == [phrases.GOODBYE.words]
    booked = [words for phrase, words in heard if phrase == phrases.VISIT_BOOKED]
    assert booked == [example(phrases.VISIT_BOOKED, values).words for values in SAMPLES]
    assert len(set(booked)) == len(SAMPLES)
    assert {kind_of(phrase) for phrase in phrases.catalogue()} == set(KINDS)


def test_without_the_recogniser_the_bench_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "faster_whisper", None)
    with pytest.raises(ImportError, match="faster_whisper"):
        Whisper(Path("model"))
