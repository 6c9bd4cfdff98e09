"""A line to try things on: the real conversations on a made-up database, each trial undone by a savepoint.

Nothing leaves the process: webhooks are put to the conversation directly, and the telephone company only
remembers what it was asked.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr import demo
from ivr.aftersales.carrier import Carrier, OutboundCall, Seat
from ivr.clock import MovableClock
from ivr.dialogue import endings, ledger
from ivr.dialogue.call import Call
from ivr.dialogue.engine import Answer, Engine
from ivr.dialogue.standing import Standing
from ivr.dialogue.turns import Step
from ivr.links import Links
from ivr.present import Present
from ivr.settings import Settings
from ivr.store.jobs import Again
from ivr.store.session import Store
from ivr.store.tables import Base, Job
from ivr.switchboard.duties import DUTIES
from ivr.telephony.conversation import Conversation, Webhook
from ivr.telephony.twiml import Writer

LINE = "+56800422727"
#: A Tuesday in office hours with no holiday near.
TUESDAY = datetime(2026, 11, 24, 10, tzinfo=ZoneInfo("America/Santiago"))

Webhooks = dict[str, Any]


class Trials(Store):
    """A store of one session: what were transactions are savepoints in it, and `trial` undoes them."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._only: Session | None = None

    @contextmanager
    def opened(self) -> Iterator[Session]:
        """From now on everything happens in one transaction, which is never committed."""
        with super().transaction() as session:
            self._only = session
            yield session
            session.rollback()
        self._only = None

    @contextmanager
    def transaction(self, *, before_commit: Callable[[], None] | None = None) -> Iterator[Session]:
        if self._only is None:
            with super().transaction(before_commit=before_commit) as session:
                yield session
            return
        with self._only.begin_nested():
            yield self._only
            self._only.flush()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        if self._only is None:
            with super().reading() as session:
                yield session
            return
        yield self._only

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Undo afterwards what is done in it."""
        assert self._only is not None  # noqa: S101 -- trials take place within `opened`
        savepoint = self._only.begin_nested()
        try:
            yield
        finally:
            savepoint.rollback()
            self._only.expire_all()


class WatchedEngine(Engine):
    """Keeps the last answer, and the names of all steps that were passed."""

    def __init__(self, person: Step) -> None:
        super().__init__(person)
        self.last: Answer | None = None
        self.passed: set[str] = set()

    def answer(self, call: Call, at: Standing, named: str) -> Answer:
        answer = super().answer(call, at, named)
        if at.question.get("kind") == "record":  # whoever keeps what was said runs before the keys act
            answer = replace(answer, passed=(named, *answer.passed))
        self.passed.update(answer.passed)
        self.last = answer
        return answer


@dataclass
class Exchange:
    """A telephone company that only remembers."""

    placed: list[tuple[str, OutboundCall]] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)

    def place(self, call: OutboundCall) -> str:
        sid = f"CA{uuid.uuid4().hex}"
        self.placed.append((sid, call))
        return sid

    def move(self, sid: str, url: str) -> None:
        self.moved[sid] = url

    def dequeue(self, queue: str, sid: str, url: str) -> None:
        del queue
        self.moved[sid] = url

    def seat(self, room: str, sid: str, seat: Seat) -> None:
        """Music and silence change nothing on the map."""

    def hang_up(self, sid: str) -> None:
        """Whoever rehearses hangs up by themselves."""


@dataclass(frozen=True)
class Party:
    """One call, seen from the other end."""

    from_: str
    to: str = LINE
    outbound: bool = False
    token: str | None = None
    sid: str = field(default_factory=lambda: f"CA{uuid.uuid4().hex}")

    def form(self, **more: str) -> dict[str, str]:
        """What the carrier sends of it."""
        return {
            "CallSid": self.sid,
            "From": self.from_,
            "To": self.to,
            "Direction": "outbound-api" if self.outbound else "inbound",
            "CallStatus": "in-progress",
            **more,
        }


@dataclass
class Rehearsal:
    """The line, its people, and the hand that plays the carrier. Also the `Desk` of its jobs."""

    store: Trials
    settings: Settings
    clock: MovableClock
    conversation: Conversation
    engine: WatchedEngine
    exchange: Exchange

    @property
    def carrier(self) -> Carrier:
        """What the desk asks; of it only what rings and moves calls ever is."""
        return cast("Carrier", self.exchange)

    def dial(self, from_: str) -> tuple[Party, Answer]:
        """Somebody calls the line."""
        party = Party(from_)
        return party, self.ask(party, "inbound.welcome", 0)

    def picks_up(self) -> tuple[Party, Answer]:
        """Whose telephone was rung last picks it up."""
        sid, call = self.exchange.placed[-1]
        step, query = _address(call.url)
        party = Party(call.from_, call.to, outbound=True, token=query["token"], sid=sid)
        return party, self.ask(party, step, int(query["turn"]))

    def arrives(self, party: Party) -> Answer:
        """A call fetches what it was last moved to."""
        step, query = _address(self.exchange.moved[party.sid])
        return self.ask(party, step, int(query["turn"]))

    def ask(self, party: Party, step: str, turn: int, **form: str) -> Answer:
        """The carrier asks for a document. What fails in a step is raised here."""
        self.engine.last = None
        self.conversation.answer(Webhook(step, turn, party.form(**form), party.token), lambda: None)
        if self.engine.last is None:
            raise LookupError(f"{step} was not answered by a step")
        return self.engine.last

    def reply(self, party: Party, to: Answer, **form: str) -> Answer:
        """Answer the open question, or go on with what follows it."""
        return self.ask(party, to.reply.next_step, to.reply.next_turn, **form)

    def leaves_queue(self, party: Party, at: Answer, wait_step: str, **form: str) -> bool:
        """What is heard in the queue is asked for; whether that leads out of it."""
        webhook = Webhook(wait_step, at.reply.next_turn, party.form(**form))
        return "<Leave" in self.conversation.wait(webhook, lambda: None)

    def hangs_up(self, party: Party, status: str = "completed") -> None:
        """The call is over, and what its end leaves to do is written down."""
        with self.store.transaction() as session:
            entry = ledger.find(session, party.sid, party.token)
            if entry is None:
                raise LookupError("a call that nobody knows cannot end")
            endings.news(session, entry, status, None, settings=self.settings, now=self.clock.now())

    def work(self, *kinds: str) -> None:
        """Do the switchboard's due jobs of these kinds, or all, until none is due."""
        for _ in range(50):
            with self.store.transaction() as session:
                due = select(Job).where(Job.state == "due", Job.due_at <= self.clock.now())
                found = [
                    job for job in session.scalars(due.order_by(Job.id)) if not kinds or job.kind in kinds
                ]
                for job in found:
                    job.state = "done"
                todo = [(job.id, job.kind, int(job.key)) for job in found if job.kind in DUTIES]
            if not todo:
                return
            for job_id, kind, key in todo:
                self._do(job_id, kind, key)
        raise LookupError("the jobs never come to an end")

    def _do(self, job_id: int, kind: str, key: int) -> None:
        result = DUTIES[kind](self, key)
        if isinstance(result, Again):
            with self.store.transaction() as session:
                session.get_one(Job, job_id).state = "due"
                session.get_one(Job, job_id).due_at = result.at


