"""A talk of an owner and an agent that goes on, as whoever acts on it finds it: locked, with its parties."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.errors import Conflict, NotFound
from ivr.store.tables import CallRow, Guest, Leg, Wait
from ivr.switchboard import guests, legs, moving, owners, waits
from ivr.switchboard.guests import GuestState, Role
from ivr.switchboard.legs import LegState
from ivr.switchboard.waits import WaitState

#: What `Conflict.code` says where nobody talks.
NO_TALK = "no_talk"

#: The agent of such a leg is in the talk.
IN_TALK = frozenset({LegState.ACCEPTED, LegState.CALLER_GONE})


@dataclass(frozen=True)
class Talk:
    """The rows of a talk, of which calls and wait are locked. A party that is gone is None."""

    wait: Wait
    leg: Leg
    owner: CallRow | None
    agent_call: CallRow | None
    #: On the way, or there.
    guests: list[Guest]
    #: Whether anybody has ever been asked in.
    had_guests: bool
    calls: dict[int, CallRow]

    @property
    def room(self) -> str:
        """The conference's name."""
        return legs.room(self.leg)

    def present(self, *roles: Role) -> list[Guest]:
        """The guests who are there for one of these."""
        return [each for each in guests.with_role(self.guests, *roles) if each.state == GuestState.PRESENT]


def of_agent(session: Session, agent_id: int) -> Talk:
    """The talk that this agent is in. Raises Conflict if there is none."""
    wanted = (
        select(Leg)
        .join(Wait, Wait.leg_id == Leg.id)
        .where(Leg.agent_id == agent_id, Leg.state.in_(IN_TALK))
        .order_by(Leg.id.desc())
        .limit(1)
    )
    leg = session.scalars(wanted).one_or_none()
    if leg is None:
        raise _nobody_talks()
    return _going_on(lock(session, leg.id))


def of_call(session: Session, sid: str) -> Talk:
    """The talk that the call of that sid is in. Raises NotFound, and Conflict if none goes on."""
    call = session.scalars(select(CallRow).where(CallRow.sid == sid)).one_or_none()
    if call is None:
        raise NotFound(f"there is no call {sid}")
    leg_id = session.scalar(select(Wait.leg_id).where(Wait.id == call.wait_id))
    if leg_id is None:
        raise _nobody_talks()
    return _going_on(lock(session, leg_id))


def lock(session: Session, leg_id: int) -> Talk:
    """The talk of that leg, whether it goes on or not. Locks its calls by their ids, then the wait."""
    seen = session.get_one(Leg, leg_id)
    wait = session.get_one(Wait, seen.wait_id)
    asked = [guest.call_id for guest in guests.ever(session, seen)]
    owner_id = _owner_id(session, wait)
    calls = moving.lock_calls(session, seen.call_id, owner_id, *asked)
    wait = waits.lock(session, seen.wait_id)
    leg = legs.of_call(session, calls[seen.call_id])
    agent_call = calls[leg.call_id]
    in_talk = leg.state in IN_TALK and agent_call.ended_at is None
    owner = calls.get(owner_id or 0)
    ever = guests.ever(session, leg)
    return Talk(
        wait=wait,
        leg=leg,
        owner=owner if owner is not None and owner.ended_at is None else None,
        agent_call=agent_call if in_talk else None,
        guests=[guest for guest in ever if guest.state in guests.LIVING],
        had_guests=bool(ever),
        calls=calls,
    )


def _owner_id(session: Session, wait: Wait) -> int | None:
    """The caller's call; or, where the caller was gone and an agent rang the owner, that one."""
    if wait.state != WaitState.SERVED:
        return wait.call_id
    reached = (
        select(CallRow.id)
        .where(
            CallRow.wait_id == wait.id,
            CallRow.purpose == owners.PURPOSE,
            CallRow.outcome == owners.REACHED,
            CallRow.ended_at.is_(None),
        )
        .order_by(CallRow.id.desc())
        .limit(1)
    )
    return session.scalar(reached)


def _going_on(talk: Talk) -> Talk:
    together = talk.wait.leg_id == talk.leg.id and talk.wait.state in {WaitState.TALKING, WaitState.SERVED}
    if not together or talk.owner is None or talk.agent_call is None:
        raise _nobody_talks()
    return talk


def _nobody_talks() -> Conflict:
    return Conflict("nobody talks with an owner here now", code=NO_TALK)
