"""Rendering, with a voice made by hand: names, skipping, breaking off, bad sound."""

import errno
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio import render, speech, wav
from audio.voices import VoiceError
from audio.wording import Phrase
from tests.audio.fakes import ToneVoice

CATALOGUE = [
    Phrase("welcome", "Bienvenido."),
    Phrase("damp", "humedad"),
    Phrase("case", "Su caso es el {number:case_number}. Anótelo."),
]


def test_everything_to_render_is_the_fixed_pieces_and_the_vocabulary_in_both_forms() -> None:
    wanted = render.utterances(CATALOGUE)
    assert wanted[:5] == ["Bienvenido.", "humedad,", "humedad.", "Su caso es el,", "Anótelo."]
    assert set(wanted[5:]) == {word + mark for word in speech.vocabulary() for mark in ",."}
    assert len(wanted) == len(set(wanted))


def test_every_part_of_a_filled_sentence_is_among_what_is_rendered() -> None:
    wanted = set(render.utterances(CATALOGUE))
    assert {part.utterance for part in CATALOGUE[2](number=4227193).parts} <= wanted


def test_a_name_is_rendered_in_both_forms_when_somebody_asks() -> None:
    assert render.open_utterances("name", "Los Aromos") == ["Los Aromos,", "Los Aromos."]
    assert render.open_utterances("apartment", "Torre Sur 12") == ["Sur,", "Sur."]
    assert render.open_utterances("apartment", "A-12") == []


def test_each_text_gets_its_own_file_with_its_words_inside(tmp_path: Path) -> None:
    texts = [f"frase {'muy ' * length}larga." for length in range(40)]
    progress: list[tuple[int, int]] = []
    result = render.render(texts, tmp_path, ToneVoice(), progress=lambda *done: progress.append(done))
    assert result == render.Rendering(wanted=40, made=40)
    for text in texts:
        sound = wav.unpack(render.sound_path(tmp_path, render.sound_id(text, "tone 1")).read_bytes())
        assert sound.words == text
        assert sound.seconds == pytest.approx(0.06 * len(text) + 0.27, abs=0.03)
    assert progress[0] == (0, 40)
    assert progress[-1] == (40, 40)
    assert len(list(tmp_path.iterdir())) == 40


def test_only_what_is_new_is_rendered(tmp_path: Path) -> None:
    voice = ToneVoice()
    render.render(["uno.", "dos."], tmp_path, voice)
    voice.said.clear()
    assert render.render(["uno.", "dos.", "tres."], tmp_path, voice).made == 1
    assert voice.said == ["tres."]


def test_another_voice_or_pace_gets_files_of_its_own(tmp_path: Path) -> None:
    render.render(["uno."], tmp_path, ToneVoice())
    assert render.render(["uno."], tmp_path, ToneVoice(identity="tone 2")).made == 1


def test_what_was_made_before_a_failure_stays_and_the_rest_follows_later(tmp_path: Path) -> None:
    texts = [f"número {'y ' * length}nada." for length in range(2 * render.BATCH)]
    with pytest.raises(VoiceError, match="cannot say"):
        render.render(texts, tmp_path, ToneVoice(dumb_at=texts[-1]), processes=1)
    assert len(list(tmp_path.iterdir())) == render.BATCH
    assert render.render(texts, tmp_path, ToneVoice()).made == render.BATCH


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "Esto no suena."), (0.05, "Esto es demasiado corto para ser verdad."), (20.0, "Largo.")],
)
def test_a_sound_that_cannot_be_its_text_is_refused(tmp_path: Path, seconds: float, text: str) -> None:
    class Faulty(ToneVoice):
        def speak(self, jobs: Sequence[tuple[str, Path]]) -> None:
            for _, path in jobs:
                soundfile.write(path, 0.2 * np.ones(int(seconds * 8000)), 8000)

    with pytest.raises(VoiceError, match="cannot be"):
        render.render([text], tmp_path, Faulty())
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_no_half_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sound.wav"
    render.write_atomically(path, b"before")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        render.write_atomically(path, b"after")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]
