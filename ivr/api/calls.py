"""/calls: what was heard and pressed."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import zip_longest

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import pages
from ivr.api.clients import Scope
from ivr.api.fields import Answer, LocalMoment, Page, Text, local
from ivr.api.operations import Nothing, Operations, Request
from ivr.errors import NotFound
from ivr.store.tables import CallRow, Case, Project, TurnRow

operations = Operations("calls")


class Step(Answer):
    """One question or announcement, and the keys that answered it."""

    at: LocalMoment
    step: str
    heard: list[str]
    pressed: str | None


class CallOut(Answer):
    sid: str
    direction: str
    from_: str = Field(alias="from")
    to: str
    case: str | None
    outcome: str | None
    steps: list[Step]


class CallPage(Answer):
    calls: list[CallOut]
    next: str | None


class CallQuery(Page):
    case: Text | None = None


@operations.add("GET", "/calls/<sid>", scope=Scope.READ, given=Nothing, gives=CallOut)
def get(request: Request[Nothing], sid: str) -> CallOut:
    """One call, step by step."""
    call = request.session.scalars(select(CallRow).where(CallRow.sid == sid)).one_or_none()
    if call is None:
        raise NotFound(f"there is no call {sid}")
    return _shown(request.session, [call], request.office_timezone)[0]


@operations.add("GET", "/calls", scope=Scope.READ, given=CallQuery, gives=CallPage)
def page(request: Request[CallQuery]) -> CallPage:
    """Calls, newest first; those about a case if one is named."""
    given = request.given
    wanted = select(CallRow).where(CallRow.sid.is_not(None))
    if given.case is not None:
        wanted = wanted.where(CallRow.case_id.in_(select(Case.id).where(Case.number == given.case)))
    found, cursor = pages.read(
        request.session, wanted, (CallRow.id,), given.cursor, given.limit, newest_first=True
    )
    return CallPage(calls=_shown(request.session, found, request.office_timezone), next=cursor)


def _shown(session: Session, calls: Sequence[CallRow], office_timezone: str) -> list[CallOut]:
    """Calls with their steps and the numbers of their cases: two queries, however many calls."""
    turns: dict[int, list[TurnRow]] = defaultdict(list)
    of_these = select(TurnRow).where(TurnRow.call_id.in_([call.id for call in calls]))
    for turn in session.scalars(of_these.order_by(TurnRow.call_id, TurnRow.turn)):
        turns[turn.call_id].append(turn)
    about = (
        select(Case.id, Case.number, Project.timezone)
        .outerjoin(Case.project)
        .where(Case.id.in_([call.case_id for call in calls]))
    )
    cases = {row.id: row for row in session.execute(about)}
    answers = []
    for call in calls:
        case = cases.get(call.case_id)
        zone = case.timezone if case is not None and case.timezone else office_timezone
        answers.append(
            CallOut.model_validate(
                {
                    "sid": call.sid,
                    "direction": call.direction,
                    "from": call.from_number,
                    "to": call.to_number,
                    "case": case.number if case is not None else None,
                    "outcome": call.outcome,
                    "steps": _steps(turns[call.id], zone),
                }
            )
        )
    return answers


def _steps(turns: Sequence[TurnRow], zone: str) -> list[Step]:
    """Each turn with the keys that came after it: they were pressed at the next one's request."""
    return [
        Step(
            at=local(turn.at, zone),
            step=turn.asks or turn.step,
            heard=turn.heard,
            pressed=following.pressed if following is not None else None,
        )
        for turn, following in zip_longest(turns, turns[1:])
    ]
