"""Would the carrier execute this TwiML document as it is written?"""

import json
import re
from collections.abc import Callable
from enum import Enum, auto
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from tests.carrier import limits
from tests.carrier.values import CarrierRefuses, check_boolean, check_integer, check_telephone, check_url

TABLE: dict[str, Any] = json.loads((Path(__file__).parent / "twiml.json").read_text(encoding="utf-8"))
ELEMENTS: dict[str, dict[str, Any]] = TABLE["elements"]
ENUMS: dict[str, list[str]] = TABLE["enums"]

URL_ATTRIBUTES = {
    *(
        "action",
        "url",
        "waitUrl",
        "referUrl",
        "eventCallbackUrl",
        "statusCallback",
        "recordingStatusCallback",
    ),
    *("partialResultCallback", "transcribeCallback", "amdStatusCallback"),
}
XML_NAMESPACE = "{http://www.w3.org/XML/1998/namespace}"


class Context(Enum):
    """Where a document is requested from."""

    CALL = auto()
    QUEUE_WAIT = auto()
    """Enqueue `waitUrl`."""
    DIAL_QUEUE_URL = auto()
    """`url` of Queue in Dial: heard by the queued caller."""
    WHISPER = auto()
    """`url` of Number in Dial: heard by the called party."""
    CONFERENCE_WAIT = auto()
    """`waitUrl`, `holdUrl` and `announceUrl` of a conference (13238)."""
    NEWS = auto()
    """An answer the carrier ignores: callbacks of status, recording and detection, and an inbound text."""
    INLINE = auto()
    """The REST parameter `Twiml`: at most 4000 characters, and no address it could be relative to."""


VERBS_ALLOWED = {
    Context.QUEUE_WAIT: {"Play", "Say", "Pause", "Hangup", "Redirect", "Leave", "Gather"},
    Context.DIAL_QUEUE_URL: {"Play", "Say", "Pause", "Redirect"},
    Context.WHISPER: {"Play", "Say", "Gather", "Hangup"},
    Context.CONFERENCE_WAIT: {"Play", "Say", "Pause", "Redirect"},
    Context.NEWS: set[str](),
}


def check_twiml(xml: bytes | str, context: Context = Context.CALL) -> None:
    """Raise `CarrierRefuses` unless the carrier executes all of the document as written.

    Refused is also what it would only warn about or never reach: an unknown attribute (12200), or verbs after
    one that does not come back.
    """
    response = parse(xml)
    if context is Context.INLINE and len(xml) > limits.INLINE_CHARACTERS:
        raise CarrierRefuses(f"Twiml has {len(xml)} characters, at most {limits.INLINE_CHARACTERS} (32018)")
    for verb in response:
        if context in VERBS_ALLOWED and verb.tag not in VERBS_ALLOWED[context]:
            raise CarrierRefuses(f"<{verb.tag}> is not allowed in {context.name}")
    _check_element(response, "Response", inline=context is Context.INLINE)
    _check_reached(list(response))


def parse(xml: bytes | str) -> ET.Element:
    """The root of a document that the carrier can read at all."""
    data = xml.encode() if isinstance(xml, str) else xml
    if len(data) > limits.DOCUMENT_BYTES:
        raise CarrierRefuses(f"the document has {len(data)} bytes, at most {limits.DOCUMENT_BYTES} (11750)")
    if not data.startswith(b"<"):
        raise CarrierRefuses(
            f"the document begins with {data[:12]!r}: nothing may stand before its first tag (12100)"
        )
    try:
        root = ET.fromstring(data)  # noqa: S314 - the application's own document
    except ET.ParseError as error:
        raise CarrierRefuses(f"the document is not well-formed (12100): {error}") from error
    if root.tag != "Response":
        raise CarrierRefuses(f"the root is <{root.tag}>, not <Response> (12102)")
    return root


