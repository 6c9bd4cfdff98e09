"""Human recordings: what a studio is asked to read, what came back, and whether it can be used.

A recording is a file named after its line of the script: `welcome.wav`, `booked.1.wav`,
`palabras/jueves.wav`. `take_in` turns good ones into the house's form beside the rendered sounds, and
writes there which utterance each one says. As that list goes by text, a sentence whose text has changed is
never played from its old recording. The ledger beside the recordings remembers the text each was made for.
"""

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from io import StringIO
from pathlib import Path
from unicodedata import normalize

import numpy as np
import soundfile

from audio import speech, telephone, wav
from audio.parts import forms
from audio.render import LAST_TAIL_SECONDS, sound_path, write_atomically
from audio.wording import Phrase

FOLDER = Path(__file__).parent / "recorded"
MANIFEST = "recorded.json"
LEDGER = "ledger.json"
WORDS_FOLDER = "palabras"
FORMATS = ("WAV", "WAVEX", "FLAC", "AIFF")
LOWEST_RATE = 8000
LONGEST_SECONDS = 30.0
CLIPPED = 0.999
CLIPPED_SAMPLES = 3
QUIETEST = 10 ** (-40 / 20)
HUM_HZ = (50, 60, 100, 120, 150)
HUM_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the recording script: the file's name without its ending, what to read, and how."""

    name: str
    text: str
    note: str
    utterances: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend in the recordings. `blocking` ones are not played; the others are only told."""

    name: str
    problem: str
    blocking: bool = True


def script(phrases: Iterable[Phrase], *, words: bool = True) -> list[Line]:
    """What a studio records: every phrase, a phrase with blanks in its fixed pieces, and, with `words`, the
    vocabulary that fills the blanks. A sentence with blanks is heard recorded once all its parts are."""
    lines = [line for phrase in phrases for line in _lines(phrase)]
    if words:
        lines += (Line(_word_name(word), word, "", forms(word)) for word in speech.vocabulary())
    return lines


def _lines(phrase: Phrase) -> Iterator[Line]:
    pieces = phrase.pieces
    for number, piece in enumerate(pieces, start=1):
        name = f"{phrase.key}.{number}" if phrase.blanks else phrase.key
        whole = () if piece.mark or phrase.blanks else forms(piece.text)
        yield Line(name, piece.text + piece.mark, phrase.note, whole or (piece.utterance,))


def _word_name(word: str) -> str:
    return f"{WORDS_FOLDER}/{word.lower().replace(' ', '-')}"


def script_csv(lines: Iterable[Line]) -> str:
    """The script as CSV with a heading: file, text, note."""
    table = StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("archivo", "texto", "nota"))
    writer.writerows((f"{line.name}.wav", line.text, line.note) for line in lines)
    return table.getvalue()


def script_html(lines: Iterable[Line]) -> str:
    """The script as one page to print: a box to tick, the file, what to read, how."""
    rows = "\n".join(
        f"<tr><td>☐</td><td><code>{escape(line.name)}.wav</code></td>"
        f"<td><strong>{escape(line.text)}</strong><br><em>{escape(line.note)}</em></td></tr>"
        for line in lines
    )
    return f"""<!doctype html>
