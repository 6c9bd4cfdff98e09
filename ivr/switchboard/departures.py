"""What follows when somebody hangs up in the middle of anything: one table.

Whoever is gone is in the scene no more. So, after the agent has gone, a guest's going leaves a new scene
without an agent, whose row of the agent then says what follows: a technician who hangs up on an owner whose
agent has left them together ends the talk (``TALK``, agent), and somebody outside who does not come leaves
the owner on hold to the queue (``HELD``, agent).
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from ivr.store.tables import Guest, Leg
from ivr.switchboard import guests
from ivr.switchboard.guests import GuestState, Role
from ivr.switchboard.holding import ON_HOLD


class Scene(StrEnum):
    """What goes on in a talk, as far as it matters who leaves it."""

    TALK = "talk"  #: owner and agent; a technician's telephone may ring
    HELD = "held"  #: the owner hears music; a colleague's telephone may ring
    CONSULT = "consult"  #: the owner hears music, agent and colleague talk about them
    TOGETHER = "together"  #: a technician, or somebody outside, is there too
    HANDED = "handed"  #: the owner hears music, and a telephone outside rings for them; the agent is done


class Party(StrEnum):
    """Who may leave."""

    OWNER = "owner"
    AGENT = "agent"
    COLLEAGUE = "colleague"
    TECHNICIAN = "technician"
    OUTSIDE = "outside"
    SUPERVISOR = "supervisor"


class Then(StrEnum):
    """What follows."""

    OVER = "over"  #: for everybody: nobody stays behind in an empty room, and no telephone goes on ringing
    GOES_ON = "goes_on"  #: for all others
    TAKEN_OVER = "taken_over"  #: the colleague has the owner now
    BACK_IN_QUEUE = "back_in_queue"  #: the owner, who knew of nothing, gets the next agent


TABLE: Mapping[tuple[Scene, Party], Then] = {
    (Scene.TALK, Party.OWNER): Then.OVER,
    (Scene.TALK, Party.AGENT): Then.OVER,
    (Scene.TALK, Party.TECHNICIAN): Then.GOES_ON,
    (Scene.TALK, Party.SUPERVISOR): Then.GOES_ON,
    (Scene.HELD, Party.OWNER): Then.OVER,
    (Scene.HELD, Party.AGENT): Then.BACK_IN_QUEUE,
    (Scene.HELD, Party.COLLEAGUE): Then.GOES_ON,
    (Scene.HELD, Party.TECHNICIAN): Then.GOES_ON,
    (Scene.HELD, Party.SUPERVISOR): Then.GOES_ON,
    (Scene.CONSULT, Party.OWNER): Then.OVER,
    (Scene.CONSULT, Party.AGENT): Then.TAKEN_OVER,
    (Scene.CONSULT, Party.COLLEAGUE): Then.GOES_ON,
    (Scene.CONSULT, Party.SUPERVISOR): Then.GOES_ON,
    (Scene.TOGETHER, Party.OWNER): Then.OVER,
    (Scene.TOGETHER, Party.AGENT): Then.GOES_ON,
    (Scene.TOGETHER, Party.TECHNICIAN): Then.GOES_ON,
    (Scene.TOGETHER, Party.OUTSIDE): Then.GOES_ON,
    (Scene.TOGETHER, Party.SUPERVISOR): Then.GOES_ON,
    (Scene.HANDED, Party.OWNER): Then.OVER,
    (Scene.HANDED, Party.AGENT): Then.GOES_ON,
    (Scene.HANDED, Party.OUTSIDE): Then.GOES_ON,
    (Scene.HANDED, Party.SUPERVISOR): Then.GOES_ON,
}

#: Guests for whose sake an owner stays in the room though their agent is gone.
_FOR_THE_OWNER = frozenset({Role.COLLEAGUE, Role.TECHNICIAN, Role.OUTSIDE})


def scene(leg: Leg, living: Iterable[Guest]) -> Scene:
    """What goes on in the talk of ``leg`` with these guests."""
    around = list(living)
    there = {guest.role for guest in around if guest.state == GuestState.PRESENT}
    if Role.COLLEAGUE in there:
        return Scene.CONSULT
    if there & {Role.TECHNICIAN, Role.OUTSIDE}:
        return Scene.TOGETHER
    if any(guest.role == Role.OUTSIDE for guest in around):
        return Scene.HANDED
    return Scene.HELD if leg.hold in ON_HOLD else Scene.TALK


def with_others(session: Session, leg_id: int, *, supervisors: bool = False) -> tuple[Leg, bool]:
    """The leg, and whether an owner whose agent is gone, or whose room closed, is not to be left alone yet.

    With ``supervisors``, whether anybody has to be looked after at all when somebody leaves the talk.
    """
    here = guests.is_living(leg_id)
    if not supervisors:
        here = and_(here, Guest.role.in_(_FOR_THE_OWNER))
    wanted = select(Leg, exists().where(here)).where(Leg.id == leg_id)
    leg, accompanied = session.execute(wanted.execution_options(populate_existing=True)).one()
    return leg, leg.hold is not None or accompanied
