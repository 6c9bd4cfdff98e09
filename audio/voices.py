"""Voices: text in, sound out. The only module that imports pyttsx3, and only in a process of its own.

pyttsx3 drives the espeak-ng library through ctypes, and both can take a process down with them: the engine
calls exit() when its data is missing, children of a fork hang, and threads corrupt its memory. So each
batch is spoken by a short-lived `python -m audio.voices`, which also works round what pyttsx3 does wrong:

- its first `runAndWait` returns at once, so that what follows is lost: an empty one is run first;
- setting a property cancels the synthesis that comes next: all are set once, before, and waited for;
- an unknown voice is silently English: the voice is asked for again after the run;
- errors are swallowed, so every file is looked at before it gets its name.
"""

import hashlib
import json
import os
import shlex
import subprocess
import sys
import wave
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

SHORTEST_SPEECH = 0.1
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
PROCESS_SECONDS = 120.0  # only what hangs takes longer, even on a machine that others keep busy
SECONDS_A_TEXT = 5.0


class VoiceError(RuntimeError):
    """The voice could not say what it was asked to, or would have said it in another language."""


class Voice(Protocol):
    """Somebody who reads texts aloud."""

    @property
    def identity(self) -> str:
        """Everything besides the text that decides how it sounds: engine, version, voice, pace."""

    def speak(self, jobs: Sequence[tuple[str, Path]]) -> None:
        """Write each text to its file as a mono PCM WAV of any rate. VoiceError if one cannot be written."""


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
        """ "pyttsx3 2.99, espeakng-loader 0.2.4, roa/es-419+Denis, 110 words a minute, …"."""
        engine = ", ".join(f"{package} {version(package)}" for package in ("pyttsx3", "espeakng-loader"))
        pace = f"{self.rate} words a minute, pitch {self.pitch}, gap {self.word_gap}"
        timbre = hashlib.sha256(TIMBRE.encode()).hexdigest()[:8]
        return f"{engine}, {self.name}, {pace}, timbre {timbre}, stops before keys"

    def speak(self, jobs: Sequence[tuple[str, Path]]) -> None:
        """Say `jobs` in one child process, which has two minutes and 5 s a text. VoiceError names the
        first text that failed, or what the child complained about."""
        if not jobs:
            return
        if blank := [str(path) for text, path in jobs if not text.strip()]:
            raise VoiceError(f"nothing to say for {blank[0]}")
        order = {
            "voice": self.name,
            "rate": self.rate,
            "pitch": self.pitch,
            "word_gap": self.word_gap,
            "jobs": [(_punctuated(text), str(path.absolute())) for text, path in jobs],
        }
        try:
            child = subprocess.run(
                [sys.executable, "-m", "audio.voices"],
                input=json.dumps(order),
                capture_output=True,
                text=True,
                encoding="utf-8",
                cwd=Path(__file__).parent.parent,
                timeout=PROCESS_SECONDS + SECONDS_A_TEXT * len(jobs),
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise VoiceError(
                f"{self.name} did not finish {len(jobs)} texts in {error.timeout:.0f} s"
            ) from error
        if child.returncode:
            complaint = child.stderr.strip().splitlines() or [f"exit status {child.returncode}"]
            raise VoiceError(f"{self.name}: {complaint[-1]}")


@dataclass(frozen=True)
class CommandVoice:
    """Any other engine that is installed, as a command that says `{text}` to the WAV `{file}`, for example
    `pico2wave -l es-ES -w {file} {text}`. The command is split into words first and never sees a shell."""

    command: str

    @property
    def identity(self) -> str:
        """The command itself."""
        return self.command

    def speak(self, jobs: Sequence[tuple[str, Path]]) -> None:
        """Run the command once for each text. VoiceError if it is not there, fails or writes no sound."""
        for text, path in jobs:
            words = [
                word.replace("{file}", str(path)).replace("{text}", text)
                for word in shlex.split(self.command)
            ]
            try:
                subprocess.run(  # noqa: S603 the operator chose the command, and no shell reads it
                    words, capture_output=True, timeout=PROCESS_SECONDS, check=True
                )
            except (OSError, subprocess.SubprocessError) as error:
                raise VoiceError(f"{words[0]} did not say {text!r}: {error}") from error
            _require_speech(path, text)


def _punctuated(text: str) -> str:
    """A full stop before each "marque": run together, "reservarla, marque" is heard as one long word."""
    return text.replace(", marque ", ". Marque ")


def voice_of(command: str = "") -> Voice:
    """The voice that the settings ask for: the one that comes with us, or a command's."""
    return CommandVoice(command) if command else PyttsxVoice()


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


def _speak_in_this_process(order: Mapping[str, Any], data: Path) -> None:
    voice = order["voice"]
    _load_engine(data)
    import pyttsx3  # noqa: PLC0415 importing it loads the engine
    from pyttsx3.drivers import _espeak  # noqa: PLC0415 as above

    sys.unraisablehook = _give_up
    complaints: list[str] = []
    engine = pyttsx3.init("espeak")
    engine.connect("error", lambda name, exception: complaints.append(str(exception)))  # noqa: ARG005
    engine.runAndWait()
    for name, value in {"voice": voice, "rate": order["rate"], "pitch": order["pitch"]}.items():
        engine.setProperty(name, value)
    _espeak.SetParameter(WORD_GAP, order["word_gap"], 0)
    _espeak.Synchronize()
    for text, path in order["jobs"]:
        _say(engine, _espeak.Synchronize, text, Path(path))
    speaking = engine.getProperty("voice")
    if complaints:
        raise VoiceError(complaints[0])
    if speaking != voice.lower():
        raise VoiceError(f"asked for the voice {voice}, got {speaking}")


def _say(engine: Any, synchronize: Callable[[], object], text: str, path: Path) -> None:
    """Write one text to its file. On a busy machine pyttsx3 now and then ends before the engine has begun,
    and leaves a file without sound; said again, it comes. VoiceError if it never does."""
    unfinished = path.with_name(path.name + ".part")
    for attempt in range(1, TRIES + 1):
        engine.save_to_file(text, str(unfinished))
        engine.runAndWait()
        synchronize()
        try:
            _require_speech(unfinished, text)
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


def _require_speech(path: Path, text: str) -> None:
    try:
        with wave.open(str(path)) as sound:
            seconds = sound.getnframes() / sound.getframerate()
    except (OSError, EOFError, wave.Error) as error:
        raise VoiceError(f"no sound for {text!r}: {error}") from error
    if seconds < SHORTEST_SPEECH:
        raise VoiceError(f"{seconds:.3f} s of sound for {text!r}")


def main() -> None:
    """Speak the order that stands on standard input as JSON; what pyttsx3 prints goes to standard error."""
    with redirect_stdout(sys.stderr), TemporaryDirectory() as data:
        _speak_in_this_process(json.load(sys.stdin), Path(data))


if __name__ == "__main__":
    main()
