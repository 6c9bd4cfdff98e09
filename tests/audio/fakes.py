"""A voice made by hand: a tone for each text, whose pitch and length tell which text it was."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from audio.voices import VoiceError


@dataclass
class ToneVoice:
    """Says a text as a tone of 60 ms a letter. `dumb_at` is a text that it cannot say."""

    identity: str = "tone 1"
    dumb_at: str = ""
    said: list[str] = field(default_factory=list)

    def speak(self, jobs: Sequence[tuple[str, Path]]) -> None:
        for text, path in jobs:
            if text == self.dumb_at:
                raise VoiceError(f"cannot say {text!r}")
            self.said.append(text)
            soundfile.write(path, tone(seconds=0.06 * len(text)), 22050)


def tone(*, seconds: float, hertz: float = 440.0, rate: int = 22050, peak: float = 0.3) -> np.ndarray:
    """A sine with a tenth of a second of silence before and after it."""
    pause = np.zeros(rate // 10)
    wave = peak * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    return np.concatenate((pause, wave, pause))
