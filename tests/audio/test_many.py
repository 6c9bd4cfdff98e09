"""Renderers at once, with the real engine; `python -m tests.audio.many` does the same with 2,000 texts."""

from pathlib import Path

import pytest

from audio import render, wav
from audio.pico import PicoVoice
from audio.pyttsx import PyttsxVoice
from tests.audio.many import RENDERERS, Faults, faults, render_at_once, texts

ENGLISH = {PicoVoice(): PicoVoice(name="en-GB"), PyttsxVoice(): PyttsxVoice(name="gmw/en")}

Engine = PicoVoice | PyttsxVoice


@pytest.fixture(params=ENGLISH, ids=["pico", "pyttsx3"])
def voice(request: pytest.FixtureRequest) -> Engine:
    """Each engine that we bring."""
    return request.param


def test_renderers_at_once_lose_swap_and_translate_nothing(tmp_path: Path, voice: Engine) -> None:
    wanted = texts(8 * RENDERERS)
    render_at_once(wanted, tmp_path, voice, RENDERERS)
    assert faults(wanted, tmp_path, voice) == Faults()


@pytest.fixture
def four(tmp_path: Path, voice: Engine) -> tuple[list[str], list[Path]]:
    """Four sounds as they should be, and their files."""
    wanted = texts(4)
    render.render(wanted, tmp_path, voice)
    return wanted, [render.sound_path(tmp_path, render.sound_id(text, voice.identity)) for text in wanted]


def test_the_comparison_notices_each_kind_of_fault(
    four: tuple[list[str], list[Path]], tmp_path: Path, voice: Engine
) -> None:
    wanted, files = four
    zero, one, _, three = (wav.unpack(file.read_bytes()) for file in files)
    files[0].write_bytes(wav.pack(wav.Sound(one.frames, zero.words)))
    files[1].unlink()
    files[3].write_bytes(wav.pack(wav.Sound(wav.silence(three.seconds), three.words)))
    found = faults(wanted, tmp_path, voice)
    assert found == Faults(missing=[wanted[1]], empty=[wanted[3]], other=[wanted[0]])


def test_the_comparison_notices_english(
    four: tuple[list[str], list[Path]], tmp_path: Path, voice: Engine
) -> None:
    wanted, files = four
    english = ENGLISH[voice]
    folder = tmp_path / "english"
    render.render(wanted, folder, english)
    for text, file in zip(wanted, files, strict=True):
        file.write_bytes(render.sound_path(folder, render.sound_id(text, english.identity)).read_bytes())
    assert faults(wanted, tmp_path, voice).other == wanted
