"""Which voice speaks, engines that are commands, and where engines are loaded."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from audio import engines, render, voices
from audio.engines import voice_of
from audio.pico import PicoVoice
from audio.pyttsx import PyttsxVoice
from audio.voices import CommandVoice, VoiceError
from ivr.errors import SettingsError
from ivr.settings import Settings
from tests.audio.fakes import tone

COPYING = """
import shutil, sys
file, text, dumb = sys.argv[1:]
shutil.copy(dumb if "calla" in text else "loud.wav", file)
"""


def command(folder: Path) -> str:
    """An engine of another kind: a program that copies a sound."""
    script = folder / "say.py"
    script.write_text(COPYING.replace("loud.wav", str(folder / "loud.wav")))
    soundfile.write(folder / "loud.wav", tone(seconds=1), 22050)
    soundfile.write(folder / "dumb.wav", tone(seconds=1)[:100], 22050)
    return f"'{sys.executable}' '{script}' {{file}} {{text}} '{folder / 'dumb.wav'}'"


def test_any_engine_that_is_a_command_can_be_the_voice(tmp_path: Path) -> None:
    voice = voice_of(command=command(tmp_path))
    assert render.render(["Para urgencias; rm -rf $HOME."], tmp_path / "sounds", voice).made == 1
    assert voice.identity != PyttsxVoice().identity


def test_a_command_that_writes_no_sound_or_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="s of sound"):
        CommandVoice(command(tmp_path)).speak([("Se calla.", tmp_path / "x.wav")])
    with pytest.raises(VoiceError, match="no-such-engine"):
        CommandVoice("no-such-engine {file} {text}").speak([("Hola.", tmp_path / "x.wav")])


def test_without_any_choice_pico_speaks_where_it_is_installed_and_pyttsx3_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert voice_of() == PicoVoice()
    monkeypatch.setattr(engines, "find_spec", lambda library: None if library == "py_nanotts" else object())
    assert voice_of() == PyttsxVoice()


def test_the_operator_chooses_the_engine_and_a_command_before_any() -> None:
    assert voice_of("pico") == PicoVoice()
    assert voice_of("pyttsx3") == PyttsxVoice()
    assert voice_of("pico", "say {file} {text}") == CommandVoice("say {file} {text}")


def test_an_engine_that_is_not_installed_cannot_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda _: None)
    with pytest.raises(SettingsError, match="IVR_VOICE_ENGINE: pico is not installed on this machine"):
        Settings.load(IVR_DEMO=True, IVR_VOICE_ENGINE="pico")


LIBRARIES = {"pyttsx3": "pyttsx.py", "espeakng_loader": "pyttsx.py", "py_nanotts": "pico.py"}


def test_each_engine_has_one_module_that_imports_it() -> None:
    imported = [
        (alias, path.name)
        for path in Path(voices.__file__).parent.glob("*.py")
        for alias in re.findall(r"^\s*(?:import|from) (\w+)", path.read_text("utf-8"), re.MULTILINE)
        if alias in LIBRARIES
    ]
    assert set(imported) == set(LIBRARIES.items())


def test_whoever_looks_for_sounds_never_loads_an_engine() -> None:
    code = (
        "import sys, audio.engines, audio.library;"
        " audio.engines.voice_of().identity;"
        f" sys.exit(bool({set(LIBRARIES)} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
