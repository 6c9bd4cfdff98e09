"""What every verb is."""

from abc import ABC, abstractmethod

from ivr.simulator.document import Document, Node
from ivr.simulator.leg import Fetch, Interruption, Leg, Outcome


class Verb(ABC):
    """One verb of one document, executed once."""

    answers: bool = True
    """Whether reaching this verb picks up a call that still rings."""

    def __init__(self, node: Node, document: Document) -> None:
        self.node = node
        self.document = document

    @abstractmethod
    async def run(self, leg: Leg, /) -> Outcome:
        """Do it; None goes on with the next verb."""

    def interrupted(self, leg: Leg, why: Interruption) -> None:  # noqa: B027 - most verbs have nothing to do
        """The call was hung up or sent elsewhere while this verb ran."""

    def action(self, params: dict[str, str]) -> Fetch:
        """The request of this verb's `action`; without the attribute, the document itself again."""
        return Fetch(
            self.document.address(self.node.get("action")),
            self.node.get("method", "POST"),
            params,
            self.document.context,
        )

    def says_action(self) -> bool:
        """Whether the attribute stands there (even empty)."""
        return "action" in self.node.attributes
