"""Whoever keeps their place by telephone is rung when it is their turn, and again by the plan if need be.

The operator chooses who is rung first. The agent: they hear who is waiting, and ring the owner by one key.
The owner: their telephone rings when an agent is free for them, and ``1`` puts them at the head of the queue.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import events, tasks
from ivr.aftersales.calling_times import CallingTimes
from ivr.settings import Settings
from ivr.store import jobs
from ivr.store.jobs import JobKind
from ivr.store.tables import CallRow, Case, Wait
from ivr.switchboard import legs, owners, queue, waits
from ivr.switchboard.waits import WaitState

PURPOSE = "callback"
FIRST_STEP = "callback.answered"
RING_SECONDS = owners.RING_SECONDS


def is_owner_first(wait: Wait, settings: Settings) -> bool:
    """Whether the owner's own telephone is rung before any agent's.

    A machine dials it, so it shows the number of automated calls; without one, agents go first.
    """
    chosen = settings.callback_first == "owner" and settings.automated_calls_allowed
    return chosen and waits.is_kept_place(wait)


def begin(session: Session, wait: Wait, *, settings: Settings, now: datetime) -> CallRow:
    """Write down that the owner's telephone is to ring. ``wait`` is locked."""
    call = legs.outbound(
        PURPOSE, str(wait.phone), settings=settings, now=now, case_id=wait.case_id, agent=None, wait=wait
    )
    call.from_number = str(settings.outbound_number)
    wait.attempts += 1
    session.add(call)
    session.flush()
    return call


def under_way(session: Session, wait: Wait) -> CallRow | None:
    """The call to the owner that is to be placed, rings, or is answered and not decided."""
    ringing = select(CallRow).where(
        CallRow.wait_id == wait.id, CallRow.purpose == PURPOSE, CallRow.ended_at.is_(None)
    )
    return session.scalars(ringing.order_by(CallRow.id.desc()).limit(1)).one_or_none()


def is_wanted(session: Session, call: CallRow) -> bool:
    """Whether the owner whom this call reached still waits to be rung; locks their wait."""
    wait = waits.lock(session, call.wait_id)
    return wait.state == WaitState.WAITING and wait.phone is not None


def not_needed(session: Session, call: CallRow, *, now: datetime) -> None:
    """The owner needs nobody any more."""
    wait = waits.lock(session, call.wait_id)
    if wait.state == WaitState.WAITING and wait.phone is not None:
        tasks.overtaken(session, waits.callback_key(wait), by=events.OWNER, now=now)
        queue.end(session, wait, WaitState.LEFT, now)


def over(session: Session, call: CallRow, *, settings: Settings, now: datetime) -> None:
    """The call to the owner has ended, and they are not in the queue: another attempt by the plan.

    After the last one the task to ring them is left to somebody.
    """
    wait = waits.lock(session, call.wait_id)
    if wait.state != WaitState.WAITING or wait.phone is None:
        return
    later = _later(session, wait, settings, now)
    if later is None:
        queue.end(session, wait, WaitState.EXPIRED, now)
        return
    wait.rests_until = later
    jobs.schedule(session, JobKind.RING, wait.id, later, waits.urgency(wait))


def unreached(session: Session, wait: Wait, *, settings: Settings, now: datetime) -> bool:
    """The agent who took a callback has not reached the owner: they are rung again by the plan.

    Their place is a new wait, with a task of its own. False after the last attempt, or if nobody asked for
    it. ``wait`` is locked.
    """
    if not waits.is_kept_place(wait):
        return False
    wait.attempts += 1
    later = _later(session, wait, settings, now)
    if later is None:
        return False
    again = Wait(
        call_id=wait.call_id,
        case_id=wait.case_id,
        priority=wait.priority,
        state=WaitState.WAITING,
        since=wait.since,
        in_queue=False,
        phone=wait.phone,
        attempts=wait.attempts,
        rests_until=later,
        round=1,
        round_since=now,
    )
    session.add(again)
    session.flush()
    tasks.overtaken(session, waits.callback_key(wait), by=events.LINE, now=now)
    owners.owe(session, again, now, once=waits.callback_key(again))
    jobs.schedule(session, JobKind.RING, again.id, later, waits.urgency(again))
    return True


def _later(session: Session, wait: Wait, settings: Settings, now: datetime) -> datetime | None:
    case = session.get(Case, wait.case_id) if wait.case_id is not None else None
    times = CallingTimes.of(session, case.project if case is not None else None, settings=settings, now=now)
    return times.after(wait.attempts, now)
