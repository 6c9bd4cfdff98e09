"""Utterances → sound files, named by what is in them, so that a name never means anything else.

A file's name is a hash of its text, the voice and the encoding. What has its file is current: rendering
again makes only what is missing, and can be broken off at any moment.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, mkstemp

import soundfile

from audio import speech, telephone, wav
from audio.parts import ENDING, forms
from audio.voices import Voice, VoiceError
from audio.wording import Phrase

BATCH = 50
PROCESSES = 2
TAIL_SECONDS = 0.02
LAST_TAIL_SECONDS = 0.25
SHORTEST_SECONDS_A_LETTER = 0.02
LONGEST_SECONDS_A_LETTER = 0.25
SLACK_SECONDS = 1.0

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a rendering did."""

    wanted: int
    made: int


def utterances(phrases: Iterable[Phrase]) -> list[str]:
    """Everything that must have a sound before the line opens: `phrases` and the vocabulary of values."""
    wanted: list[str] = []
    for phrase in phrases:
        for piece in phrase.pieces:
            wanted += [piece.utterance] if piece.mark or phrase.blanks else forms(piece.text)
    for word in speech.vocabulary():
        wanted += forms(word)
    return list(dict.fromkeys(wanted))


def open_utterances(kind: str, value: object) -> list[str]:
    """What must be rendered before `value` can be said from files: the names in it. For a project's name
    `open_utterances("name", project.name)`, for a home `open_utterances("apartment", home.number)`."""
    names = (part.text for part in speech.parts(kind, value) if part.source is speech.Source.OPEN)
    return [form for name in names for form in forms(name)]


def sound_id(utterance: str, voice_identity: str) -> str:
    """The name of an utterance's file without its ending: 16 hexadecimal digits."""
    content = "\0".join((utterance, voice_identity, telephone.ENCODING))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def sound_path(directory: Path, identifier: str) -> Path:
    """Where a sound is kept."""
    return directory / f"{identifier}.wav"


def render(
    wanted: Sequence[str],
    directory: Path,
    voice: Voice,
    *,
    processes: int = PROCESSES,
    progress: Progress | None = None,
) -> Rendering:
    """Make the sound of every utterance of `wanted` that has none, at most `processes` voices at a time.

    `progress` is told how many of how many are done. VoiceError or OSError if one could not be made; what
    was made before stays, and no file is ever half written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    missing = [text for text in wanted if not sound_path(directory, sound_id(text, voice.identity)).exists()]
    done = len(wanted) - len(missing)
    report = progress or (lambda *_: None)
    report(done, len(wanted))
    batches = [missing[start : start + BATCH] for start in range(0, len(missing), BATCH)]
    with ThreadPoolExecutor(processes) as pool:
        running = [pool.submit(_render_batch, batch, directory, voice) for batch in batches]
        try:
            for finished in as_completed(running):
                done += finished.result()
                report(done, len(wanted))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return Rendering(wanted=len(wanted), made=len(missing))


def _render_batch(texts: Sequence[str], directory: Path, voice: Voice) -> int:
    with TemporaryDirectory() as workshop:
        jobs = [(text, Path(workshop) / f"{number}.wav") for number, text in enumerate(texts)]
        voice.speak(jobs)
        for text, spoken in jobs:
            samples, rate = soundfile.read(spoken, dtype="float64")
            tail = LAST_TAIL_SECONDS if text[-1] in ENDING else TAIL_SECONDS
            audible = telephone.lower_hiss(telephone.mono(samples), rate)
            sound = wav.Sound(telephone.encode(audible, rate, tail_seconds=tail), text)
            keep(sound, sound_path(directory, sound_id(text, voice.identity)))
    return len(texts)


def keep(sound: wav.Sound, path: Path) -> None:
    """Write a sound to its file in one stroke, and read it again to be sure.

    VoiceError if it is implausibly short or long for its words.
    """
    letters = len(sound.words)
    least, most = letters * SHORTEST_SECONDS_A_LETTER, letters * LONGEST_SECONDS_A_LETTER + SLACK_SECONDS
    if not least < sound.seconds < most:
        raise VoiceError(f"{sound.seconds:.2f} s cannot be {sound.words!r}")
    write_atomically(path, wav.pack(sound))
    if wav.unpack(path.read_bytes()) != sound:
        path.unlink()
        raise VoiceError(f"{path.name} was not written as it is")


def write_atomically(path: Path, data: bytes) -> None:
    """`path` holds `data` afterwards, or, whatever happens, what it held before."""
    handle, unfinished = mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(unfinished).chmod(0o644)
        Path(unfinished).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(unfinished).unlink()
        raise
