"""Inspection visits: half an hour, on the project's weekday, within five business days after the call.

Every function expects the case as ``cases.lock`` gave it: locked, and with its project. To end a date without
a new one is the same for visits and works, and stands in ``agenda``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from sqlalchemy.orm import Session

from ivr.aftersales import agenda
from ivr.aftersales.agenda import Obstacles, Offer, cancel, missed
from ivr.aftersales.grid import Slot, VisitDays, visit_days, visit_slots
from ivr.aftersales.life import AppointmentKind, RequirementStatus, Status
from ivr.errors import SlotTaken
from ivr.store.tables import Appointment, Case, Project, Requirement

__all__ = ["Offer", "SlotTaken", "all_slots", "book", "cancel", "missed", "offers", "waiting"]

_OUTSIDE = "it is full, or no time of a visit within five business days"
_NOT_ASSIGNED = "the project's own weekday has free times"


def offers(
    session: Session, case: Case, *, now: datetime, after: str | None = None, limit: int = 3
) -> list[Offer]:
    """The next free visits for ``case``, in time order: at most ``limit``, later than the one last heard.

    ``after`` is the key of that one; after the last come the first again. Empty where nothing is free within
    five business days, or the home is not known. The date that the case has already is not offered.
    """
    if case.project is None:
        return []
    return agenda.page(all_slots(session, case.project, now=now, case=case), after, limit)


def all_slots(session: Session, project: Project, *, now: datetime, case: Case | None = None) -> list[Offer]:
    """All that a call at this moment would be offered one after another, about ``case`` if one is given."""
    free = _Free(project, agenda.obstacles(session, project, AppointmentKind.VISIT, now=now, case=case), now)
    return free.assigned or free.substitutes


def book(session: Session, case: Case, chosen: str | datetime, *, now: datetime, by: str) -> Appointment:
    """Book a visit, or change the one that is booked: the new one and the old one's end are one step.

    The rules are checked at this moment: ``chosen`` must be free, on the grid and inside the window. A
    ``datetime`` on another weekday than the project's is refused while the project's own has free times. The
    key of an offer (``str``) is not: the owner was told that they may have it, and that somebody else has
    given back a time on the assigned day since then is no reason to take it away.

    Raises:
        SlotTaken: full, or outside the rules; nothing has changed.
        MoveNotAllowed: the case is not one that a visit is booked for.
        Conflict: the case's home is not known.
    """
    moves = case.status != Status.VISIT_SCHEDULED
    if moves:
        agenda.require_move(case, Status.VISIT_SCHEDULED)
    project = agenda.hold(session, case)
    obstacles = agenda.obstacles(session, project, AppointmentKind.VISIT, now=now, case=case)
    free = _Free(project, obstacles, now)
    offer = agenda.pick(free.all(), agenda.moment(chosen), _OUTSIDE)
    if offer.substitute and free.assigned and not isinstance(chosen, str):
        raise SlotTaken(f"{offer.key} cannot be booked: {_NOT_ASSIGNED}")
    return agenda.put(session, case, AppointmentKind.VISIT, offer, obstacles.own, moves=moves, now=now, by=by)


def waiting(case: Case) -> list[Requirement]:
    """The requirements that wait for an inspection: reported, or disputed unless new works were asked for."""
    return [
        requirement
        for requirement in case.requirements
        if requirement.status == RequirementStatus.REPORTED
        or (requirement.status == RequirementStatus.DISPUTED and requirement.remedy != AppointmentKind.WORKS)
    ]


@dataclass(frozen=True)
class _Free:
    """Free visits of the window; those on other days than the project's own are seldom looked for."""

    project: Project
    obstacles: Obstacles
    now: datetime

    @cached_property
    def assigned(self) -> list[Offer]:
        """On the project's weekday, in time order."""
        return self.obstacles.free(self._slots(self._days.assigned), self.project.inspectors)

    @cached_property
    def substitutes(self) -> list[Offer]:
        """On its other days, in time order."""
        slots = self._slots(self._days.substitutes)
        return self.obstacles.free(slots, self.project.inspectors, substitute=True)

    def all(self) -> Iterator[Offer]:
        """First those, then these."""
        yield from self.assigned
        yield from self.substitutes

    @cached_property
    def _days(self) -> VisitDays:
        return visit_days(self.obstacles.calendar, self.now, self.project.weekday)

    def _slots(self, days: Iterable[date]) -> list[Slot]:
        minutes = self.project.slot_minutes
        return [slot for day in days for slot in visit_slots(self.obstacles.calendar, day, minutes)]
