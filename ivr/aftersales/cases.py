"""Requests of owners: what is done to them between their opening and their end.

Functions that change a case expect its row to be locked by the caller (`lock`); they never do it themselves,
so that one webhook locks once.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from ivr.aftersales import recordings
from ivr.aftersales.case_lookup import (
    confirm_pair,
    get,
    lock,
    lock_diary,
    lock_with_contacts,
    open_of_contact,
    page,
)
from ivr.aftersales.case_opening import (
    Reported,
    create_from_outside,
    follow,
    free_text,
    new_requirement,
    open_standard,
    open_urgent,
    set_hint,
)
from ivr.aftersales.events import EventKind, record
from ivr.aftersales.life import (
    APPOINTMENT_MOVES,
    CASE_MOVES,
    ENDED,
    MOST_REQUIREMENTS,
    STANDARD_CATEGORIES,
    AppointmentStatus,
    Category,
    Priority,
    Status,
    UrgentKind,
    move,
)
from ivr.errors import Conflict, Invalid, MoveNotAllowed
from ivr.store.tables import Case, CaseContact, Home, Project, Recording, Requirement

#: One name for all that is asked about cases: opening and finding them have modules of their own.
__all__ = [
    "Reported",
    "acknowledge",
    "add_requirement",
    "cancel",
    "change_category",
    "change_kind",
    "comment",
    "confirm_pair",
    "create_from_outside",
    "describe",
    "follow",
    "get",
    "lock",
    "lock_diary",
    "lock_with_contacts",
    "open_of_contact",
    "open_standard",
    "open_urgent",
    "page",
    "set_contacts",
    "settle_home",
    "settle_project",
]


def settle_home(session: Session, case: Case, home: Home, *, by: str, now: datetime) -> None:
    """The home was confirmed or corrected: warranty hints are looked up anew. The same again is no event.

    Raises Conflict where a date is booked in another project: its inspectors are others.
    """
    if case.home_id == home.id:
        return
    booked = case.project_id not in {None, home.project_id} and any(
        appointment.status == AppointmentStatus.BOOKED for appointment in case.appointments
    )
    if booked:
        raise Conflict(f"case {case.number} has a date in another project: cancel it first")
    case.home, case.home_id = home, home.id
    case.project, case.project_id = home.project, home.project_id
    for requirement in case.requirements:
        set_hint(requirement, home)
    record(
        session,
        case,
        EventKind.HOME_CONFIRMED,
        by=by,
        now=now,
        project=home.project.code,
        apartment=home.number,
        verified=home.verified,
    )


def settle_project(session: Session, case: Case, project: Project, *, by: str, now: datetime) -> None:
    """The project is known, and perhaps will be all that is: its home, if any of another one, is not kept.

    The same again is no event. Raises Conflict where a date is booked: its inspectors are others.
    """
    if case.project_id == project.id:
        return
    if any(appointment.status == AppointmentStatus.BOOKED for appointment in case.appointments):
        raise Conflict(f"case {case.number} has a date in another project: cancel it first")
    case.home, case.home_id = None, None
    case.project, case.project_id = project, project.id
    record(
        session,
        case,
        EventKind.HOME_CONFIRMED,
        by=by,
        now=now,
        project=project.code,
        apartment=None,
        verified=False,
    )


def add_requirement(
    session: Session,
    case: Case,
    category: Category,
    *,
    by: str,
    now: datetime,
    description: str | None = None,
    recording: Recording | None = None,
) -> Requirement:
    """One more thing that is wrong.

    Raises Conflict if the case has ended or holds nine already, Invalid for a category that is only urgent.
    """
    if case.status in ENDED:
        raise Conflict(f"case {case.number} is {case.status}: a new one follows it")
    if len(case.requirements) >= MOST_REQUIREMENTS:
        raise Conflict(f"case {case.number} has {MOST_REQUIREMENTS} requirements already")
    _check_category(case, category)
    requirement = new_requirement(session, case, category, description, recording)
    session.flush()
    record(
        session,
        case,
        EventKind.REQUIREMENT_ADDED,
        by=by,
        now=now,
        requirement=requirement.id,
        category=category,
        recorded=recording is not None,
    )
    return requirement


def change_category(
    session: Session, case: Case, requirement: Requirement, category: Category, *, by: str, now: datetime
) -> None:
    """The owner meant something else. The same again is no event; Invalid as in `add_requirement`."""
    if requirement.category == category:
        return
    _check_category(case, category)
    requirement.category = category
    set_hint(requirement, case.home)
    record(
        session,
        case,
        EventKind.REQUIREMENT_DESCRIBED,
        by=by,
        now=now,
        requirement=requirement.id,
        category=category,
    )


def change_kind(session: Session, case: Case, kind: UrgentKind, *, by: str, now: datetime) -> None:
    """The urgency is another one than was pressed first: its requirement, made from the kind, follows."""
    if case.priority != Priority.URGENT:
        raise Conflict(f"case {case.number} is not urgent")
    case.urgent_kind = kind
    change_category(session, case, case.requirements[0], Category(kind), by=by, now=now)


def describe(
    session: Session,
    case: Case,
    requirement: Requirement,
    *,
    by: str,
    now: datetime,
    recording: Recording | None = None,
    text: str | None = None,
) -> None:
    """What the owner said or wrote of a requirement; what is not given stays, an older recording does not."""
    if text is not None:
        requirement.description = free_text(text, "description")
    if recording is not None:
        if requirement.recording_id not in {None, recording.id}:
            recordings.drop(session, [session.get_one(Recording, requirement.recording_id)], now)
        requirement.recording_id = recording.id
    record(
        session,
        case,
        EventKind.REQUIREMENT_DESCRIBED,
        by=by,
        now=now,
        requirement=requirement.id,
        recorded=recording is not None,
    )


def set_contacts(session: Session, case: Case, phones: Sequence[str], *, by: str, now: datetime) -> None:
    """These numbers, the preferred first, instead of those before. The same again is no event."""
    wanted = list(dict.fromkeys(phones))
    if wanted == [contact.phone for contact in case.contacts]:
        return
    # Rows that stay would be inserted before the old ones go, so all of them go first.
    session.execute(delete(CaseContact).where(CaseContact.case_id == case.id))
    session.expire(case, ["contacts"])
    session.add_all(CaseContact(case_id=case.id, phone=phone) for phone in wanted)
    record(session, case, EventKind.CONTACTS_SET, by=by, now=now, count=len(wanted))
    session.flush()


def comment(session: Session, case: Case, text: str, *, by: str, now: datetime) -> None:
    """A remark in the case's trace, also after it has ended. Raises Invalid for none, or one too long."""
    record(session, case, EventKind.COMMENT, by=by, now=now, text=free_text(text, "text"))


