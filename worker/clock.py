"""The clock: asks the database what is due, and hands it out. Two of them do no harm.

It does nothing else. Work that got lost on any way (a nudge, a message in the broker, a worker that died, a
callback of the carrier that never came) is found again here, because the database shows that it is owed.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import structlog
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from ivr.aftersales import dialling, recordings
from ivr.store.jobs import JobKind, Priority, free, insert_for
from ivr.store.tables import Agent, CallRow, CaseEvent, Job, PlannedCall, Recording
from ivr.store.types import UtcDateTime
from ivr.switchboard import attendance
from worker.duty import Context, FoundKind
from worker.runner import Taken, take

log = structlog.get_logger(__name__)

#: Seconds between two looks, if nothing wakes the clock earlier.
EVERY = 2.0
#: Seconds between two looks at least, however often the clock is woken: what many commits leave behind them
#: in the meantime is found by one look.
_REST = 0.1
#: Of each kind of work, what one look finds; the rest is found by the next.
_AT_ONCE = 100

_Owed = Select[str, int, int]
_Key = InstrumentedAttribute[int] | ColumnElement[int]


def look(ctx: Context, limit: int) -> list[Taken]:
    """Find what is owed and take up to ``limit`` jobs. Where nothing is due, this costs one reading query."""
    now = ctx.clock.now()
    wanted = _owed(purges=FoundKind.PURGE in ctx.handlers, posts=bool(ctx.settings.events_url))
    moments = {
        "now": now,
        "silent_since": now - timedelta(seconds=ctx.settings.settle_after),
        "unseen_since": now - attendance.CLOSED_AFTER,
    }
    with ctx.store.reading() as session:
        owed = session.execute(wanted, moments).all()
    if not owed:
        return []
    with ctx.store.transaction() as session:
        _schedule_found(session, sorted((kind, key, priority) for kind, key, priority in owed if kind), now)
        return take(session, now, limit, ctx.lease / 2)


@cache
def _owed(*, purges: bool, posts: bool) -> CompoundSelect[Any]:
    """Work that other tables show and no job is about, each as (kind, key, priority); and a blank line for
    jobs that are due. Put together once: that takes longer than PostgreSQL's answer."""
    now, silent_since, unseen_since = (
        bindparam(name, type_=UtcDateTime) for name in ("now", "silent_since", "unseen_since")
    )
    events = CaseEvent.case_id
    owed = [
        _without_job(FoundKind.ANNOUNCE, events, Priority.AGENT).where(CaseEvent.announced_at.is_(None)),
        _without_job(FoundKind.SETTLE, CallRow.id, Priority.AGENT).where(
            CallRow.ended_at.is_(None),
            CallRow.started_at <= silent_since,
            or_(CallRow.settled_at.is_(None), CallRow.settled_at <= silent_since),
        ),
        _without_job(FoundKind.ABSENT, Agent.id, Priority.ROUTINE).where(attendance.closed(unseen_since)),
        _without_job(JobKind.RECORDING, Recording.id, Priority.ROUTINE).where(recordings.owed(silent_since)),
        _without_job(FoundKind.PICK, literal(0), Priority.ROUTINE).where(
            select(PlannedCall.id).where(dialling.due(now)).exists()
        ),
        select(literal(""), literal(0), literal(0)).select_from(Job).where(free(now)).limit(1),
    ]
    if purges:
        owed.append(_without_job(FoundKind.PURGE, literal(0), Priority.ROUTINE))
    if posts:
        owed.append(_without_job(JobKind.POST, events, Priority.ROUTINE).where(CaseEvent.posted_at.is_(None)))
    return union_all(*(select(each.subquery()) for each in owed))


def _without_job(kind: str, key: _Key, priority: Priority) -> _Owed:
    """Rows that no job of that kind is about: neither one that is due, nor one that was given up."""
    text = cast(key, String)
    held = select(Job.id).where(Job.kind == kind, Job.key == text, Job.state.in_(["due", "failed"])).exists()
    return select(literal(kind), key, literal(int(priority), Integer)).distinct().where(~held).limit(_AT_ONCE)


def _schedule_found(session: Session, found: list[tuple[str, int, int]], now: datetime) -> None:
    """Make jobs of what was found, in an order that all clocks share, so that none waits for the other."""
    if not found:
        return
    fresh = insert_for(session, Job).values(
        [
            {
                "kind": kind,
                "key": str(key),
                "state": "due",
                "priority": priority,
                "due_at": now,
                "version": 1,
                "attempts": 0,
            }
            for kind, key, priority in found
        ]
    )
    again = {"state": "due", "due_at": now, "version": Job.version + 1, "attempts": 0, "finished_at": None}
    session.execute(
        fresh.on_conflict_do_update(
            index_elements=["kind", "key"],
            set_=again,
            # Whoever is doing it at this moment sees to it that nothing is left.
            where=and_(Job.state == "done"),
        )
    )


class Ticker:
    """A daemon thread that does something every few seconds, and at once if woken or while there is more."""

    def __init__(self, name: str, step: Callable[[], bool], *, every: float = EVERY) -> None:
        """``step`` says whether there is more to do at once. What it raises is logged, and it goes on."""
        self._step = step
        self._every = every
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Make it look now. Never blocks."""
        self._woken.set()

    def stop(self, timeout: float | None = None) -> None:
        """Let the present step end, and no other begin. Waits for it, at most ``timeout`` seconds."""
        self._stopping.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            if not self._stepped():
                self._stopping.wait(_REST)
                self._woken.wait(self._every)

    def _stepped(self) -> bool:
        try:
            return self._step()
        except Exception:  # a clock that stops is worse than any error
            log.exception("look_failed", ticker=self._thread.name)
            return False
