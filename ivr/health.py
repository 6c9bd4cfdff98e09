"""GET /healthz, /readyz and /metrics: for whoever keeps the line running."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import redis
import structlog
from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select, text

from ivr.aftersales import letters
from ivr.clock import Clock
from ivr.store import jobs
from ivr.store.session import Store
from ivr.store.tables import CallRow, Task, Wait
from ivr.telephony.deadline import Deadline

log = structlog.get_logger()

T = TypeVar("T")

#: Seconds that a part may take to answer. Whoever asks holds a thread of the web process meanwhile.
PATIENCE = 2.0
#: Threads of our own: as many probes may hang without one that the callers need.
_THREADS = 3


def blueprint(
    store: Store, clock: Clock, redis_url: str | None, storage_usable: Callable[[], bool]
) -> Blueprint:
    """The routes. ``/readyz`` says which part is down; none of them shows anything personal.

    A part that hangs is down: no route waits longer than `PATIENCE` for any.
    """
    routes = Blueprint("health", __name__)
    deadline = Deadline(_THREADS, patience=PATIENCE, cut=store.cut)

    def in_time(work: Callable[[], T]) -> T:
        return deadline.run(lambda _commit: work(), deadline.start())

    needed: dict[str, Callable[[], bool]] = {"database": lambda: _ask(store), "storage": storage_usable}
    if redis_url:
        needed["broker"] = lambda: _greet(redis_url)

    @routes.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @routes.get("/readyz")
    def readyz() -> tuple[Response, int]:
        found = {part: _works(part, partial(in_time, check)) for part, check in needed.items()}
        down = [part for part, usable in found.items() if not usable]
        answer = {"status": "down" if down else "ok", "down": down, "parts": found}
        return jsonify(answer), 503 if down else 200

    @routes.get("/metrics")
    def metrics() -> Response:
        try:
            return Response(in_time(lambda: _measure(store, clock)), content_type=CONTENT_TYPE_LATEST)
        except Exception:
            log.warning("nothing measured", exc_info=True)
            return Response("the database does not answer", status=503)

    return routes


def _works(part: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:
        log.warning("part down", part=part, exc_info=True)
        return False


def _greet(redis_url: str) -> bool:
    return bool(redis.Redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=2).ping())


def _ask(store: Store) -> bool:
    with store.reading() as session:
        return bool(session.scalar(text("SELECT 1")))


def _measure(store: Store, clock: Clock) -> bytes:
    """Everything is counted in the database, so that any process tells the same."""
    registry = CollectorRegistry()
    gauges = {
        name: Gauge(f"postventa_{name}", meaning, registry=registry)
        for name, meaning in (
            ("calls_open", "calls without an end"),
            ("callers_waiting", "callers who wait for a person"),
            ("tasks_open", "tasks that nobody has done"),
            ("jobs_due", "pieces of work that are due"),
            ("jobs_late_seconds", "age of the oldest piece of due work"),
            ("letters_dead", "events that the CRM has refused again and again"),
        )
    }
    with store.reading() as session:
        due, late = jobs.lateness(session, clock.now())
        count = select(func.count())
        figures = {
            "calls_open": session.scalar(count.select_from(CallRow).where(CallRow.ended_at.is_(None))),
            "callers_waiting": session.scalar(count.select_from(Wait).where(Wait.state == "waiting")),
            "tasks_open": session.scalar(count.select_from(Task).where(Task.state == "open")),
            "jobs_due": due,
            "jobs_late_seconds": late,
            "letters_dead": letters.dead_count(session),
        }
    for name, figure in figures.items():
        gauges[name].set(figure or 0)
    return generate_latest(registry)
