"""What every answer to every question leads to: ``python -m tests.callflows.every_key`` writes it down.

The table, ``every_key.txt``, is read and judged by a person whenever it changes, and held against the running
code by `test_every_key`. A question that no row of `WAYS` leads to fails there.
"""

import inspect
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from ivr.clock import MovableClock
from ivr.dialogue.engine import all_steps
from ivr.dialogue.ledger import find
from ivr.store.session import Store
from ivr.store.tables import (
    Appointment,
    Base,
    CallRow,
    Case,
    CaseContact,
    Home,
    Recording,
    Requirement,
    Task,
    Wait,
)
from tests.board import Board
from tests.callflows.caller import AGAIN, HANG_UP, SILENCE, act
from tests.callflows.test_booking import fill_up
from tests.callflows.town import (
    ANONYMOUS,
    KNOWN,
    NEWCOMER,
    TO_THE_CATEGORY,
    TO_THE_CONTACT,
    TO_THE_END,
    TO_THE_VISIT,
    Snapshot,
    answer,
    dial,
    open_town,
    work,
)
from tests.conftest import TUESDAY_AT_TEN
from tests.line import TestCall

TABLE = Path(__file__).with_name("every_key.txt")

#: The conversations of a call to the line.
INBOUND = {"inbound", "urgent", "identify", "intake", "contact", "booking", "existing", "waiting"}

MENU = (*"1234567890*#", SILENCE, HANG_UP, AGAIN)
ENTRY = ("0", "*", "#", "12*", "1" * 40, SILENCE, HANG_UP, AGAIN)
RECORDING = ("~0", "~7", "~7,*", "~7,0", SILENCE, HANG_UP, AGAIN)


@dataclass(frozen=True)
class Way:
    """How to come to a question: who calls and what they answer, and the answers that are tried there."""

    caller: str
    moves: tuple[str, ...] = ()
    answers: tuple[str, ...] = MENU
    before: Callable[[Board], None] = lambda _town: None


def _cut_short(town: Board) -> None:
    dial(town, KNOWN, *TO_THE_VISIT).hang_up()


def _booked(town: Board) -> None:
    dial(town, KNOWN, *TO_THE_END).hang_up()
    work(town)


def _full(town: Board) -> None:
    fill_up(town, weekdays={1, 2, 3, 4, 5})


def _night(town: Board) -> None:
    town.clock.forward(timedelta(hours=12))


_APARTMENT = ("2", "101#", "1")
_NUMBER = (*_APARTMENT, "1204#", "1", "1", "~", "2")

#: A way to each question.
WAYS: dict[str, Way] = {
    "inbound.main_menu": Way(NEWCOMER),
    "inbound.go_on_or_anew": Way(KNOWN, ("2",), before=_cut_short),
    "urgent.kind": Way(NEWCOMER, ("1",)),
    "urgent.gas_outside": Way(NEWCOMER, ("1", "2")),
    "identify.home": Way(KNOWN, ("2",)),
    "identify.project": Way(NEWCOMER, ("2",), ("101#", "567#", "56#", '"Los Aromos"', '"no sé"', *ENTRY)),
    "identify.confirm_project": Way(NEWCOMER, ("2", "101#")),
    "identify.which_project": Way(NEWCOMER, ("2", "567#")),
    "identify.apartment": Way(NEWCOMER, _APARTMENT, ("1204#", "12#", "999#", *ENTRY)),
    "identify.confirm_apartment": Way(NEWCOMER, (*_APARTMENT, "999#")),
    "identify.which_apartment": Way(NEWCOMER, (*_APARTMENT, "12#")),
    "intake.category": Way(KNOWN, TO_THE_CATEGORY),
    "intake.describe": Way(KNOWN, (*TO_THE_CATEGORY, "1"), RECORDING),
    "intake.review_description": Way(KNOWN, (*TO_THE_CATEGORY, "1", "~7")),
    "intake.more": Way(KNOWN, (*TO_THE_CATEGORY, "1", "~")),
    "contact.first": Way(KNOWN, TO_THE_CONTACT),
    "contact.number": Way(ANONYMOUS, _NUMBER, ("987654321#", "123#", "800422727#", *ENTRY)),
    "contact.confirm_number": Way(ANONYMOUS, (*_NUMBER, "987654321#")),
    "contact.second": Way(KNOWN, (*TO_THE_CONTACT, "1")),
    "contact.second_number": Way(
        KNOWN, (*TO_THE_CONTACT, "1", "2"), ("987654321#", "123#", "800422727#", *ENTRY)
    ),
    "contact.confirm_second": Way(KNOWN, (*TO_THE_CONTACT, "1", "2", "987654321#")),
    "booking.offer_slots": Way(KNOWN, TO_THE_VISIT),
    "booking.read_back": Way(KNOWN, (*TO_THE_VISIT, "1")),
    "booking.booked": Way(KNOWN, TO_THE_END),
    "booking.wait_or_go": Way(KNOWN, TO_THE_VISIT, before=_full),
    "existing.number": Way(NEWCOMER, ("3",), ENTRY),
    "existing.apartment": Way(KNOWN, ("3",), ("1204#", "999#", *ENTRY), before=_booked),
    "existing.status": Way(KNOWN, ("3", "1204#"), before=_booked),
    "existing.cancel": Way(KNOWN, ("3", "1204#", "2"), before=_booked),
    "waiting.perhaps_urgent": Way(NEWCOMER, ("0",), before=_night),
    "waiting.choose": Way(NEWCOMER, ("0",)),
    "waiting.message": Way(NEWCOMER, ("0", "2"), RECORDING),
}


