"""What a step may answer: one frozen dataclass for each thing that a call can do next.

``Say``, ``Goto``, ``Enter`` and ``Home`` go on within the same reply; the others end it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from audio.wording import Prompt

if TYPE_CHECKING:
    from ivr.dialogue.call import Call, Waiting

Prompts = Prompt | tuple[Prompt, ...]


@dataclass(frozen=True)
class Step:
    """A named place of a conversation. It is no function to call: steps lead to each other by name.

    ``aliases`` are names that it had before, still found in the URLs of calls that a deploy interrupted.
    """

    name: str
    run: Callable[["Call"], "Turn"] = field(repr=False, compare=False)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class WaitStep:
    """What is heard in the queue. It stands outside the turns: asked for over and over, it writes nothing.

    ``aliases`` as a `Step`'s.
    """

    name: str
    run: Callable[["Waiting"], "Listen | Leave"] = field(repr=False, compare=False)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Say:
    """Speak, and go on. ``firm`` words cannot be cut short by a key: safety messages, at most 12 s."""

    prompt: Prompts
    then: Step
    firm: bool = False


@dataclass(frozen=True)
class Ask:
    """Ask and wait for keys (and words, with ``speech``); ``then`` answers.

    ``digits`` 1 is a question answered by one key; 0 an entry that ends by ``#`` or a pause.
    """

    prompt: Prompts
    then: Step
    digits: Literal[0, 1] = 1
    #: Seconds of silence that end the wait.
    timeout: int = 5
    #: Times that the question is heard in all, before ``failed`` (or a person).
    tries: int = 3
    failed: Step | None = None
    #: Whether ``0`` leads to a person.
    operator: bool = True
    #: A new beginning: ``*`` hears it again instead of leading back.
    fresh: bool = False
    #: Words that the recogniser should expect; none: keys only.
    speech: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Menu:
    """Ask for one key, each of which leads to a step."""

    prompt: Prompts
    keys: Mapping[str, Step]
    timeout: int = 5
    tries: int = 3
    failed: Step | None = None
    #: Where any other key, and silence, lead at once: a question without a wrong answer.
    otherwise: Step | None = None
    #: Where silence leads at once.
    silent: Step | None = None
    operator: bool = True
    fresh: bool = False


@dataclass(frozen=True)
class Record:
    """Give notice, sound the tone and record at most ``seconds``; ``then`` finds it in ``call.recording``.

    It ends by ``#``, ``*``, ``0`` or silence; ``*`` and ``0`` act after ``then`` has kept what was said.
    """

    notice: Prompts
    then: Step
    seconds: int
    purpose: str


@dataclass(frozen=True)
class Hold:
    """Put the caller in the carrier's queue; ``wait`` speaks there, ``then`` goes on when they leave it."""

    queue: str
    wait: WaitStep
    then: Step
    prompt: Prompts = ()


@dataclass(frozen=True)
class Join:
    """Talk in the room ``room`` with whoever comes; ``then`` goes on when the talk is over for this party."""

    room: str
    then: Step
    prompt: Prompts = ()
    #: Whether the room closes when this party leaves.
    ends: bool = True
    #: Whether the talk is recorded (its notice has been heard by then).
    record: bool = False
    #: Whether this party is heard by nobody, until the carrier is asked otherwise.
    muted: bool = False


@dataclass(frozen=True)
class Goto:
    """Go on with another step, in the same reply."""

    step: Step


@dataclass(frozen=True)
class Enter:
    """Enter a conversation that others share; its ``Home`` leads to ``then``."""

    step: Step
    then: Step


@dataclass(frozen=True)
class Home:
    """The way back from an entered conversation."""


@dataclass(frozen=True)
class Resume:
    """Go on where an earlier call of the same person stopped: the question that was open is asked again."""

    turn_id: int


@dataclass(frozen=True)
class Hangup:
    """Say a last word, or none, and end the call. ``outcome`` is the call's, in a word."""

    prompt: Prompts = ()
    outcome: str | None = None


@dataclass(frozen=True)
class Listen:
    """In the queue: hear this, with ``keys`` that cut it short; then music until the next announcement."""

    prompt: Prompts
    #: Seconds until the next announcement.
    seconds: int


@dataclass(frozen=True)
class Leave:
    """Leave the queue: its ``Hold`` goes on with ``then``."""


Turn = Say | Ask | Menu | Record | Hold | Join | Goto | Enter | Home | Resume | Hangup