def acknowledge(session: Session, case: Case, agent_name: str, *, now: datetime) -> None:
    """An agent takes an urgent case: it is ``attending``, and the rounds have no more reason.

    Raises Conflict naming who has it already, MoveNotAllowed for a standard case or one past that.
    """
    if case.priority != Priority.URGENT:
        raise MoveNotAllowed(f"case {case.number} is not urgent: there is nothing to acknowledge")
    if case.acknowledged_by is not None:
        raise Conflict(f"case {case.number} was acknowledged by {case.acknowledged_by}", code="acknowledged")
    move(case, Status.ATTENDING, CASE_MOVES)
    case.acknowledged_by, case.acknowledged_at = agent_name, now
    record(session, case, EventKind.ACKNOWLEDGED, by=agent_name, now=now)


def cancel(session: Session, case: Case, *, by: str, reason: str, now: datetime) -> None:
    """Nobody wants it any more: its booked dates are free again. Raises MoveNotAllowed."""
    move(case, Status.CANCELLED, CASE_MOVES)
    case.closed_at = now
    booked = [a for a in case.appointments if a.status == AppointmentStatus.BOOKED]
    for appointment in booked:
        move(appointment, AppointmentStatus.CANCELLED, APPOINTMENT_MOVES)
    freed = [appointment.id for appointment in booked]
    record(session, case, EventKind.CANCELLED, by=by, now=now, reason=reason, appointments=freed)


def _check_category(case: Case, category: Category) -> None:
    if case.priority == Priority.STANDARD and category not in STANDARD_CATEGORIES:
        raise Invalid("an urgent category in a standard case", {"category": f"{category} is urgent only"})
