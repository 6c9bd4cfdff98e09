"""What callers hear: every sentence with its key, how it is to be read, and where its sound comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from audio import phrases, recordings
from audio.engines import voice_of
from audio.library import Library, Origin
from audio.parts import Part
from audio.wording import Phrase
from ivr.console.access import Visit, allowed
from ivr.console.administration.naming import GROUP, PREFIX
from ivr.console.area import Area, Entry
from ivr.console.context import ConsoleContext
from ivr.switchboard.accounts import Role

pages = Blueprint("phrases", __name__, url_prefix=f"{PREFIX}/textos", template_folder="templates")
AREA = Area(pages, GROUP, (Entry("Textos y audio", "phrases.index", Role.SUPERVISOR),))

#: Sentences of a page.
_PAGE = 25
#: Those whose recordings say something else by now, as a choice of the filter.
_OUTDATED = "outdated"
_ORIGINS: Mapping[Origin, str] = {
    Origin.RECORDED: "Grabada",
    Origin.RENDERED: "Sintetizada",
    Origin.CARRIER: "Voz del operador",
}


@dataclass(frozen=True)
class Piece:
    """A part of a sentence that is one sound: its words, and where that is to be heard; none: nowhere."""

    words: str
    origin: Origin
    source: str | None


@dataclass(frozen=True)
class Sentence:
    """A sentence of the catalogue, as callers hear it."""

    phrase: Phrase
    origin: Origin
    pieces: list[Piece]
    #: What recordings of it say that were made for another text, so that nobody hears them.
    outdated: list[str]

    @property
    def partly(self) -> str:
        """Of a sentence that is not heard from its recordings because some are missing: that it is so."""
        recorded = any(piece.origin is Origin.RECORDED for piece in self.pieces)
        return "Falta grabar una parte." if recorded and self.origin is not Origin.RECORDED else ""


@pages.get("/")
@allowed(Role.SUPERVISOR)
def index(visit: Visit) -> ResponseReturnValue:
    """The catalogue, or what of it has these words or comes from there."""
    words, origin = request.args.get("q", "").strip(), request.args.get("origin", "")
    library = _library(visit.context)
    catalogue = list(phrases.catalogue())
    stale = recordings.stale(recordings.FOLDER, recordings.script(catalogue, words=False))
    sentences = [_sentence(phrase, library, stale) for phrase in catalogue]
    counts = {each: sum(one.origin == each for one in sentences) for each in Origin}
    shown = [
        one
        for one in sentences
        if (not origin or one.origin.value == origin or (origin == _OUTDATED and one.outdated))
        and words.lower() in f"{one.phrase.key} {one.phrase.text}".lower()
    ]
    start = max(0, request.args.get("cursor", 0, int))
    return render_template(
        "administration/phrases.html",
        sentences=shown[start : start + _PAGE],
        next=start + _PAGE if len(shown) > start + _PAGE else None,
        counts=counts,
        origins=_ORIGINS,
        choices={each.value: name for each, name in _ORIGINS.items()} | {_OUTDATED: "Por grabar de nuevo"},
        outdated=sum(bool(one.outdated) for one in sentences),
        words=words,
        origin=origin,
        carrier_voice=visit.context.settings.carrier_voice,
    )


def _library(context: ConsoleContext) -> Library | None:
    """The line's sounds; none where the carrier's voice is to say everything."""
    settings = context.settings
    if settings.voice == "carrier":
        return None
    return Library(
        Path(settings.audio_folder),
        voice_of(settings.voice_engine, settings.voice_command).identity,
        secret=settings.secret_key.get_secret_value().encode(),
        clock=context.clock.now,
    )


def _sentence(phrase: Phrase, library: Library | None, stale: Mapping[str, str]) -> Sentence:
    """A sentence is one voice: recorded only if all its fixed parts are, and so on."""
    pieces = [_piece(part, library) for part in phrase.pieces]
    found = {piece.origin for piece in pieces}
    origin = (
        found.pop() if len(found) == 1 else Origin.CARRIER if Origin.CARRIER in found else Origin.RENDERED
    )
    names = [phrase.key, *(f"{phrase.key}.{number}" for number in range(1, len(pieces) + 1))]
    return Sentence(phrase, origin, pieces, [stale[name] for name in names if name in stale])


def _piece(part: Part, library: Library | None) -> Piece:
    origin, playable = library.origin(part) if library is not None else (Origin.CARRIER, None)
    return Piece(part.text, origin, playable.url_path if playable else None)
