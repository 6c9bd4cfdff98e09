"""Those who are brought into a talk, as records: a colleague, a technician, somebody outside, a supervisor.

Each is one ringing of one telephone, guarded by the wait's lock. Nobody comes in without pressing ``1``, so
that no voicemail ever does.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from ivr.aftersales.numbers import may_dial, may_ring
from ivr.errors import Conflict, Invalid, MoveNotAllowed
from ivr.settings import Settings
from ivr.store import jobs
from ivr.store.jobs import JobKind
from ivr.store.tables import Agent, CallRow, Guest, Leg, Wait
from ivr.switchboard import legs, presence, waits

PURPOSE = "guest"
FIRST_STEP = "guest.answered"

#: Letters of why somebody is asked: it is spoken to them.
LONGEST_REASON = 200


class Role(StrEnum):
    """What somebody comes into a talk for."""

    COLLEAGUE = "colleague"  #: is consulted while the owner is on hold, and may take over
    TECHNICIAN = "technician"  #: talks with owner and agent
    OUTSIDE = "outside"  #: gets the owner from an agent who does not wait for them
    SUPERVISOR = "supervisor"  #: listens, whispers to the agent, or joins


class GuestState(StrEnum):
    """How the ringing of a guest's telephone stands, or how it ended."""

    RINGING = "ringing"
    GREETED = "greeted"  #: answered; somebody, or a machine, hears what it is about
    PRESENT = "present"
    LEFT = "left"
    TOOK_OVER = "took_over"  #: the owner is theirs now
    DECLINED = "declined"  #: ``2``
    NO_KEY = "no_key"
    HUNG_UP = "hung_up"  #: answered, and hung up without a key
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    CALLED_OFF = "called_off"  #: no longer needed


#: On the way, or there.
LIVING = frozenset({GuestState.RINGING, GuestState.GREETED, GuestState.PRESENT})

_NOT_COMING = frozenset({GuestState.DECLINED, GuestState.NO_KEY, GuestState.HUNG_UP, GuestState.CALLED_OFF})
_UNANSWERED = frozenset({GuestState.NO_ANSWER, GuestState.BUSY, GuestState.FAILED, GuestState.CALLED_OFF})

MOVES: Mapping[GuestState, frozenset[GuestState]] = {
    GuestState.RINGING: frozenset({GuestState.GREETED, *_UNANSWERED, *_NOT_COMING, GuestState.PRESENT}),
    GuestState.GREETED: frozenset({GuestState.PRESENT, *_NOT_COMING}),
    GuestState.PRESENT: frozenset({GuestState.LEFT, GuestState.TOOK_OVER, GuestState.CALLED_OFF}),
    **{
        state: frozenset()
        for state in GuestState
        if state not in {GuestState.RINGING, GuestState.GREETED, GuestState.PRESENT}
    },
}


def move(guest: Guest, to: GuestState, now: datetime) -> None:
    """Change the state of ``guest``, whose wait is locked; the same again changes nothing.

    Raises MoveNotAllowed if the table does not list the move.
    """
    if guest.state == to:
        return
    if to not in MOVES[GuestState(guest.state)]:
        raise MoveNotAllowed(f"a guest who is {guest.state} cannot become {to}")
    guest.state = to
    if to not in LIVING:
        guest.ended_at = now


def ask(
    session: Session,
    wait: Wait,
    leg: Leg,
    role: Role,
    whom: Agent | str,
    *,
    reason: str = "",
    mode: str | None = None,
    settings: Settings,
    now: datetime,
) -> Guest:
    """Have the telephone of ``whom`` rung, an agent's or a number outside, to come into the talk of ``leg``.

    Raises Conflict if the agent's telephone is taken, Invalid for a number that may not be dialled or too
    long a reason. ``wait`` is locked.
    """
    if len(reason) > LONGEST_REASON:
        raise Invalid("the reason is too long", {"reason": f"expected at most {LONGEST_REASON} characters"})
    agent = whom if isinstance(whom, Agent) else None
    phone = whom if isinstance(whom, str) else whom.phone
    if not (may_ring if agent is not None else may_dial)(phone, settings.countries):
        raise Invalid("this number may not be dialled", {"phone": "is in no country that may be dialled"})
    found = agent.presence if agent is not None else None
    if agent is not None:
        _take(session, agent, wait, now)
    call = legs.outbound(
        PURPOSE, phone, settings=settings, now=now, case_id=wait.case_id, agent=agent, wait=wait
    )
    session.add(call)
    session.flush()
    guest = Guest(
        wait_id=wait.id,
        leg_id=leg.id,
        role=role,
        agent_id=agent.id if agent is not None else None,
        phone=phone,
        call_id=call.id,
        state=GuestState.RINGING,
        mode=mode,
        reason=" ".join(reason.split()) or None,
        found=found,
        created_at=now,
    )
    session.add(guest)
    session.flush()
    jobs.schedule(session, JobKind.GUEST, guest.id, now, waits.urgency(wait))
    return guest


def _take(session: Session, agent: Agent, wait: Wait, now: datetime) -> None:
    if agent.deactivated_at is not None or not presence.is_free(agent):
        raise Conflict("this agent cannot be rung now", code="busy")
    if not presence.take(session, agent, wait, now):
        raise Conflict("this agent's telephone has just been taken", code="busy")
    session.refresh(agent)


def ever(session: Session, leg: Leg) -> list[Guest]:
    """Whoever was asked into the talk of ``leg``, in that order, as they stand now."""
    wanted = select(Guest).where(Guest.leg_id == leg.id).order_by(Guest.id)
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def living(session: Session, leg: Leg) -> list[Guest]:
    """Who is on the way to the talk of ``leg``, or there."""
    return [guest for guest in ever(session, leg) if guest.state in LIVING]


def is_living(leg_id: int) -> ColumnElement[bool]:
    """Guests of that talk who are on the way, or there."""
    condition: ColumnElement[bool] = Guest.state.in_(LIVING)
    return condition & (Guest.leg_id == leg_id)


def of_call(session: Session, call: CallRow) -> Guest:
    """The guest whose call this is, as they stand now; their wait's lock guards them."""
    wanted = select(Guest).where(Guest.call_id == call.id)
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def with_role(among: Iterable[Guest], *roles: Role) -> list[Guest]:
    """Those of them who come for one of these."""
    return [guest for guest in among if guest.role in roles]


def dismiss(
    session: Session, wait: Wait, over: Iterable[Guest], *, settings: Settings, now: datetime
) -> None:
    """They are not needed any more: their telephones stop ringing, or they are out of the talk."""
    calls = []
    for guest in over:
        was_there = guest.state == GuestState.PRESENT
        move(guest, GuestState.CALLED_OFF, now)
        set_free(session, wait, guest, was_there=was_there, settings=settings, now=now)
        calls.append(guest.call_id)
    session.flush()
    legs.hang_up(session, calls, now)


def set_free(
    session: Session, wait: Wait, guest: Guest, *, was_there: bool, settings: Settings, now: datetime
) -> None:
    """The guest's own telephone is no longer taken; who was in the talk has something to write up."""
    if guest.agent_id is None:
        return
    if was_there:
        seconds = settings.wrap_up_seconds
        presence.wrap_up(session, guest.agent_id, wait, found=guest.found, now=now, seconds=seconds)
    else:
        presence.let_go(presence.lock(session, guest.agent_id), wait, now)
