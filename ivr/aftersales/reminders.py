"""The reminder of a visit or of works: on the business day before, by text, or by call where none can go."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from ivr.aftersales import cases, events, outbound, texts
from ivr.aftersales.calling_times import calendar_of
from ivr.aftersales.events import EventKind
from ivr.aftersales.life import AppointmentStatus
from ivr.aftersales.outbound import CallPurpose
from ivr.aftersales.text_bodies import Sender
from ivr.settings import Settings
from ivr.store.jobs import JobKind, schedule
from ivr.store.tables import Appointment, Case


def arrange(
    session: Session, case: Case, appointment: Appointment, *, settings: Settings, now: datetime
) -> None:
    """Have the owner reminded of a date, unless it is so near that they have only just agreed to it."""
    at = due_at(session, case, appointment, settings=settings, now=now)
    if at > now:
        schedule(session, JobKind.REMIND, appointment.id, at)


def due_at(
    session: Session, case: Case, appointment: Appointment, *, settings: Settings, now: datetime
) -> datetime:
    """The reminder's hour on the business day before the appointment, in UTC."""
    calendar = calendar_of(
        session, case.project, appointment.start.date() + timedelta(days=1), settings=settings, now=now
    )
    day_before = calendar.add(calendar.local_date(appointment.start), -1)
    return calendar.at(day_before, settings.reminder_time).astimezone(UTC)


def remind(session: Session, appointment_id: int, *, settings: Settings, now: datetime) -> datetime | None:
    """Remind of a date that still stands, once. When to come again if days off have moved it; else None.

    Locks the case.
    """
    seen = session.get_one(Appointment, appointment_id)
    case = cases.lock(session, seen.case_id)
    appointment = session.get_one(Appointment, appointment_id, populate_existing=True)
    if appointment.status != AppointmentStatus.BOOKED or appointment.start <= now:
        return None
    at = due_at(session, case, appointment, settings=settings, now=now)
    if at > now:
        return at
    text = texts.tell(
        session,
        texts.Purpose.REMINDER,
        case,
        Sender.of(settings).reminder(case, appointment),
        settings=settings,
        now=now,
        appointment=appointment,
        once=f"reminder:{appointment.id}",
    )
    if text is None:
        outbound.plan(
            session, CallPurpose.REMINDER, case, settings=settings, now=now, appointment=appointment
        )
    return None


def confirm(session: Session, case: Case, appointment: Appointment, now: datetime) -> None:
    """The owner says that somebody will be there."""
    appointment.confirmed_at = now
    events.record(session, case, EventKind.COMMENT, by=events.OWNER, now=now, confirmed=appointment.id)