@contextmanager
def open_rehearsal(folder: str, person: Step) -> Iterator[Rehearsal]:
    """The demonstration's houses and people, in a database in ``folder`` that is never written to again."""
    settings = Settings.load(
        public_url="https://line.example",
        database_url=f"sqlite:///{folder}/flows.db",
        secret_key="secret",  # noqa: S106 -- nothing that it signs leaves the process
        api_token="token",  # noqa: S106
        account_sid="AC" + "0" * 32,
        auth_token="token",  # noqa: S106
        outbound_number="+56600123456",
        supervisor_number="+56977776666",
        text_before_call=0,
        calls_per_second=1000,
        callback_first="owner",
        voice="carrier",
        storage=folder,
        demo=False,
        _env_file=None,
    )
    clock, store, links = MovableClock(TUESDAY), Trials(settings.database_url), Links(settings.public_url)
    Base.metadata.create_all(store.engine)
    demo.fill(store, clock)
    engine = WatchedEngine(person)
    writer = Writer(links=links, voice=settings.carrier_voice, find_sound=lambda _: None, music=lambda: None)
    conversation = Conversation(
        store=store, engine=engine, writer=writer, links=links, present=Present(settings), clock=clock
    )
    try:
        with store.opened():
            yield Rehearsal(store, settings, clock, conversation, engine, Exchange())
    finally:
        store.close()


def _address(url: str) -> tuple[str, dict[str, str]]:
    """The step that an address names, and its query."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return parts.path.removeprefix("/voice/"), query
