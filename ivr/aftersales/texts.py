"""Text messages: to whom, when, once; and what those mean that come in.

Texts go only to numbers whose national part begins with 9, never to one that answered ALTO or STOP, and
outside the hours for texts only about urgencies or what the owner has just done.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from ivr.aftersales import cases, numbers, refusals, tasks, visits, works
from ivr.aftersales.calendar import BusinessCalendar, Hours, next_allowed
from ivr.aftersales.events import OWNER, EventKind, record
from ivr.aftersales.life import AppointmentKind, AppointmentStatus
from ivr.aftersales.tasks import TaskKind
from ivr.aftersales.text_bodies import plain, segments
from ivr.settings import Settings
from ivr.store.jobs import JobKind, Priority, insert_for, schedule
from ivr.store.tables import Appointment, Case, TextRow


class Purpose(StrEnum):
    """What a text is for."""

    BOOKING = "booking"
    CHANGE = "change"
    CANCELLING = "cancelling"
    URGENT_NUMBER = "urgent_number"
    ABOUT_TO_CALL = "about_to_call"
    NOT_COVERED = "not_covered"
    CLOSED = "closed"
    REMINDER = "reminder"
    SUPERVISOR = "supervisor"
    AGENT_AWAY = "agent_away"
    RECEIVED = "received"


#: What somebody must be told in another way if the text does not go.
MUST_KNOW = frozenset({Purpose.BOOKING, Purpose.CHANGE, Purpose.CANCELLING, Purpose.NOT_COVERED})
_AT_ANY_HOUR = frozenset({Purpose.URGENT_NUMBER, Purpose.SUPERVISOR})
#: So long after a call somebody may be texted at any hour about what they did in it.
JUST_DONE = timedelta(minutes=10)


class State(StrEnum):
    """What became of a text."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    RECEIVED = "received"


_STOP = frozenset({"ALTO", "STOP"})
_CONFIRM, _CHANGE, _CANCEL = "1", "2", "3"
#: What the carrier says of a text (Twilio, Messages: Status), as far as it is news to us.
_NEWS = {
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "failed": State.FAILED,
    "undelivered": State.FAILED,
}
_FINAL = (State.DELIVERED, State.FAILED, State.REFUSED)


def queue(
    session: Session,
    purpose: Purpose,
    phone: str,
    body: str,
    *,
    settings: Settings,
    now: datetime,
    case: Case | None = None,
    appointment: Appointment | None = None,
    once: str | None = None,
    at_once: bool = False,
) -> TextRow | None:
    """Have ``body`` sent as soon as texts may go, by the clocks of the case's project.

    ``at_once``: the reader has just done what it is about, so that the hour does not matter; nor does it for
    urgencies. With ``once`` a second request for the same reason finds the first. None where texts cannot go:
    no mobile, or refused.
    """
    if not numbers.takes_texts(phone) or refusals.texts_refused(session, [phone], settings=settings):
        return None
    body = plain(body)
    values = {
        "direction": "out",
        "phone": phone,
        "body": body,
        "purpose": purpose,
        "case_id": case.id if case else None,
        "appointment_id": appointment.id if appointment else None,
        "state": State.DUE,
        "once": once,
        "segments": segments(body),
        "at_once": at_once,
        "created_at": now,
    }
    fresh = insert_for(session, TextRow).values(**values).on_conflict_do_nothing(index_elements=["once"])
    text: TextRow | None = session.scalars(fresh.returning(TextRow)).one_or_none()
    if text is None:
        return session.scalars(select(TextRow).where(TextRow.once == once)).one()
    priority = Priority.URGENT if purpose in _AT_ANY_HOUR else Priority.ROUTINE
    schedule(session, JobKind.TEXT, text.id, permitted(text, case, settings=settings, now=now), priority)
    return text


def permitted(text: TextRow, case: Case | None, *, settings: Settings, now: datetime) -> datetime:
    """``now`` if this text, which is about ``case``, may go at this moment, else when it may.

    One that could not go at once waits for the morning like any other.
    """
    if text.purpose in _AT_ANY_HOUR or (text.at_once and now - text.created_at <= JUST_DONE):
        return now
    return _allowed(case, settings, now)


def reach(session: Session, phones: Sequence[str], *, settings: Settings) -> str | None:
    """The first of ``phones`` that takes texts and has not refused them; no query where none takes them."""
    mobiles = [phone for phone in phones if numbers.takes_texts(phone)]
    refused = refusals.texts_refused(session, mobiles, settings=settings) if mobiles else set()
    return next((phone for phone in mobiles if phone not in refused), None)


def tell(
    session: Session,
    purpose: Purpose,
    case: Case,
    body: str,
    *,
    settings: Settings,
    now: datetime,
    appointment: Appointment | None = None,
    once: str | None = None,
    at_once: bool = False,
    known: bool = False,
) -> TextRow | None:
    """Queue a text to the case's first contact that takes texts; None if there is none.

    Then, if it is something that they `MUST_KNOW` and they have not done it themselves (``known``), an agent
    gets the task to tell them.
    """
    phones = [contact.phone for contact in case.contacts]
    reached = reach(session, phones, settings=settings)
    if reached is not None:
        return queue(
            session,
            purpose,
            reached,
            body,
            settings=settings,
            now=now,
            case=case,
            appointment=appointment,
            once=once,
            at_once=at_once,
        )
    if purpose in MUST_KNOW and not known:
        tasks.open_task(
            session,
            TaskKind.NO_TEXT,
            now=now,
            case=case,
            phone=phones[0] if phones else None,
            detail=body,
            once=f"no_text:{once}" if once else None,
        )
    return None


