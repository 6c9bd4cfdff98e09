"""Projects and homes that the calls of these tests are about, and the keys that lead through a call."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ivr.aftersales import announce
from ivr.aftersales.projects import keypad_letters
from ivr.clock import MovableClock
from ivr.store.jobs import Done, JobKind
from ivr.store.session import Store
from ivr.store.tables import Appointment, Case, CaseContact, CaseEvent, HomePhone, Requirement, Task
from tests.board import Board, open_board
from tests.carrier.oracle import Context
from tests.line import KNOWN, TestCall
from tests.making import make_home, make_project

__all__ = ["KNOWN"]

#: Has three homes in two projects.
LANDLORD = "+56982345671"
#: Rings from a number that no register knows.
NEWCOMER = "+56955501234"
ANONYMOUS = "anonymous"

#: Keys of a whole request of somebody whose home is known: category, no description, own number, first date.
TO_THE_CATEGORY = ("2", "1")
TO_THE_CONTACT = (*TO_THE_CATEGORY, "1", "~", "2")
TO_THE_VISIT = (*TO_THE_CONTACT, "1", "1")
TO_THE_END = (*TO_THE_VISIT, "1", "1")


def fill(store: Store) -> None:
    """Four projects, two of whose names begin alike; homes with letters, towers and one number twice."""
    with store.transaction() as session:
        for code, name in (
            ("101", "Los Aromos"),
            ("102", "Parque Ñielol"),
            ("107", "Los Almendros"),
            ("210", "Mirador"),
        ):
            made = make_project(session, code=code, name=name, keypad_name=keypad_letters(name))
            numbers = {
                "101": ("1204", "A-12", "B-12", "Torre B 304", "Casa 7"),
                "102": ("101",),
            }.get(code, ())
            for number in numbers:
                home = make_home(session, made, number)
                owners = [KNOWN] if number == "1204" else []
                owners += [LANDLORD] if number in {"A-12", "Casa 7", "101"} else []
                home.phones.extend(HomePhone(phone=phone) for phone in owners)


@contextmanager
def open_town(store: Store, folder: Path, clock: MovableClock, **more: Any) -> Iterator[Board]:
    """A switchboard on this database, with the houses in it."""
    fill(store)
    with open_board(store, folder, clock, **more) as opened:
        elsewhere = dict.fromkeys(JobKind, lambda _context, _key: Done("not here"))
        handlers = {**elsewhere, **opened.context.handlers}
        opened.context = replace(opened.context, handlers=handlers)
        yield opened


def answer(call: TestCall, *moves: str) -> TestCall:
    """Answer question after question: keys, ``-`` nothing, ``~`` no description, ``~5`` five seconds."""
    for move in moves:
        if move == "-":
            call.silence()
        elif move.startswith("~"):
            call.record(seconds=int(move[1:] or 0))
        else:
            call.press(move)
    return call


def dial(town: Board, from_: str, *moves: str, **form: str) -> TestCall:
    """Somebody calls and answers so."""
    return answer(town.line.dial(from_, **form), *moves)


def in_queue(call: TestCall, seconds: int = 0, key: str = "") -> TestCall:
    """What the caller hears in the queue; the call itself stays in it."""
    queue = TestCall(call.line, call.from_, call.to, sid=call.sid)
    more = {"Digits": key} if key else {}
    address = call.waits_for.attrib["waitUrl"]
    return queue.ask(address, Context.QUEUE_WAIT, QueueTime=str(seconds), **more)


def work(town: Board) -> None:
    """What follows from all that happened is written down, and done."""
    with town.store.transaction() as session:
        for event in announce.owed(session, 1000):
            announce.consequences(session, event, settings=town.line.settings, now=town.clock.now())
    town.work()


def requirements(town: Board) -> list[str]:
    """The categories of all requirements, oldest first."""
    return [found.category for found in town.rows(Requirement)]


def contacts(town: Board, case: Case) -> list[str]:
    """The numbers of a case, best first."""
    return [found.phone for found in town.rows(CaseContact) if found.case_id == case.id]


def booked(town: Board) -> list[Appointment]:
    """What is booked, oldest first."""
    return [found for found in town.rows(Appointment) if found.status == "booked"]


def events(town: Board) -> list[str]:
    """What happened to all cases, oldest first."""
    return [found.kind for found in town.rows(CaseEvent)]


def tasks(town: Board) -> list[str]:
    """What people are asked to do."""
    return [found.kind for found in town.rows(Task) if found.state == "open"]


class Snapshot:
    """The rows of a SQLite database as they stand now, to come back to while others have it open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept = sqlite3.connect(":memory:", check_same_thread=False)
        with closing(sqlite3.connect(path)) as database:
            database.backup(self._kept)

    def restore(self) -> None:
        """Everything is again as it was."""
        with closing(sqlite3.connect(self._path)) as database:
            self._kept.backup(database)
