"""Where a conversation stands between two webhooks, as the last turn of a call wrote it down."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Standing:
    """Where a conversation stands between two webhooks. ``turn`` is the one that the next webhook answers."""

    turn: int = 0
    asks: str | None = None
    question: dict[str, Any] = field(default_factory=dict)
    tries: int = 0
    stack: tuple[str, ...] = ()
    trail: tuple[tuple[str, tuple[str, ...]], ...] = ()
    notes: dict[str, Any] = field(default_factory=dict)

    def renamed(self, present: Callable[[str], str]) -> "Standing":
        """The same in the names that steps have now, so that a question is known again under its new one."""

        def each(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(map(present, names))

        return replace(
            self,
            asks=present(self.asks) if self.asks is not None else None,
            stack=each(self.stack),
            trail=tuple((present(name), each(stack)) for name, stack in self.trail),
        )
