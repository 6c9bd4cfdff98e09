"""What the acts of a tour share: telephones, what they notice, waiting for it, and looking at cases."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from ivr.tour.house import House, TourFailed
from ivr.tour.record import Recorder
from ivr.tour.telling import Teller

T = TypeVar("T")
Event = dict[str, Any]

#: Simulated seconds in a real one: nobody waits for what is said, and it still takes its time.
PACE = 30
#: Real seconds in which whatever is due next must have happened; the machine may be busy.
_PATIENCE = 20.0
_POLL = 0.1
#: Later than the text that announces a call, by which that is due.
_TEXT_HEAD_START = 75


class Stage:
    """``names``: the people whose telephones are looked at, by their numbers."""

    def __init__(
        self, house: House, teller: Teller, names: Mapping[str, str], recorder: Recorder | None = None
    ) -> None:
        self.house = house
        self.teller = teller
        self.names = names
        self.telephones = {number: house.telephone(number) for number in names}
        self.events: dict[str, list[Event]] = {number: [] for number in names}
        self._recorder = recorder
        self._read = dict.fromkeys(names, 0)  # texts that were waited for already

    def until(self, what: str, is_so: Callable[[], T | None]) -> T:
        """Tell what happens until something is so. Raises TourFailed if it never is."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            self._listen()
            found = is_so()
            if found:
                return found
            if time.monotonic() > deadline:
                raise TourFailed(f"this never came: {what}")
            time.sleep(_POLL)

    def until_text(self, owner: str, *words: str) -> None:
        """Wait for a text with these words, later than the one waited for before."""

        def came() -> bool:
            texts = [event["body"] for event in self.events[owner] if event["type"] == "text"]
            for place, text in enumerate(texts[self._read[owner] :], self._read[owner] + 1):
                if all(word in text for word in words):
                    self._read[owner] = place
                    return True
            return False

        self.until(f"a text to {self.names[owner]} with “{' … '.join(words)}”", came)

    def until_called(self, owner: str, number: str) -> None:
        """The line announces its call about a case by a text, and then calls; until that call is over."""
        calls = self.count(owner, "ended")
        self.until_text(owner, "dentro de poco", number)
        self.clock(self.house.travel(forward=_TEXT_HEAD_START))
        self.until(f"the line calls {self.names[owner]}", lambda: self.count(owner, "ended") > calls)

    def count(self, number: str, kind: str) -> int:
        """How many events of that kind a telephone has noticed."""
        return sum(event["type"] == kind for event in self.events[number])

    def heard(self, number: str, words: str) -> bool:
        """Whether that was said into somebody's ear, at any time so far."""
        return any(
            event["type"] == "heard" and words.lower() in (event["text"] or "").lower()
            for event in self.events[number]
        )

    def case(self, number: str) -> dict[str, Any]:
        """The case as the API shows it."""
        return self.house.api("GET", f"/cases/{number}")

    def case_of(self, owner: str) -> dict[str, Any]:
        """The newest case that this number is a contact of."""
        found: Sequence[dict[str, Any]] = self.house.api("GET", f"/cases?phone=%2B{owner[1:]}")["cases"]
        if not found:
            raise TourFailed(f"{self.names[owner]} has no case")
        return found[0]

    def happened(self, number: str, kind: str) -> bool:
        """Whether an event of that kind stands in the case's history."""
        return any(event["kind"] == kind for event in self.case(number)["events"])

    def date(self, case: dict[str, Any], kind: str) -> datetime:
        """When the booked visit or works begin, by the project's clocks."""
        wanted = (kind, "booked")
        found = [each["start"] for each in case["appointments"] if (each["kind"], each["status"]) == wanted]
        if not found:
            raise TourFailed(f"case {case['number']} has no {kind} booked")
        return datetime.fromisoformat(found[0])

    def stands(self, case: dict[str, Any]) -> None:
        """Tell where a case stands."""
        self.teller.tell("case", f"{case['number']} is {case['status']}")

    def clock(self, said: str) -> None:
        """Tell what the time machine said."""
        self.teller.tell("clock", said)

    def _listen(self) -> None:
        """Take what all telephones noticed since the last time, in the order of the moments."""
        fresh: list[tuple[str, Event]] = []
        for number, telephone in self.telephones.items():
            found = telephone.events(wait=0)
            self.events[number] += found
            fresh += [(number, event) for event in found]
            if self._recorder is not None:
                self._recorder.take(self.names[number], found)
        for number, event in sorted(fresh, key=lambda one: one[1]["at"]):
            self.teller.take(self.names[number], event)
