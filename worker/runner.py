"""Takes up due jobs, does them and writes down how they ended.

A job's ``version`` is the fence: it grows when the work is asked for, taken up and begun, and only the one
who knows the present version may go on. So a message that the broker delivers twice or late does nothing, and
work that was asked for again while it was being done is done again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy import Select, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session
from structlog.contextvars import bound_contextvars

from ivr.aftersales import dialling
from ivr.errors import PostventaError
from ivr.store.jobs import Again, Done, JobKind, Priority, free
from ivr.store.tables import CallRow, Job, Leg, Recording, Wait
from worker import recordings, texts
from worker.duty import Context, FoundKind, Result, patience

log = structlog.get_logger(__name__)

#: What else is written down when work of a kind is given up, in the same transaction.
GIVEN_UP: Mapping[str, Callable[[Session, int, datetime], None]] = {
    JobKind.TEXT: texts.give_up,
    JobKind.RECORDING: recordings.give_up,
    JobKind.PLACE: dialling.give_up,
}

_sid = select(CallRow.sid)
_sid_of_wait = _sid.join(Wait, Wait.call_id == CallRow.id)
#: How to find the carrier's name of the call that a job is about, which the log tells; others are about none.
_CALL: Mapping[str, tuple[Select[str | None], InstrumentedAttribute[int]]] = {
    **dict.fromkeys(
        (JobKind.HANG_UP, JobKind.MACHINE, JobKind.DIAL, JobKind.CALL_OUT, FoundKind.SETTLE),
        (_sid, CallRow.id),
    ),
    **dict.fromkeys((JobKind.RING, JobKind.CONNECT), (_sid_of_wait, Wait.id)),
    JobKind.ROOM: (_sid.join(Leg, Leg.call_id == CallRow.id), Leg.id),
    JobKind.RECORDING: (_sid.join(Recording, Recording.call_id == CallRow.id), Recording.id),
}


class Taken(NamedTuple):
    """A job that somebody has taken up and nobody has begun."""

    id: int
    version: int
    priority: int = Priority.ROUTINE


@dataclass(frozen=True)
class _Begun:
    id: int
    version: int
    kind: str
    key: int
    attempts: int
    call: str | None

    @property
    def named(self) -> dict[str, str | int]:
        """What every line of the log says that is written meanwhile."""
        about: dict[str, str | int] = {"kind": self.kind, "key": self.key}
        return about | {"call": self.call} if self.call else about


def take(session: Session, now: datetime, limit: int, lease: timedelta) -> list[Taken]:
    """Take up to ``limit`` jobs that are due, most urgent first. Nobody else gets them within ``lease``."""
    chosen = (
        select(Job.id)
        .where(free(now))
        .order_by(Job.priority, Job.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("chosen")  # evaluated once, whatever PostgreSQL plans
    )
    taken = session.execute(
        update(Job)
        .where(Job.id.in_(select(chosen.c.id)))
        .values(leased_until=now + lease, version=Job.version + 1)
        .returning(Job.priority, Job.due_at, Job.id, Job.version)
        .execution_options(synchronize_session=False)
    ).all()
    return [Taken(id_, version, priority) for priority, _, id_, version in sorted(taken)]


def run(ctx: Context, taken: Taken) -> bool:
    """Do a job that was taken. False if it is somebody else's by now, or was called off.

    Raises only if the database cannot be used; the job is then due again after its lease.
    """
    job = _begin(ctx, taken)
    if job is None:
        return False
    with bound_contextvars(**job.named):
        try:
            result = ctx.handlers[job.kind](ctx, job.key)
        except Exception as error:  # noqa: BLE001 -- whatever a duty raises, its job must end in a named state
            _failed(ctx, job, error)
            return True
        with ctx.store.transaction() as session:
            _finish(session, job, ctx.clock.now(), result)
        log.info("job_ran", outcome=result.outcome)
    return True


def _begin(ctx: Context, taken: Taken) -> _Begun | None:
    with ctx.store.transaction() as session:
        row = session.execute(
            update(Job)
            .where(Job.id == taken.id, Job.version == taken.version, Job.state == "due")
            .values(
                leased_until=ctx.clock.now() + ctx.lease,
                version=Job.version + 1,
                attempts=Job.attempts + 1,
            )
            .returning(Job.version, Job.kind, Job.key, Job.attempts)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if row is None:
            return None
        call = _call_of(session, row.kind, int(row.key))
    return _Begun(taken.id, row.version, row.kind, int(row.key), row.attempts, call)


def _call_of(session: Session, kind: str, key: int) -> str | None:
    if kind not in _CALL:
        return None
    found, about = _CALL[kind]
    return session.scalar(found.where(about == key))


def _finish(session: Session, job: _Begun, now: datetime, result: Result) -> None:
    match result:
        case Done(outcome):
            _write(session, job, state="done", outcome=outcome, finished_at=now)
        case Again(at, outcome):
            _write(session, job, due_at=at, outcome=outcome, attempts=0)


def _failed(ctx: Context, job: _Begun, error: Exception) -> None:
    now = ctx.clock.now()
    # The message of any other exception may repeat what somebody said or their number.
    reason = f"{type(error).__name__}: {error}" if isinstance(error, PostventaError) else type(error).__name__
    at = patience(job.kind).next(job.attempts, now)
    told = log.bind(attempts=job.attempts, error=reason)
    with ctx.store.transaction() as session:
        if at is not None:
            _write(session, job, due_at=at, outcome=reason)
        elif _write(session, job, state="failed", outcome=reason, finished_at=now) and job.kind in GIVEN_UP:
            GIVEN_UP[job.kind](session, job.key, now)
    expected = isinstance(error, PostventaError)
    if at is None:
        told.error("job_given_up", exc_info=None if expected else error)
    elif expected:
        told.warning("job_failed")
    else:
        told.error("job_failed", exc_info=error)


def _write(session: Session, job: _Begun, **values: object) -> bool:
    """Let go of a job, unless it was asked for again, or taken up by another, in the meantime."""
    written = session.execute(
        update(Job)
        .where(Job.id == job.id, Job.version == job.version, Job.state == "due")
        .values(leased_until=None, **values)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    return written.one_or_none() is not None
