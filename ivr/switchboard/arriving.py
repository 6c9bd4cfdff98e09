"""What guests do with a telephone that rings: come into the talk, decline, leave it; and the ringing itself.

The row of the guest's call is locked by whoever tells of it; then the wait is.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ivr.errors import CarrierRefused, NotFound
from ivr.settings import Settings
from ivr.store.jobs import Done
from ivr.store.tables import Agent, CallRow, Case, Guest, Leg, Wait
from ivr.switchboard import answering, guests, legs, placing, presence, talking, waits
from ivr.switchboard.answering import Offer
from ivr.switchboard.desk import Desk
from ivr.switchboard.guests import GuestState, Role
from ivr.switchboard.holding import ON_HOLD, Hold
from ivr.switchboard.waits import WaitState

_OUTCOMES = {"busy": GuestState.BUSY, "failed": GuestState.FAILED, "canceled": GuestState.FAILED}


@dataclass(frozen=True)
class Asked:
    """What a guest hears before they decide."""

    role: Role
    by: str
    reason: str | None
    about: Offer


@dataclass(frozen=True)
class Place:
    """Where a guest goes: heard or unheard, with or without a recording of which they must know."""

    room: str
    muted: bool
    recorded: bool


def greet(session: Session, call: CallRow, *, now: datetime) -> None:
    """The telephone was answered."""
    waits.lock(session, call.wait_id)
    guest = guests.of_call(session, call)
    if guest.state == GuestState.RINGING:
        guests.move(guest, GuestState.GREETED, now)


def asked(session: Session, call: CallRow) -> Asked | None:
    """Who asks them, and why; None if they are not needed any more. Reads only."""
    guest = guests.of_call(session, call)
    if guest.state not in guests.LIVING:
        return None
    wait = session.get_one(Wait, guest.wait_id)
    leg = session.get_one(Leg, guest.leg_id)
    agent = session.get(Agent, leg.agent_id) if leg.agent_id is not None else None
    case = session.get(Case, wait.case_id) if wait.case_id is not None else None
    return Asked(Role(guest.role), answering.name(agent), guest.reason, answering.described(wait, case))


def come(session: Session, call: CallRow, *, now: datetime) -> Place | None:
    """The guest pressed ``1``: where the talk is. None if they are not needed any more."""
    wait = waits.lock(session, call.wait_id)
    guest = guests.of_call(session, call)
    if guest.state not in guests.LIVING or call.ended_at is not None:
        return None
    leg = session.get_one(Leg, guest.leg_id, populate_existing=True)
    if guest.agent_id is not None:
        agent = presence.lock(session, guest.agent_id)
        if not presence.talk(agent, wait, now):
            return None
    guests.move(guest, GuestState.PRESENT, now)
    if guest.role == Role.OUTSIDE and leg.hold in ON_HOLD:
        leg.hold = Hold.RESUMING
    waits.arrange(session, wait, leg.id, now)
    return _place(leg, guest)


def decline(session: Session, call: CallRow, *, by_key: bool, settings: Settings, now: datetime) -> None:
    """The guest pressed ``2``, or nothing."""
    wait = waits.lock(session, call.wait_id)
    guest = guests.of_call(session, call)
    if guest.state in {GuestState.RINGING, GuestState.GREETED}:
        outcome = GuestState.DECLINED if by_key else GuestState.NO_KEY
        _gone(session, wait, guest, outcome, settings=settings, now=now)


def out_of_the_room(session: Session, call: CallRow, *, settings: Settings, now: datetime) -> Place | None:
    """The guest is out of the talk. Where it goes on, if only their room was closed: see `departures`."""
    wait = waits.lock(session, call.wait_id)
    guest = guests.of_call(session, call)
    if guest.state == GuestState.TOOK_OVER:
        talking.over_for_agent(session, call, settings=settings, now=now)
        return None
    owner = session.get(CallRow, wait.call_id) if wait.call_id is not None else None
    goes_on = wait.state == WaitState.TALKING and owner is not None and owner.ended_at is None
    if guest.state != GuestState.PRESENT or not goes_on:
        return None
    leg = session.get_one(Leg, guest.leg_id, populate_existing=True)
    waits.arrange(session, wait, leg.id, now)
    return _place(leg, guest)


def hung_up(session: Session, call: CallRow, status: str, *, settings: Settings, now: datetime) -> None:
    """The guest's call is over, with the carrier's ``status``. Each end has its name."""
    wait = waits.lock(session, call.wait_id)
    guest = guests.of_call(session, call)
    match GuestState(guest.state):
        case GuestState.RINGING:
            outcome = _OUTCOMES.get(status, GuestState.NO_ANSWER)
        case GuestState.GREETED:
            outcome = GuestState.HUNG_UP
        case GuestState.PRESENT:
            outcome = GuestState.LEFT
        case _:
            return
    _gone(session, wait, guest, outcome, settings=settings, now=now)


def dial(desk: Desk, key: int) -> Done:
    """Place the call to the guest with the id ``key``. One that the carrier refuses does not come."""
    with desk.store.reading() as session:
        guest = session.get_one(Guest, key)
        call = session.get_one(CallRow, guest.call_id)
    if guest.state not in guests.LIVING or call.ended_at is not None:
        return Done(guest.state)
    request = placing.request(desk.settings, call, guests.FIRST_STEP, desk.settings.ring_seconds)
    try:
        placing.place(desk.store, desk.carrier, call.id, request, clock=desk.clock, settings=desk.settings)
    except (CarrierRefused, NotFound) as fault:
        with desk.store.transaction() as session:
            refused = session.get_one(CallRow, call.id, with_for_update={"key_share": True})
            hung_up(session, refused, "failed", settings=desk.settings, now=desk.clock.now())
        return Done(f"not placed: {type(fault).__name__}")
    return Done("placed")


def _gone(
    session: Session, wait: Wait, guest: Guest, outcome: GuestState, *, settings: Settings, now: datetime
) -> None:
    """They are not, or no longer, in the talk; the others are looked after."""
    guests.move(guest, outcome, now)
    was_there = outcome == GuestState.LEFT
    guests.set_free(session, wait, guest, was_there=was_there, settings=settings, now=now)
    session.flush()
    waits.arrange(session, wait, guest.leg_id, now)
    if guest.agent_id is not None and not was_there:
        waits.wake(session, now)


def _place(leg: Leg, guest: Guest) -> Place:
    """Everybody who supervises comes in unheard; the carrier is asked for more then."""
    strangers = guest.role in {Role.TECHNICIAN, Role.OUTSIDE}
    return Place(
        room=legs.room(leg),
        muted=guest.role == Role.SUPERVISOR,
        recorded=strangers and leg.tape is not None,
    )
