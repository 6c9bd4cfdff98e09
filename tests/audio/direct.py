"""Engines called directly, without us: what renderings are compared with.

Once the program `espeak-ng`, for the time it takes, and once the library that the renderings come out of, in
a process of its own, for how it sounds: espeak-ng's without pyttsx3, and Pico's.
"""

import ctypes
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import soundfile

from audio import telephone, wav
from audio.pico import PicoVoice
from audio.pyttsx import PyttsxVoice, lay_out_engine

RATES = {"espeak": 22050, "pico": 16000}
RATE, PITCH, WORD_GAP = 1, 3, 7
SYNCHRONOUS = 2
UTF8 = 1
ITS_TIMBRE = "Reed"
"""The engine's own timbre that is nearest to ours, which the program does not have."""

WINDOW = wav.RATE // 50
BINS_A_BAND = 4
LAGS = 5
ALIKE = 0.885
"""Sounds of one text correlate more than this (0.90 at least of sixty), those of two texts less (0.88)."""


def say_with_program(texts: Sequence[str], folder: Path) -> None:
    """Every text by a call of `espeak-ng` (FileNotFoundError where it is not installed), as a user would."""
    program = shutil.which("espeak-ng")
    if program is None:
        raise FileNotFoundError("espeak-ng")
    name, voice = f"es-419+{ITS_TIMBRE}", PyttsxVoice()
    for number, text in enumerate(texts):
        settings = ["-v", name, "-s", str(voice.rate), "-g", str(voice.word_gap), "-p", str(voice.pitch)]
        subprocess.run([program, *settings, "-w", str(folder / f"{number}.wav"), text], check=True)


def say_with_library(texts: Sequence[str], voice: PyttsxVoice | PicoVoice) -> list[bytes]:
    """Every text by the engine's library, one after another in one process, as frames of the telephone."""
    engine = "pico" if isinstance(voice, PicoVoice) else "espeak"
    with TemporaryDirectory() as data:
        child = subprocess.run(
            [sys.executable, "-m", "tests.audio.direct", engine],
            input=json.dumps({"texts": list(texts), **asdict(voice), "data": data}).encode(),
            capture_output=True,
            check=True,
        )
    sounds = []
    lengths, _, samples = child.stdout.partition(b"\n")
    for length in json.loads(lengths):
        sound = np.frombuffer(samples[:length], "<i2") / 32768
        samples = samples[length:]
        heard = telephone.lower_hiss(sound, RATES[engine])
        sounds.append(telephone.encode(heard, RATES[engine], tail_seconds=0))
    return sounds


def alike(one: bytes, other: bytes) -> bool:
    """Whether two sounds say the same words in the same voice.

    They do if their spectrograms, moment by moment and band by band, correlate wherever in the first moments
    they fit: the engine's hiss is never twice the same, so neither is where silence ends.
    """
    first, second = (_spectrogram(frames) for frames in (one, other))
    lags = sorted(range(-LAGS, LAGS + 1), key=abs)
    return any(_correlation(first[max(0, lag) :], second[max(0, -lag) :]) >= ALIKE for lag in lags)


def _correlation(one: telephone.Samples, other: telephone.Samples) -> float:
    length = max(len(one), len(other))
    flat = [np.pad(shape, ((0, length - len(shape)), (0, 0))).ravel() for shape in (one, other)]
    return float(np.corrcoef(flat[0], flat[1])[0, 1])


def _spectrogram(frames: bytes) -> telephone.Samples:
    """Loudness above the band's mean in decibels, every 10 ms, in bands of 200 Hz."""
    sound, _ = soundfile.read(BytesIO(wav.pack(wav.Sound(frames, ""))))
    windows = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[:: WINDOW // 2] * np.hanning(WINDOW)
    power = np.abs(np.fft.rfft(windows, axis=1)[:, 1:]) ** 2
    decibels = 10 * np.log10(power.reshape(len(windows), -1, BINS_A_BAND).sum(axis=2) + 1e-4)
    return np.asarray(decibels - decibels.mean(axis=0))


def _espeak(order: Mapping[str, Any]) -> Iterator[bytes]:
    import espeakng_loader  # noqa: PLC0415 only the child loads an engine

    data = Path(order["data"])
    lay_out_engine(data)
    engine = ctypes.CDLL(espeakng_loader.get_library_path())
    spoken: list[bytes] = []

    def take(samples: Any, number: int, _events: Any) -> int:
        if samples and number:
            spoken.append(ctypes.string_at(samples, 2 * number))
        return 0

    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(take)
    engine.espeak_Initialize(SYNCHRONOUS, 0, str(data).encode(), 0)
    engine.espeak_SetSynthCallback(callback)
    engine.espeak_SetVoiceByName(order["name"].encode())
    for parameter, name in ((RATE, "rate"), (PITCH, "pitch"), (WORD_GAP, "word_gap")):
        engine.espeak_SetParameter(parameter, order[name], 0)
    for text in order["texts"]:
        spoken.clear()
        words = text.encode() + b"\0"
        engine.espeak_Synth(words, len(words), 0, 1, 0, UTF8, None, None)
        yield b"".join(spoken)


def _pico(order: Mapping[str, Any]) -> Iterator[bytes]:
    from py_nanotts import NanoTTS  # noqa: PLC0415 only the child loads an engine

    pace = {"speed": order["speed"] / 100, "pitch": order["pitch"] / 100}
    for text in order["texts"]:
        yield NanoTTS().speak(text, voice=order["name"], **pace)


def _main() -> None:
    """Speak the order on standard input; answer the lengths in bytes as JSON, then all samples."""
    say = {"espeak": _espeak, "pico": _pico}[sys.argv[1]]
    sounds = list(say(json.load(sys.stdin)))
    sys.stdout.buffer.write(json.dumps([len(sound) for sound in sounds]).encode() + b"\n")
    sys.stdout.buffer.write(b"".join(sounds))


if __name__ == "__main__":
    _main()
