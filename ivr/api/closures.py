"""/closures: days off, and holidays worked."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import closures, projects
from ivr.api.clients import Scope
from ivr.api.fields import Answer, Body, Day, Page, Text, documented, example
from ivr.api.operations import Nothing, Operations, Request
from ivr.api.projects import Region
from ivr.errors import Invalid, NotFound
from ivr.store.tables import ClosureDay, Project

operations = Operations("closures")


class ClosureIn(Body):
    """For a region or a project if one is named, else for the whole nation."""

    model_config = example(date="2026-12-24", working=False, reason="Cierre de fin de año", project="101")

    date: Day
    working: bool
    reason: Annotated[Text, documented(minLength=1, maxLength=200)]
    region: Region | None = None
    project: Text | None = None


class ClosureOut(Answer):
    id: int
    date: Day
    working: bool
    reason: str
    region: str | None
    project: str | None


class ClosurePage(Answer):
    closures: list[ClosureOut]
    next: str | None


@operations.add("POST", "/closures", scope=Scope.ADMIN, given=ClosureIn, gives=ClosureOut, status=201)
def add(request: Request[ClosureIn]) -> ClosureOut:
    """Override a day. Dates that are booked on it stay booked."""
    given = request.given
    closure = closures.add(
        request.session,
        day=given.date,
        working=given.working,
        reason=given.reason,
        region=given.region,
        project=_project(request.session, given.project),
    )
    return _shown(closure, {closure.project_id: given.project})


@operations.add("GET", "/closures", scope=Scope.READ, given=Page, gives=ClosurePage)
def page(request: Request[Page]) -> ClosurePage:
    """Overrides by day."""
    found, cursor = closures.page(request.session, request.given.cursor, request.given.limit)
    codes = _codes(request.session, found)
    return ClosurePage(closures=[_shown(closure, codes) for closure in found], next=cursor)


@operations.add(
    "DELETE", "/closures/<int:closure_id>", scope=Scope.ADMIN, given=Nothing, gives=None, status=204
)
def remove(request: Request[Nothing], closure_id: int) -> None:
    """Let the day be again what the calendar says."""
    closures.remove(request.session, closure_id)


def _project(session: Session, code: str | None) -> Project | None:
    try:
        return projects.get(session, code) if code is not None else None
    except NotFound as error:
        raise Invalid("the closure has wrong fields", {"project": str(error)}) from None


def _codes(session: Session, found: Sequence[ClosureDay]) -> dict[int | None, str | None]:
    ids = {closure.project_id for closure in found}
    return {
        row.id: row.code
        for row in session.execute(select(Project.id, Project.code).where(Project.id.in_(ids)))
    }


def _shown(closure: ClosureDay, codes: Mapping[int | None, str | None]) -> ClosureOut:
    return ClosureOut(
        id=closure.id,
        date=closure.day,
        working=closure.working,
        reason=closure.reason,
        region=closure.region,
        project=codes.get(closure.project_id),
    )
