"""A worker to be tested: on a database, with the mocked carrier, a folder, and a clock that can be moved."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from ivr.clock import MovableClock
from ivr.settings import Settings
from ivr.store.session import Store
from ivr.store.tables import CallRow, Job, Recording, TextRow
from tests.carrier.mock import MockCarrier
from worker import outbox, recordings, settling, texts
from worker.clock import look
from worker.duty import Context, FoundKind, JobKind
from worker.runner import run

ACCOUNT, TOKEN = "AC" + "0" * 32, "the token"
OWNER, LINE = "+56912345678", "+56988894612"

HANDLERS = {
    JobKind.TEXT: texts.send,
    JobKind.RECORDING: recordings.copy,
    FoundKind.ANNOUNCE: outbox.announce,
    JobKind.POST: outbox.post,
    FoundKind.SETTLE: settling.settle,
}


def make_settings(**more: Any) -> Settings:
    """Settings that nothing in the environment changes."""
    values: dict[str, Any] = {
        "public_url": "https://line.example",
        "secret_key": "secret",
        "api_token": "api-token",
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "redis_url": None,
        "events_url": None,
        "settle_after": 600,
        "_env_file": None,
    }
    return Settings(**(values | more))


@dataclass
class Bench:
    """A worker without a broker: `work` looks and does, one job after another, until nothing is due."""

    ctx: Context
    mock: MockCarrier
    clock: MovableClock

    @property
    def store(self) -> Store:
        return self.ctx.store

    def work(self) -> int:
        """Do all that is due now; how many jobs that were."""
        done = 0
        while taken := look(self.ctx, 10):
            done += sum(run(self.ctx, each) for each in taken)
        return done

    def later(self, **by: float) -> None:
        """Let time pass, and do what is due then."""
        self.clock.forward(timedelta(**by))
        self.work()

    def job(self, kind: str) -> Job:
        """The only job of that kind."""
        with self.store.reading() as session:
            return session.scalars(select(Job).where(Job.kind == kind)).one()

    def text(self, text_id: int) -> TextRow:
        with self.store.reading() as session:
            return session.get_one(TextRow, text_id)

    def recording(self, recording_id: int) -> Recording:
        with self.store.reading() as session:
            return session.get_one(Recording, recording_id)

    def call(self, call_id: int) -> CallRow:
        with self.store.reading() as session:
            return session.get_one(CallRow, call_id)

    def add_call(self, **columns: Any) -> CallRow:
        """An inbound call in progress, unless ``columns`` say otherwise."""
        values: dict[str, Any] = {
            "sid": "CA" + "1" * 32,
            "direction": "inbound",
            "purpose": "inbound",
            "from_number": OWNER,
            "to_number": LINE,
            "channel": "mobile",
            "status": "in-progress",
            "started_at": self.clock.now(),
        }
        with self.store.transaction() as session:
            call = CallRow(**values | columns)
            session.add(call)
        return call
