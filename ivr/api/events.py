"""/events: what the CRM is told, and what it has not taken."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import letters
from ivr.aftersales.events import EventKind
from ivr.aftersales.letters import Letter, LetterStatus
from ivr.api.clients import Scope
from ivr.api.fields import Answer, LocalMoment, Page, Text, local, local_if
from ivr.api.operations import Nothing, Operations, Request
from ivr.store.tables import Case, Project

operations = Operations("events")


class LetterOut(Answer):
    id: int
    case: str
    at: LocalMoment
    kind: EventKind
    by: str
    detail: dict[str, Any]
    status: LetterStatus
    #: Refusals since it was last asked for.
    attempts: int
    #: Why it was not taken the last time.
    fault: str | None
    next_attempt: LocalMoment | None
    posted_at: LocalMoment | None


class LetterPage(Answer):
    events: list[LetterOut]
    next: str | None


class LetterQuery(Page):
    status: LetterStatus | None = None
    case: Text | None = None


@operations.add("GET", "/events", scope=Scope.READ, given=LetterQuery, gives=LetterPage)
def page(request: Request[LetterQuery]) -> LetterPage:
    """What happened to cases, oldest first, and whether the CRM was told.

    A `dead` event was refused again and again, and holds up the later ones of its case.
    """
    given = request.given
    found, cursor = letters.page(
        request.session, status=given.status, case=given.case, cursor=given.cursor, limit=given.limit
    )
    return LetterPage(events=_shown(request.session, found, request.office_timezone), next=cursor)


@operations.add(
    "POST",
    "/events/<int:event_id>/replay",
    scope=Scope.WRITE,
    given=Nothing,
    gives=LetterOut,
    may_conflict=True,
)
def replay(request: Request[Nothing], event_id: int) -> LetterOut:
    """Tell the CRM of this event now, also if it was told before."""
    letter = letters.replay(request.session, event_id, settings=request.context.settings, now=request.now)
    return _shown(request.session, [letter], request.office_timezone)[0]


def _shown(session: Session, found: Sequence[Letter], office_timezone: str) -> list[LetterOut]:
    """Letters with the numbers of their cases: one query, however many letters."""
    about = (
        select(Case.id, Case.number, Project.timezone)
        .outerjoin(Case.project)
        .where(Case.id.in_([letter.event.case_id for letter in found]))
    )
    cases = {row.id: row for row in session.execute(about)}
    answers = []
    for letter in found:
        event, case = letter.event, cases[letter.event.case_id]
        zone = case.timezone or office_timezone
        answers.append(
            LetterOut(
                id=event.id,
                case=case.number,
                at=local(event.at, zone),
                kind=EventKind(event.kind),
                by=event.by,
                detail=event.detail,
                status=letter.status,
                attempts=letter.attempts,
                fault=letter.fault,
                next_attempt=local_if(letter.next_at, zone),
                posted_at=local_if(event.posted_at, zone),
            )
        )
    return answers
