"""Those who are owed a person: callers in the carrier's queue, callers who want to be rung, and urgent cases.

Urgent before standard, then the longest waiting. An urgent case has one wait until somebody accepts it,
whether its caller stays, leaves, hangs up, or never called.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from ivr.aftersales import events, tasks
from ivr.aftersales.life import Priority, Status
from ivr.store.tables import Agent, CallRow, Case, Leg, Wait
from ivr.switchboard import legs, presence, waits
from ivr.switchboard.agent_fields import Skill
from ivr.switchboard.presence import Presence
from ivr.switchboard.waits import WaitState

#: How long a talk is taken to last where the last hour shows none.
USUAL_TALK = timedelta(minutes=4)
_MOST_TALKS = 50


@dataclass(frozen=True)
class Position:
    """The caller's place, 1 for the next; and the minutes until it is their turn, rounded up.

    No minutes where nobody is at work who could serve them: nothing is known then.
    """

    place: int
    minutes: int | None


def enter(
    session: Session,
    *,
    call: CallRow | None,
    case: Case | None,
    priority: Priority,
    now: datetime,
    promised: int | None = None,
) -> Wait:
    """Somebody is owed a person from now on. With ``call`` its caller joins the carrier's queue.

    ``promised``: the minutes that they are told. Whoever is owed a person already keeps their place, also
    one that they kept by telephone. The row of ``case`` must be locked.
    """
    wait = _running(session, call, case if priority == Priority.URGENT else None)
    if wait is not None and wait.phone is not None and call is not None:
        # Rung at that number they need not be any more. Should they hang up again, that is a new task.
        tasks.overtaken(session, waits.callback_key(wait), by=events.LINE, now=now)
        wait.phone, wait.promised = None, promised
    if wait is None:
        wait = Wait(
            call_id=call.id if call else None,
            case_id=case.id if case else None,
            priority=priority,
            state=WaitState.WAITING,
            since=now,
            in_queue=call is not None,
            promised=promised,
            round=1,
            round_since=now,
        )
        session.add(wait)
        session.flush()
    if call is not None:
        wait.call_id, wait.in_queue, wait.pressed = call.id, True, None
        call.wait_id = wait.id
    if wait.state == WaitState.WAITING:
        waits.look(session, wait, now)
    return wait


def again(
    session: Session,
    wait: Wait,
    call: CallRow,
    *,
    leg: Leg,
    now: datetime,
    for_agent_id: int | None = None,
    skill: Skill | None = None,
) -> Wait:
    """The owner of that ``call``, whom the agent of ``leg`` had, waits for the next one in their old place.

    An owner who was rung waits for the first time. ``call`` and ``wait`` are locked.
    """
    if wait.state == WaitState.TALKING:
        waits.move(wait, WaitState.WAITING, now)
    else:
        wait = Wait(
            call_id=call.id,
            case_id=wait.case_id,
            priority=wait.priority,
            state=WaitState.WAITING,
            since=wait.since,
            agent_id=leg.agent_id,
            leg_id=leg.id,
        )
        session.add(wait)
    wait.in_queue, wait.pressed, wait.phone, wait.promised = True, None, None, None
    wait.round, wait.round_since = (wait.round or 0) + 1, now
    wait.for_agent_id, wait.skill = for_agent_id, skill
    session.flush()
    call.wait_id = wait.id
    waits.look(session, wait, now)
    return wait


def start_rounds(session: Session, case: Case, *, call: CallRow | None = None, now: datetime) -> Wait | None:
    """An urgent case that nobody has acknowledged needs a person, though no caller waits in the queue.

    ``call`` is the one that reported it. None if somebody has it by now; the wait that goes on, if there is
    one. The case's row must be locked.
    """
    if case.priority != Priority.URGENT or case.status != Status.OPEN:
        return None
    going_on = _running(session, None, case)
    if going_on is not None:
        return going_on
    wait = enter(session, call=None, case=case, priority=Priority.URGENT, now=now)
    if call is not None:
        wait.call_id = call.id
        call.wait_id = wait.id
    return wait


def stop_rounds_if_settled(session: Session, case: Case, *, now: datetime) -> None:
    """An urgent case that somebody has in hand, or nobody wants any more, needs no rounds. It is locked."""
    if case.priority != Priority.URGENT or case.status == Status.OPEN:
        return
    wait = _running(session, None, case)
    if wait is not None and wait.state == WaitState.WAITING:
        end(session, wait, WaitState.SERVED, now)


def end(session: Session, wait: Wait, state: WaitState, now: datetime) -> None:
    """The wait, locked, is over in one of its last states: no telephone rings for it any more.

    An agent who hears at this moment who was waiting may still ring a caller who hung up.
    """
    waits.move(wait, state, now)
    wait.in_queue = False
    legs.withdraw(session, wait, now, answered=state != WaitState.GONE)
    session.flush()
    waits.wake(session, now)  # its own job ends by itself: jobs of others are asked for in one statement only


def leave(session: Session, wait: Wait, state: WaitState, now: datetime) -> None:
    """The caller has left the queue. A standard wait is over with it, an urgent one goes on without them."""
    wait.in_queue = False
    if wait.priority == Priority.STANDARD and wait.state == WaitState.WAITING:
        end(session, wait, state, now)


def pause(session: Session, wait: Wait, now: datetime) -> None:
    """The caller says at which number to be rung: until then no telephone rings, unless it is an urgency."""
    wait.in_queue = False
    if wait.priority == Priority.STANDARD:
        legs.withdraw(session, wait, now)


def keep_place(session: Session, wait: Wait, phone: str, now: datetime) -> None:
    """The caller is rung at ``phone`` when it is their turn: once, also if they asked for it in two calls."""
    twice = select(Wait.id).where(
        Wait.phone == phone,
        Wait.id != wait.id,
        Wait.state == WaitState.WAITING,
        Wait.priority == Priority.STANDARD,
    )
    wait.in_queue, wait.phone = False, phone
    if wait.priority == Priority.STANDARD and session.scalar(twice.limit(1)) is not None:
        tasks.overtaken(session, waits.callback_key(wait), by=events.LINE, now=now)
        end(session, wait, WaitState.LEFT, now)
        return
    waits.look(session, wait, now)


def position(session: Session, wait: Wait, now: datetime) -> Position:
    """Where ``wait`` stands and how long it is likely to take, by the last hour's talks."""
    return _estimated(session, now, *_standing(session, wait))


