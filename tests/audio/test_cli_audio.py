"""``ivr audio``: what is printed, what is made, and what happens where something is amiss."""

import csv
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import soundfile
from click.testing import CliRunner, Result

from audio import phrases, recordings, render
from audio.voices import Voice
from ivr import cli_audio
from ivr.cli import main
from ivr.settings import Settings
from ivr.store import schema
from ivr.store.session import Store
from tests.audio.fakes import ToneVoice, tone
from tests.full_disk import no_room_beyond

SAID = ["Bienvenido.", "humedad,", "humedad."]
NAMES = ["Postventa,", "Postventa."]
ALL = len(SAID + NAMES)


@pytest.fixture
def voice() -> ToneVoice:
    """Whoever renders."""
    return ToneVoice()


@pytest.fixture(autouse=True)
def line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, voice: ToneVoice) -> Path:
    """A line in a folder of its own that says little besides its name; where its sounds are."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IVR_DEMO", "1")
    monkeypatch.setenv("IVR_DATABASE_URL", f"sqlite:///{tmp_path / 'line.db'}")
    store = Store(f"sqlite:///{tmp_path / 'line.db'}")
    schema.upgrade(store)
    store.close()
    (tmp_path / "recorded").mkdir()
    monkeypatch.setattr(recordings, "FOLDER", tmp_path / "recorded")
    monkeypatch.setattr(render, "utterances", lambda _: SAID)

    def speaks(*_: object, **__: object) -> Voice:
        return voice

    monkeypatch.setattr(cli_audio, "voice_of", speaks)
    return tmp_path / "var" / "audio"


def audio(*words: str) -> Result:
    return CliRunner().invoke(main, ["audio", *words])


def test_rendering_makes_what_is_missing_and_the_music_and_then_nothing(line: Path) -> None:
    assert f"{ALL} made, 0 were current" in audio("render").output
    assert len(list(line.glob("*.wav"))) == ALL + 1
    assert f"0 made, {ALL} were current" in audio("render").output
    assert audio("render", "--quiet").output == ""


def test_rendering_takes_recordings_in_and_tells_which_are_not_used(line: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "recorded" / "welcome.wav", tone(seconds=2), 22050)
    (tmp_path / "recorded" / "goodbye.wav").write_bytes(b"")
    result = audio("render")
    assert phrases.WELCOME.words in (line / recordings.MANIFEST).read_text("utf-8")
    assert "goodbye" in result.output
    assert "welcome" not in result.output


def test_what_cannot_be_said_ends_the_rendering_with_what_to_do(voice: ToneVoice) -> None:
    voice.dumb_at = SAID[1]
    result = audio("render")
    assert result.exit_code == 1
    assert "cannot say 'humedad,'" in result.output
    assert "what was made before stays, run it again" in result.output
    voice.dumb_at = ""
    assert audio("render").exit_code == 0


def test_a_full_disk_ends_the_rendering_with_what_to_do(line: Path) -> None:
    with no_room_beyond(100_000):
        result = audio("render")
    assert result.exit_code == 1
    assert "too large; what was made before stays, run it again" in " ".join(result.output.split())
    assert audio("render").exit_code == 0


def test_the_script_is_a_table_or_a_page_of_every_line() -> None:
    lines = recordings.script(phrases.catalogue())
    table = list(csv.DictReader(audio("script").output.splitlines()))
    assert [row["texto"] for row in table] == [each.text for each in lines]
    assert audio("script", "--html").output.count("<tr>") == len(lines)


def test_checking_counts_what_is_recorded_and_fails_where_a_recording_is_no_use(tmp_path: Path) -> None:
    of = len(recordings.script(phrases.catalogue()))
    soundfile.write(tmp_path / "recorded" / "welcome.wav", tone(seconds=2), 22050)
    result = audio("check")
    assert (result.exit_code, result.output) == (0, f"1 of {of} lines are recorded\n")
    (tmp_path / "recorded" / "welcome.wav").write_bytes(b"")
    result = audio("check")
    assert result.exit_code == 1
    assert "no se puede leer como sonido" in result.output


class Deaf:
    """A recogniser that understands the same, whatever it hears."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def transcribe(self, *_: object, **__: object) -> tuple[list[SimpleNamespace], None]:
        return [SimpleNamespace(text=" Cierre la llave ")], None


def test_listening_prints_a_row_for_each_voice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", SimpleNamespace(WhisperModel=Deaf))
    result = audio("listen", str(tmp_path), "--only", "safety", "--words", "--also", "say {file} {text}")
    assert result.exit_code == 0
    assert phrases.SAFETY_WATER.words in result.output
    assert result.output.count("tone 1") == len(cli_audio.ENGINES) + 1
    assert result.output.count("100.0%") == len(cli_audio.ENGINES) + 1  # no key was understood


def test_listening_without_the_recogniser_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    result = audio("listen", str(tmp_path))
    assert result.exit_code == 1
    assert "pip install faster-whisper" in result.output
