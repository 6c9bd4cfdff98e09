"""What agents do with a telephone that rings for somebody: take the call, pass it, or miss it.

The row of the agent's call is locked by whoever tells of it; then case, wait and agent are, in this order.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ivr.aftersales import cases
from ivr.aftersales.life import Priority, Status, UrgentKind
from ivr.store import jobs
from ivr.store.jobs import JobKind
from ivr.store.tables import Agent, CallRow, Case, Leg, Wait
from ivr.switchboard import legs, presence, queue, waits
from ivr.switchboard.legs import LegState
from ivr.switchboard.presence import Presence
from ivr.switchboard.waits import WaitState

#: Who answers at the backup number, in the trace of a case.
BACKUP = "respaldo"

_UNSERVED = frozenset({WaitState.GONE, WaitState.LEFT, WaitState.EXPIRED})


@dataclass(frozen=True)
class Offer:
    """Who is waiting, as the agent hears it before saying hello."""

    urgent: bool
    hazard: UrgentKind | None
    project: str | None
    apartment: str | None
    case_number: str | None
    #: Whether the caller is on the line; if not, they are to be rung.
    present: bool


@dataclass(frozen=True)
class Accepted:
    """The caller is on the way to this room."""

    room: str


@dataclass(frozen=True)
class CallerGone:
    """It is theirs, but the caller is not on the line: they may ring them."""


@dataclass(frozen=True)
class Late:
    """Somebody else has taken it, or it is settled."""


def greet(session: Session, call: CallRow, *, now: datetime) -> None:
    """The telephone was answered. If the caller has hung up just now, it may still ring them."""
    wait = waits.lock(session, call.wait_id)
    leg = legs.of_call(session, call)
    if leg.state == LegState.RINGING and wait.state == WaitState.WAITING:
        legs.move(leg, LegState.GREETED, now)
    elif leg.state == LegState.WITHDRAWN and _unserved(wait):
        jobs.call_off(session, JobKind.HANG_UP, call.id, now)


def offer(session: Session, call: CallRow) -> Offer | CallerGone | Late:
    """Who is waiting, if anybody still is. Reads only."""
    wait = session.get_one(Wait, call.wait_id)
    if wait.state != WaitState.WAITING:
        return CallerGone() if _unserved(wait) else Late()
    case = session.get(Case, wait.case_id) if wait.case_id is not None else None
    return Offer(
        urgent=wait.priority == Priority.URGENT,
        hazard=UrgentKind(case.urgent_kind) if case and case.urgent_kind else None,
        project=case.project.name if case and case.project else None,
        apartment=case.home.number if case and case.home else None,
        case_number=case.number if case else None,
        present=_on_the_line(session, wait),
    )


def accept(session: Session, call: CallRow, *, now: datetime) -> Accepted | CallerGone | Late:
    """The agent pressed ``1``. Of two who do so at once, one gets the caller.

    An urgent case is ``attending`` from here on. Who hung up after the key gets nobody, whichever of the two
    the carrier tells first.
    """
    if call.ended_at is not None:
        return Late()
    case = cases.lock(session, call.case_id) if call.case_id is not None else None
    wait = waits.lock(session, call.wait_id)
    leg = legs.of_call(session, call)
    if leg.state == LegState.ACCEPTED:
        return Accepted(legs.room(leg))
    agent = presence.lock(session, leg.agent_id) if leg.agent_id is not None else None
    unserved = _unserved(wait)
    theirs = unserved or wait.state == WaitState.WAITING
    present = _on_the_line(session, wait)
    if not theirs or (agent is not None and not presence.talk(agent, wait, now)):
        return _late(leg, agent, wait, now)
    wait.agent_id, wait.leg_id = leg.agent_id, leg.id
    if unserved:
        legs.move(leg, LegState.CALLER_GONE, now)
        return CallerGone()
    if case is not None and wait.priority == Priority.URGENT and case.status == Status.OPEN:
        cases.acknowledge(session, case, name(agent), now=now)
    if not present:
        legs.move(leg, LegState.CALLER_GONE, now)
        session.flush()
        queue.end(session, wait, WaitState.SERVED, now)
        return CallerGone()
    legs.move(leg, LegState.ACCEPTED, now)
    waits.move(wait, WaitState.RESERVED, now)
    session.flush()
    legs.withdraw(session, wait, now)
    waits.connect(session, wait, now)
    return Accepted(legs.room(leg))


def passed(session: Session, call: CallRow, *, by_key: bool, now: datetime) -> None:
    """The agent pressed ``2``, or nothing: the next one is rung at once."""
    _unless_decided(session, call, LegState.PASSED if by_key else LegState.NO_KEY, now)


def not_placed(session: Session, call: CallRow, *, now: datetime) -> None:
    """The carrier would not ring this telephone."""
    _unless_decided(session, call, LegState.FAILED, now)


def _unless_decided(session: Session, call: CallRow, outcome: LegState, now: datetime) -> None:
    wait = waits.lock(session, call.wait_id)
    leg = legs.of_call(session, call)
    if leg.state in legs.OFFERED:
        give_up(session, wait, leg, outcome, now)


def give_up(session: Session, wait: Wait, leg: Leg, outcome: LegState, now: datetime) -> None:
    """This telephone does not get the caller: its agent is free again, and the next one is looked for now.

    ``wait`` is locked, and nothing had been decided at ``leg``.
    """
    legs.move(leg, outcome, now)
    if leg.agent_id is not None:
        agent = presence.lock(session, leg.agent_id)
        presence.let_go(agent, wait, now)
        if outcome == LegState.PASSED:
            agent.missed = 0
        elif (
            outcome in legs.MISSED and wait.priority == Priority.STANDARD and leg.found == Presence.AVAILABLE
        ):
            presence.missed(agent, now)
    session.flush()
    waits.wake(session, now, *([wait] if wait.state == WaitState.WAITING else []))


def name(agent: Agent | None) -> str:
    """The agent as the trace of a case names them."""
    return agent.name if agent is not None else BACKUP


def _unserved(wait: Wait) -> bool:
    """Whether the caller is gone, and nobody has them."""
    return wait.state in _UNSERVED and wait.leg_id is None


def _on_the_line(session: Session, wait: Wait) -> bool:
    """Whether the caller can be moved to a talk: from the queue, or in an urgency from anywhere."""
    if wait.call_id is None or not (wait.in_queue or wait.priority == Priority.URGENT):
        return False
    return session.get_one(CallRow, wait.call_id, populate_existing=True).ended_at is None


def _late(leg: Leg, agent: Agent | None, wait: Wait, now: datetime) -> Late:
    if leg.state != LegState.LATE:
        legs.move(leg, LegState.LATE, now)
    if agent is not None:
        presence.let_go(agent, wait, now)
    return Late()
