"""Voices: text in, sound out, and what all engines have in common.

An engine is a library in C that can take a process down with it. So none is ever loaded where calls are
answered: each batch of texts is spoken by a child, `python -m audio.<engine>`, which lives as long as that.
"""

import json
import shlex
import subprocess
import sys
import wave
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

SHORTEST_SPEECH = 0.1
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
class CommandVoice:
    """Any other engine that is installed, as a command that says `{text}` to the WAV `{file}`, for example
    `espeak-ng -v es-419 -w {file} {text}`. The command is split into words first and never sees a shell."""

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
            require_speech(path, text)


def speak_in_child(module: str, settings: Mapping[str, object], jobs: Sequence[tuple[str, Path]]) -> None:
    """Have `jobs` said by one process that runs `module`, whose `main` is `obey`. It has two minutes and 5 s
    a text. VoiceError names the first text that failed, or what the child complained about."""
    if not jobs:
        return
    if blank := [str(path) for text, path in jobs if not text.strip()]:
        raise VoiceError(f"nothing to say for {blank[0]}")
    order = {**settings, "jobs": [(text, str(path.absolute())) for text, path in jobs]}
    try:
        child = subprocess.run(  # noqa: S603 our own module
            [sys.executable, "-m", module],
            input=json.dumps(order),
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            cwd=Path(__file__).parent.parent,
            timeout=PROCESS_SECONDS + SECONDS_A_TEXT * len(jobs),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise VoiceError(f"{module} did not finish {len(jobs)} texts in {error.timeout:.0f} s") from error
    if child.returncode:
        complaint = child.stderr.strip().splitlines() or [f"exit status {child.returncode}"]
        raise VoiceError(f"{module}: {complaint[-1]}")


def obey(speak: Callable[[Mapping[str, Any]], None]) -> None:
    """In the child: have the order that stands on standard input spoken. What an engine prints goes to
    standard error, so that only errors are left to be read there."""
    with redirect_stdout(sys.stderr):
        speak(json.load(sys.stdin))


def require_speech(path: Path, text: str) -> None:
    """VoiceError unless there is something to hear in the WAV that `text` was said to."""
    try:
        with wave.open(str(path)) as sound:
            seconds = sound.getnframes() / sound.getframerate()
    except (OSError, EOFError, wave.Error) as error:
        raise VoiceError(f"no sound for {text!r}: {error}") from error
    if seconds < SHORTEST_SPEECH:
        raise VoiceError(f"{seconds:.3f} s of sound for {text!r}")
