"""What a studio is asked for, and what may come back from it."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from audio import speech, wav
from audio.recordings import MANIFEST, Finding, Line, check, script, script_csv, script_html, stale, take_in
from audio.wording import Phrase
from tests.audio.fakes import tone
from tests.full_disk import no_room_beyond

CATALOGUE = [
    Phrase("welcome", "Bienvenido.", note="Cálida & breve."),
    Phrase("damp", "humedad"),
    Phrase("case", "¿Es el {number:case_number}? Anótelo."),
]
LINES = script(CATALOGUE, words=False)


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    folder = tmp_path / "recorded"
    folder.mkdir()
    for line in LINES:
        soundfile.write(folder / f"{line.name}.wav", tone(seconds=1, rate=44100), 44100)
    return folder


def problems(findings: Sequence[Finding]) -> dict[str, str]:
    return {finding.name: finding.problem for finding in findings}


def test_the_script_asks_for_whole_phrases_and_for_the_pieces_between_blanks() -> None:
    assert [(line.name, line.text) for line in LINES] == [
        ("welcome", "Bienvenido."),
        ("damp", "humedad"),
        ("case.1", "¿Es el"),
        ("case.2", "Anótelo."),
    ]


def test_each_word_that_fills_a_blank_has_a_file_name_of_its_own() -> None:
    names = [line.name for line in script([])]
    assert len(set(names)) == len(names) == len(list(speech.vocabulary()))
    assert "palabras/veintiséis-de-noviembre" in names


def test_the_csv_reads_back_as_the_script() -> None:
    rows = list(csv.DictReader(script_csv(LINES).splitlines()))
    assert rows[0] == {"archivo": "welcome.wav", "texto": "Bienvenido.", "nota": "Cálida & breve."}
    assert [row["archivo"] for row in rows] == [f"{line.name}.wav" for line in LINES]


def test_the_page_to_print_shows_every_line_and_escapes_it() -> None:
    page = script_html(LINES)
    assert page.count("<tr>") == len(LINES)
    assert "Cálida &amp; breve." in page


def test_good_recordings_leave_nothing_to_say(studio: Path) -> None:
    assert check(studio, LINES) == []


def test_a_missing_recording_is_told_but_blocks_nothing(studio: Path) -> None:
    (studio / "damp.wav").unlink()
    assert check(studio, LINES) == [Finding("damp", "sin grabación", blocking=False)]


def test_a_file_of_no_line_is_told(studio: Path) -> None:
    (studio / "welcom.wav").write_bytes(b"")
    assert problems(check(studio, LINES)) == {"welcom": "no corresponde a ninguna frase"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no se puede leer"),
        (b"hola" * 100, "no se puede leer"),
        (b"RIFF\0\0\0\0WAVE", "no se puede leer"),
    ],
)
def test_what_is_no_sound_is_not_used(studio: Path, content: bytes, problem: str) -> None:
    (studio / "welcome.wav").write_bytes(content)
    findings = check(studio, LINES)
    assert problem in problems(findings)["welcome"]
    assert findings[0].blocking


def test_an_mp3_is_refused_whatever_its_name(studio: Path) -> None:
    soundfile.write(studio / "welcome.wav", tone(seconds=1, rate=44100), 44100, format="MP3")
    assert "MP3" in problems(check(studio, LINES))["welcome"]


def test_three_minutes_are_too_long_for_a_phrase(studio: Path) -> None:
    soundfile.write(studio / "welcome.wav", tone(seconds=180, rate=8000), 8000)
    assert problems(check(studio, LINES)) == {"welcome": "dura 180 s, más de 30"}


def noisy(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    return samples + 0.01 * np.random.default_rng(7).standard_normal(len(samples))


@pytest.mark.parametrize(
    ("samples", "problem", "blocking"),
    [
        (np.zeros(44100), "no se oye", True),
        (tone(seconds=1, rate=44100, peak=0.005), "no se oye", True),
        (np.clip(4 * tone(seconds=1, rate=44100), -1, 1), "saturada", False),
        (tone(seconds=1, rate=44100) + 0.2 * tone(seconds=1, hertz=50, rate=44100, peak=1), "zumbido", False),
    ],
)
def test_a_faulty_recording_is_told(
    studio: Path, samples: NDArray[np.float64], problem: str, blocking: bool
) -> None:
    soundfile.write(studio / "welcome.wav", noisy(samples) if blocking is False else samples, 44100)
    (finding,) = check(studio, LINES)
    assert problem in finding.problem
    assert finding.blocking is blocking


def test_too_few_samples_a_second_are_refused(studio: Path) -> None:
    soundfile.write(studio / "welcome.wav", tone(seconds=1, rate=6000), 6000)
    assert "6000" in problems(check(studio, LINES))["welcome"]


def test_stereo_at_48_khz_and_flac_are_taken_in(studio: Path, tmp_path: Path) -> None:
    mono = tone(seconds=1, rate=48000)
    soundfile.write(studio / "welcome.wav", np.stack((mono, mono), axis=1), 48000)
    (studio / "damp.wav").unlink()
    soundfile.write(studio / "damp.flac", mono, 48000)
    assert take_in(studio, LINES, tmp_path / "sounds") == []
    sounds = {
        wav.unpack(path.read_bytes()).words: wav.unpack(path.read_bytes())
        for path in (tmp_path / "sounds").glob("*.wav")
    }
    assert set(sounds) == {line.text for line in LINES}
    assert all(sound.seconds == pytest.approx(1.27, abs=0.03) for sound in sounds.values())


def test_a_changed_text_makes_its_recording_stale_until_it_is_recorded_again(
    studio: Path, tmp_path: Path
) -> None:
    sounds = tmp_path / "sounds"
    assert take_in(studio, LINES, sounds) == []
    changed = script([Phrase("welcome", "Bienvenida."), *CATALOGUE[1:]], words=False)
    assert problems(check(studio, changed)) == {"welcome": "grabada para otro texto: «Bienvenido.»"}
    assert stale(studio, changed) == {"welcome": "Bienvenido."}
    assert stale(studio, LINES) == {}
    assert problems(take_in(studio, changed, sounds)) == problems(check(studio, changed))
    soundfile.write(studio / "welcome.wav", tone(seconds=1.2, rate=44100), 44100)
    assert take_in(studio, changed, sounds) == []
    assert stale(studio, changed) == {}
    assert take_in(studio, changed, sounds) == []


def test_a_name_stored_by_a_mac_is_the_same_name(tmp_path: Path) -> None:
    line = Line("palabras/ñ", "Ñ", "", ("Ñ,",))
    (tmp_path / "palabras").mkdir()
    soundfile.write(tmp_path / "palabras" / "n\u0303.wav", tone(seconds=1, rate=8000), 8000)
    assert check(tmp_path, [line]) == []


def test_a_folder_without_recordings_misses_all(tmp_path: Path) -> None:
    assert [finding.name for finding in check(tmp_path / "none", LINES)] == [line.name for line in LINES]
    assert len(take_in(tmp_path / "none", LINES, tmp_path / "sounds")) == len(LINES)


def test_a_disk_that_fills_up_while_they_are_taken_in_costs_nothing_that_was_there(
    studio: Path, tmp_path: Path
) -> None:
    sounds = tmp_path / "sounds"
    (studio / "damp.wav").unlink()
    take_in(studio, LINES, sounds)
    before = {path.name: path.read_bytes() for path in sounds.iterdir()}
    soundfile.write(studio / "damp.wav", tone(seconds=3, rate=44100), 44100)
    with no_room_beyond(15_000), pytest.raises(OSError, match="too large"):
        take_in(studio, LINES, sounds)
    assert {path.name: path.read_bytes() for path in sounds.iterdir()} == before
    assert take_in(studio, LINES, sounds) == []
    assert "humedad." in (sounds / MANIFEST).read_text("utf-8")
