"""What an owner will be told of a date, for whoever is about to book, move or cancel it.

The text itself is written after the deed (`ivr.aftersales.announce`); this says beforehand what it will be.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from ivr.aftersales import texts
from ivr.aftersales.text_bodies import Sender, plain
from ivr.aftersales.texts import Purpose
from ivr.settings import Settings
from ivr.store.tables import Appointment, Case, TextRow


class Deed(StrEnum):
    """What is about to be done to a date."""

    BOOK = "book"
    CHANGE = "change"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Foreseen:
    """The text that follows. ``phone`` is None where nobody can be texted: an agent gets the task to ring."""

    phone: str | None
    body: str
    #: When it leaves, in UTC: at once, or when texts may go again.
    at: datetime


def told(
    session: Session, case: Case, appointment: Appointment, deed: Deed, *, settings: Settings, now: datetime
) -> Foreseen:
    """The text that follows if an agent does that now. ``appointment`` need not be stored."""
    sender = Sender.of(settings)
    write, purpose = {
        Deed.BOOK: (sender.booking, Purpose.BOOKING),
        Deed.CHANGE: (sender.change, Purpose.CHANGE),
        Deed.CANCEL: (sender.cancelling, Purpose.CANCELLING),
    }[deed]
    return _text(session, case, purpose, write(case, appointment), settings=settings, now=now)


def cancelled(session: Session, case: Case, *, settings: Settings, now: datetime) -> Foreseen:
    """The text that follows if an agent cancels the whole case now."""
    body = Sender.of(settings).cancelled(case)
    return _text(session, case, Purpose.CANCELLING, body, settings=settings, now=now)


def _text(
    session: Session, case: Case, purpose: Purpose, body: str, *, settings: Settings, now: datetime
) -> Foreseen:
    phones = [contact.phone for contact in case.contacts]
    as_queued = TextRow(purpose=purpose, at_once=False, created_at=now)
    return Foreseen(
        phone=texts.reach(session, phones, settings=settings),
        body=plain(body),
        at=texts.permitted(as_queued, case, settings=settings, now=now),
    )
