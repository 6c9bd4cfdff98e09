"""/outbound: the calls that the line plans to make by itself."""

from collections.abc import Sequence
from typing import Literal

from ivr.aftersales import call_plans
from ivr.aftersales.call_plans import CallPlan
from ivr.aftersales.outbound import CallPurpose, FinalAnswer, PlanState
from ivr.api.clients import Scope
from ivr.api.fields import Answer, LocalMoment, Page, Text, local, local_if
from ivr.api.operations import Operations, Request

operations = Operations("outbound")


class Attempt(Answer):
    sid: str | None
    to: str
    started_at: LocalMoment
    outcome: str | None


class CallPlanOut(Answer):
    id: int
    case: str
    purpose: CallPurpose
    state: PlanState
    #: When it is its turn.
    due: LocalMoment
    #: Attempts that count: not those that were put off, or reached a wrong number.
    attempts: int
    #: All calls made for it.
    calls: list[Attempt]
    #: How it ended; null while it is open.
    answer: FinalAnswer | None
    ended_at: LocalMoment | None


class CallPlanPage(Answer):
    outbound: list[CallPlanOut]
    next: str | None


class CallPlanQuery(Page):
    status: Literal["open", "ended"] = "open"
    purpose: CallPurpose | None = None
    case: Text | None = None


@operations.add("GET", "/outbound", scope=Scope.READ, given=CallPlanQuery, gives=CallPlanPage)
def page(request: Request[CallPlanQuery]) -> CallPlanPage:
    """Automated calls by when their turn is, with the attempts so far."""
    given = request.given
    found, cursor = call_plans.page(
        request.session,
        ended=given.status == "ended",
        purpose=given.purpose,
        case=given.case,
        cursor=given.cursor,
        limit=given.limit,
    )
    return CallPlanPage(outbound=_shown(found, request.office_timezone), next=cursor)


def _shown(found: Sequence[CallPlan], office_timezone: str) -> list[CallPlanOut]:
    answers = []
    for each in found:
        plan, project = each.plan, each.case.project
        zone = project.timezone if project else office_timezone
        answers.append(
            CallPlanOut(
                id=plan.id,
                case=each.case.number,
                purpose=CallPurpose(plan.purpose),
                state=PlanState(plan.state),
                due=local(plan.due_at, zone),
                attempts=plan.attempts,
                calls=[
                    Attempt(
                        sid=call.sid,
                        to=call.to_number,
                        started_at=local(call.started_at, zone),
                        outcome=call.outcome,
                    )
                    for call in each.calls
                ],
                answer=FinalAnswer(plan.answer) if plan.answer else None,
                ended_at=local_if(plan.ended_at, zone),
            )
        )
    return answers
