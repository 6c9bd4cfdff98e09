"""Two legs that hear each other."""

import asyncio
from dataclasses import dataclass, field

from ivr.simulator.leg import Leg


@dataclass(eq=False)
class Bridge:
    """Joins exactly two legs until one of them goes."""

    legs: tuple[Leg, Leg]
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        first, second = self.legs
        first.together = second.together = self
        first.telephone.joined(first, [second.party])
        second.telephone.joined(second, [first.party])

    def others(self, leg: Leg) -> list[Leg]:
        """The other side."""
        return [other for other in self.legs if other is not leg]

    async def stay(self, leg: Leg) -> None:
        """Talk until the bridge is over; leaving early takes it down."""
        try:
            await self.over.wait()
        finally:
            leg.together = None
            self.over.set()