def outlook(session: Session, priority: Priority, now: datetime) -> Position | None:
    """Where somebody would stand who came now. None if nobody is at work who could serve them."""
    ahead, present = _standing(session, Wait(priority=priority, since=now))
    return _estimated(session, now, ahead, present) if present else None


def _standing(session: Session, wait: Wait) -> tuple[int, list[str]]:
    """How many are served before ``wait``, and the presence of the agents at work who could serve them."""
    ahead = select(func.count()).select_from(Wait).where(waits.before(wait)).scalar_subquery()
    at_work = session.execute(
        select(Agent.presence, Agent.skills, ahead).where(Agent.presence.in_(presence.AT_WORK))
    ).all()
    skill = Skill(wait.skill or wait.priority)
    present = [their_presence for their_presence, skills, _ in at_work if skill in skills]
    return at_work[0][2] if at_work else session.scalar(select(ahead)) or 0, present


def _estimated(session: Session, now: datetime, ahead: int, present: list[str]) -> Position:
    free = present.count(Presence.AVAILABLE)
    place = ahead + 1
    if not present:
        return Position(place, None)
    if place <= free:
        return Position(place, 1)
    seconds = _talk_seconds(session, now) * (place - free) / len(present)
    return Position(place, max(1, ceil(seconds / 60)))


def _talk_seconds(session: Session, now: datetime) -> float:
    wanted = (
        select(Wait.talking_since, Wait.ended_at)
        .where(Wait.state == WaitState.SERVED, Wait.ended_at > now - timedelta(hours=1))
        .where(Wait.talking_since.is_not(None))
        .order_by(Wait.ended_at.desc())
        .limit(_MOST_TALKS)
    )
    talks = session.execute(wanted)
    lengths = [(over - begun).total_seconds() for begun, over in talks if begun and over]
    return sum(lengths) / len(lengths) if lengths else USUAL_TALK.total_seconds()


def _running(session: Session, call: CallRow | None, case: Case | None) -> Wait | None:
    """The wait that goes on for this urgent case, or for this caller; locked."""
    state = Wait.state.in_([WaitState.WAITING, WaitState.RESERVED])
    if case is not None:
        which = Wait.case_id == case.id
    elif call is not None:
        kept = and_(Wait.priority == Priority.STANDARD, Wait.phone.is_not(None), Wait.phone == call.caller)
        which = or_(Wait.id == call.wait_id, kept)
    else:
        return None
    return session.scalars(waits.locked(which, state).order_by(Wait.id).limit(1)).one_or_none()
