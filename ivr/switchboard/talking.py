"""The talk of a caller and an agent, and what happens when either of them hangs up.

| wait       | gone   | then                                                                              |
|------------|--------|-----------------------------------------------------------------------------------|
| `waiting`  | caller | a standard wait is over, unless they are to be called back; an urgency goes on    |
| `waiting`  | agent  | the next one is rung                                                              |
| `reserved` | caller | the agent hears so, and may ring the owner                                        |
| `reserved` | agent  | the wait goes on, and the next one is rung                                        |
| `talking`  | caller | served; the agent is in wrap-up, and does not stay behind in an empty room        |
| `talking`  | agent  | served; a caller who came too late to meet them is led back to the queue          |

The row of the call that ended is locked by whoever tells of it.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import events, tasks
from ivr.aftersales.events import EventKind
from ivr.settings import Settings
from ivr.store.jobs import Done
from ivr.store.tables import Agent, CallRow, Case, Leg, Task, Wait
from ivr.switchboard import answering, legs, owners, presence, queue, waits
from ivr.switchboard.desk import Desk
from ivr.switchboard.legs import LegState
from ivr.switchboard.presence import Presence
from ivr.switchboard.waits import WaitState

#: A talk's end reaches the other one as their next document; who has none by then is alone in the room.
ALONE_AFTER = timedelta(seconds=5)

_OUTCOMES = {"busy": LegState.BUSY, "failed": LegState.FAILED, "canceled": LegState.FAILED}


def join(session: Session, call: CallRow, *, now: datetime) -> str | None:
    """The caller comes to the talk: its room. None if the agent is gone meanwhile."""
    wait = waits.of_call(session, call)
    if wait is None or wait.leg_id is None or wait.state not in {WaitState.RESERVED, WaitState.TALKING}:
        return None
    if wait.state == WaitState.RESERVED:
        waits.move(wait, WaitState.TALKING, now)
        wait.talking_since, wait.in_queue = now, False
        case = session.get(Case, wait.case_id) if wait.case_id is not None else None
        if case is not None:
            agent = session.get(Agent, wait.agent_id) if wait.agent_id is not None else None
            events.record(session, case, EventKind.HANDED_OVER, by=answering.name(agent), now=now)
    return legs.room(session.get_one(Leg, wait.leg_id))


def over_for_caller(session: Session, call: CallRow, *, now: datetime) -> None:
    """The caller is out of the talk."""
    wait = waits.of_call(session, call)
    if wait is not None and wait.state == WaitState.TALKING:
        queue.end(session, wait, WaitState.SERVED, now)


def over_for_agent(session: Session, call: CallRow, *, settings: Settings, now: datetime) -> None:
    """The agent is out of the talk: wrap-up. Said twice, nothing changes."""
    wait = waits.lock(session, call.wait_id)
    leg = legs.of_call(session, call)
    if leg.state in {LegState.ACCEPTED, LegState.CALLER_GONE}:
        _finish(session, wait, leg, LegState.TALKED, settings=settings, now=now)


def caller_hung_up(session: Session, wait: Wait, *, now: datetime) -> None:
    """The caller's call is over. ``wait`` is locked."""
    wait.in_queue = False
    match WaitState(wait.state):
        case WaitState.WAITING if wait.phone is None:
            queue.leave(session, wait, WaitState.GONE, now)
        case WaitState.RESERVED:
            waits.connect(session, wait, now)
        case WaitState.TALKING:
            queue.end(session, wait, WaitState.SERVED, now)
            waits.connect(session, wait, now + ALONE_AFTER)
        case _:
            pass


