"""The override table of the business calendar: days off, and holidays worked.

It holds what no package of public holidays knows: company closures, one-off regional holidays such as that of
Ley 21.704, and holidays on which a crew works all the same.
"""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ivr.aftersales import pages
from ivr.aftersales.calendar import BusinessCalendar, Closure, UnknownRegion
from ivr.aftersales.projects import DEFAULT_TIMEZONE
from ivr.errors import Duplicate, Invalid, NotFound
from ivr.store.jobs import insert_for
from ivr.store.tables import ClosureDay, Project

_LONGEST_REASON = 200


def add(
    session: Session,
    *,
    day: date,
    working: bool,
    reason: str,
    region: str | None = None,
    project: Project | None = None,
) -> ClosureDay:
    """Override a day for the nation, a region, or a project.

    Raises Invalid with all faults, Duplicate if the same scope has an override of that day.
    """
    _check(reason, region, project)
    project_id = project.id if project else None
    # PostgreSQL's constraint takes nulls for equal and settles a race; SQLite's does not, but there writers
    # stand in one queue, so that looking first is enough.
    same = select(ClosureDay.id).where(
        ClosureDay.day == day,
        ClosureDay.region.is_not_distinct_from(region),
        ClosureDay.project_id.is_not_distinct_from(project_id),
    )
    values = {
        "day": day,
        "working": working,
        "reason": reason.strip(),
        "region": region,
        "project_id": project_id,
    }
    row: ClosureDay | None = None
    if session.scalar(same) is None:
        fresh = insert_for(session, ClosureDay).values(**values).on_conflict_do_nothing()
        row = session.scalars(fresh.returning(ClosureDay)).one_or_none()
    if row is None:
        raise Duplicate(f"{day} is overridden already in the same scope")
    return row


def remove(session: Session, closure_id: int) -> None:
    """Let the day be again what the calendar says. Raises NotFound."""
    row = session.get(ClosureDay, closure_id)
    if row is None:
        raise NotFound(f"there is no closure {closure_id}")
    session.delete(row)
    session.flush()


def page(session: Session, cursor: str | None = None, limit: int = 50) -> tuple[list[ClosureDay], str | None]:
    """Overrides by day, and the cursor of the next page."""
    return pages.read(session, select(ClosureDay), (ClosureDay.day, ClosureDay.id), cursor, limit)


def of_year(session: Session, year: int) -> list[ClosureDay]:
    """All overrides of a year, by day."""
    wanted = select(ClosureDay).where(ClosureDay.day.between(date(year, 1, 1), date(year, 12, 31)))
    return list(session.scalars(wanted.order_by(ClosureDay.day, ClosureDay.id)))


def for_project(session: Session, project: Project, from_: date, to: date) -> list[Closure]:
    """What the project's `BusinessCalendar` must know of the days ``from_`` to ``to``, both included."""
    wanted = select(ClosureDay).where(
        ClosureDay.day.between(from_, to),
        or_(ClosureDay.region.is_(None), ClosureDay.region == project.region),
        or_(ClosureDay.project_id.is_(None), ClosureDay.project_id == project.id),
    )
    return as_closures(session.scalars(wanted))


def as_closures(rows: Iterable[ClosureDay]) -> list[Closure]:
    """Rows of the table as the calendar takes them."""
    return [Closure(row.day, row.working, row.reason, row.region, row.project_id) for row in rows]


def _check(reason: str, region: str | None, project: Project | None) -> None:
    faults = {}
    if not 1 <= len(reason.strip()) <= _LONGEST_REASON:
        faults["reason"] = f"expected 1 to {_LONGEST_REASON} characters"
    if region is not None and project is not None:
        faults["region"] = "expected either a region or a project"
    try:
        BusinessCalendar(region, DEFAULT_TIMEZONE)
    except UnknownRegion as error:
        faults["region"] = str(error)
    if faults:
        raise Invalid("the closure has wrong fields", faults)
