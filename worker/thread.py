"""Without a broker: one background thread of the web process does what is due.

Of several web processes one does it: whoever holds the seat, a row that they keep renewing. Should that
process die, or be busy for too long, another takes the seat; jobs are leased one by one besides, so that even
two do no harm.
"""

import uuid
from datetime import timedelta

from sqlalchemy import or_, select, update

from ivr.store.jobs import insert_for
from ivr.store.tables import Job
from worker.clock import Ticker, look
from worker.duty import Context
from worker.runner import run

#: Taken up at once: few, so that an urgency waits only for what is being done.
_AT_ONCE = 2
#: How long a seat is kept without being renewed.
_SEAT = timedelta(seconds=6)


class WorkerThread:
    """The thread of one process. Make it after the process has forked."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._seat = Seat(ctx)
        self._ticker = Ticker("worker", self._work)

    def start(self) -> None:
        """Begin, and be woken by every commit of this process that leaves something to do."""
        self._ctx.store.on_due = self.wake
        self._ticker.start()

    def wake(self) -> None:
        """Look now. Never blocks."""
        self._ticker.wake()

    def stop(self, timeout: float | None = None) -> None:
        """End after the job that is being done, and leave the seat to others."""
        self._ticker.stop(timeout)
        self._seat.leave()

    def _work(self) -> bool:
        if not self._seat.hold():
            return False
        taken = look(self._ctx, _AT_ONCE)
        for each in taken:
            run(self._ctx, each)
        return bool(taken)


def start_worker_thread(ctx: Context) -> WorkerThread:
    """Do what is due in a daemon thread from now on."""
    thread = WorkerThread(ctx)
    thread.start()
    return thread


class Seat:
    """A row of the jobs' table that is no job: who may work, and until when."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._holder = uuid.uuid4().hex

    def hold(self) -> bool:
        """Take the seat if it is free, renew it if it is ours and half of its time is over; is it ours?"""
        now = self._ctx.clock.now()
        mine = Job.outcome == self._holder
        with self._ctx.store.reading() as session:
            row = session.execute(select(Job.outcome, Job.leased_until).where(_IS_SEAT)).one_or_none()
        if row is not None and row.leased_until is not None:
            if row.outcome == self._holder and row.leased_until > now + _SEAT / 2:
                return True
            if row.outcome != self._holder and row.leased_until > now:
                return False
        with self._ctx.store.transaction() as session:
            fresh = insert_for(session, Job).values(
                kind="seat",
                key="worker",
                state="held",
                priority=0,
                due_at=now,
                leased_until=now + _SEAT,
                version=1,
                attempts=0,
                outcome=self._holder,
            )
            taken = fresh.on_conflict_do_update(
                index_elements=["kind", "key"],
                set_={"leased_until": now + _SEAT, "outcome": self._holder},
                where=or_(mine, Job.leased_until.is_(None), Job.leased_until <= now),
            )
            return session.scalar(taken.returning(Job.id)) is not None

    def leave(self) -> None:
        """Let others have it at once."""
        with self._ctx.store.transaction() as session:
            session.execute(
                update(Job).where(_IS_SEAT, Job.outcome == self._holder).values(leased_until=None)
            )


_IS_SEAT = (Job.kind == "seat") & (Job.key == "worker")
