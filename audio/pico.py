"""SVOX Pico, the voice that most people understand. The only module that imports py_nanotts.

The package carries engine and Castilian voice, and needs neither root nor network; it exists for Linux on
the usual processors. It speaks in a process of its own (`audio.voices`), because it keeps all threads waiting
meanwhile, and to be stopped if a text without any pause makes it dwell.
"""

import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from audio.voices import VoiceError, obey, require_speech, speak_in_child

PACKAGE = "py-nanotts"
RATE = 16_000
SAMPLE_BYTES = 2
#: What the engine takes for its own marks ("<volume level=…>"), or for the end of the text.
MARKS = str.maketrans(dict.fromkeys("<>\0", " "))


@dataclass(frozen=True)
class PicoVoice:
    """SVOX Pico in Spanish. `speed` and `pitch` are per cent of its own.

    The pace was chosen with a recogniser (`audio.listen`) at 8 kHz: of the safety messages it got two words
    in a hundred wrong at 90 per cent, four at 100 and four at 80.
    """

    name: str = "es-ES"
    speed: int = 90
    pitch: int = 100

    @cached_property
    def identity(self) -> str:
        """ "py-nanotts 0.1.1, es-ES, speed 90, pitch 100"."""
        return f"{PACKAGE} {version(PACKAGE)}, {self.name}, speed {self.speed}, pitch {self.pitch}"

    def speak(self, jobs: Sequence[tuple[str, Path]]) -> None:
        """Say `jobs` in one child process (`audio.voices.speak_in_child`)."""
        settings = {"voice": self.name, "speed": self.speed, "pitch": self.pitch}
        speak_in_child("audio.pico", settings, [(text.translate(MARKS), path) for text, path in jobs])


def _speak_in_this_process(order: Mapping[str, Any]) -> None:
    from py_nanotts import NanoTTS  # noqa: PLC0415 only the child loads the engine

    engine = NanoTTS()
    pace = {"speed": order["speed"] / 100, "pitch": order["pitch"] / 100}
    for text, path in order["jobs"]:
        try:
            samples = engine.speak(text, voice=order["voice"], **pace)
        except (RuntimeError, ValueError) as error:
            raise VoiceError(f"{order['voice']}: {error}: {text!r}") from error
        with Path(path).open("wb") as file, wave.open(file, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(SAMPLE_BYTES)
            sound.setframerate(RATE)
            sound.writeframes(samples)
        require_speech(Path(path), text)


if __name__ == "__main__":
    obey(_speak_in_this_process)
