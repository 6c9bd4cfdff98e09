"""What agents do with a telephone that rings for somebody: take the call, pass it, or miss it.

The row of the agent's call is locked by whoever tells of it; then case, wait and agent are, in this order.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ivr.aftersales import cases, text_bodies, texts
from ivr.aftersales.life import Priority, Status, UrgentKind
from ivr.settings import Settings
from ivr.store import jobs
from ivr.store.jobs import JobKind
from ivr.store.tables import Agent, CallRow, Case, Leg, Wait
from ivr.switchboard import legs, presence, queue, waits
from ivr.switchboard.legs import LegState
from ivr.switchboard.presence import Presence
from ivr.switchboard.taping import Tape
from ivr.switchboard.waits import WaitState

#: Who answers at the backup number, in the trace of a case.
BACKUP = "respaldo"

#: Who ended the ringing so is told goodbye before their telephone can ring again.
_STILL_ON_THE_LINE = frozenset({LegState.PASSED, LegState.NO_KEY})
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
    """The caller is on the way to this room. ``taped``: the talk is recorded from its beginning."""

    room: str
    taped: bool


@dataclass(frozen=True)
class CallerGone:
    """It is theirs, but the caller is not on the line: they may ring them."""


@dataclass(frozen=True)
class Late:
    """Somebody else has taken it, or it is settled."""


def greet(session: Session, call: CallRow, *, now: datetime) -> None:
    """The telephone was answered. If the caller has hung up just now, it may still ring them."""
    wait, leg, _ = legs.lock(session, call)
    if leg.state == LegState.RINGING and _on_offer(wait):
        legs.move(leg, LegState.GREETED, now)
    elif leg.state == LegState.WITHDRAWN and _unserved(wait):
        jobs.call_off(session, JobKind.HANG_UP, call.id, now)


def offer(session: Session, call: CallRow) -> Offer | CallerGone | Late:
    """Who is waiting, if anybody still is. Reads only."""
    wait = session.get_one(Wait, call.wait_id)
    if not _on_offer(wait):
        return CallerGone() if _unserved(wait) else Late()
    case = session.get(Case, wait.case_id) if wait.case_id is not None else None
    return described(wait, case, present=_on_the_line(session, wait))


def _tell_away(session: Session, agent: Agent, settings: Settings, now: datetime) -> None:
    """Who is set away must know: by text, where their telephone takes any; the console shows it too."""
    texts.queue(
        session,
        texts.Purpose.AGENT_AWAY,
        agent.phone,
        text_bodies.agent_away(settings.company),
        settings=settings,
        now=now,
        once=f"away:{agent.id}:{int(now.timestamp())}",
        at_once=True,
    )


def described(wait: Wait, case: Case | None, *, present: bool = True) -> Offer:
    """What is to be known of whoever waits, or waited."""
    return Offer(
        urgent=wait.priority == Priority.URGENT,
        hazard=UrgentKind(case.urgent_kind) if case and case.urgent_kind else None,
        project=case.project.name if case and case.project else None,
        apartment=case.home.number if case and case.home else None,
        case_number=case.number if case else None,
        present=present,
    )


def accept(session: Session, call: CallRow, *, now: datetime) -> Accepted | CallerGone | Late:
    """The agent pressed ``1``. Of two who do so at once, one gets the caller.

    An urgent case is ``attending`` from here on. Who hung up after the key gets nobody, whichever of the two
    the carrier tells first. Other telephones that ring are stopped by whoever brings the two together.
    """
    if call.ended_at is not None:
        return Late()
    urgent = call.urgent and call.case_id is not None
    case = cases.lock(session, call.case_id) if urgent and call.case_id is not None else None
    wait, leg, goes_on = legs.lock(session, call)
    if leg.state == LegState.ACCEPTED:
        return accepted(leg)
    unserved = _unserved(wait)
    present = goes_on and _can_be_moved(wait)
    if not unserved and not _on_offer(wait):
        return _late(session, leg, wait, now)
    agent = presence.take_up(session, leg.agent_id, wait, now) if leg.agent_id is not None else None
    if leg.agent_id is not None and agent is None:
        return _late(session, leg, wait, now)
    wait.agent_id, wait.leg_id = leg.agent_id, leg.id
    if case is not None and not unserved and case.status == Status.OPEN:
        cases.acknowledge(session, case, name(agent), now=now)
    if unserved or not present:
        legs.move(leg, LegState.CALLER_GONE, now)
        leg.tape = None  # who is rung now has heard no notice
        if not unserved:
            session.flush()
            queue.end(session, wait, WaitState.SERVED, now)
        return CallerGone()
    legs.move(leg, LegState.ACCEPTED, now)
    waits.move(wait, WaitState.RESERVED, now)
    session.flush()
    waits.connect(session, wait, now)
    return accepted(leg)


def passed(session: Session, call: CallRow, *, by_key: bool, settings: Settings, now: datetime) -> None:
    """The agent pressed ``2``, or nothing: the next one is rung at once."""
    outcome = LegState.PASSED if by_key else LegState.NO_KEY
    _unless_decided(session, call, outcome, settings=settings, now=now)


def not_placed(session: Session, call: CallRow, *, settings: Settings, now: datetime) -> None:
    """The carrier would not ring this telephone."""
    _unless_decided(session, call, LegState.FAILED, settings=settings, now=now)


def _unless_decided(
    session: Session, call: CallRow, outcome: LegState, *, settings: Settings, now: datetime
) -> None:
    wait, leg, _ = legs.lock(session, call)
    if leg.state in legs.OFFERED:
        give_up(session, wait, leg, outcome, settings=settings, now=now)


def give_up(
    session: Session, wait: Wait, leg: Leg, outcome: LegState, *, settings: Settings, now: datetime
) -> None:
    """This telephone does not get the caller: its agent is free again, and the next one is looked for now.

    ``wait`` is locked, and nothing had been decided at ``leg``. A call that an agent asked for is off.
    """
    legs.move(leg, outcome, now)
    if leg.agent_id is not None and outcome == LegState.PASSED:
        presence.free(session, leg.agent_id, wait, now)
    elif leg.agent_id is not None:
        _let_go(session, leg.agent_id, wait, leg, settings=settings, now=now)
    if wait.state == WaitState.OUTGOING:
        waits.move(wait, WaitState.LEFT, now)
    session.flush()
    if outcome in _STILL_ON_THE_LINE and wait.state == WaitState.WAITING:
        waits.look(session, wait, now)  # others are looked at when the agent's telephone can ring again
    elif outcome not in _STILL_ON_THE_LINE:
        waits.wake(session, now, *([wait] if wait.state == WaitState.WAITING else []))


def _let_go(
    session: Session, agent_id: int, wait: Wait, leg: Leg, *, settings: Settings, now: datetime
) -> None:
    """The agent did not answer, or not with a key; whose fault that was not has missed nothing."""
    agent = presence.lock(session, agent_id)
    presence.let_go(agent, wait, now)
    counts = wait.priority == Priority.STANDARD and wait.state != WaitState.OUTGOING
    if leg.state not in legs.MISSED or not counts or leg.found != Presence.AVAILABLE:
        return
    if presence.missed(agent, now):
        _tell_away(session, agent, settings, now)


def accepted(leg: Leg) -> Accepted:
    """The room of that leg's talk, as its caller and its agent come to it."""
    return Accepted(legs.room(leg), taped=leg.tape == Tape.ON)


