"""``python -m tests.audio.many``: renderers at once, and how long that takes beside the engine itself.

Eight renderers make 2,000 sounds into one folder, as eight processes of the line would that start at the same
time: none may be missing, empty, another text's, or English. Then the whole catalogue is rendered in one go,
and its time is compared with that of `espeak-ng` called for the same texts.
"""

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from audio import phrases, render, wav
from audio.engines import ENGINES, voice_of
from audio.numerals import cardinal
from audio.pico import PicoVoice
from audio.pyttsx import PyttsxVoice
from audio.voices import Voice
from tests.audio.direct import alike, say_with_library, say_with_program

RENDERERS, TEXTS = 8, 2000
AT_MOST = 3.0
"""Times that a rendering may take of what `espeak-ng` takes for the same texts."""


@dataclass
class Faults:
    """Texts whose sound is not what it should be."""

    missing: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.missing or self.empty or self.other)


def texts(number: int) -> list[str]:
    """So many sentences, all different and much alike: which one is heard is in the number."""
    return [f"La solicitud número {cardinal(count)} quedó ingresada." for count in range(number)]


def render_at_once(wanted: list[str], folder: Path, voice: Voice, renderers: int) -> None:
    """Let so many renderers share the work, all at the same time and into one folder."""
    shares = [wanted[first::renderers] for first in range(renderers)]
    with ThreadPoolExecutor(renderers) as pool:
        list(pool.map(lambda share: render.render(share, folder, voice, processes=1), shares))


def faults(wanted: list[str], folder: Path, voice: PyttsxVoice | PicoVoice) -> Faults:
    """What is wrong with the sounds of `wanted`, compared with the engine's own, in Spanish, one by one."""
    found = Faults()
    for text, expected in zip(wanted, say_with_library(wanted, voice), strict=True):
        path = render.sound_path(folder, render.sound_id(text, voice.identity))
        if not path.exists():
            found.missing.append(text)
            continue
        sound = wav.unpack(path.read_bytes())
        if not sound.frames.strip(wav.SILENCE):
            found.empty.append(text)
        elif sound.words != text or not alike(sound.frames, expected):
            found.other.append(text)
    return found


def ratio(wanted: list[str], voice: Voice) -> float:
    """Time of one rendering of `wanted` as a multiple of `espeak-ng`'s."""
    with TemporaryDirectory() as ours, TemporaryDirectory() as its:
        started = time.perf_counter()
        say_with_program(wanted, Path(its))
        engine = time.perf_counter() - started
        started = time.perf_counter()
        render.render(wanted, Path(ours), voice)
        return (time.perf_counter() - started) / engine


def main() -> int:
    """Print what came out; 1 if anything did not hold."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--renderers", type=int, default=RENDERERS)
    arguments.add_argument("--texts", type=int, default=TEXTS)
    arguments.add_argument("--engine", choices=ENGINES, help="default: what the line renders with")
    given = arguments.parse_args()
    console, voice = Console(), voice_of(given.engine)
    console.print(voice.identity)
    wanted = texts(given.texts)
    with TemporaryDirectory() as folder:
        started = time.perf_counter()
        render_at_once(wanted, Path(folder), voice, given.renderers)
        seconds = time.perf_counter() - started
        found = faults(wanted, Path(folder), voice)
    console.print(f"{given.renderers} renderers, {len(wanted)} sounds, {seconds:.0f} s")
    console.print(f"missing {len(found.missing)}, empty {len(found.empty)}, other words {len(found.other)}")
    catalogue = render.utterances(phrases.catalogue())
    times = ratio(catalogue, voice)
    console.print(f"the catalogue, {len(catalogue)} sounds: {times:.1f} times the time of espeak-ng")
    return int(bool(found) or times > AT_MOST)


if __name__ == "__main__":
    sys.exit(main())
