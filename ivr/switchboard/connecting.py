"""The job that brings caller and agent together, and leaves neither of them alone in a room.

It looks who is where and moves at most one call. It may be asked for at any time, and done twice.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ivr.errors import CarrierGone
from ivr.links import Links
from ivr.settings import Settings
from ivr.store.jobs import Again, Done
from ivr.store.tables import CallRow, Leg, Wait
from ivr.switchboard import departures, legs, moving, owners, waits
from ivr.switchboard.desk import Desk
from ivr.switchboard.legs import LegState
from ivr.switchboard.waits import WaitState

TALK = "waiting.talk"  #: the caller comes to the room
ALONE = "waiting.alone"  #: the agent is gone before they met
CALLER_LEFT = "agent.caller_left"
OWNER_UNREACHED = "agent.owner_unreached"
TALK_OVER = "agent.talked"

#: Somebody who was moved has fetched the next document by then; else they are moved again.
ARRIVES_WITHIN = timedelta(seconds=10)

#: A caller who cannot be fetched out of the queue has left it on their own, and comes by then; else, or where
#: they were moved less than this ago, moving them would take them out of the talk that they just came to.
ON_THEIR_WAY = timedelta(seconds=1)


@dataclass(frozen=True)
class _Move:
    """A call that is to fetch another document.

    ``queue``: out of that queue of the carrier; ``fresh``: it was not asked to before.
    """

    sid: str
    step: str
    url: str
    queue: str | None = None
    fresh: bool = False


def connect(desk: Desk, key: int) -> Done | Again:
    """See to it that caller and agent of the wait with the id ``key`` are where they should be."""
    gone: set[str] = set()
    while True:
        now = desk.clock.now()
        with desk.store.transaction() as session:
            planned = _plan(session, key, desk.settings, now, gone)
        if not isinstance(planned, _Move):
            return planned
        moved = _moved(desk, key, planned)
        if moved is not None:
            return moved
        gone.add(planned.sid)  # its news are still to come; each call can be gone but once


def _plan(
    session: Session, wait_id: int, settings: Settings, now: datetime, gone: Collection[str]
) -> _Move | Done | Again:
    """What is to be done now; a call in ``gone`` is over, whatever its row says."""
    seen = session.get_one(Wait, wait_id)
    leg = session.get(Leg, seen.leg_id) if seen.leg_id is not None else None
    calls = moving.lock_calls(session, seen.call_id, leg.call_id if leg else None)
    wait = waits.lock(session, wait_id)
    if leg is None or wait.leg_id != leg.id:
        return Done(wait.state) if wait.leg_id is None else Again(now, "somebody else accepted")
    leg = legs.of_call(session, calls[leg.call_id])
    agent = _living(calls.get(leg.call_id), gone)
    caller = _living(calls.get(wait.call_id or 0), gone)
    if wait.state == WaitState.RESERVED:
        legs.withdraw(session, wait, now)
        if caller is not None:
            return _fetch(session, wait, caller, settings=settings, now=now)
        return _caller_lost(session, wait, leg, agent, settings=settings, now=now)
    for call in (caller, agent):
        if call is not None and (step := moving.bound_for(session, call)) is not None:
            return _move(session, call, step, settings=settings, now=now)
    if wait.state == WaitState.TALKING and caller is not None and agent is None:
        if departures.with_others(session, leg.id)[1]:
            return Done("others see to them")
        waits.move(wait, WaitState.WAITING, now)
        wait.in_queue = True
        waits.look(session, wait, now)
        return _move(session, caller, ALONE, settings=settings, now=now)
    if wait.state == WaitState.SERVED and leg.state == LegState.ACCEPTED and agent is not None:
        return _move(session, agent, TALK_OVER, settings=settings, now=now)
    if leg.state == LegState.CALLER_GONE and agent is not None:
        return _after_ringing(session, agent, settings, now)
    if leg.state == LegState.TALKED and agent is None:
        return _owner_alone(session, wait, calls[leg.call_id], now)
    return Done(wait.state)


def _after_ringing(session: Session, agent: CallRow, settings: Settings, now: datetime) -> _Move | Done:
    """An agent rings the owner: once that call is over they hear so, unless they have talked."""
    owner = owners.last_call(session, agent)
    if owner is None or owner.ended_at is None or owner.outcome == owners.UNREACHED:
        return Done("the agent decides")
    if owner.outcome == owners.REACHED:
        return _move(session, agent, TALK_OVER, settings=settings, now=now)
    owner.outcome = owners.UNREACHED
    return _move(session, agent, OWNER_UNREACHED, settings=settings, now=now)


def _owner_alone(session: Session, wait: Wait, agent: CallRow, now: datetime) -> Done:
    """An owner who answered as the agent hung up has met nobody: their call is ended, and another owed."""
    owner = owners.last_call(session, agent)
    if owner is None or owner.ended_at is not None or owner.outcome != owners.REACHED:
        return Done(wait.state)
    owner.outcome = owners.UNREACHED
    legs.hang_up(session, [owner.id], now)
    owners.owe(session, wait, now, once=f"{waits.callback_key(wait)}:{owner.id}")
    return Done("the owner was alone")


def _caller_lost(
    session: Session, wait: Wait, leg: Leg, agent: CallRow | None, *, settings: Settings, now: datetime
) -> _Move | Done:
    """The caller hung up on the way to the talk: the agent hears so."""
    waits.move(wait, WaitState.GONE, now)
    if agent is None:
        return Done(wait.state)
    legs.move(leg, LegState.CALLER_GONE, now)
    leg.tape = None  # who is rung now has heard no notice
    return _move(session, agent, CALLER_LEFT, settings=settings, now=now)


def _fetch(
    session: Session, wait: Wait, caller: CallRow, *, settings: Settings, now: datetime
) -> _Move | Done | Again:
    """The caller is to come to the talk, unless they are on their way."""
    since = moving.bound_since(session, caller, TALK)
    if since is not None and now - since < ON_THEIR_WAY:
        return Again(since + ON_THEIR_WAY, "on the way")
    queue = wait.priority if wait.in_queue else None
    found = _move(session, caller, TALK, settings=settings, now=now)
    return replace(found, queue=queue, fresh=since is None) if isinstance(found, _Move) else found


def _move(session: Session, call: CallRow, step: str, *, settings: Settings, now: datetime) -> _Move | Done:
    turn = moving.overtake(session, call, step, now)
    if turn is None or call.sid is None:
        return Done("has not begun")
    return _Move(call.sid, step, Links(settings.public_url).step(step, turn))


def _living(call: CallRow | None, gone: Collection[str]) -> CallRow | None:
    return call if call is not None and call.ended_at is None and call.sid not in gone else None


def _moved(desk: Desk, wait_id: int, to: _Move) -> Again | None:
    """Ask the carrier to move the call; when to look whether it came. None: the call is over."""
    try:
        if to.queue is None or not _fetched(desk, to.queue, to):
            if to.queue is not None and to.fresh:
                return Again(desk.clock.now() + ON_THEIR_WAY, "not in the queue")
            if to.queue is not None and _is_settled(desk, wait_id):
                return Again(desk.clock.now() + ARRIVES_WITHIN, "came on their own")
            desk.carrier.move(to.sid, to.url)
    except CarrierGone:
        return None
    return Again(desk.clock.now() + ARRIVES_WITHIN, f"moved to {to.step}")


def _fetched(desk: Desk, queue: str, to: _Move) -> bool:
    """Take the caller out of the carrier's queue. False: they are not in it."""
    try:
        desk.carrier.dequeue(queue, to.sid, to.url)
    except CarrierGone:
        return False
    return True


def _is_settled(desk: Desk, wait_id: int) -> bool:
    """Whether the caller has come to the talk meanwhile, or somebody else has seen to them."""
    with desk.store.reading() as session:
        return session.get_one(Wait, wait_id).state != WaitState.RESERVED
