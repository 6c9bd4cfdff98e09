"""espeak-ng through pyttsx3, in processes of its own."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from audio import render, wav
from audio.pyttsx import TRIES, PyttsxVoice, _say
from audio.voices import VoiceError
from tests.audio.fakes import tone
from tests.full_disk import no_room_beyond

DIGITS = ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"]


def test_it_writes_every_text_of_a_batch_to_its_own_file(tmp_path: Path) -> None:
    jobs = [(f"{'muy ' * length}largo.", tmp_path / f"{length}.wav") for length in range(20)]
    PyttsxVoice().speak(jobs)
    lengths = [soundfile.info(str(path)).duration for _, path in jobs]
    assert lengths == sorted(lengths)
    assert lengths[-1] > 4 * lengths[0]
    assert len(list(tmp_path.iterdir())) == len(jobs)


def test_several_at_once_lose_and_swap_nothing(tmp_path: Path) -> None:
    texts = [f"El caso {ten} {one}." for ten in DIGITS for one in DIGITS]
    with ThreadPoolExecutor(2) as pool:
        folders = [tmp_path / str(number) for number in range(2)]
        results = list(
            pool.map(lambda folder: render.render(texts, folder, PyttsxVoice(), processes=1), folders)
        )
    assert {result.made for result in results} == {100}
    for text in texts:
        name = f"{render.sound_id(text, PyttsxVoice().identity)}.wav"
        sounds = [wav.unpack((folder / name).read_bytes()) for folder in folders]
        assert {sound.words for sound in sounds} == {text}
        assert max(sound.seconds for sound in sounds) - min(sound.seconds for sound in sounds) < 0.05


@pytest.mark.parametrize("name", ["roa/es-cl", "es-MX", "spanish", "nobody", "roa/es-419+nobody"])
def test_it_fails_loudly_where_the_engine_would_speak_english(tmp_path: Path, name: str) -> None:
    with pytest.raises(VoiceError):
        PyttsxVoice(name=name).speak([("Hola.", tmp_path / "x.wav")])


def test_spanish_and_english_sound_different(tmp_path: Path) -> None:
    for name in ("roa/es-419", "gmw/en"):
        PyttsxVoice(name=name).speak([("Veinte minutos.", tmp_path / f"{name[:3]}.wav")])
    spanish, english = (soundfile.read(tmp_path / f"{name}.wav")[0] for name in ("roa", "gmw"))
    assert len(spanish) != len(english)


def test_a_slower_pace_takes_longer(tmp_path: Path) -> None:
    for rate in (90, 180):
        PyttsxVoice(rate=rate).speak([("Para urgencias, marque uno.", tmp_path / f"{rate}.wav")])
    slow, fast = (soundfile.info(str(tmp_path / f"{rate}.wav")).duration for rate in (90, 180))
    assert slow > 1.5 * fast


def test_a_full_disk_is_an_error_and_not_a_wait(tmp_path: Path) -> None:
    with no_room_beyond(2000), pytest.raises(VoiceError, match="too large"):
        PyttsxVoice().speak([("Para urgencias, marque uno.", tmp_path / "x.wav")])


def test_a_place_that_cannot_be_written_is_an_error_and_not_a_wait(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="No such file"):
        PyttsxVoice().speak([("Hola.", tmp_path / "missing" / "x.wav")])


class Hasty:
    """An engine that ends before it has begun, a number of times: what pyttsx3 does on a busy machine."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.path = ""

    def save_to_file(self, _text: str, path: str) -> None:
        self.path = path

    def runAndWait(self) -> None:  # noqa: N802 -- pyttsx3's own name
        samples = np.zeros(0) if self.left > 0 else tone(seconds=0.5)
        soundfile.write(self.path, samples, 8000, format="WAV")
        self.left -= 1


def test_a_file_without_sound_is_said_again(tmp_path: Path) -> None:
    _say(Hasty(TRIES - 1), lambda: None, "unos trece minutos.", tmp_path / "said.wav")

    assert [path.name for path in tmp_path.iterdir()] == ["said.wav"]
    assert soundfile.info(str(tmp_path / "said.wav")).duration > 0.1


def test_a_file_that_never_gets_sound_is_an_error_and_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match=r"0\.000 s"):
        _say(Hasty(TRIES), lambda: None, "unos trece minutos.", tmp_path / "said.wav")

    assert not (tmp_path / "said.wav").exists()


def test_an_empty_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="nothing to say"):
        PyttsxVoice().speak([(" ", tmp_path / "x.wav")])


def test_no_text_at_all_starts_no_process() -> None:
    PyttsxVoice(name="nobody").speak([])


def pitch_of(samples: NDArray[np.float64]) -> float:
    """The pitch in Hz, as the lag at which a voice at 22,050 samples a second is most like itself."""
    likeness = np.fft.irfft(np.abs(np.fft.rfft(samples)) ** 2)
    return float(22050 / (60 + likeness[60:400].argmax()))


def test_another_timbre_is_another_sound_and_another_voice(tmp_path: Path) -> None:
    names = ("roa/es-419+m7", "roa/es-419+f2")
    for name in names:
        PyttsxVoice(name=name).speak([("Para urgencias, marque uno.", tmp_path / f"{name[-2:]}.wav")])
    man, woman = (pitch_of(soundfile.read(tmp_path / f"{name}.wav")[0]) for name in ("m7", "f2"))
    assert woman > 1.3 * man
    assert PyttsxVoice(name=names[0]).identity != PyttsxVoice(name=names[1]).identity


def test_its_identity_names_engine_and_pace() -> None:
    assert "roa/es-419" in PyttsxVoice().identity
    assert PyttsxVoice(rate=100).identity != PyttsxVoice(rate=110).identity
