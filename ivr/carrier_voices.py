"""The carrier's voices that speak Spanish, and what each understands beside the words.

A voice speaks one language only, which `Say` must name beside it; any other pair is error 13512, and a voice
that does not exist 13511 (twilio.com/docs/voice/twiml/say/text-speech). No voice of Chile exists.
"""

import re
from collections.abc import Mapping

_NAMES: Mapping[str, tuple[str, ...]] = {
    "es-MX": (
        *("Polly.Mia", "Polly.Mia-Neural", "Polly.Mía-Generative"),
        *("Polly.Andres-Neural", "Polly.Andres-Generative"),
    ),
    "es-US": (
        *("Polly.Lupe", "Polly.Lupe-Neural", "Polly.Lupe-Generative", "Polly.Penelope"),
        *("Polly.Miguel", "Polly.Pedro-Neural", "Polly.Pedro-Generative"),
    ),
    "es-ES": (
        *("Polly.Lucia", "Polly.Lucia-Neural", "Polly.Lucia-Generative", "Polly.Conchita", "Polly.Enrique"),
        *("Polly.Sergio", "Polly.Sergio-Neural", "Polly.Sergio-Generative", "Polly.Ines-Neural"),
        *("man", "woman", "alice"),
    ),
}
_GOOGLE = re.compile(r"Google\.(es-(?:US|ES))-(?:(?:Standard|Wavenet|Neural2)-[A-H]|Chirp3-HD-[A-Z][a-z]+)")
_LANGUAGES = {name: language for language, names in _NAMES.items() for name in names}
#: Basic voices read no marks, and those that a model speaks freely keep to few of them.
_WITHOUT_MARKS = re.compile(r"man|woman|alice|.*(?:-Generative|-Chirp3-HD-.*)")


def language_of(voice: str) -> str:
    """The language of one of the carrier's Spanish voices. ValueError if it has no such voice."""
    if google := _GOOGLE.fullmatch(voice):
        return google.group(1)
    try:
        return _LANGUAGES[voice]
    except KeyError:
        raise ValueError(f"{voice!r} is no Spanish voice of the carrier, such as Polly.Mia-Neural") from None


def reads_marks(voice: str) -> bool:
    """Whether the voice heeds speech marks (SSML) such as a pause."""
    return not _WITHOUT_MARKS.fullmatch(voice)
