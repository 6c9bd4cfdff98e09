"""The calls that the line plans to make, to be looked at: what is due when, tried how often, ended how."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ivr.aftersales import pages
from ivr.aftersales.outbound import CallPurpose, PlanState
from ivr.store.tables import CallRow, Case, PlannedCall


@dataclass(frozen=True)
class CallPlan:
    """A planned call with its case, and the calls made for it so far, oldest first."""

    plan: PlannedCall
    case: Case
    calls: Sequence[CallRow]


def page(
    session: Session,
    *,
    ended: bool = False,
    purpose: CallPurpose | None = None,
    case: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[CallPlan], str | None]:
    """Plans that are open, or those that have ended, by when their turn is; then as `pages.read`."""
    wanted = select(PlannedCall)
    is_ended = PlannedCall.state == PlanState.ENDED
    wanted = wanted.where(is_ended if ended else ~is_ended)
    if purpose is not None:
        wanted = wanted.where(PlannedCall.purpose == purpose)
    if case is not None:
        wanted = wanted.where(PlannedCall.case_id.in_(select(Case.id).where(Case.number == case)))
    keys = (PlannedCall.due_at, PlannedCall.id)
    plans, following = pages.read(session, wanted, keys, cursor, limit)
    return _with_calls(session, plans), following


def _with_calls(session: Session, plans: Sequence[PlannedCall]) -> list[CallPlan]:
    """The plans with their cases and calls: two queries, however many plans.

    A call belongs to the plan of its purpose that was open when it began: one is at a time.
    """
    about = {plan.case_id for plan in plans}
    found = session.scalars(select(Case).where(Case.id.in_(about)).options(joinedload(Case.project)))
    cases = {case.id: case for case in found}
    made = session.scalars(
        select(CallRow)
        .where(CallRow.case_id.in_(about), CallRow.purpose.in_({plan.purpose for plan in plans}))
        .order_by(CallRow.id)
    ).all()
    return [
        CallPlan(plan, cases[plan.case_id], [call for call in made if _was_for(call, plan)]) for plan in plans
    ]


def _was_for(call: CallRow, plan: PlannedCall) -> bool:
    if (call.case_id, call.purpose) != (plan.case_id, plan.purpose) or call.started_at < plan.created_at:
        return False
    return plan.ended_at is None or call.started_at <= plan.ended_at