<html lang="es-CL"><head><meta charset="utf-8"><title>Guion de grabación</title>
<style>
body {{ font: 12pt/1.4 serif; margin: 2cm }} table {{ border-collapse: collapse; width: 100% }}
td {{ border-bottom: 1px solid #999; padding: 4pt 8pt; vertical-align: top }} tr {{ break-inside: avoid }}
</style></head><body>
<h1>Guion de grabación</h1>
<p>Un archivo por línea, en WAV o FLAC, mono, 16 bits, 44,1 o 48 kHz, sin música ni efectos, con medio segundo
de silencio antes y después. Voz cercana y pausada; trato de usted.</p>
<table>
{rows}
</table></body></html>
"""


def check(folder: Path, lines: Sequence[Line]) -> list[Finding]:
    """Everything that is amiss: lines without recording, stale ones, files of no line, unusable sound."""
    found = _files(folder)
    by_name = {line.name: line for line in lines}
    findings = [Finding(name, "sin grabación", blocking=False) for name in by_name if name not in found]
    findings += (Finding(name, "no corresponde a ninguna frase") for name in found if name not in by_name)
    ledger = _ledger(folder)
    for name, path in found.items():
        if name in by_name:
            findings += _examine(name, path, by_name[name], ledger)
    return findings


def stale(folder: Path, lines: Iterable[Line]) -> dict[str, str]:
    """Lines whose text has changed since they were recorded, by name, each with the text that was recorded.

    None of these recordings is played.
    """
    found, ledger = _files(folder), _ledger(folder)
    known = ((line.name, _made_for(found[line.name], line, ledger)) for line in lines if line.name in found)
    return {name: text for name, text in known if text is not None}


def take_in(folder: Path, lines: Sequence[Line], directory: Path) -> list[Finding]:
    """Put every usable recording in `folder` beside the rendered sounds in `directory`; returns `check`'s
    findings. A recording that is seen for the first time is taken to say its line's present text."""
    directory.mkdir(parents=True, exist_ok=True)
    findings = check(folder, lines)
    unusable = {finding.name for finding in findings if finding.blocking}
    found = _files(folder)
    ledger = _ledger(folder)
    manifest: dict[str, str] = {}
    for line in lines:
        if line.name not in found or line.name in unusable:
            continue
        content = found[line.name].read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        ledger[line.name] = {"sha256": digest, "text": line.text}
        identifier = hashlib.sha256(f"{digest}\0{telephone.ENCODING}\0{line.text}".encode()).hexdigest()[:16]
        _encode(found[line.name], line.text, sound_path(directory, identifier))
        manifest |= dict.fromkeys(line.utterances, identifier)
    if ledger:
        write_atomically(folder / LEDGER, _json(ledger))
    write_atomically(directory / MANIFEST, _json(manifest))
    return findings


def _files(folder: Path) -> dict[str, Path]:
    """The recordings by name. Names are compared in one Unicode form: a Mac stores "ñ" as two signs."""
    paths = (
        path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in {".json", ".md"}
    )
    return {
        normalize("NFC", path.relative_to(folder).with_suffix("").as_posix()): path
        for path in paths
        if not path.name.startswith(".")
    }


def _ledger(folder: Path) -> dict[str, dict[str, str]]:
    path = folder / LEDGER
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _encode(recording: Path, text: str, path: Path) -> None:
    if not path.exists():
        samples, rate = soundfile.read(recording, dtype="float64")
        frames = telephone.encode(samples, rate, tail_seconds=LAST_TAIL_SECONDS)
        write_atomically(path, wav.pack(wav.Sound(frames, text)))


def _made_for(path: Path, line: Line, ledger: dict[str, dict[str, str]]) -> str | None:
    """The other text that the line had when this very file was taken in; none: it is newer, or right."""
    noted = ledger.get(line.name)
    if noted is None or noted["text"] == line.text:
        return None
    return noted["text"] if noted["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest() else None


def _examine(name: str, path: Path, line: Line, ledger: dict[str, dict[str, str]]) -> Iterator[Finding]:
    made_for = _made_for(path, line, ledger)
    if made_for is not None:
        yield Finding(name, f"grabada para otro texto: «{made_for}»")
    try:
        facts = soundfile.info(str(path))
        if facts.format not in FORMATS:
            yield Finding(name, f"está en {facts.format}: se necesita WAV o FLAC")
            return
        if facts.duration > LONGEST_SECONDS:
            yield Finding(name, f"dura {facts.duration:.0f} s, más de {LONGEST_SECONDS:.0f}")
            return
        samples, rate = soundfile.read(path, dtype="float64")
    except soundfile.SoundFileError:
        yield Finding(name, "no se puede leer como sonido")
        return
    if rate < LOWEST_RATE:
        yield Finding(name, f"tiene {rate} muestras por segundo: se necesitan {LOWEST_RATE}")
        return
    yield from (
        Finding(name, problem, blocking) for problem, blocking in _faults(telephone.mono(samples), rate)
    )


def _faults(samples: telephone.Samples, rate: int) -> Iterator[tuple[str, bool]]:
    """What is wrong with how it sounds, and whether that makes it unusable."""
    loudness = telephone.loudness(telephone.resample(samples, rate))
    if loudness < QUIETEST:
        yield "no se oye, o casi no se oye", True
        return
    if int((np.abs(samples) >= CLIPPED).sum()) >= CLIPPED_SAMPLES:
        yield "está saturada", False
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    frequencies = np.fft.rfftfreq(len(samples), 1 / rate)
    hum = sum(float(spectrum[np.abs(frequencies - hertz) < 3].sum()) for hertz in HUM_HZ)
    if hum > HUM_SHARE * float(spectrum.sum()):
        yield "tiene zumbido de la red eléctrica", False
