"""Handing an owner on: blindly, to a colleague, the queue or a number outside; or warmly, after consulting.

Whoever is handed on to an agent or a skill waits at their old place in the queue, with all that it knows:
ringing, whisper, acceptance, and what happens if anybody hangs up.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from ivr.aftersales import events
from ivr.aftersales.events import EventKind
from ivr.errors import Conflict
from ivr.settings import Settings
from ivr.store.tables import Agent, Case, Guest, Leg
from ivr.switchboard import guests, legs, moving, presence, queue, talking, waits
from ivr.switchboard.agent_fields import Skill
from ivr.switchboard.guests import GuestState, Role
from ivr.switchboard.holding import Hold
from ivr.switchboard.presence import Presence
from ivr.switchboard.talks import Talk

AGAIN = "waiting.again"  #: the owner waits again
TALK_OVER = "agent.talked"  #: the agent is done


def to_agent(session: Session, talk: Talk, colleague: Agent, *, settings: Settings, now: datetime) -> None:
    """Blindly to a colleague: they are rung first, and whoever is next if they do not take it.

    Raises Conflict if the colleague is not available now.
    """
    if colleague.id == talk.leg.agent_id or colleague.presence != Presence.AVAILABLE:
        raise Conflict("this colleague is not available", code="busy")
    _hand_on(session, talk, settings=settings, now=now)
    back_in_queue(session, talk, now=now, for_agent_id=colleague.id)


def to_queue(session: Session, talk: Talk, skill: Skill, *, settings: Settings, now: datetime) -> None:
    """Blindly to whoever has this skill and is next."""
    _hand_on(session, talk, settings=settings, now=now)
    back_in_queue(session, talk, now=now, skill=skill)


def to_number(session: Session, talk: Talk, phone: str, *, settings: Settings, now: datetime) -> Guest:
    """Blindly to a number outside: the owner hears music while it rings, and is in the queue if nobody comes.

    Raises Invalid for a number that may not be dialled.
    """
    _hand_on(session, talk, settings=settings, now=now)
    talk.leg.hold = Hold.HOLDING
    outside = guests.ask(session, talk.wait, talk.leg, Role.OUTSIDE, phone, settings=settings, now=now)
    waits.arrange(session, talk.wait, talk.leg.id, now)
    return outside


def consult(
    session: Session, talk: Talk, colleague: Agent, *, reason: str = "", settings: Settings, now: datetime
) -> Guest:
    """Warmly: the owner hears music, and the colleague's telephone rings; they hear who asks, and why.

    Then `complete`, or `ivr.switchboard.holding.take_back`. Raises Conflict if somebody has been asked in
    already or the colleague's telephone is taken, Invalid for too long a reason.
    """
    if guests.with_role(talk.guests, Role.COLLEAGUE, Role.TECHNICIAN):
        raise Conflict("somebody has been asked into this talk already", code="occupied")
    if talk.leg.hold != Hold.HELD:
        talk.leg.hold = Hold.HOLDING
    asked = guests.ask(
        session, talk.wait, talk.leg, Role.COLLEAGUE, colleague, reason=reason, settings=settings, now=now
    )
    waits.arrange(session, talk.wait, talk.leg.id, now)
    return asked


def complete(session: Session, talk: Talk, *, settings: Settings, now: datetime) -> Leg:
    """The colleague who was consulted has the owner now, and the agent is in wrap-up; the colleague's leg.

    Raises Conflict if no colleague is there.
    """
    colleagues = talk.present(Role.COLLEAGUE)
    if not colleagues:
        raise Conflict("no colleague has come yet", code="nobody_there")
    _release_agent(session, talk, settings=settings, now=now)
    return take_over(session, talk, colleagues[0], now=now)


def take_over(session: Session, talk: Talk, guest: Guest, *, now: datetime) -> Leg:
    """The colleague becomes the talk's agent, where the owner is; supervisors stay with the owner."""
    call = talk.calls[guest.call_id]
    guests.move(guest, GuestState.TOOK_OVER, now)
    leg = Leg(
        wait_id=talk.wait.id,
        agent_id=guest.agent_id,
        call_id=call.id,
        round=talk.leg.round,
        state=_state_before(talk),
        found=guest.found,
        room=talk.room,
        hold=Hold.RESUMING if talk.leg.hold is not None else None,
        tape=talk.leg.tape,
        created_at=now,
    )
    session.add(leg)
    session.flush()
    call.purpose = "agent"
    talk.leg.hold = None
    talk.wait.agent_id, talk.wait.leg_id = guest.agent_id, leg.id
    for supervisor in guests.with_role(talk.guests, Role.SUPERVISOR):
        supervisor.leg_id = leg.id
    case = session.get(Case, talk.wait.case_id) if talk.wait.case_id is not None else None
    if case is not None and guest.agent_id is not None:
        by = presence.get(session, guest.agent_id).name
        events.record(session, case, EventKind.HANDED_OVER, by=by, now=now)
    waits.arrange(session, talk.wait, leg.id, now)
    return leg


def back_in_queue(
    session: Session,
    talk: Talk,
    *,
    now: datetime,
    for_agent_id: int | None = None,
    skill: Skill | None = None,
) -> None:
    """The owner waits for the next agent, from where they stood."""
    owner = talk.owner
    if owner is None:
        return
    waiting = queue.again(
        session, talk.wait, owner, leg=talk.leg, now=now, for_agent_id=for_agent_id, skill=skill
    )
    talk.leg.hold = None
    moving.overtake(session, owner, AGAIN, now)
    waits.arrange(session, talk.wait, talk.leg.id, now)
    if waiting is not talk.wait:
        waits.connect(session, waiting, now)  # an owner who was rung is in no talk of that wait


def _hand_on(session: Session, talk: Talk, *, settings: Settings, now: datetime) -> None:
    """The agent does not wait for whoever is next; whom they had asked in is thanked and gone."""
    guests.dismiss(session, talk.wait, talk.guests, settings=settings, now=now)
    _release_agent(session, talk, settings=settings, now=now)


def _release_agent(session: Session, talk: Talk, *, settings: Settings, now: datetime) -> None:
    """The agent is in wrap-up, and their call leaves the room."""
    talking.finish(session, talk.wait, talk.leg, legs.LegState.TALKED, settings=settings, now=now)
    if talk.agent_call is not None:
        moving.overtake(session, talk.agent_call, TALK_OVER, now)
        waits.arrange(session, talk.wait, talk.leg.id, now)


def _state_before(talk: Talk) -> legs.LegState:
    """How the leg of whoever takes over stands: as that of an agent who talks with such an owner."""
    from_queue = talk.owner is not None and talk.owner.id == talk.wait.call_id
    return legs.LegState.ACCEPTED if from_queue else legs.LegState.CALLER_GONE
