"""How cases come about: in a call, after an older one, or from outside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from ivr.aftersales import case_numbers, homes, numbers, tasks, warranty
from ivr.aftersales.events import EventKind, record
from ivr.aftersales.life import (
    ENDED,
    MOST_REQUIREMENTS,
    STANDARD_CATEGORIES,
    Category,
    Channel,
    Priority,
    RequirementStatus,
    Status,
    UrgentKind,
)
from ivr.errors import Conflict, Invalid
from ivr.store.tables import Case, CaseContact, Home, Project, Recording, Requirement

LONGEST_TEXT = 4000


def open_standard(
    session: Session,
    home: Home,
    channel: Channel,
    *,
    now: datetime,
    by: str,
    contacts: Sequence[str] = (),
    follows: Case | None = None,
) -> Case:
    """A standard case of a confirmed home, still without requirements."""
    return _open(
        session, Priority.STANDARD, channel, now=now, by=by, contacts=contacts, home=home, follows=follows
    )


def open_urgent(
    session: Session,
    kind: UrgentKind | None,
    channel: Channel,
    *,
    now: datetime,
    by: str,
    home: Home | None = None,
    project: Project | None = None,
    contacts: Sequence[str] = (),
) -> Case:
    """An urgent case with its one requirement, made from ``kind`` (`Category.OTHER` without).

    It exists from the key on that says what is wrong: home and project may follow by `settle_home`. To start
    the rounds is the switchboard's part.
    """
    case = _open(
        session,
        Priority.URGENT,
        channel,
        now=now,
        by=by,
        contacts=contacts,
        home=home,
        project=project,
        kind=kind,
    )
    new_requirement(session, case, Category(kind) if kind else Category.OTHER)
    return case


def follow(session: Session, old: Case, *, now: datetime, by: str, channel: Channel) -> Case:
    """A new standard case after one that has ended, with its home and contacts. Conflict if it has not."""
    if old.status not in ENDED:
        raise Conflict(f"case {old.number} is {old.status}: it can still be changed, so none follows it")
    phones = [contact.phone for contact in old.contacts]
    return _open(
        session,
        Priority.STANDARD,
        channel,
        now=now,
        by=by,
        contacts=phones,
        home=old.home,
        project=old.project,
        follows=old,
    )


@dataclass(frozen=True)
class Reported:
    """A requirement as a program or an agent gives it: not checked yet."""

    category: str
    description: str | None = None


def create_from_outside(
    session: Session,
    *,
    project: str,
    apartment: str,
    channel: str,
    priority: str,
    urgent_kind: str | None = None,
    contacts: Sequence[str] = (),
    requirements: Sequence[Reported] = (),
    by: str,
    now: datetime,
    own: Collection[str],
) -> Case:
    """A case that was not opened by a call: from the API or the console.

    ``project`` is a code, ``own`` are the line's own numbers. An apartment that the register does not know is
    accepted and marked unverified; without ``contacts`` the home's own telephones are meant. A standard case
    from e-mail or web makes at once the task to ring the owner and book; an urgent one waits for the
    switchboard, which whoever calls this asks to begin the rounds.

    Raises Invalid with all faults.
    """
    place = session.scalars(select(Project).where(Project.code == project)).one_or_none()
    faults = _faults(channel, priority, urgent_kind, requirements)
    if place is None:
        faults["project"] = f"there is no project {project}"
    if not 1 <= len(apartment.strip()) <= homes.LONGEST_NUMBER:
        faults["apartment"] = f"expected 1 to {homes.LONGEST_NUMBER} characters"
    for phone in contacts:
        try:
            numbers.contact(phone, own)
        except numbers.Unusable as fault:
            faults["contacts"] = f"{phone!r}: {fault.fields['phone']}"
    if faults or place is None:
        raise Invalid("the case has wrong fields", faults)
    home = homes.named(session, place, apartment, now)
    phones = contacts or [phone.phone for phone in home.phones]
    if priority == Priority.URGENT:
        kind = UrgentKind(urgent_kind) if urgent_kind else None
        case = open_urgent(session, kind, Channel(channel), now=now, by=by, home=home, contacts=phones)
    else:
        case = open_standard(session, home, Channel(channel), now=now, by=by, contacts=phones)
    for given in requirements:
        new_requirement(session, case, Category(given.category), given.description)
    session.flush()
    if priority == Priority.STANDARD and channel in {Channel.EMAIL, Channel.WEB}:
        tasks.open_task(
            session,
            tasks.TaskKind.RING_OWNER,
            now=now,
            case=case,
            phone=phones[0] if phones else None,
            detail="Llamar al propietario y agendar la visita de inspección.",
            once=f"ring_owner:{case.id}",
        )
    return case


def new_requirement(
    session: Session,
    case: Case,
    category: Category,
    description: str | None = None,
    recording: Recording | None = None,
) -> Requirement:
    """A requirement that is reported, with its warranty hint. No event tells of it."""
    requirement = Requirement(
        category=category,
        description=free_text(description, "description") if description else None,
        recording_id=recording.id if recording else None,
        status=RequirementStatus.REPORTED,
        disputes=0,
    )
    set_hint(requirement, case.home)
    case.requirements.append(requirement)
    session.add(requirement)
    return requirement


def set_hint(requirement: Requirement, home: Home | None) -> None:
    """Look up the warranty that may apply to it in that home."""
    known = warranty.hint(
        Category(requirement.category),
        received_on=home.project.received_on if home else None,
        registered_on=home.registered_on if home else None,
    )
    requirement.warranty_years, requirement.warranty_until = known.years, known.until


def free_text(text: str, field: str) -> str:
    """The text as it is kept. Raises Invalid for none, or one too long."""
    kept = text.strip()
    if not 1 <= len(kept) <= LONGEST_TEXT:
        raise Invalid("the text has a wrong length", {field: f"expected 1 to {LONGEST_TEXT} characters"})
    return kept


def _open(
    session: Session,
    priority: Priority,
    channel: Channel,
    *,
    now: datetime,
    by: str,
    contacts: Sequence[str],
    home: Home | None,
    project: Project | None = None,
    kind: UrgentKind | None = None,
    follows: Case | None = None,
) -> Case:
    project = home.project if home else project
    values: Mapping[str, object] = {
        "status": Status.OPEN,
        "priority": priority,
        "urgent_kind": kind,
        "channel": channel,
        "project_id": project.id if project else None,
        "home_id": home.id if home else None,
        "follows_id": follows.id if follows else None,
        "created_at": now,
    }
    case = case_numbers.insert_case(session, values)
    numbers = list(dict.fromkeys(contacts))
    # Known without asking the database again.
    for relation, value in (
        ("project", project),
        ("home", home),
        ("follows", follows),
        ("requirements", []),
        ("appointments", []),
        ("contacts", []),
    ):
        set_committed_value(case, relation, value)
    case.contacts.extend(CaseContact(phone=phone) for phone in numbers)
    record(
        session,
        case,
        EventKind.OPENED,
        by=by,
        now=now,
        priority=priority,
        channel=channel,
        urgent_kind=kind,
        follows=follows.number if follows else None,
    )
    return case


def _faults(
    channel: str, priority: str, urgent_kind: str | None, requirements: Sequence[Reported]
) -> dict[str, str]:
    """What is wrong with the words of a case, by field."""
    faults = {
        field: f"expected one of {', '.join(words)}"
        for field, value, words in (("channel", channel, Channel), ("priority", priority, Priority))
        if not _is_word(value, words)
    }
    urgent = priority == Priority.URGENT
    if urgent_kind is not None and not _is_word(urgent_kind, UrgentKind):
        faults["urgent_kind"] = f"expected one of {', '.join(UrgentKind)}"
    elif urgent_kind is not None and not urgent:
        faults["urgent_kind"] = "only an urgent case has one"
    least, most = (0, MOST_REQUIREMENTS - 1) if urgent else (1, MOST_REQUIREMENTS)
    if not least <= len(requirements) <= most:
        faults["requirements"] = f"expected {least} to {most}"
    allowed = tuple(Category) if urgent else STANDARD_CATEGORIES
    for place, given in enumerate(requirements):
        if given.category not in allowed:
            faults[f"requirements.{place}.category"] = f"expected one of {', '.join(allowed)}"
        if given.description is not None and not given.description.strip():
            faults[f"requirements.{place}.description"] = "expected words, or nothing at all"
        elif given.description is not None and len(given.description) > LONGEST_TEXT:
            faults[f"requirements.{place}.description"] = f"expected at most {LONGEST_TEXT} characters"
    return faults


def _is_word(value: str, words: type[StrEnum]) -> bool:
    return value in {word.value for word in words}