def name(agent: Agent | None) -> str:
    """The agent as the trace of a case names them."""
    return agent.name if agent is not None else BACKUP


def _on_offer(wait: Wait) -> bool:
    """Whether somebody may take the wait; not while its caller says at which number to be rung."""
    return wait.state == WaitState.OUTGOING or (wait.state == WaitState.WAITING and not waits.is_paused(wait))


def _unserved(wait: Wait) -> bool:
    """Whether the caller is gone, and nobody has them."""
    return wait.state in _UNSERVED and wait.leg_id is None


def _can_be_moved(wait: Wait) -> bool:
    """Whether a caller who is on the line comes to a talk: from the queue, or in an urgency from anywhere."""
    return wait.in_queue or wait.priority == Priority.URGENT


def _on_the_line(session: Session, wait: Wait) -> bool:
    """Whether the caller can be moved to a talk."""
    if wait.call_id is None or not _can_be_moved(wait):
        return False
    return session.get_one(CallRow, wait.call_id, populate_existing=True).ended_at is None


def _late(session: Session, leg: Leg, wait: Wait, now: datetime) -> Late:
    if leg.state != LegState.LATE:
        legs.move(leg, LegState.LATE, now)
    if leg.agent_id is not None:
        presence.free(session, leg.agent_id, wait, now)
    return Late()
