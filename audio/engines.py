"""Which voice renders: the operator's choice, and what is installed here."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec

from audio.pico import PicoVoice
from audio.pyttsx import PyttsxVoice
from audio.voices import CommandVoice, Voice

ENGINES: Mapping[str, tuple[str, Callable[[], Voice]]] = {
    "pico": ("py_nanotts", PicoVoice),
    "pyttsx3": ("pyttsx3", PyttsxVoice),
}
"""The library of each engine, and its voice; the best understood first."""


def installed(engine: str) -> bool:
    """Whether the library of one of ENGINES is here. Does not load it."""
    library, _ = ENGINES[engine]
    return find_spec(library) is not None


def voice_of(engine: str | None = None, command: str = "") -> Voice:
    """The voice that is asked for: a command's, that engine's, or else the first that is installed."""
    if command:
        return CommandVoice(command)
    _, voice = ENGINES[engine or next(filter(installed, ENGINES))]
    return voice()
