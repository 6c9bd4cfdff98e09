"""A TwiML document: read as strictly as the carrier could, or refused with the carrier's error code."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET

from ivr.simulator.schema import NOT_PLAYED, SCHEMA_WARNING, SHAPES

MAXIMUM_BYTES = 64 * 1024
"""Body of a document, error 11750."""

SAY_CHARACTERS = 4096
"""Basic voices, error 13521."""


class DocumentError(Exception):
    """The document could not be retrieved or executed; `code` is the carrier's, `url` where it came from."""

    def __init__(self, code: int, message: str, url: str | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.url = url


class Context(Enum):
    """For whom a document was requested, and so which verbs it may hold (the pages of enqueue, queue, number
    and conference; errors 13201 and 13238)."""

    CALL = ("", 0)
    QUEUE_WAIT = ("Play Say Pause Hangup Redirect Leave Gather", SCHEMA_WARNING)
    QUEUE_WHISPER = ("Play Say Pause Redirect", SCHEMA_WARNING)
    NUMBER_WHISPER = ("Play Say Gather Hangup", SCHEMA_WARNING)
    CONFERENCE = ("Play Say Pause Redirect", 13238)

    def refuses(self, verb: str) -> bool:
        """Whether this verb must not stand at the top of a document requested here."""
        return bool(self.value[0]) and verb not in self.value[0].split()


@dataclass(frozen=True)
class Node:
    """One element, its attributes checked against the schema."""

    name: str
    attributes: Mapping[str, str]
    text: str
    children: tuple["Node", ...] = ()

    def get(self, name: str, default: str = "") -> str:
        """An attribute, or its default."""
        return self.attributes.get(name, default)

    def number(self, name: str, default: int) -> int:
        """A whole number; the schema has checked it."""
        return int(self.attributes.get(name, default))

    def true(self, name: str, default: bool = False) -> bool:
        """A boolean; the schema has checked it."""
        return self.attributes[name] == "true" if name in self.attributes else default


@dataclass(frozen=True)
class Document:
    """The verbs of a reply, and the address they stand in (None: given as the REST parameter `Twiml`)."""

    verbs: tuple[Node, ...]
    url: str | None
    context: Context = Context.CALL

    def address(self, relative: str) -> str:
        """An attribute's URL, made absolute; an empty one means this document again.

        Without an address of its own a document must name absolute ones ("Twiml" parameter).
        """
        if self.url is None:
            if not urlsplit(relative).scheme:
                raise DocumentError(
                    11100, f"{relative!r} must be absolute: the call was given TwiML, not a Url"
                )
            return relative
        if not relative:
            return self.url
        absolute = urljoin(self.url, relative)
        if urlsplit(absolute).scheme not in {"http", "https"}:
            raise DocumentError(11100, f"{relative!r} is no web address", self.url)
        return absolute


def parse(body: bytes, url: str | None, context: Context = Context.CALL) -> Document:
    """Read a reply; `DocumentError` for anything the carrier refuses or that is undocumented."""
    try:
        return Document(tuple(_verbs(body, context)), url, context)
    except DocumentError as error:
        error.url = url
        raise


def _verbs(body: bytes, context: Context) -> Iterator[Node]:
    if len(body) > MAXIMUM_BYTES:
        raise DocumentError(11750, f"{len(body)} bytes; at most {MAXIMUM_BYTES}")
    if not body.strip():
        raise DocumentError(11770, "the body is empty")
    if b"<!DOCTYPE" in body:
        raise DocumentError(12100, "a document type is not allowed")
    if body[:1].isspace():
        raise DocumentError(12100, "no byte and no blank line may stand before the document")
    try:
        root = ET.fromstring(body)  # noqa: S314 - no DOCTYPE, hence no entities to expand
    except ET.ParseError as error:
        raise DocumentError(12100, f"not well-formed: {error}") from error
    if root.tag != "Response":
        raise DocumentError(12102, f"the root is <{root.tag}>, not <Response>")
    response = _node(root)
    for verb in response.children:
        if context.refuses(verb.name):
            code = 13201 if context is Context.NUMBER_WHISPER and verb.name == "Dial" else context.value[1]
            raise DocumentError(code, f"<{verb.name}> is not allowed in {context.name}")
        yield verb


def _node(element: ET.Element) -> Node:
    shape = SHAPES[element.tag]
    for name, value in element.attrib.items():
        check, code = shape.attributes.get(name, (None, SCHEMA_WARNING))
        if check is None:
            raise DocumentError(SCHEMA_WARNING, f"<{element.tag}> has no attribute {name!r}")
        if not check(value):
            raise DocumentError(code, f"<{element.tag} {name}={value!r}> is not a value of this attribute")
    for child in element:
        _check_nesting(element.tag, child.tag)
    if not shape.text and "".join([element.text or "", *(child.tail or "" for child in element)]).strip():
        raise DocumentError(SCHEMA_WARNING, f"<{element.tag}> holds no text")
    words = element.itertext() if element.tag == "Say" else [element.text or ""]
    text = "".join(words).strip()
    node = Node(element.tag, dict(element.attrib), text, tuple(_node(child) for child in element))
    rule = PARTICULARS.get(node.name)
    if rule:
        rule(node)
    return node


def _check_nesting(parent: str, child: str) -> None:
    if child in SHAPES[parent].children:
        return
    if child in NOT_PLAYED:
        raise DocumentError(SCHEMA_WARNING, f"<{child}> is not played by this simulated carrier")
    if child not in SHAPES:
        raise DocumentError(SCHEMA_WARNING, f"there is no element <{child}>")
    raise DocumentError(SHAPES[parent].nesting_error, f"<{child}> cannot stand in <{parent}>")


def _say(node: Node) -> None:
    if not node.text:
        raise DocumentError(13520, "<Say> has no text")
    if len(node.text) > SAY_CHARACTERS:
        raise DocumentError(13521, f"<Say> has more than {SAY_CHARACTERS} characters")
    voice, language = node.get("voice"), node.get("language")
    mexican = voice.startswith(("Polly.Mia", "Polly.Mía", "Polly.Andres"))
    if mexican and language and language != "es-MX":
        raise DocumentError(13512, f"{voice} does not speak {language}")


def _play(node: Node) -> None:
    if bool(node.text) == ("digits" in node.attributes):
        raise DocumentError(13420, "<Play> needs a URL, or digits, and not both")


def _gather(node: Node) -> None:
    if any("digits" in child.attributes for child in node.children):
        raise DocumentError(13320, "<Play digits> cannot stand in <Gather>")


def _dial(node: Node) -> None:
    kinds = {child.name for child in node.children}
    if "Conference" in kinds and "Number" in kinds:
        raise DocumentError(13000, "<Conference> cannot be mixed with <Number>")
    if len(kinds & {"Queue", "Conference"}) and len(node.children) > 1:
        raise DocumentError(13215, "<Queue> and <Conference> stand alone in <Dial>")
    if len(node.children) > 10:
        raise DocumentError(13215, "at most 10 numbers in <Dial>")
    if node.text and node.children:
        raise DocumentError(13215, "<Dial> holds a number or nouns, not both")
    if not node.text and not (node.children and all(child.text for child in node.children)):
        raise DocumentError(13223, "<Dial> has nobody to call")
    numbers = [node.text] if not node.children else [c.text for c in node.children if c.name == "Number"]
    for number in numbers:
        if not re.fullmatch(r"\+[1-9]\d{6,14}", number):
            raise DocumentError(13223, f"{number!r} is no E.164 number")


def _queue_name(node: Node) -> None:
    if not node.text:
        raise DocumentError(14204, f"<{node.name}> has no queue name")
    if len(node.text) > 64:
        raise DocumentError(14205, "a queue name has at most 64 characters")


PARTICULARS = {
    "Say": _say,
    "Play": _play,
    "Gather": _gather,
    "Dial": _dial,
    "Enqueue": _queue_name,
    "Queue": _queue_name,
}
"""Rules about an element that the table of attributes and children cannot express."""
