"""A supervisor takes part in a talk: hears it, speaks to the agent alone, or joins it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from ivr.errors import Conflict
from ivr.settings import Settings
from ivr.store.tables import Agent, Guest
from ivr.switchboard import guests, waits
from ivr.switchboard.guests import Role
from ivr.switchboard.talks import Talk


class Mode(StrEnum):
    """How a supervisor takes part."""

    LISTEN = "listen"  #: hears all, is heard by nobody
    WHISPER = "whisper"  #: is heard by the agent only
    JOIN = "join"  #: is heard by all


def supervise(
    session: Session, talk: Talk, supervisor: Agent, mode: Mode, *, settings: Settings, now: datetime
) -> Guest:
    """Have the supervisor's telephone rung, or change how they take part. Everybody comes in unheard.

    Raises Conflict for the talk's own agent, and where the telephone is taken.
    """
    if supervisor.id == talk.leg.agent_id:
        raise Conflict("nobody supervises themselves", code="own_talk")
    guest = _of(talk, supervisor)
    if guest is None:
        return guests.ask(
            session, talk.wait, talk.leg, Role.SUPERVISOR, supervisor, mode=mode, settings=settings, now=now
        )
    guest.mode = mode
    waits.arrange(session, talk.wait, talk.leg.id, now)
    return guest


def leave(session: Session, talk: Talk, supervisor: Agent, *, settings: Settings, now: datetime) -> None:
    """The supervisor is out of the talk; who was not in it stays so."""
    guest = _of(talk, supervisor)
    if guest is not None:
        guests.dismiss(session, talk.wait, [guest], settings=settings, now=now)


def _of(talk: Talk, supervisor: Agent) -> Guest | None:
    supervising = guests.with_role(talk.guests, Role.SUPERVISOR)
    return next((guest for guest in supervising if guest.agent_id == supervisor.id), None)
