"""What leaves the engine: the words to be spoken and how the reply ends, for the edge to write down."""

from dataclasses import dataclass

from audio.wording import Prompt

Prompts = tuple[Prompt, ...]


@dataclass(frozen=True)
class Gather:
    """A question: keys cut ``prompts`` short. ``digits`` 0: an entry that ends by ``#`` or a pause."""

    prompts: Prompts
    digits: int
    timeout: int
    speech: tuple[str, ...] | None


@dataclass(frozen=True)
class Recorder:
    """Tone and recording of at most ``seconds``."""

    seconds: int


@dataclass(frozen=True)
class Queue:
    """The carrier's queue ``name``; ``wait`` is the step that speaks in it."""

    name: str
    wait: str


@dataclass(frozen=True)
class Room:
    """A conference."""

    name: str
    ends: bool
    record: bool
    muted: bool = False


@dataclass(frozen=True)
class End:
    """Nothing more: the call is over."""


#: How a reply ends.
Ending = Gather | Recorder | Queue | Room | End


@dataclass(frozen=True)
class Reply:
    """One answer to the carrier. ``said`` is heard first, whatever is pressed."""

    said: Prompts
    end: Ending
    #: The step and turn that the next webhook of this call names.
    next_step: str
    next_turn: int

    @property
    def heard(self) -> list[str]:
        """Every sentence of the reply, in order."""
        asked = self.end.prompts if isinstance(self.end, Gather) else ()
        return [prompt.words for prompt in (*self.said, *asked)]
