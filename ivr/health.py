"""GET /healthz, /readyz and /metrics: for whoever keeps the line running."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import redis
import structlog
from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy import text

from ivr import metrics
from ivr.clock import Clock
from ivr.measures import Measures
from ivr.store.session import Store
from ivr.telephony.deadline import Deadline

log = structlog.get_logger()

T = TypeVar("T")

#: Seconds that a part may take to answer. Whoever asks holds a thread of the web process meanwhile.
PATIENCE = 2.0
#: Threads of our own: as many probes may hang without one that the callers need.
_THREADS = 3
#: Seconds in which the deadline cuts what is late.
_TO_CUT = 0.2


def blueprint(
    store: Store,
    clock: Clock,
    redis_url: str | None,
    storage_usable: Callable[[], bool],
    *,
    tells_crm: bool = False,
) -> Blueprint:
    """The routes. ``/readyz`` says which part is down; none of them shows anything personal.

    ``tells_crm``: whether anybody is told of events, so that what they are owed is measured.

    A part that hangs is down: no route waits longer than `PATIENCE` for any.
    """
    routes = Blueprint("health", __name__)
    threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="probe")
    deadline = Deadline(patience=PATIENCE, cut=store.cut)

    def in_time(work: Callable[[], T]) -> T:
        """The database is waited for as long as the deadline says, and anything else by a thread of ours."""
        asked = threads.submit(deadline.run, lambda _commit: work(), deadline.start())
        return asked.result(timeout=PATIENCE + _TO_CUT)

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
    def measured() -> Response:
        try:
            found = in_time(lambda: _measure(store, clock, tells_crm=tells_crm))
            return Response(generate_latest(metrics.counted()) + found, content_type=CONTENT_TYPE_LATEST)
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


def _measure(store: Store, clock: Clock, *, tells_crm: bool) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    with store.reading() as session:
        registry.register(Measures(session, clock.now(), tells_crm=tells_crm))
        return generate_latest(registry)
