"""What dies, and what must not: real processes, real Redis, real PostgreSQL. No text, no call is doubled."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug import Response

from ivr.store.jobs import JobKind, Priority, schedule
from ivr.store.session import Store
from ivr.store.tables import CallRow, TextRow
from ivr.switchboard import placing
from tests.carrier.mock import MockCarrier
from tests.carrier.rest import Request
from tests.servers import empty_redis
from tests.worker import process
from tests.worker.bench import ACCOUNT, LINE, OWNER, TOKEN
from tests.worker.redis_server import RedisServer
from tests.worker.waiting import PATIENCE, eventually
from worker.app import YIELDS, Nudger, hand_out, make_app

Hook = Callable[[], None]
_WALL = process.WallClock()


class WatchedCarrier(MockCarrier):
    """A carrier that lets the test act at the moment when it is asked for something, or has just done it."""

    def __init__(self, now: Callable[[], datetime] = _WALL.now) -> None:
        super().__init__(ACCOUNT, TOKEN, now=now)
        self.before: dict[str, Hook] = {}
        self.after: dict[str, Hook] = {}

    def _carry_out(self, request: Request) -> Response:
        if hook := self.before.pop(request.operation, None):
            hook()
            return Response(status=500)
        answer = super()._carry_out(request)
        if hook := self.after.pop(request.operation, None):
            hook()
        return answer


@dataclass
class Site:
    """A database, a broker, a carrier, and worker processes that a test starts and kills."""

    store: Store
    carrier: WatchedCarrier
    arguments: list[str]
    workers: list[BaseProcess]

    def start_worker(self) -> None:
        self.workers.append(process.start(*self.arguments))

    def kill_worker(self) -> None:
        self.workers[-1].kill()

    def wait_for_death(self) -> None:
        self.workers[-1].join(PATIENCE)
        assert self.workers[-1].exitcode == -signal.SIGKILL

    def queue_texts(self, *bodies: str) -> None:
        """Texts that are due now, whatever the hour."""
        now = process.WallClock().now()
        with self.store.transaction() as session:
            texts = [
                TextRow(
                    direction="out",
                    phone=OWNER,
                    body=body,
                    purpose="supervisor",
                    state="due",
                    segments=1,
                    created_at=now,
                )
                for body in bodies
            ]
            session.add_all(texts)
            session.flush()
            for text in texts:
                schedule(session, JobKind.TEXT, text.id, now)

    def plan_call(self) -> int:
        """A call that is to be placed now."""
        now = process.WallClock().now()
        with self.store.transaction() as session:
            call = CallRow(
                token=placing.new_token(),
                direction="outbound",
                purpose="agent",
                from_number=LINE,
                to_number=OWNER,
                channel="phone",
                status=placing.PLANNED,
                started_at=now,
            )
            session.add(call)
            session.flush()
            schedule(session, JobKind.PLACE, call.id, now)
        return call.id

    def texts_sent(self, count: int) -> bool:
        with self.store.reading() as session:
            sent = select(func.count()).where(TextRow.sid.is_not(None), TextRow.state == "sent")
            return session.scalar(sent) == count

    def call_placed(self, call_id: int) -> bool:
        with self.store.reading() as session:
            return session.get_one(CallRow, call_id).sid is not None

    def bodies(self) -> Counter[str]:
        """How often the carrier got each text."""
        return Counter(message["body"] for message in self.carrier.messages)


@contextmanager
def open_site(database_url: str, redis_url: str, folder: Path) -> Iterator[Site]:
    store = Store(database_url)
    with WatchedCarrier() as carrier:
        site = Site(store, carrier, [database_url, redis_url, carrier.url, str(folder)], [])
        try:
            yield site
        finally:
            for worker in site.workers:
                worker.kill()
                worker.join()
            store.close()


@pytest.fixture
def site(postgresql_url: str, redis_url: str, tmp_path: Path) -> Iterator[Site]:
    with open_site(postgresql_url, redis_url, tmp_path) as opened:
        yield opened


def test_a_worker_leaves_scarce_processors_to_those_who_answer_callers(site: Site) -> None:
    site.start_worker()
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    theirs = site.workers[-1].pid
    assert theirs is not None
    eventually(lambda: os.getpriority(os.PRIO_PROCESS, theirs) == min(ours + YIELDS, 19))


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_killed_at_its_external_call_doubles_and_loses_nothing(site: Site, moment: str) -> None:
    hooks: dict[str, Any] = getattr(site.carrier, moment)
    hooks["CreateMessage"] = site.kill_worker
    site.queue_texts("one")
    site.start_worker()
    site.wait_for_death()
    site.start_worker()
    eventually(lambda: site.texts_sent(1))
    hooks["CreateCall"] = site.kill_worker
    call_id = site.plan_call()
    site.wait_for_death()
    site.start_worker()
    eventually(lambda: site.call_placed(call_id))
    assert site.bodies() == {"one": 1}
    assert len(site.carrier.calls) == 1


def test_a_worker_killed_after_its_record_does_nothing_twice(site: Site) -> None:
    site.queue_texts("one")
    site.start_worker()
    eventually(lambda: site.texts_sent(1))
    site.kill_worker()
    site.wait_for_death()
    site.queue_texts("two")
    site.start_worker()
    eventually(lambda: site.texts_sent(2))
    assert site.bodies() == {"one": 1, "two": 1}


def test_a_broker_that_stops_and_comes_back_empty_loses_nothing(postgresql_url: str, tmp_path: Path) -> None:
    with RedisServer() as redis, open_site(postgresql_url, redis.url, tmp_path) as site:
        site.queue_texts("handed out, then lost")
        ctx = process.context(postgresql_url, redis.url, site.carrier.url, str(tmp_path))
        hand_out(ctx, make_app(redis.url))
        empty_redis(redis.url)
        site.start_worker()
        eventually(lambda: site.texts_sent(1))
        redis.stop()
        site.queue_texts("while there is no broker")
        eventually(lambda: site.texts_sent(2))
        redis.start()
        site.queue_texts("when it is back")
        eventually(lambda: site.texts_sent(3))
        assert set(site.bodies().values()) == {1}
        ctx.store.close()


def test_an_urgency_overtakes_the_routine_that_was_handed_out_before(
    sqlite_url: str, redis_url: str, tmp_path: Path
) -> None:
    """A worker fetches it next, however much lies in the broker."""
    app = make_app(redis_url)
    ctx = process.context(sqlite_url, redis_url, "http://127.0.0.1:9", str(tmp_path))
    order = [Priority.ROUTINE, Priority.AGENT, Priority.ROUTINE, Priority.URGENT]
    for key, priority in enumerate(order):
        with ctx.store.transaction() as session:
            schedule(session, JobKind.TEXT, key, ctx.clock.now(), priority)
        hand_out(ctx, app)
    with app.connection_for_read() as connection:
        channel = connection.default_channel
        fetched = [channel.basic_get("postventa", no_ack=True) for _ in order]
        assert [message.properties["priority"] for message in fetched] == sorted(order)
    ctx.store.close()


def test_two_workers_with_two_clocks_double_nothing(site: Site) -> None:
    bodies = [f"text {number}" for number in range(20)]
    site.start_worker()
    site.start_worker()
    site.queue_texts(*bodies)
    eventually(lambda: site.texts_sent(20))
    assert site.bodies() == dict.fromkeys(bodies, 1)


def test_a_nudge_makes_the_clock_look_and_its_loss_harms_nobody(site: Site, redis_url: str) -> None:
    settings = process.make_settings(redis_url=redis_url)
    nudger = Nudger(settings)
    site.store.on_due = nudger.nudge
    site.start_worker()
    site.queue_texts("one")
    eventually(lambda: site.texts_sent(1))
    lost = Nudger(process.make_settings(redis_url="redis://127.0.0.1:9/0"))
    for _ in range(50):
        lost.nudge()
    site.store.on_due = lost.nudge
    site.queue_texts("two")
    eventually(lambda: site.texts_sent(2))
    assert site.bodies() == {"one": 1, "two": 1}
