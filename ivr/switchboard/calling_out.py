"""An agent rings an owner by themselves: first their own telephone rings, and on their key the owner's.

It is a talk like any other, with its controls, its wrap-up and its trace. But nobody ever waited for it:
nobody else is rung, and nothing is owed anew if it comes to nothing.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ivr.aftersales.life import Priority
from ivr.aftersales.numbers import may_dial
from ivr.errors import CarrierRefused, Conflict, Invalid, NotFound
from ivr.settings import Settings
from ivr.store import jobs
from ivr.store.jobs import Done, JobKind
from ivr.store.tables import Agent, CallRow, Case, Wait
from ivr.switchboard import answering, legs, placing, presence
from ivr.switchboard.desk import Desk
from ivr.switchboard.waits import WaitState

#: What speaks when the agent answers.
FIRST_STEP = "agent.answered"

#: An agent who asked for a call does not expect it any more after so long.
EXPECTED_FOR = timedelta(minutes=2)


def ring(
    session: Session, agent: Agent, phone: str, *, case: Case | None = None, settings: Settings, now: datetime
) -> Wait:
    """Ring the agent, and then, on their key, ``phone``; ``case`` is what they want to talk about.

    Raises Invalid for a number that may not be dialled, Conflict while the agent's own telephone is taken.
    """
    if not may_dial(phone, settings.countries):
        raise Invalid("the number cannot be dialled", {"phone": "a number that may be dialled"})
    agent = presence.lock(session, agent.id)
    wait = Wait(
        case_id=case.id if case is not None else None,
        priority=Priority.STANDARD,
        state=WaitState.OUTGOING,
        since=now,
        in_queue=False,
        phone=phone,
        round=1,
        round_since=now,
    )
    session.add(wait)
    session.flush()
    if not presence.is_free(agent) or not presence.take(session, agent, wait, now):
        raise Conflict("the agent's telephone is taken", code="telephone_taken")
    call = legs.begin(session, wait, agent, agent.phone, settings=settings, now=now)
    jobs.schedule(session, JobKind.CALL_OUT, call.id, now, jobs.Priority.AGENT)
    return wait


def dial(desk: Desk, key: int) -> Done:
    """Place the call to the agent. One that is refused, or that comes too late, leaves the agent free."""
    now = desk.clock.now()
    with desk.store.transaction() as session:
        call = session.get_one(CallRow, key, with_for_update={"key_share": True})
        if call.ended_at is not None:
            return Done("over")
        if call.status == placing.PLANNED and now > call.started_at + EXPECTED_FOR:
            call.status, call.ended_at = placing.FAILED, now
            answering.not_placed(session, call, settings=desk.settings, now=now)
            return Done("too late")
    request = placing.request(desk.settings, call, FIRST_STEP, desk.settings.ring_seconds)
    try:
        placing.place(desk.store, desk.carrier, key, request, clock=desk.clock, settings=desk.settings)
    except (CarrierRefused, NotFound) as fault:
        with desk.store.transaction() as session:
            call = session.get_one(CallRow, key, with_for_update={"key_share": True})
            answering.not_placed(session, call, settings=desk.settings, now=now)
        return Done(f"not placed: {type(fault).__name__}")
    return Done("placed")
