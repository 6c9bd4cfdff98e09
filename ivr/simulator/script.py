"""What a scripted telephone does when it is asked, written as on the command line: `2 101# - "hola" ~# !`.

A blank means "the next answer, sent when asked" (contract, section 6):

    2 101# *       keys, pressed in one go
    -              says nothing; the line's time-out passes
    !              hangs up (also out of a queue, or out of a conversation with a person)
    "se llueve"    speaks: a recognised answer where speech is listened for, else a recorded sentence and `#`
    ~  ~#  ~0  ~!  speaks for some seconds into a recording, then `#` (or the key, or hanging up)
    ~"gotea"0      the same, with words that the transcript shows
    _              waits: answers nothing while it is held in a queue, and is used up by that
"""

import re
from dataclasses import dataclass, field

KEYS = re.compile(r"[0-9*#]+")
SPOKEN = re.compile(r'(?P<tilde>~?)(?:"(?P<quoted>[^"]*)"|(?P<bare>[^"#*!]*?))(?P<end>[0-9#*!]?)')
TOKEN = re.compile(r'~?"[^"]*"[0-9#*!]?|\S+')

SAMPLE_SECONDS = 4.0
"""How long a telephone speaks when the script does not say what."""

WORDS_PER_SECOND = 2.5
HANG_UP = "!"


class ScriptError(ValueError):
    """The text is no script; the message names the token."""


@dataclass(frozen=True)
class Press:
    """Press these keys, one after another."""

    keys: str


@dataclass(frozen=True)
class Speak:
    """Speak for `seconds`; in a recording `end` (a key, or hanging up) comes after it."""

    text: str
    seconds: float
    end: str = "#"


@dataclass(frozen=True)
class SayNothing:
    """Let the line's time-out pass."""


@dataclass(frozen=True)
class PutDown:
    """Hang up."""


@dataclass(frozen=True)
class Wait:
    """Answer nothing for as long as the call is held in a queue."""


Move = Press | Speak | SayNothing | PutDown | Wait


def _move(token: str) -> Move:
    fixed: dict[str, Move] = {"-": SayNothing(), HANG_UP: PutDown(), "_": Wait()}
    if token in fixed:
        return fixed[token]
    if KEYS.fullmatch(token):
        return Press(token)
    spoken = SPOKEN.fullmatch(token)
    if spoken is None or not (spoken["tilde"] or spoken["quoted"]):
        raise ScriptError(f"{token!r}: keys are 0-9 * #; - says nothing, ! hangs up, ~ speaks")
    text = (spoken["quoted"] or spoken["bare"] or "").replace("_", " ")
    seconds = max(1.0, len(text.split()) / WORDS_PER_SECOND) if text else SAMPLE_SECONDS
    return Speak(text, seconds, spoken["end"] or "#")


@dataclass
class Script:
    """The moves of one call, used up one at a time."""

    moves: list[Move] = field(default_factory=list)

    @classmethod
    def of(cls, text: str) -> "Script":
        """Read a script; `ScriptError` names the first token that is none."""
        return cls([_move(token) for token in TOKEN.findall(text)])

    def peek(self) -> Move | None:
        """The next move, left where it is."""
        return self.moves[0] if self.moves else None

    def take(self) -> Move | None:
        """The next move, or None when all are used up."""
        return self.moves.pop(0) if self.moves else None
