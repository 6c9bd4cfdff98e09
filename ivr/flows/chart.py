"""The map as data: places of the conversations, and what leads from one to another."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

#: What leads on besides a key of the keypad, each by a sign of its own.
SILENCE = "–"  #: nothing is pressed
GIVE_UP = "–×3"  #: the question was heard in vain as often as it is asked
WRONG = "?"  #: a key that means nothing here
ENTRY = "#"  #: digits, ended by ``#`` or a pause
SPEECH = "“”"  #: words
RECORDING = "●"  #: something was recorded
HANG_UP = "✆"  #: the other party hangs up
OVER = "→"  #: it is over, or taken out by somebody else: a wait, a talk

#: The end that the other party puts to a call.
HUNG_UP = "hung_up"

#: What the signs mean, for a legend.
LEGEND = {
    ENTRY: "cifras",
    SPEECH: "palabras",
    RECORDING: "grabación",
    SILENCE: "silencio",
    GIVE_UP: "sin respuesta válida tras todos los intentos",
    WRONG: "otra tecla",
    HANG_UP: "cuelga",
    OVER: "termina la espera o la conversación",
}


class Kind(StrEnum):
    """What happens at a place."""

    MENU = "menu"  #: one key is asked for
    ENTRY = "entry"  #: digits (or words) are asked for
    RECORDING = "recording"
    QUEUE = "queue"  #: a wait for a person
    TALK = "talk"  #: with a person
    END = "end"


@dataclass(frozen=True)
class Node:
    """A place where a call stays until something happens, or ends; named by its step."""

    name: str
    kind: Kind
    #: What is heard there, as it was heard first.
    says: str = ""

    @property
    def conversation(self) -> str:
        """The conversation that it belongs to."""
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class Edge:
    """``key`` at ``source`` leads to ``target``, passing the steps ``through``."""

    source: str
    key: str
    target: str
    through: tuple[str, ...] = field(default=(), compare=False)


@dataclass
class FlowMap:
    """All places by name, all edges, and every step that ran while the map was drawn."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[Edge, Edge] = field(default_factory=dict)
    steps: set[str] = field(default_factory=set)

    def add(self, node: Node) -> None:
        """Put a place on the map; the first one of a name stays."""
        self.nodes.setdefault(node.name, node)

    def connect(self, edge: Edge) -> None:
        """Put an edge on the map; the first one between two places by a key stays."""
        self.edges.setdefault(edge, edge)

    def leaving(self, name: str) -> list[Edge]:
        """What leads away from a place, keys first."""
        return sorted((edge for edge in self.edges if edge.source == name), key=_by_key)

    def asks(self, name: str) -> str | None:
        """The name of a place where something is asked; none for a wait, a talk, or an end."""
        return name if self.nodes[name].kind in {Kind.MENU, Kind.ENTRY, Kind.RECORDING} else None

    def conversations(self) -> Iterator[tuple[str, list[Node]]]:
        """The places of each conversation, both in the order in which they were found."""
        names = dict.fromkeys(node.conversation for node in self.nodes.values())
        for name in names:
            yield name, [node for node in self.nodes.values() if node.conversation == name]

    def stuck(self) -> list[str]:
        """Places that nothing leads out of, though the call is not over there. There should be none.

        To hang up is no way out of a question; it is how talks end.
        """
        led_on = {edge.source for edge in self.edges if edge.target != edge.source and self._is_way_out(edge)}
        return sorted(
            name for name, node in self.nodes.items() if node.kind != Kind.END and name not in led_on
        )

    def _is_way_out(self, edge: Edge) -> bool:
        return edge.key != HANG_UP or self.nodes[edge.source].kind == Kind.TALK


def _by_key(edge: Edge) -> tuple[int, str, str]:
    order = "1234567890*"
    return (order.index(edge.key) if edge.key in order else len(order), edge.key, edge.target)