def _check_element(element: ET.Element, kind: str, *, inline: bool) -> None:
    table = ELEMENTS[kind]
    for raw_name, value in element.attrib.items():
        _check_attribute(kind, raw_name.replace(XML_NAMESPACE, "xml:"), value, inline=inline)
    for child in element:
        if child.tag not in table["children"]:
            raise CarrierRefuses(f"<{child.tag}> may not stand in <{element.tag}> (12200)")
        _check_element(child, table["children"][child.tag], inline=inline)
    own_text = "".join([element.text or "", *(child.tail or "" for child in element)]).strip()
    if table["text"] == "none" and own_text:
        raise CarrierRefuses(f"<{element.tag}> holds the text {own_text[:40]!r}, and takes none")
    # The pages of Redirect and Conference use an empty <Redirect/> for "this document again".
    if table["text"] == "required" and kind != "Redirect" and not "".join(element.itertext()).strip():
        raise CarrierRefuses(f"<{element.tag}> is empty")
    if kind in ELEMENT_RULES:
        ELEMENT_RULES[kind](element)
    if kind in {"Play", "Redirect"} and own_text:
        check_url(own_text, absolute=inline)
    if inline and kind in {"Gather", "Record", "Pay"} and "action" not in element.attrib:
        raise CarrierRefuses(f"<{kind}> needs an absolute action: the document has no address of its own")


def _check_attribute(kind: str, name: str, value: str, *, inline: bool) -> None:
    key = f"{kind}.{name}"
    described = ELEMENTS[kind]["attributes"].get(name) or limits.TWIML_BEYOND_TYPES.get(key)
    if described is None:
        raise CarrierRefuses(f"<{ELEMENTS[kind]['tag']}> has no attribute {name!r} (12200)")
    if name in URL_ATTRIBUTES:
        # An empty waitUrl is documented: silence.
        if name != "waitUrl" or value:
            schemes = ("wss",) if key == "Stream.url" else ("http", "https")
            check_url(value, absolute=inline, schemes=schemes)
    elif name == "method" or name.endswith("Method"):
        if value not in {"GET", "POST"}:
            raise CarrierRefuses(f"{key}={value!r} is neither GET nor POST")
    elif key in limits.TWIML_PATTERNS:
        if not re.fullmatch(limits.TWIML_PATTERNS[key], value):
            raise CarrierRefuses(f"{key}={value!r} does not fit {limits.TWIML_PATTERNS[key]}")
    else:
        _check_typed(key, value, described)


def _check_typed(key: str, value: str, described: dict[str, Any]) -> None:
    values = value.split() if described.get("list") else [value]
    if described["type"] == "enum":
        allowed = {*ENUMS[described["enum"]], *limits.VALUES_BEYOND_TYPES.get(key, ())}
        if not values or not allowed.issuperset(values):
            raise CarrierRefuses(f"{key}={value!r} is not in the enumeration {described['enum']}")
    for single in values:
        if described["type"] == "number":
            check_integer(single, *limits.TWIML_RANGES.get(key, (0, None)), name=key)
        elif described["type"] == "boolean":
            check_boolean(single, name=key)


def _check_reached(verbs: list[ET.Element]) -> None:
    """No verb may stand behind one that does not come back.

    After Record one Redirect is right: its page says both that nothing after it is reached and that
    silence falls through to the next verb.
    """
    for verb, following in pairwise(verbs):
        leaves = verb.tag in {"Redirect", "Hangup", "Leave", "Reject"} or (
            verb.tag in {"Enqueue", "Dial", "Refer"} and "action" in verb.attrib
        )
        if leaves or (verb.tag == "Record" and (following.tag != "Redirect" or "action" not in verb.attrib)):
            raise CarrierRefuses(f"<{following.tag}> after <{verb.tag}> is never reached")


