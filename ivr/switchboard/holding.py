"""The owner hears music, and nobody hears them; then they are taken back."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from ivr.settings import Settings
from ivr.switchboard import guests, waits
from ivr.switchboard.guests import Role
from ivr.switchboard.talks import Talk


class Hold(StrEnum):
    """How far the owner's hold has come; null: they are in the talk."""

    HOLDING = "holding"  #: asked for
    HELD = "held"  #: the carrier has done it
    RESUMING = "resuming"  #: asked to be taken back


#: The owner hears nobody, or is about to.
ON_HOLD = frozenset({Hold.HOLDING, Hold.HELD})


def hold(session: Session, talk: Talk, *, now: datetime) -> None:
    """Let the owner hear music. Asked for twice, it is the same hold."""
    if talk.leg.hold not in ON_HOLD:
        talk.leg.hold = Hold.HOLDING
        waits.arrange(session, talk.wait, talk.leg.id, now)


def take_back(session: Session, talk: Talk, *, settings: Settings, now: datetime) -> None:
    """The owner is in the talk again. A colleague who is consulted, or on the way, is thanked and gone."""
    colleagues = guests.with_role(talk.guests, Role.COLLEAGUE)
    guests.dismiss(session, talk.wait, colleagues, settings=settings, now=now)
    if talk.leg.hold in ON_HOLD:
        talk.leg.hold = Hold.RESUMING
    if talk.leg.hold is not None or colleagues:
        waits.arrange(session, talk.wait, talk.leg.id, now)
