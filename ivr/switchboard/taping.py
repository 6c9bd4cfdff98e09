"""The recording of a talk: announced before it begins, and paused while nobody else should hear what is said.

Whoever refuses to be recorded is not recorded: no recording is begun in their talks, unless they agree later.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from ivr.aftersales import refusals
from ivr.errors import Conflict
from ivr.settings import Settings
from ivr.store.tables import CallRow, Wait
from ivr.switchboard import owners, waits
from ivr.switchboard.talks import Talk


class Tape(StrEnum):
    """How the recording of a talk stands; null: there is none, because no notice of it was heard."""

    ON = "on"
    PAUSING = "pausing"  #: asked for
    PAUSED = "paused"  #: the carrier has done it
    RESUMING = "resuming"  #: asked to go on
    REFUSED = "refused"  #: paused from the beginning: nothing has been recorded
    BEGINNING = "beginning"  #: who refused has agreed: a recording is to begin


def at_the_beginning(session: Session, wait: Wait, *, settings: Settings) -> Tape:
    """What the recording of the talk with whoever waits begins as."""
    phone = _number(session, wait)
    refused = phone is not None and refusals.recordings_refused(session, [phone], settings=settings)
    return Tape.REFUSED if refused else Tape.ON


def pause(session: Session, talk: Talk, *, now: datetime) -> None:
    """Something is said that must not be recorded. Raises Conflict where nothing is recorded at all."""
    tape = _tape(talk)
    if tape in {Tape.ON, Tape.RESUMING}:
        talk.leg.tape = Tape.PAUSING
    elif tape == Tape.BEGINNING:
        talk.leg.tape = Tape.REFUSED
    waits.arrange(session, talk.wait, talk.leg.id, now)


def resume(session: Session, talk: Talk, *, settings: Settings, now: datetime) -> None:
    """The recording goes on; where it was refused, the caller has agreed now. Raises Conflict as `pause`."""
    tape = _tape(talk)
    if tape in {Tape.PAUSED, Tape.PAUSING}:
        talk.leg.tape = Tape.RESUMING
    elif tape == Tape.REFUSED:
        talk.leg.tape = Tape.BEGINNING
        if (phone := _number(session, talk.wait)) is not None:
            refusals.recordings_again(session, phone, settings=settings)
    waits.arrange(session, talk.wait, talk.leg.id, now)


def refuse(session: Session, talk: Talk, *, now: datetime) -> None:
    """The caller does not want to be recorded: not now, and not in later talks of the same number."""
    if talk.leg.tape is not None:
        pause(session, talk, now=now)
    if (phone := _number(session, talk.wait)) is not None:
        refusals.no_recordings(session, phone, now)


def _tape(talk: Talk) -> Tape:
    if talk.leg.tape is None:
        raise Conflict("this talk is not recorded", code="not_recorded")
    return Tape(talk.leg.tape)


def _number(session: Session, wait: Wait) -> str | None:
    """Whose voice it is: the number that called, else the one that is rung."""
    caller = session.get(CallRow, wait.call_id) if wait.call_id is not None else None
    return (caller.caller if caller is not None else None) or owners.number(session, wait)
