"""What callers hear: every sentence with its key, how it is to be read, and where its sound comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from audio import phrases
from audio.library import Library, Origin
from audio.parts import Part
from audio.voices import voice_of
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


@pages.get("/")
@allowed(Role.SUPERVISOR)
def index(visit: Visit) -> ResponseReturnValue:
    """The catalogue, or what of it has these words or comes from there."""
    words, origin = request.args.get("q", "").strip(), request.args.get("origin", "")
    library = _library(visit.context)
    sentences = [_sentence(phrase, library) for phrase in phrases.catalogue()]
    counts = {each: sum(one.origin == each for one in sentences) for each in Origin}
    shown = [
        one
        for one in sentences
        if (not origin or one.origin.value == origin)
        and words.lower() in f"{one.phrase.key} {one.phrase.text}".lower()
    ]
    start = max(0, request.args.get("cursor", 0, int))
    return render_template(
        "administration/phrases.html",
        sentences=shown[start : start + _PAGE],
        next=start + _PAGE if len(shown) > start + _PAGE else None,
        counts=counts,
        origins=_ORIGINS,
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
        voice_of(settings.voice_command).identity,
        secret=settings.secret_key.get_secret_value().encode(),
        clock=context.clock.now,
    )


def _sentence(phrase: Phrase, library: Library | None) -> Sentence:
    """A sentence is one voice: recorded only if all its fixed parts are, and so on."""
    pieces = [_piece(part, library) for part in phrase.pieces]
    found = {piece.origin for piece in pieces}
    origin = (
        found.pop() if len(found) == 1 else Origin.CARRIER if Origin.CARRIER in found else Origin.RENDERED
    )
    return Sentence(phrase, origin, pieces)


def _piece(part: Part, library: Library | None) -> Piece:
    origin, playable = library.origin(part) if library is not None else (Origin.CARRIER, None)
    return Piece(part.text, origin, playable.url_path if playable else None)