def asking_steps() -> set[str]:
    """Every step of a call to the line whose code asks something."""
    return {
        name
        for name, found in all_steps().items()
        if name.partition(".")[0] in INBOUND
        and re.search(r"\b(Ask|Menu|Record)\(", inspect.getsource(found.run))
    }


class Town:
    """A town that is again at a question for each answer that is tried there."""

    def __init__(self, board: Board, path: Path) -> None:
        self.board = board
        self._path = path
        self._at_first = Snapshot(path)

    def play(self, question: str) -> Iterator[tuple[str, str]]:
        """Each answer to ``question``, and what it leads to. AssertionError where no way leads there."""
        way = WAYS[question]
        self._at_first.restore()
        self.board.clock.set(TUESDAY_AT_TEN)
        way.before(self.board)
        there = answer(self.board.line.dial(way.caller), *way.moves)
        assert self.asked(there) == question, f"{question} is not at {way.moves}, but {self.asked(there)}"
        before, arrived = self.rows(), Snapshot(self._path)
        for move in way.answers:
            arrived.restore()
            call = TestCall(there.line, there.from_, there.to, sid=there.sid)
            call.document, call.heard, call.last = there.document, there.heard, there.last
            goes_on = act(self.board, call, move)
            yield move, f"{self.stands(call) if goes_on else 'the end'}; {_difference(before, self.rows())}"

    def asked(self, call: TestCall) -> str | None:
        """The question that the call stands at."""
        with self.board.store.transaction() as session:
            entry = find(session, call.sid)
            return entry.last.asks if entry is not None and entry.last is not None else None

    def stands(self, call: TestCall) -> str:
        """Where the call stands, and how often the question was heard in vain."""
        if call.waits_for.tag == "Enqueue":
            return f"queue {call.waits_for.text}"
        with self.board.store.transaction() as session:
            entry = find(session, call.sid)
            assert entry is not None
            assert entry.last is not None
            return f"{entry.last.asks}{f' (try {entry.last.tries + 1})' if entry.last.tries else ''}"

    def rows(self) -> Counter[str]:
        """Everything that there is, in words."""
        with self.board.store.reading() as session:
            described = [
                *(f"case {c.priority} {c.status}" for c in session.scalars(select(Case))),
                *(f"problem {r.category}{_told(r)}" for r in session.scalars(select(Requirement))),
                *(f"contact {c.phone}" for c in session.scalars(select(CaseContact))),
                *(f"{a.kind} {a.status} {a.start:%d.%m %H:%M}" for a in session.scalars(select(Appointment))),
                *(f"task {t.kind} {t.state}" for t in session.scalars(select(Task))),
                *(f"wait {w.priority} {w.state}" for w in session.scalars(select(Wait))),
                *(f"recording {r.status}" for r in session.scalars(select(Recording))),
                *("unverified home" for h in session.scalars(select(Home)) if not h.verified),
                *(f"outcome {c.outcome}" for c in session.scalars(select(CallRow)) if c.outcome),
            ]
        return Counter(described)


def _told(requirement: Requirement) -> str:
    return " told" if requirement.recording_id is not None else ""


def _difference(before: Counter[str], after: Counter[str]) -> str:
    gone = [f"-{what}" for what in sorted((before - after).elements())]
    new = [f"+{what}" for what in sorted((after - before).elements())]
    return ", ".join(gone + new) or "nothing changes"


def lines(town: Town) -> Iterator[str]:
    """The table, a line for each answer to each question."""
    for question in WAYS:
        for move, leads_to in town.play(question):
            shown = move if len(move) < 20 else f"{len(move)} digits"
            yield f"{question:26} {shown:12} {leads_to}"


def open_towns(folder: Path) -> Iterator[Town]:
    """A town for all questions; nobody is in the office, so that a person is a task."""
    path = folder / "postventa.db"
    store = Store(f"sqlite:///{path}")
    Base.metadata.create_all(store.engine)
    with open_town(store, folder, MovableClock(TUESDAY_AT_TEN)) as board:
        yield Town(board, path)
    store.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        for opened in open_towns(Path(made)):
            TABLE.write_text("\n".join(lines(opened)) + "\n")
