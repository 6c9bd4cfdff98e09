"""The wait of somebody who is owed a person, as a record: its states, its lock, and who comes before whom."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select
from sqlalchemy import case as case_when
from sqlalchemy.orm import Session

from ivr.aftersales.life import Priority
from ivr.errors import MoveNotAllowed
from ivr.store import jobs
from ivr.store.jobs import JobKind
from ivr.store.tables import CallRow, Wait


class WaitState(StrEnum):
    """How the wait for a person stands."""

    WAITING = "waiting"
    OUTGOING = "outgoing"  #: nobody waits: an agent wants to ring somebody (`ivr.switchboard.calling_out`)
    RESERVED = "reserved"  #: an agent accepted, and the caller is on the way to them
    TALKING = "talking"
    SERVED = "served"
    LEFT = "left"  #: the caller chose something else
    GONE = "gone"  #: the caller hung up
    EXPIRED = "expired"  #: nobody within the longest wait


MOVES: Mapping[WaitState, frozenset[WaitState]] = {
    WaitState.WAITING: frozenset(
        {WaitState.RESERVED, WaitState.SERVED, WaitState.LEFT, WaitState.GONE, WaitState.EXPIRED}
    ),
    WaitState.OUTGOING: frozenset({WaitState.SERVED, WaitState.LEFT}),
    WaitState.RESERVED: frozenset({WaitState.TALKING, WaitState.WAITING, WaitState.GONE}),
    WaitState.TALKING: frozenset({WaitState.SERVED, WaitState.WAITING}),
    WaitState.SERVED: frozenset(),
    WaitState.LEFT: frozenset(),
    WaitState.GONE: frozenset(),
    WaitState.EXPIRED: frozenset(),
}

OVER = frozenset(state for state, onward in MOVES.items() if not onward)

#: Waits that are looked at when an agent becomes free: the first may have been passed by that agent.
_WOKEN = 5


def lock(session: Session, wait_id: int | None) -> Wait:
    """The wait as it stands now, its row locked until the transaction ends."""
    return session.scalars(locked(Wait.id == wait_id)).one()


def locked(*which: ColumnElement[bool]) -> Select[Wait]:
    """A query that locks what it finds, and sees it as it stands then."""
    wanted = select(Wait).where(*which).with_for_update(key_share=True)
    return wanted.execution_options(populate_existing=True)


def of_call(session: Session, call: CallRow) -> Wait | None:
    """The last wait of that caller, or the one that this agent's or owner's call is for; locked."""
    return lock(session, call.wait_id) if call.wait_id is not None else None


def move(wait: Wait, to: WaitState, now: datetime) -> None:
    """Change the state of ``wait``, whose row is locked; the same again changes nothing.

    Raises MoveNotAllowed if the table does not list the move.
    """
    if wait.state == to:
        return
    if to not in MOVES[WaitState(wait.state)]:
        raise MoveNotAllowed(f"a wait that is {wait.state} cannot become {to}")
    wait.state = to
    if to in OVER:
        wait.ended_at = now


def in_turn() -> ColumnElement[bool]:
    """Those who wait for a telephone to ring: not somebody standard who just says where theirs is to ring,
    nor one who did not answer and is rung again later."""
    paused = and_(Wait.priority == Priority.STANDARD, Wait.in_queue.is_(False), Wait.phone.is_(None))
    return and_(Wait.state == WaitState.WAITING, Wait.rests_until.is_(None), not_(paused))


def is_paused(wait: Wait) -> bool:
    """Whether ``wait`` is of somebody standard who has left the queue and says at which number to be rung."""
    return wait.priority == Priority.STANDARD and not wait.in_queue and wait.phone is None


def is_kept_place(wait: Wait) -> bool:
    """Whether ``wait`` is of somebody standard who is rung, in office hours, when it is their turn."""
    return wait.priority == Priority.STANDARD and wait.phone is not None and wait.call_id is not None


def is_outgoing(wait: Wait) -> bool:
    """Whether nobody ever waited: an agent rings somebody (`ivr.switchboard.calling_out`)."""
    return wait.priority == Priority.STANDARD and wait.call_id is None


def before(wait: Wait) -> ColumnElement[bool]:
    """Those who wait and are served before this one: urgent before standard, then the longest waiting."""
    first = Wait.since == wait.since
    if wait.id is not None:  # who has none yet is the last
        first = and_(first, Wait.id < wait.id)
    earlier = or_(Wait.since < wait.since, first)
    sooner = and_(Wait.priority == wait.priority, earlier)
    if wait.priority == Priority.STANDARD:
        sooner = or_(sooner, Wait.priority == Priority.URGENT)
    return and_(in_turn(), sooner)


def order() -> tuple[ColumnElement[int], ColumnElement[datetime], ColumnElement[int]]:
    """The order in which waits are served."""
    urgent_first = case_when((Wait.priority == Priority.URGENT, 0), else_=1)
    return urgent_first, Wait.since.expression, Wait.id.expression


def urgency(wait: Wait) -> jobs.Priority:
    """How urgent calls for this wait are."""
    return jobs.Priority.URGENT if wait.priority == Priority.URGENT else jobs.Priority.AGENT


def look(session: Session, wait: Wait, now: datetime) -> None:
    """Have somebody look for an agent for ``wait``."""
    jobs.schedule(session, JobKind.RING, wait.id, now, urgency(wait))


def connect(session: Session, wait: Wait, due: datetime) -> None:
    """Have somebody look, at ``due``, whether caller and agent of this wait are where they should be."""
    jobs.schedule(session, JobKind.CONNECT, wait.id, due, urgency(wait))


def arrange(session: Session, wait: Wait, leg_id: int, now: datetime) -> None:
    """Have somebody see to the talk of that leg of this wait: who hears whom, and what is recorded."""
    jobs.schedule(session, JobKind.ROOM, leg_id, now, urgency(wait))


def look_all(session: Session, found: Iterable[Wait], now: datetime) -> None:
    """Have somebody look for an agent for each of them."""
    keys: dict[jobs.Priority, list[int]] = {}
    for wait in found:
        keys.setdefault(urgency(wait), []).append(wait.id)
    for priority, ids in sorted(keys.items()):
        jobs.schedule_all(session, JobKind.RING, ids, now, priority)


def wake(session: Session, now: datetime, *also: Wait) -> None:
    """An agent is free: those who are next, and ``also`` these, are looked at now."""
    wanted = select(Wait).where(in_turn()).order_by(*order()).limit(_WOKEN)
    look_all(session, {*session.scalars(wanted), *also}, now)


def callback_key(wait: Wait) -> str:
    """What the task to call this caller back is known by: another one for each call in which they waited."""
    return f"callback:{wait.id}:{wait.call_id}"
