"""A technician's telephone is brought into the talk: owner, agent and technician hear each other."""

from datetime import datetime

from sqlalchemy.orm import Session

from ivr.errors import Conflict
from ivr.settings import Settings
from ivr.store.tables import Guest
from ivr.switchboard import guests, waits
from ivr.switchboard.guests import Role
from ivr.switchboard.talks import Talk


def invite(session: Session, talk: Talk, phone: str, *, settings: Settings, now: datetime) -> Guest:
    """Have the technician at ``phone`` rung; they come in by pressing ``1``.

    Raises Conflict where somebody is asked for already, Invalid for a number that may not be dialled.
    """
    if guests.with_role(talk.guests, Role.TECHNICIAN, Role.COLLEAGUE, Role.OUTSIDE):
        raise Conflict("somebody has been asked into this talk already", code="occupied")
    return guests.ask(session, talk.wait, talk.leg, Role.TECHNICIAN, phone, settings=settings, now=now)


def dismiss(session: Session, talk: Talk, *, settings: Settings, now: datetime) -> None:
    """The technician is out of the talk, or need not come any more."""
    technicians = guests.with_role(talk.guests, Role.TECHNICIAN)
    guests.dismiss(session, talk.wait, technicians, settings=settings, now=now)
    if technicians:
        waits.arrange(session, talk.wait, talk.leg.id, now)
