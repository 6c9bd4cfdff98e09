"""Works: half a day of a crew, at most twenty business days after the inspection or the dispute.

Every function expects the case as ``cases.lock`` gave it: locked, and with its project. To end a date without
a new one is the same for visits and works, and stands in ``agenda``.
"""

from datetime import date, datetime

from sqlalchemy.orm import Session

from ivr.aftersales import agenda, visits
from ivr.aftersales.agenda import Obstacles, Offer, cancel, missed
from ivr.aftersales.grid import works_slots, works_window
from ivr.aftersales.life import AppointmentKind, RequirementStatus, Status
from ivr.errors import SlotTaken
from ivr.store.tables import Appointment, Case, Project, Requirement

__all__ = ["Offer", "SlotTaken", "all_slots", "book", "cancel", "missed", "offers", "waiting"]

_OUTSIDE = "it is full, or no half-day of works within twenty business days after the inspection"


def offers(
    session: Session, case: Case, *, now: datetime, after: str | None = None, limit: int = 3
) -> list[Offer]:
    """The next free half-days for ``case``, in time order: at most ``limit``, later than the one last heard.

    ``after`` is the key of that one; after the last come the first again. Empty where nothing is free in the
    term, or the home is not known. The date that the case has already is not offered.
    """
    if case.project is None:
        return []
    return agenda.page(all_slots(session, case.project, now=now, case=case), after, limit)


def all_slots(session: Session, project: Project, *, now: datetime, case: Case | None = None) -> list[Offer]:
    """All that a call at this moment would be offered one after another, about ``case`` if one is given.

    Without one, and for a case that was never inspected, the term begins today.
    """
    since = case.works_since if case is not None else None
    obstacles = agenda.obstacles(session, project, AppointmentKind.WORKS, now=now, case=case, since=since)
    return _free(project, obstacles, now, since)


def book(session: Session, case: Case, chosen: str | datetime, *, now: datetime, by: str) -> Appointment:
    """Book a half-day, or change the one that is booked: the new one and the old one's end are one step.

    After disputes of both kinds the case shows the visit, and its status stays as it is. An urgent case that
    was never inspected has its twenty business days from now on.

    Raises:
        SlotTaken: full, or outside the rules; nothing has changed.
        MoveNotAllowed: the case is not one that works are booked for.
        Conflict: the case's home is not known.
    """
    moves = case.status != Status.WORKS_SCHEDULED and not _beside_a_visit(case)
    if moves:
        agenda.require_move(case, Status.WORKS_SCHEDULED)
    project = agenda.hold(session, case)
    obstacles = agenda.obstacles(
        session, project, AppointmentKind.WORKS, now=now, case=case, since=case.works_since
    )
    free = _free(project, obstacles, now, case.works_since)
    offer = agenda.pick(free, agenda.moment(chosen), _OUTSIDE)
    if case.works_since is None:
        case.works_since = obstacles.calendar.local_date(now)
    return agenda.put(session, case, AppointmentKind.WORKS, offer, obstacles.own, moves=moves, now=now, by=by)


def waiting(case: Case) -> list[Requirement]:
    """The requirements that wait for works: covered, or disputed with new works asked for."""
    return [
        requirement
        for requirement in case.requirements
        if requirement.status == RequirementStatus.COVERED
        or (requirement.status == RequirementStatus.DISPUTED and requirement.remedy == AppointmentKind.WORKS)
    ]


def _beside_a_visit(case: Case) -> bool:
    """Whether the case shows its visit, or the want of one, while something in it waits for works."""
    if case.status in {Status.OPEN, Status.VISIT_SCHEDULED}:
        return bool(waiting(case))
    return case.status == Status.WORKS_DONE and bool(visits.waiting(case))


def _free(project: Project, obstacles: Obstacles, now: datetime, since: date | None) -> list[Offer]:
    calendar = obstacles.calendar
    window = works_window(calendar, now, since or calendar.local_date(now))
    return obstacles.free((slot for day in window for slot in works_slots(calendar, day)), project.crews)