def agent_hung_up(session: Session, call: CallRow, status: str, *, settings: Settings, now: datetime) -> None:
    """The agent's call is over, with the carrier's ``status``. Each end has its name."""
    wait = waits.lock(session, call.wait_id)
    leg = legs.of_call(session, call)
    match LegState(leg.state):
        case LegState.RINGING:
            answering.give_up(session, wait, leg, _OUTCOMES.get(status, LegState.NO_ANSWER), now)
        case LegState.GREETED:
            answering.give_up(session, wait, leg, LegState.HUNG_UP, now)
        case LegState.ACCEPTED if wait.state == WaitState.RESERVED:
            _finish(session, wait, leg, LegState.DROPPED, settings=settings, now=now)
            waits.move(wait, WaitState.WAITING, now)
            session.flush()
            waits.look(session, wait, now)
        case LegState.ACCEPTED:
            _finish(session, wait, leg, LegState.TALKED, settings=settings, now=now)
            waits.connect(session, wait, now + ALONE_AFTER)
        case LegState.CALLER_GONE:
            _remember_to_ring(session, wait, call, now)
            _finish(session, wait, leg, LegState.TALKED, settings=settings, now=now)
        case LegState.TALKED if wait.state == WaitState.TALKING:
            waits.connect(session, wait, now + ALONE_AFTER)  # their talk may never have begun
        case _ if leg.agent_id is not None:
            presence.let_go(presence.lock(session, leg.agent_id), wait, now)
            session.flush()
            waits.wake(session, now)  # now their telephone can ring again
        case _:
            pass


def owner_hung_up(session: Session, call: CallRow, *, now: datetime) -> None:
    """The call to an owner is over: an agent who is left alone in the room hears so."""
    wait = waits.lock(session, call.wait_id)
    waits.connect(session, wait, now + (ALONE_AFTER if call.answered_at else timedelta()))


def owner_reached(session: Session, call: CallRow, *, now: datetime) -> str | None:
    """The owner answers: the room of the agent who rings them. None if the agent is gone meanwhile."""
    wait = waits.lock(session, call.wait_id)
    leg = session.get(Leg, wait.leg_id) if wait.leg_id is not None else None
    if leg is None or session.get_one(CallRow, leg.call_id).ended_at is not None:
        return None
    call.outcome = owners.REACHED
    agent = session.get(Agent, leg.agent_id) if leg.agent_id is not None else None
    owed = session.scalars(select(Task).where(Task.once == waits.callback_key(wait))).one_or_none()
    if owed is not None:
        tasks.done(session, owed, answering.name(agent), now)
    case = session.get(Case, wait.case_id) if wait.case_id is not None else None
    if case is not None:
        events.record(session, case, EventKind.HANDED_OVER, by=answering.name(agent), now=now)
    return legs.room(leg)


def wrapped_up(desk: Desk, key: int) -> Done:
    """The minute after a talk is over for the agent with the id ``key``, unless they ended it themselves."""
    now = desk.clock.now()
    with desk.store.transaction() as session:
        agent = presence.lock(session, key)
        since = now - timedelta(seconds=desk.settings.wrap_up_seconds)
        if agent.presence != Presence.WRAP_UP or agent.presence_since > since:
            return Done(agent.presence)
        presence.move(agent, Presence.AVAILABLE, now)
        session.flush()
        waits.wake(session, now)
    return Done("available")


def _finish(
    session: Session, wait: Wait, leg: Leg, state: LegState, *, settings: Settings, now: datetime
) -> None:
    legs.move(leg, state, now)
    if leg.agent_id is not None:
        agent = presence.lock(session, leg.agent_id)
        presence.wrap_up(session, agent, wait, found=leg.found, now=now, seconds=settings.wrap_up_seconds)


def _remember_to_ring(session: Session, wait: Wait, call: CallRow, now: datetime) -> None:
    """Whoever took a caller who was gone, and then did not reach them, leaves it to somebody as a task."""
    rung = owners.last_call(session, call)
    if rung is not None and rung.outcome == owners.REACHED:
        if rung.ended_at is None:
            waits.connect(session, wait, now + ALONE_AFTER)
        return
    if rung is not None and rung.ended_at is None:
        legs.hang_up(session, [rung.id], now)
    owners.owe(session, wait, now, once=waits.callback_key(wait))