def take_back(session: Session, *which: ColumnElement[bool]) -> None:
    """Those texts that have not left are not sent any more: their jobs find nothing to do."""
    session.execute(update(TextRow).where(*which, TextRow.state == State.DUE).values(state=State.REFUSED))


def news(session: Session, sid: str, status: str, now: datetime) -> None:
    """What the carrier says became of a text; said late or twice it changes nothing.

    One that the owner must know and that did not arrive makes a task.
    """
    state = _NEWS.get(status)
    if state is None:
        return
    moved = (
        update(TextRow)
        .where(TextRow.sid == sid, TextRow.direction == "out", TextRow.state.not_in({*_FINAL, state}))
        .values(state=state)
        .returning(TextRow)
    )
    text = session.scalars(moved).one_or_none()
    if text is not None and state == State.FAILED:
        failed(session, text, now)


def failed(session: Session, text: TextRow, now: datetime) -> None:
    """It will not arrive: where it must be known, an agent gets the task to say it."""
    text.state = State.FAILED
    if text.purpose in MUST_KNOW:
        tasks.open_task(
            session,
            TaskKind.TEXT_FAILED,
            now=now,
            case=session.get(Case, text.case_id) if text.case_id else None,
            phone=text.phone,
            detail=text.body,
            once=f"text_failed:{text.id}",
        )


def receive(session: Session, sid: str, from_: str, body: str, now: datetime) -> None:
    """A text came: ALTO and STOP are obeyed, 1, 2 and 3 answer the last reminder, the rest is for a person.

    The same ``sid`` again changes nothing.
    """
    values = {
        "sid": sid,
        "direction": "in",
        "phone": from_,
        "body": body,
        "purpose": Purpose.RECEIVED,
        "state": State.RECEIVED,
        "segments": segments(body),
        "at_once": False,
        "created_at": now,
    }
    fresh = insert_for(session, TextRow).values(**values).on_conflict_do_nothing(index_elements=["sid"])
    text: TextRow | None = session.scalars(fresh.returning(TextRow)).one_or_none()
    if text is None:
        return
    word = re.sub(r"\W", "", body).upper()
    if word in _STOP:
        refusals.no_texts(session, from_, now)
        take_back(session, TextRow.phone == from_)
        return
    reminded = _reminded(session, from_, now) if word in {_CONFIRM, _CHANGE, _CANCEL} else None
    if reminded is None:
        _ask_a_person(session, text, now)
    else:
        _answer(session, text, word, reminded, now)


def _answer(session: Session, text: TextRow, word: str, appointment: Appointment, now: datetime) -> None:
    case = cases.lock(session, appointment.case_id)
    session.refresh(appointment)
    text.case_id, text.appointment_id = case.id, appointment.id
    if appointment.status != AppointmentStatus.BOOKED:
        _ask_a_person(session, text, now)
    elif word == _CONFIRM:
        appointment.confirmed_at = now
        record(session, case, EventKind.COMMENT, by=OWNER, now=now, confirmed=appointment.id)
    elif word == _CANCEL:
        diary = visits if appointment.kind == AppointmentKind.VISIT else works
        diary.cancel(session, case, appointment, by=OWNER, now=now)
    else:
        _ask_a_person(session, text, now, case)


def _reminded(session: Session, phone: str, now: datetime) -> Appointment | None:
    """What the last reminder to that number was about, if it still lies ahead."""
    last = (
        select(TextRow.appointment_id)
        .where(TextRow.phone == phone, TextRow.direction == "out", TextRow.purpose == Purpose.REMINDER)
        .order_by(TextRow.created_at.desc(), TextRow.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    ahead = select(Appointment).where(
        Appointment.id == last, Appointment.status == AppointmentStatus.BOOKED, Appointment.start > now
    )
    return session.scalars(ahead).one_or_none()


def _ask_a_person(session: Session, text: TextRow, now: datetime, case: Case | None = None) -> None:
    if case is None:
        known = cases.open_of_contact(session, text.phone)
        case = known[0] if len(known) == 1 else None
    text.case_id = case.id if case else None
    tasks.open_task(
        session,
        TaskKind.TEXT_ANSWER,
        now=now,
        case=case,
        phone=text.phone,
        detail=text.body,
        once=f"text:{text.id}",
    )


def _allowed(case: Case | None, settings: Settings, now: datetime) -> datetime:
    """``now`` if texts may go, else when they may again; public holidays make no difference."""
    timezone = case.project.timezone if case and case.project else settings.timezone
    return next_allowed(BusinessCalendar(None, timezone), now, Hours.every_day(*settings.text_hours))
