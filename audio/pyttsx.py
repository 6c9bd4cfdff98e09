"""espeak-ng through pyttsx3: speaks wherever Pico is not installed. The only module that imports pyttsx3.

pyttsx3 drives the espeak-ng library through ctypes. The engine calls exit() when its data is missing, and
children of a fork hang, and threads corrupt its memory. So it speaks in a process of its own, as all do
(`audio.voices`), which also works round what pyttsx3 does wrong:

- its first `runAndWait` returns at once, so that what follows is lost: an empty one is run first;
- setting a property cancels the synthesis that comes next: all are set once, before, and waited for;
- an unknown voice is silently English: the voice is asked for again after the run;
- errors are swallowed, so every file is looked at before it gets its name.
"""

import hashlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from audio.voices import VoiceError, obey, require_speech, speak_in_child

TIMBRES = Path("voices", "!v")
TIMBRE_NAME = "telefono"
#: The engine's "Reed", more voiced and without breath.
TIMBRE = """language variant
name telefono
klatt 6
consonants 85 85
voicing 160
breath 0
pitch 85 135
formant 1 72 100 90 90
formant 2 83 100 75 180
formant 3 98 100 100 90
formant 4 98 100 90
formant 5 100 100 90
"""
WORD_GAP = 7  # espeakWORDGAP of espeak-ng's speak_lib.h, which pyttsx3 does not name
TRIES = 4  # at one text, before its file without sound is an error


@dataclass(frozen=True)
class PyttsxVoice:
    """espeak-ng through pyttsx3, in Latin American Spanish.

    Timbre, pace and pauses were chosen with a recogniser (`audio.listen`) at 8 kHz, each setting heard once
    over a few sentences: a guide, not a proof. Kept was what lowered the share of wrong words there: the
    engine's Klatt synthesis without breath, quiet consonants at both ends, the hiss of "s" brought down to
    where a telephone carries it, a full stop before the name of a key.
    """

    name: str = f"roa/es-419+{TIMBRE_NAME}"
    rate: int = 120
    pitch: int = 50
    word_gap: int = 3

    @cached_property
    def identity(self) -> str:
        """ "pyttsx3 2.99, espeakng-loader 0.2.4, roa/es-419+telefono, 120 words a minute, …"."""
        engine = ", ".join(f"{package} {version(package)}" for package in ("pyttsx3", "espeakng-loader"))
        pace = f"{self.rate} words a minute, pitch {self.pitch}, gap {self.word_gap}"
        timbre = hashlib.sha256(TIMBRE.encode()).hexdigest()[:8]
        return f"{engine}, {self.name}, {pace}, timbre {timbre}, stops before keys"

    def speak(self, jobs: Sequence[tuple[str, Path]]) -> None:
        """Say `jobs` in one child process (`audio.voices.speak_in_child`)."""
        settings = {"voice": self.name, "rate": self.rate, "pitch": self.pitch, "word_gap": self.word_gap}
        speak_in_child("audio.pyttsx", settings, [(_punctuated(text), path) for text, path in jobs])


def _punctuated(text: str) -> str:
    """A full stop before each "marque": run together, "reservarla, marque" is heard as one long word."""
    return text.replace(", marque ", ". Marque ")


def lay_out_engine(folder: Path) -> None:
    """Put the engine's data into `folder` as links, and our timbre among its own: it knows one place."""
    import espeakng_loader  # noqa: PLC0415 only who speaks needs it

    theirs, ours = Path(espeakng_loader.get_data_path()), folder / TIMBRES
    ours.mkdir(parents=True)
    for place in (Path(), TIMBRES.parent, TIMBRES):
        for entry in (theirs / place).iterdir():
            if not (folder / place / entry.name).exists():
                (folder / place / entry.name).symlink_to(entry)
    (ours / TIMBRE_NAME).write_text(TIMBRE)


def _load_engine(data: Path) -> None:
    """Make pyttsx3 find the library of the wheel espeakng-loader, which needs no root, and its data: they
    must be named before the library starts, and it be loaded before pyttsx3 looks for one."""
    import ctypes  # noqa: PLC0415 only the child needs it

    import espeakng_loader  # noqa: PLC0415 as above

    lay_out_engine(data)
    os.environ["ESPEAK_DATA_PATH"] = str(data)
    ctypes.CDLL(espeakng_loader.get_library_path(), mode=ctypes.RTLD_GLOBAL)


def _speak_in_this_process(order: Mapping[str, Any]) -> None:
    with TemporaryDirectory() as data:
        _load_engine(Path(data))
        import pyttsx3  # noqa: PLC0415 importing it loads the engine
        from pyttsx3.drivers import _espeak  # noqa: PLC0415 as above

        sys.unraisablehook = _give_up
        complaints: list[str] = []
        engine = pyttsx3.init("espeak")
        engine.connect("error", lambda name, exception: complaints.append(str(exception)))  # noqa: ARG005
        engine.runAndWait()
        for name in ("voice", "rate", "pitch"):
            engine.setProperty(name, order[name])
        _espeak.SetParameter(WORD_GAP, order["word_gap"], 0)
        _espeak.Synchronize()
        for text, path in order["jobs"]:
            _say(engine, _espeak.Synchronize, text, Path(path))
        speaking = engine.getProperty("voice")
    if complaints:
        raise VoiceError(complaints[0])
    if speaking != order["voice"].lower():
        raise VoiceError(f"asked for the voice {order['voice']}, got {speaking}")


def _say(engine: Any, synchronize: Callable[[], object], text: str, path: Path) -> None:
    """Write one text to its file. On a busy machine pyttsx3 now and then ends before the engine has begun,
    and leaves a file without sound; said again, it comes. VoiceError if it never does."""
    unfinished = path.with_name(path.name + ".part")
    for attempt in range(1, TRIES + 1):
        engine.save_to_file(text, str(unfinished))
        engine.runAndWait()
        synchronize()
        try:
            require_speech(unfinished, text)
        except VoiceError:
            if attempt == TRIES:
                raise
        else:
            unfinished.replace(path)
            return


def _give_up(error: "sys.UnraisableHookArgs") -> None:
    """An error inside the engine's callback (a full disk) would leave pyttsx3 waiting for ever."""
    sys.__stderr__.write(f"{error.exc_value}\n") if sys.__stderr__ else None
    os._exit(1)


if __name__ == "__main__":
    obey(_speak_in_this_process)
