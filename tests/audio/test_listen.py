"""How the bench counts words wrong."""

from pathlib import Path

import pytest

from audio.listen import Whisper, folded, listen, share_wrong
from audio.wav import Sound


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
        ("y para urgencias marque el uno", 2),
        ("", 4),
    ],
)
def test_words_changed_lost_and_made_up_all_count(understood: str, wrong: int) -> None:
    (heard,) = listen(Parrot(understood), [Sound(b"\xff", "Para urgencias, marque uno.")])
    assert (heard.words, heard.wrong) == (4, wrong)
    assert share_wrong([heard]) == wrong / 4


def test_without_the_recogniser_the_bench_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "faster_whisper", None)
    with pytest.raises(ImportError, match="faster_whisper"):
        Whisper(Path("model"))