def _check_say(say: ET.Element) -> None:
    if (length := len("".join(say.itertext()))) > limits.SAY_CHARACTERS:
        raise CarrierRefuses(f"<Say> has {length} characters, at most {limits.SAY_CHARACTERS} (13521)")
    voice, language = say.get("voice", ""), say.get("language")
    if language is None:
        return
    if google := re.match(r"Google\.([a-zA-Z]+-[a-zA-Z]+)-", voice):
        fits = google[1] == language
    else:
        name = voice.removeprefix("Polly.")
        spanish = [spoken for spoken, voices in limits.SPANISH_VOICES.items() if name in voices]
        is_basic = not voice.startswith("Polly.")
        fits = is_basic or (language in spanish if spanish else not language.startswith("es-"))
    if not fits:
        raise CarrierRefuses(f"the voice {voice} does not speak {language} (13520)")


def _check_play(play: ET.Element) -> None:
    if bool((play.text or "").strip()) == ("digits" in play.attrib):
        raise CarrierRefuses("<Play> plays either an address or digits")


def _check_gather(gather: ET.Element) -> None:
    if any("digits" in child.attrib for child in gather.iter("Play")):
        raise CarrierRefuses("<Play digits> may not stand in <Gather>")
    hints = gather.get("hints", "").split(",")
    if len(hints) > limits.HINTS or any(len(hint.strip()) > limits.HINT_CHARACTERS for hint in hints):
        raise CarrierRefuses(
            f"hints are at most {limits.HINTS} of {limits.HINT_CHARACTERS} characters (13328)"
        )
    if gather.get("speechModel") == "phone_call" and gather.get("language") in {"es-CL", "es-MX"}:
        raise CarrierRefuses("of Spanish, the speech model phone_call knows es-US and es-ES only")


def _check_record(record: ET.Element) -> None:
    transcribed = record.get("transcribe") == "true"
    if "transcribeCallback" in record.attrib and not transcribed:
        raise CarrierRefuses("transcribeCallback needs transcribe=true")
    if transcribed and int(record.get("maxLength", "120")) > 120:
        raise CarrierRefuses("at most 120 s are transcribed")


def _check_dial(dial: ET.Element) -> None:
    number, nouns = (dial.text or "").strip(), [child.tag for child in dial]
    if bool(number) == bool(nouns):
        raise CarrierRefuses("<Dial> takes either a number as its text or nouns")
    if number:
        check_telephone(number, name="Dial")
    if {"Conference", "Queue"}.intersection(nouns) and len(nouns) > 1:
        raise CarrierRefuses("<Conference> and <Queue> stand alone in <Dial> (13000)")
    if nouns.count("Number") > limits.DIAL_NUMBERS:
        raise CarrierRefuses(f"<Dial> rings at most {limits.DIAL_NUMBERS} numbers")


def _check_enqueue(enqueue: ET.Element) -> None:
    if "workflowSid" in enqueue.attrib:
        return
    if len(enqueue):
        raise CarrierRefuses("<Task> needs a workflowSid")
    _check_queue_name(enqueue)


def _check_queue_name(queue: ET.Element) -> None:
    if not 1 <= len((queue.text or "").strip()) <= limits.QUEUE_NAME_CHARACTERS:
        raise CarrierRefuses(
            f"a queue's name has 1 to {limits.QUEUE_NAME_CHARACTERS} characters (14204, 14205)"
        )


def _check_sip(sip: ET.Element) -> None:
    address = "".join(sip.itertext()).strip()
    if not re.fullmatch(r"sips?:[^\s@]+@\S+", address):
        raise CarrierRefuses(f"{address!r} is no SIP address")


ELEMENT_RULES: dict[str, Callable[[ET.Element], None]] = {
    "Say": _check_say,
    "Play": _check_play,
    "Gather": _check_gather,
    "Record": _check_record,
    "Dial": _check_dial,
    "Enqueue": _check_enqueue,
    "Queue": _check_queue_name,
    "Number": lambda number: check_telephone((number.text or "").strip(), name="Number"),
    "Sip": _check_sip,
    "ReferSip": _check_sip,
}
