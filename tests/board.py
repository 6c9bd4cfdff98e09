"""A switchboard in tests: the line over HTTP, its jobs done when the test says so, a carrier made by hand.

board.caller().press("0")            # waits in the queue
board.work()                         # somebody's telephone rings
board.rings().answer().press("1")    # they take the call
board.work()                         # the caller is moved to them
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from sqlalchemy import select

from ivr.aftersales.carrier import CallNews, OutboundCall, RecordingNews, Seat, TextNews
from ivr.app import create_app, open_line
from ivr.clock import MovableClock
from ivr.errors import CarrierGone, CarrierRefused, CarrierUnclear
from ivr.store.jobs import Done, JobKind
from ivr.store.session import Store
from ivr.store.tables import Agent, CallRow, Case, Job, Leg, TextRow, Wait
from ivr.switchboard import presence
from ivr.switchboard.duties import DUTIES
from ivr.switchboard.presence import Presence
from ivr.telephony.storage import FolderStorage
from tests.line import STRANGER, TestCall, TestLine, settings
from worker.duty import Context
from worker.runner import Taken, run, take

__all__ = ["Board", "FakeCarrier", "Rung", "open_board"]


@dataclass
class FakeCarrier:
    """A telephone company that does as it is told and remembers it. ``queued``: sids in its queues."""

    placed: list[tuple[str, OutboundCall]] = field(default_factory=list)
    moved: list[tuple[str, str]] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)
    queued: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    #: How everybody takes part in a conference, by sid: the last word; and those who are not in it yet.
    seats: dict[str, Seat] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    #: What was done to recordings: a room with "paused" or "in-progress", a sid with "begun".
    tapes: list[tuple[str, str]] = field(default_factory=list)
    #: Numbers that it will not dial; and requests whose answer gets lost after they were done.
    refuses: set[str] = field(default_factory=set)
    loses_answers: int = 0

    def place(self, call: OutboundCall) -> str:
        if call.to in self.refuses:
            raise CarrierRefused("21215")
        sid = f"CA{uuid4().hex}"
        self.placed.append((sid, call))
        if self.loses_answers:
            self.loses_answers -= 1
            raise CarrierUnclear("no answer")
        return sid

    def move(self, sid: str, url: str) -> None:
        if sid in self.ended:
            raise CarrierGone("21220")
        self.moved.append((sid, url))

    def hang_up(self, sid: str) -> None:
        if sid in self.ended:
            raise CarrierGone("21220")
        self.hung_up.append(sid)

    def dequeue(self, queue: str, sid: str, url: str) -> None:
        assert queue in {"standard", "urgent"}
        if sid not in self.queued:
            raise CarrierGone("20404")
        self.queued.remove(sid)
        self.moved.append((sid, url))

    def seat(self, room: str, sid: str, seat: Seat) -> None:
        if sid in self.ended | self.absent:
            raise CarrierGone("20404")
        self.seats[sid] = seat

    def tape(self, room: str, sid: str, running: bool) -> None:
        self.tapes.append((room, "in-progress" if running else "paused"))

    def record(self, sid: str, status_url: str) -> str:
        self.tapes.append((sid, "begun"))
        return f"RE{uuid4().hex}"

    def call(self, sid: str) -> CallNews:
        raise CarrierGone(sid)

    def calls_to(self, number: str, since: datetime) -> Iterable[CallNews]:
        return [
            CallNews(sid, "ringing", call.from_, call.to) for sid, call in self.placed if call.to == number
        ]

    def send(self, to: str, from_: str, body: str, status_url: str) -> str:
        raise NotImplementedError

    def texts_to(self, number: str, since: datetime) -> Iterable[TextNews]:
        raise NotImplementedError

    def text(self, sid: str) -> TextNews:
        raise NotImplementedError

    def recordings_of(self, call_sid: str) -> Iterable[RecordingNews]:
        return []

    def audio(self, recording_sid: str) -> bytes:
        raise NotImplementedError

    def delete_recording(self, recording_sid: str) -> None:
        raise NotImplementedError

    def account_ok(self) -> bool:
        return True


@dataclass
class Rung:
    """A telephone that rings, seen from the one whose it is."""

    board: "Board"
    sid: str
    request: OutboundCall

    def answer(self) -> TestCall:
        """Pick it up and hear what is said."""
        call = TestCall(
            self.board.line,
            from_=self.request.from_,
            to=self.request.to,
            more={"Direction": "outbound-api"},
            sid=self.sid,
        )
        return call.ask(_path(self.request.url))

    def ends(self, status: str) -> None:
        """The carrier says that it is over."""
        self.board.carrier.ended.add(self.sid)
        parts = urlsplit(self.request.status_url)
        form = {
            "CallSid": self.sid,
            "From": self.request.from_,
            "To": self.request.to,
            "CallStatus": status,
            "Direction": "outbound-api",
            "SequenceNumber": "3",
        }
        answer = self.board.line.post(f"{parts.path}?{parts.query}", form)
        assert answer.status_code == 204, answer.data


@dataclass
class Board:
    """The line, its carrier and its jobs."""

    line: TestLine
    carrier: FakeCarrier
    context: Context
    seen: int = 0

    @property
    def store(self) -> Store:
        return self.line.store

    @property
    def clock(self) -> MovableClock:
        return self.line.clock

    def agent(
        self,
        name: str,
        phone: str,
        *,
        is_: Presence = Presence.AVAILABLE,
        skills: tuple[str, ...] = ("standard", "urgent"),
        level: int | None = None,
    ) -> int:
        """An agent who is there, unless told otherwise; their id."""
        with self.store.transaction() as session:
            made = presence.create(
                session,
                name=name,
                phone=phone,
                email=f"{phone.strip('+')}@example.com",
                skills=skills,
                on_call_level=level,
                now=self.clock.now(),
            )
            made.presence = is_
            return made.id

    def caller(self, from_: str = STRANGER, *keys: str) -> TestCall:
        """Somebody who calls and presses keys."""
        call = self.line.dial(from_)
        call.press(*keys)
        if "<Enqueue" in call.document:
            self.carrier.queued.add(call.sid)
        return call

    def hang_up(self, call: TestCall) -> None:
        """A caller hangs up."""
        self.carrier.ended.add(call.sid)
        self.carrier.queued.discard(call.sid)
        call.hang_up()

    def work(self) -> None:
        """Do what is due now, until nothing is."""
        for _ in range(200):
            with self.store.transaction() as session:
                taken = take(session, self.clock.now(), 5, timedelta(seconds=60))
            if not taken:
                return
            for each in taken:
                run(self.context, each)
        raise AssertionError("the jobs never come to an end")

    def take(self, kind: JobKind) -> Taken:
        """Take up the one due job of that kind, without doing it."""
        with self.store.transaction() as session:
            job = session.scalars(select(Job).where(Job.kind == kind, Job.state == "due")).one()
            return Taken(job.id, job.version)

    def forward(self, seconds: int) -> None:
        """Time goes by, and the clock's look finds what is due then."""
        self.clock.forward(timedelta(seconds=seconds))
        self.work()

    def rings(self) -> Rung:
        """The telephone that began to ring since the last one that was asked for."""
        new = self.carrier.placed[self.seen :]
        assert len(new) == 1, f"{len(new)} telephones ring"
        self.seen += 1
        return Rung(self, *new[0])

    def is_quiet(self) -> bool:
        """Whether no telephone began to ring since then."""
        return len(self.carrier.placed) == self.seen

    def follow(self, call: TestCall) -> TestCall:
        """The call fetches what it was last moved to."""
        url = next(url for sid, url in reversed(self.carrier.moved) if sid == call.sid)
        return call.ask(_path(url))

    def rows(self, table: Any) -> list[Any]:
        """All rows of a table, oldest first."""
        with self.store.reading() as session:
            return list(session.scalars(select(table).order_by(table.id)))

    @property
    def wait(self) -> Wait:
        """The newest wait."""
        found: Wait = self.rows(Wait)[-1]
        return found

    @property
    def case(self) -> Case:
        """The newest case."""
        found: Case = self.rows(Case)[-1]
        return found

    @property
    def texts(self) -> list[str]:
        """The numbers that were texted about an urgency that nobody takes."""
        return [text.phone for text in self.rows(TextRow) if text.purpose == "supervisor"]

    def leg_states(self) -> list[str]:
        """How each ringing of a telephone stands, oldest first."""
        return [leg.state for leg in self.rows(Leg)]

    def becomes(self, agent_id: int, wanted: Presence) -> None:
        """The agent, who was talking, or says so themselves, is that now."""
        with self.store.transaction() as session:
            agent = session.get_one(Agent, agent_id)
            if agent.presence == Presence.TALKING and agent.wait_id is None:
                agent.presence = Presence.WRAP_UP
            presence.update(session, agent, now=self.clock.now(), presence=wanted.value)

    def presence_of(self, agent_id: int) -> str:
        with self.store.reading() as session:
            return session.get_one(Agent, agent_id).presence

    def call_row(self, call: TestCall) -> CallRow:
        with self.store.reading() as session:
            return session.scalars(select(CallRow).where(CallRow.sid == call.sid)).one()


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


@contextmanager
def open_board(store: Store, folder: Path, clock: MovableClock, **more: Any) -> Iterator[Board]:
    """A switchboard on this database."""
    chosen = settings("sqlite://", folder, supervisor_number="+56977776666", **more)
    carrier = FakeCarrier()
    built = open_line(chosen, clock=clock, carrier=carrier, store=store)
    handlers: dict[str, Any] = {**DUTIES, JobKind.TEXT: lambda _ctx, _key: Done("sent")}
    context = Context(store, carrier, FolderStorage(folder), clock, built.present, handlers)
    yield Board(TestLine(create_app(built), store, clock, chosen), carrier, context)
