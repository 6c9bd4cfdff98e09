"""The talk of a caller and an agent, and what happens when either of them hangs up.

| wait       | gone   | then                                                                              |
|------------|--------|-----------------------------------------------------------------------------------|
| `waiting`  | caller | a standard wait is over, unless they are to be called back; an urgency goes on    |
| `waiting`  | agent  | the next one is rung                                                              |
| `reserved` | caller | the agent hears so, and may ring the owner                                        |
| `reserved` | agent  | the wait goes on, and the next one is rung                                        |
| `talking`  | caller | served; the agent is in wrap-up, and does not stay behind in an empty room        |
| `talking`  | agent  | served; a caller who came too late to meet them is led back to the queue          |

With others in the talk, or with the owner on hold, `ivr.switchboard.departures` says what follows. The row of
the call that ended is locked by whoever tells of it.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import events, recordings, tasks
from ivr.aftersales.events import EventKind
from ivr.settings import Settings
from ivr.store.jobs import Done
from ivr.store.tables import Agent, CallRow, Case, Leg, Task, Wait
from ivr.switchboard import answering, callbacks, departures, legs, owners, presence, queue, waits
from ivr.switchboard.answering import Accepted
from ivr.switchboard.desk import Desk
from ivr.switchboard.legs import LegState
from ivr.switchboard.presence import Presence
from ivr.switchboard.waits import WaitState

#: A talk's end reaches the other one as their next document; who has none by then is alone in the room.
ALONE_AFTER = timedelta(seconds=5)

_OUTCOMES = {"busy": LegState.BUSY, "failed": LegState.FAILED, "canceled": LegState.FAILED}


def join(session: Session, call: CallRow, *, now: datetime) -> Accepted | None:
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
    place = answering.accepted(session.get_one(Leg, wait.leg_id))
    if place.taped:
        recordings.expect_talk(session, call, place.room, now=now)
    return place


def over_for_caller(session: Session, call: CallRow, *, now: datetime) -> Accepted | None:
    """The caller is out of the room. That is the end of the talk, unless somebody else may be there for them.

    Then the room is returned: it was closed by an agent who left, and `ivr.switchboard.departures` says what
    follows.
    """
    wait = waits.of_call(session, call)
    if wait is None or wait.state != WaitState.TALKING:
        return None
    leg, others = departures.with_others(session, int(wait.leg_id or 0))
    if others:
        waits.arrange(session, wait, leg.id, now)
        return answering.accepted(leg)
    _served(wait, now)
    return None


def _served(wait: Wait, now: datetime) -> None:
    """Caller and agent have talked. No telephone rings for them, and no agent is free by it yet."""
    waits.move(wait, WaitState.SERVED, now)
    wait.in_queue = False


def over_for_agent(session: Session, call: CallRow, *, settings: Settings, now: datetime) -> None:
    """The agent is out of the talk: wrap-up. Said twice, nothing changes."""
    wait, leg, _ = legs.lock(session, call)
    if leg.state in {LegState.ACCEPTED, LegState.CALLER_GONE}:
        finish(session, wait, leg, LegState.TALKED, settings=settings, now=now)


def caller_hung_up(session: Session, wait: Wait, *, now: datetime) -> None:
    """The caller's call is over. ``wait`` is locked."""
    wait.in_queue = False
    match WaitState(wait.state):
        case WaitState.WAITING if wait.phone is None:
            queue.leave(session, wait, WaitState.GONE, now)
        case WaitState.RESERVED:
            waits.connect(session, wait, now)
        case WaitState.TALKING:
            _served(wait, now)
            waits.connect(session, wait, now + ALONE_AFTER)
            _look_after_others(session, wait, now)
        case _:
            pass


def agent_hung_up(session: Session, call: CallRow, status: str, *, settings: Settings, now: datetime) -> None:
    """The agent's call is over, with the carrier's ``status``. Each end has its name."""
    wait, leg, _ = legs.lock(session, call)
    match LegState(leg.state):
        case LegState.RINGING:
            outcome = _OUTCOMES.get(status, LegState.NO_ANSWER)
            answering.give_up(session, wait, leg, outcome, settings=settings, now=now)
        case LegState.GREETED:
            answering.give_up(session, wait, leg, LegState.HUNG_UP, settings=settings, now=now)
        case LegState.ACCEPTED if wait.state == WaitState.RESERVED:
            finish(session, wait, leg, LegState.DROPPED, settings=settings, now=now)
            waits.move(wait, WaitState.WAITING, now)
            session.flush()
            waits.look(session, wait, now)
        case LegState.ACCEPTED:
            finish(session, wait, leg, LegState.TALKED, settings=settings, now=now)
            waits.connect(session, wait, now + ALONE_AFTER)
            _look_after_others(session, wait, now)
        case LegState.CALLER_GONE:
            _remember_to_ring(session, wait, call, settings, now)
            finish(session, wait, leg, LegState.TALKED, settings=settings, now=now)
            _look_after_others(session, wait, now)
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
    _look_after_others(session, wait, now)


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


def finish(
    session: Session, wait: Wait, leg: Leg, state: LegState, *, settings: Settings, now: datetime
) -> None:
    """The talk is over for the agent of ``leg``, in that state. ``wait`` is locked."""
    legs.move(leg, state, now)
    if leg.agent_id is not None:
        seconds = settings.wrap_up_seconds
        presence.wrap_up(session, leg.agent_id, wait, found=leg.found, now=now, seconds=seconds)


def _look_after_others(session: Session, wait: Wait, now: datetime) -> None:
    """Whoever else has to do with the talk that somebody has left: see `ivr.switchboard.departures`."""
    if wait.leg_id is None:
        return
    leg, others = departures.with_others(session, wait.leg_id, supervisors=True)
    if others:
        waits.arrange(session, wait, leg.id, now)


def _remember_to_ring(session: Session, wait: Wait, call: CallRow, settings: Settings, now: datetime) -> None:
    """Whoever took a caller who was gone, and then did not reach them, leaves it to somebody as a task."""
    rung = owners.last_call(session, call)
    if rung is not None and rung.outcome == owners.REACHED:
        if rung.ended_at is None:
            waits.connect(session, wait, now + ALONE_AFTER)
        return
    if rung is not None and rung.ended_at is None:
        legs.hang_up(session, [rung.id], now)
    if not callbacks.unreached(session, wait, settings=settings, now=now):
        owners.owe(session, wait, now, once=waits.callback_key(wait))
