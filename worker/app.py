"""With a broker: the Celery app, whose tasks do what the clock hands out.

A message holds a job's id and version and nothing else. The broker may lose it, deliver it late or twice, or
come back empty: the truth stands in the database. Tasks run in threads, since all they do is wait for others.
"""

import os
import queue
import threading
from typing import Any

import structlog
from celery import Celery
from celery.signals import setup_logging
from kombu.exceptions import OperationalError

from ivr.clock import Clock
from ivr.errors import SettingsError
from ivr.settings import Settings
from ivr.store.jobs import Priority
from worker.choices import keep_up
from worker.clock import Ticker, look
from worker.duty import Context
from worker.runner import Taken, run

log = structlog.get_logger(__name__)

RUN = "postventa.run"
LOOK = "postventa.look"

#: By how much a worker is nicer than the web processes beside it: where processors are scarce, callers who
#: wait in silence for a document come first, and a telephone that is to ring rings a moment later.
YIELDS = 5
#: Jobs that one look hands out; the next follows at once.
_HANDED_OUT = 100
#: Seconds after which the broker delivers a message again that was never acknowledged: longer than any duty.
#: No job waits for it, because its lease ends earlier.
_VISIBILITY = 300


def make_app(redis_url: str, *, patience: float = 5.0) -> Celery:
    """A Celery app on that broker, without tasks. ``patience``: seconds that the broker may take."""
    app = Celery("postventa", broker=redis_url, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        enable_utc=True,
        timezone="UTC",
        task_default_queue="postventa",
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_pool="threads",
        worker_enable_remote_control=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_redirect_stdouts=False,
        broker_connection_timeout=patience,
        broker_connection_retry=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": _VISIBILITY,
            # A list for each of our priorities: an urgency overtakes the routine that was handed out before.
            "priority_steps": [priority.value for priority in Priority],
            "socket_timeout": patience,
            "socket_connect_timeout": patience,
            "socket_keepalive": True,
        },
    )
    return app


def main(settings: Settings, clock: Clock | None = None) -> int:
    """What ``ivr worker`` does: worker and clock in this process until a signal ends it; the exit status.

    ``clock``: another than the machine's.

    Raises:
        SettingsError: there is no broker, so the web process does the work itself.
    """
    # The web process loads this module for its nudges: the whole line is put together only here.
    from ivr.app import open_line  # noqa: PLC0415
    from worker import duties  # noqa: PLC0415

    return serve(duties.context(open_line(settings, clock=clock)))


def serve(ctx: Context, *, concurrency: int = 8) -> int:
    """The same, put together already."""
    if not ctx.settings.redis_url:
        raise SettingsError("IVR_REDIS_URL is not set: the web process does the work itself")
    os.nice(YIELDS)
    app = make_app(ctx.settings.redis_url)
    clock = Ticker("clock", lambda: hand_out(ctx, app))
    settings = keep_up(ctx.present, ctx.store)

    @app.task(name=RUN)
    def perform(job_id: int, version: int) -> None:
        run(ctx, Taken(job_id, version))

    @app.task(name=LOOK)
    def look_now() -> None:
        clock.wake()

    setup_logging.connect(_leave_logging_alone)
    ctx.store.on_due = clock.wake
    clock.start()
    worker = app.Worker(
        pool="threads",
        concurrency=concurrency,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    worker.start()
    clock.stop()
    settings.stop()
    return int(worker.exitcode or 0)


def hand_out(ctx: Context, app: Celery) -> bool:
    """Look what is due and send it to the broker; whether there may be more.

    While the broker cannot be reached, the work is done here: an urgency does not wait for it.
    """
    taken = look(ctx, _HANDED_OUT)
    reachable = True
    for each in taken:
        if reachable:
            reachable = _sent(app, RUN, args=[each.id, each.version], priority=each.priority)
        if not reachable:
            run(ctx, each)
    return len(taken) == _HANDED_OUT


class Nudger:
    """Tells the worker's clock, from a web process, that something is due. If that is lost, it looks anyhow.

    `nudge` is what `ivr.store.session.Store.on_due` becomes there.
    """

    def __init__(self, settings: Settings) -> None:
        self._app = make_app(str(settings.redis_url), patience=1.0)
        self._wanted: queue.Queue[None] = queue.Queue(maxsize=1)
        self._lock = threading.Lock()
        self._process: int | None = None

    def nudge(self) -> None:
        """Never blocks and never fails: what was asked for while one is being sent is sent once more."""
        if self._process != os.getpid():
            self._start()
        try:
            self._wanted.put_nowait(None)
        except queue.Full:
            return

    def _start(self) -> None:
        """Threads do not survive a fork, so each process has its own."""
        with self._lock:
            if self._process != os.getpid():
                self._process = os.getpid()
                threading.Thread(target=self._send_all, name="nudger", daemon=True).start()

    def _send_all(self) -> None:
        while True:
            self._wanted.get()
            _sent(self._app, LOOK, priority=Priority.URGENT.value, expires=10)


def _sent(app: Celery, task: str, **options: Any) -> bool:
    try:
        app.send_task(task, retry=False, **options)
    except (OperationalError, OSError) as error:
        log.warning("broker_unreachable", error=type(error).__name__)
        return False
    return True


def _leave_logging_alone(**_: object) -> None:
    """Whoever started the process has set it up."""
