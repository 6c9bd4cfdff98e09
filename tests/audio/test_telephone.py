"""The telephone's form: judged by libsndfile, by numpy's spectrum, and by a decoder of mu-law."""

from io import BytesIO

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from audio import telephone, wav
from tests.audio.fakes import tone


def decoded(frames: bytes) -> NDArray[np.float64]:
    data, rate = soundfile.read(BytesIO(wav.pack(wav.Sound(frames, ""))))
    assert rate == 8000
    return np.asarray(data)


def test_another_library_reads_our_files_and_finds_the_words_in_them() -> None:
    frames = telephone.mulaw(tone(seconds=0.5, rate=8000))
    with soundfile.SoundFile(BytesIO(wav.pack(wav.Sound(frames, "Su visita es mañana.")))) as file:
        assert (file.samplerate, file.channels, file.subtype, file.format) == (8000, 1, "ULAW", "WAV")
        assert file.frames == len(frames)
        assert file.comment == "Su visita es mañana."


@pytest.mark.parametrize("words", ["", "par", "impar", "¿Está el señor Ñuñoa?"])
@pytest.mark.parametrize("length", [0, 1, 2, 8001])
def test_what_was_packed_comes_out_again(words: str, length: int) -> None:
    sound = wav.Sound(bytes(range(256)) * (length // 256 + 1), words)
    assert wav.unpack(wav.pack(sound)) == sound


@pytest.mark.parametrize("damage", [b"", b"RIFF", b"ID3\x03" * 10, b"\0" * 100])
def test_other_files_are_not_taken_for_ours(damage: bytes) -> None:
    with pytest.raises(wav.ForeignSoundError):
        wav.unpack(damage)


def test_a_file_cut_short_is_noticed() -> None:
    whole = wav.pack(wav.Sound(b"\x55" * 1000, "hola"))
    with pytest.raises(wav.ForeignSoundError, match="cut short"):
        wav.unpack(whole[:-10])


def test_pcm_is_not_taken_for_mu_law() -> None:
    pcm = BytesIO()
    soundfile.write(pcm, np.zeros(800), 8000, format="WAV", subtype="PCM_16")
    with pytest.raises(wav.ForeignSoundError, match="mu-law"):
        wav.unpack(pcm.getvalue())


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("hertz", [300, 1000, 3000])
def test_speech_frequencies_pass_unchanged_from_any_rate(rate: int, hertz: int) -> None:
    source = np.sin(2 * np.pi * hertz * np.arange(rate) / rate)
    ideal = np.sin(2 * np.pi * hertz * np.arange(8000) / 8000)
    result = telephone.resample(source, rate)
    assert len(result) == 8000
    assert np.abs(result - ideal)[200:-200].max() < 0.005


@pytest.mark.parametrize("hertz", [4300, 5000, 7000, 7990, 10_000])
def test_what_is_too_high_for_the_telephone_does_not_fold_back(hertz: int) -> None:
    result = telephone.resample(np.sin(2 * np.pi * hertz * np.arange(22050) / 22050), 22050)
    assert np.abs(result[200:-200]).max() < 0.005


def test_the_hiss_that_a_telephone_cuts_off_is_heard_where_it_carries_it() -> None:
    hiss = tone(seconds=1, hertz=5000)
    spectrum = np.abs(np.fft.rfft(telephone.resample(telephone.lower_hiss(hiss, 22050), 22050)))
    assert spectrum.argmax() * 8000 / len(telephone.resample(hiss, 22050)) == pytest.approx(3300, abs=2)


@pytest.mark.parametrize("hertz", [100, 1000, 2600, 3400, 4200])
@pytest.mark.parametrize("rate", [8000, 16000, 22050])
def test_what_is_no_hiss_stays_as_it_is(rate: int, hertz: int) -> None:
    voiced = tone(seconds=1, hertz=hertz, rate=rate)
    if hertz < rate / 2:
        change = np.abs(telephone.lower_hiss(voiced, rate) - voiced)
        assert change[rate // 5 : -rate // 5].max() < 0.01


@pytest.mark.parametrize("peak", [0.003, 0.05, 0.5, 0.99])
def test_everything_is_equally_loud(peak: float) -> None:
    heard = decoded(telephone.encode(tone(seconds=1, peak=peak), 22050, tail_seconds=0.1))
    assert 20 * np.log10(telephone.loudness(heard)) == pytest.approx(-19, abs=0.5)


def test_a_sound_of_sharp_peaks_is_not_cut_off() -> None:
    clicks = np.zeros(22050)
    clicks[::500] = 0.9
    assert np.abs(decoded(telephone.encode(clicks, 22050, tail_seconds=0))).max() < 0.92


def test_silence_around_a_sound_is_what_we_set() -> None:
    source = np.concatenate((np.zeros(22050), tone(seconds=1), np.zeros(33000)))
    frames = telephone.encode(source, 22050, tail_seconds=0.25)
    loud = np.flatnonzero(np.abs(decoded(frames)) > 0.02)
    assert loud[0] / 8000 == pytest.approx(0.02, abs=0.01)
    assert (len(frames) - loud[-1]) / 8000 == pytest.approx(0.25, abs=0.01)
    assert len(frames) / 8000 == pytest.approx(1.27, abs=0.02)


def test_both_channels_of_a_stereo_sound_are_heard() -> None:
    left, right = tone(seconds=0.5, hertz=500, rate=8000), tone(seconds=0.5, hertz=1500, rate=8000)
    spectrum = np.abs(np.fft.rfft(telephone.mono(np.stack((left, right), axis=1))))
    peaks = np.argsort(spectrum)[-2:] * 8000 / len(left)
    assert sorted(peaks) == pytest.approx([500, 1500], abs=3)


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(22050), np.zeros(5)])
def test_nothing_heard_is_nothing_kept(samples: NDArray[np.float64]) -> None:
    assert telephone.encode(samples, 22050, tail_seconds=0.2) == b""
