"""The words of a case's life, and the moves that each record may make.

Each life-cycle is a plain table beside its enum. A move is made under a row lock, by `move`, and one that
the table does not list is refused.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol, TypeVar

from ivr.errors import MoveNotAllowed


class Channel(StrEnum):
    """How a request reached us."""

    PHONE = "phone"
    MOBILE = "mobile"
    EMAIL = "email"
    WEB = "web"


class Priority(StrEnum):
    """Whether somebody must come at once."""

    STANDARD = "standard"
    URGENT = "urgent"


class UrgentKind(StrEnum):
    """What makes a home uninhabitable, in the order of the urgent menu's keys."""

    WATER = "water"
    GAS = "gas"
    ELECTRICITY = "electricity"


class Category(StrEnum):
    """What a requirement is about; the first nine in the order of the category menu's keys."""

    DAMP = "damp"
    PLUMBING = "plumbing"
    ELECTRICITY = "electricity"
    DOORS = "doors"
    WINDOWS = "windows"
    FLOORS = "floors"
    WALLS = "walls"
    FURNITURE = "furniture"
    OTHER = "other"
    WATER = "water"
    GAS = "gas"


STANDARD_CATEGORIES = tuple(Category)[:9]
MOST_REQUIREMENTS = 9


class Status(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    ATTENDING = "attending"
    VISIT_SCHEDULED = "visit_scheduled"
    INSPECTED = "inspected"
    WORKS_SCHEDULED = "works_scheduled"
    WORKS_DONE = "works_done"
    CLOSED = "closed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


ENDED = frozenset({Status.CLOSED, Status.REJECTED, Status.CANCELLED})

CASE_MOVES: Mapping[Status, frozenset[Status]] = {
    Status.OPEN: frozenset({Status.VISIT_SCHEDULED, Status.ATTENDING, Status.CANCELLED}),
    Status.ATTENDING: frozenset(
        {
            Status.VISIT_SCHEDULED,
            Status.INSPECTED,
            Status.WORKS_SCHEDULED,
            Status.WORKS_DONE,
            Status.REJECTED,
            Status.CANCELLED,
        }
    ),
    Status.VISIT_SCHEDULED: frozenset({Status.INSPECTED, Status.REJECTED, Status.OPEN, Status.CANCELLED}),
    Status.INSPECTED: frozenset({Status.WORKS_SCHEDULED, Status.VISIT_SCHEDULED, Status.CANCELLED}),
    Status.WORKS_SCHEDULED: frozenset({Status.WORKS_DONE, Status.INSPECTED, Status.CANCELLED}),
    Status.WORKS_DONE: frozenset(
        {Status.CLOSED, Status.VISIT_SCHEDULED, Status.WORKS_SCHEDULED, Status.OPEN, Status.INSPECTED}
    ),
    Status.CLOSED: frozenset(),
    Status.REJECTED: frozenset(),
    Status.CANCELLED: frozenset(),
}


class RequirementStatus(StrEnum):
    """Where one requirement stands."""

    REPORTED = "reported"
    COVERED = "covered"
    NOT_COVERED = "not_covered"
    DONE = "done"
    ACCEPTED = "accepted"
    DISPUTED = "disputed"


REQUIREMENT_MOVES: Mapping[RequirementStatus, frozenset[RequirementStatus]] = {
    RequirementStatus.REPORTED: frozenset({RequirementStatus.COVERED, RequirementStatus.NOT_COVERED}),
    RequirementStatus.COVERED: frozenset({RequirementStatus.DONE}),
    RequirementStatus.NOT_COVERED: frozenset(),
    RequirementStatus.DONE: frozenset({RequirementStatus.ACCEPTED, RequirementStatus.DISPUTED}),
    RequirementStatus.ACCEPTED: frozenset(),
    RequirementStatus.DISPUTED: frozenset(
        {RequirementStatus.COVERED, RequirementStatus.NOT_COVERED, RequirementStatus.DONE}
    ),
}


class AppointmentKind(StrEnum):
    """What somebody comes to the home for."""

    VISIT = "visit"
    WORKS = "works"


class AppointmentStatus(StrEnum):
    """What became of an appointment."""

    BOOKED = "booked"
    DONE = "done"
    CANCELLED = "cancelled"
    MISSED = "missed"


APPOINTMENT_MOVES: Mapping[AppointmentStatus, frozenset[AppointmentStatus]] = {
    AppointmentStatus.BOOKED: frozenset(
        {AppointmentStatus.DONE, AppointmentStatus.CANCELLED, AppointmentStatus.MISSED}
    ),
    AppointmentStatus.DONE: frozenset(),
    AppointmentStatus.CANCELLED: frozenset(),
    AppointmentStatus.MISSED: frozenset(),
}


class _Moving(Protocol):
    status: str


State = TypeVar("State", bound=StrEnum)


def move(record: _Moving, to: State, moves: Mapping[State, frozenset[State]]) -> None:
    """Change the status of ``record``, whose row the caller has locked.

    Raises:
        MoveNotAllowed: the table does not list the move; the message names both ends.
    """
    known = type(to)
    if to not in moves[known(record.status)]:
        raise MoveNotAllowed(f"a {type(record).__name__.lower()} that is {record.status} cannot become {to}")
    record.status = to
