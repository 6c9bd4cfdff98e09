"""SVOX Pico, in processes of its own."""

import time
from pathlib import Path

import pytest
import soundfile

from audio import voices
from audio.pico import PicoVoice
from audio.voices import VoiceError
from tests.full_disk import no_room_beyond

MENU = "Para urgencias, marque uno."


def seconds(path: Path) -> float:
    """How long a file sounds."""
    return float(soundfile.info(str(path)).duration)


def test_it_writes_every_text_of_a_batch_to_its_own_file(tmp_path: Path) -> None:
    jobs = [(f"{'muy ' * length}largo.", tmp_path / f"{length}.wav") for length in range(20)]
    PicoVoice().speak(jobs)
    lengths = [seconds(path) for _, path in jobs]
    assert lengths == sorted(lengths)
    assert lengths[-1] > 3 * lengths[0]
    assert len(list(tmp_path.iterdir())) == len(jobs)


def test_it_speaks_as_slowly_and_in_the_language_that_it_is_asked_for(tmp_path: Path) -> None:
    asked = {"slow": PicoVoice(speed=60), "fast": PicoVoice(speed=120), "english": PicoVoice(name="en-GB")}
    for name, voice in asked.items():
        voice.speak([(MENU, tmp_path / f"{name}.wav")])
    lengths = {name: seconds(tmp_path / f"{name}.wav") for name in asked}
    assert lengths["slow"] > 1.5 * lengths["fast"]
    assert lengths["english"] not in {lengths["slow"], lengths["fast"]}
    assert len({voice.identity for voice in asked.values()}) == 3


@pytest.mark.parametrize(
    "text",
    [
        f'<speed level="300">{MENU}',
        f"</speed></pitch>{MENU}",
        f"{MENU}\0 Esto se perdería.",
        f"{MENU} 😀 <",
    ],
)
def test_what_the_engine_takes_for_its_own_marks_changes_neither_voice_nor_text(
    tmp_path: Path, text: str
) -> None:
    PicoVoice().speak([(MENU, tmp_path / "plain.wav"), (text, tmp_path / "marked.wav")])
    assert seconds(tmp_path / "marked.wav") >= seconds(tmp_path / "plain.wav")


@pytest.mark.parametrize(("name", "complaint"), [("es-CL", "Unsupported voice"), ("", "Unsupported voice")])
def test_a_voice_that_does_not_exist_is_an_error(tmp_path: Path, name: str, complaint: str) -> None:
    with pytest.raises(VoiceError, match=complaint):
        PicoVoice(name=name).speak([("Hola.", tmp_path / "x.wav")])


@pytest.mark.parametrize(("text", "complaint"), [(" ", "nothing to say"), ("\ud800", "can't encode")])
def test_a_text_that_nobody_can_say_is_an_error(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(VoiceError, match=complaint):
        PicoVoice().speak([(text, tmp_path / "x.wav")])


def test_no_text_at_all_starts_no_process() -> None:
    PicoVoice(name="nobody").speak([])


def test_a_full_disk_is_an_error_and_not_a_wait(tmp_path: Path) -> None:
    with no_room_beyond(2000), pytest.raises(VoiceError, match="too large"):
        PicoVoice().speak([("Para urgencias, marque uno.", tmp_path / "x.wav")])


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="No such file"):
        PicoVoice().speak([("Hola.", tmp_path / "missing" / "x.wav")])


def test_a_text_at_which_it_dwells_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voices, "PROCESS_SECONDS", 0.0)
    monkeypatch.setattr(voices, "SECONDS_A_TEXT", 2.0)
    started = time.monotonic()
    with pytest.raises(VoiceError, match=r"did not finish 1 texts in 2 s"):
        PicoVoice().speak([("palabra " * 3000, tmp_path / "x.wav")])
    assert time.monotonic() - started < 60
