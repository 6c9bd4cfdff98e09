"""An agent rings an owner whose call they took and who is not on the line any more."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import tasks
from ivr.aftersales.numbers import may_dial
from ivr.aftersales.tasks import TaskKind
from ivr.errors import CarrierRefused, NotFound
from ivr.settings import Settings
from ivr.store import jobs
from ivr.store.jobs import Done, JobKind
from ivr.store.tables import Agent, CallRow, Case, CaseContact, Wait
from ivr.switchboard import legs, placing, waits
from ivr.switchboard.desk import Desk

PURPOSE = "owner"
FIRST_STEP = "agent.owner_answered"
RING_SECONDS = 30

#: Outcomes of a call to an owner.
REACHED = "reached"
UNREACHED = "unreached"


def number(session: Session, wait: Wait) -> str | None:
    """Where to ring the owner: where they asked for it, else the case's first contact, else the caller."""
    if wait.phone is not None:
        return wait.phone
    if wait.case_id is not None:
        contacts = (
            select(CaseContact.phone).where(CaseContact.case_id == wait.case_id).order_by(CaseContact.id)
        )
        if (first := session.scalars(contacts.limit(1)).first()) is not None:
            return first
    caller = session.get(CallRow, wait.call_id) if wait.call_id is not None else None
    return caller.caller if caller is not None else None


def ring(session: Session, call: CallRow, *, settings: Settings, now: datetime) -> bool:
    """Have the owner rung for the agent whose call this is. False if nobody can be, or the agent is gone."""
    wait = waits.lock(session, call.wait_id)
    phone = number(session, wait)
    if phone is None or not may_dial(phone, settings.countries) or call.ended_at is not None:
        return False
    agent = session.get(Agent, call.agent_id) if call.agent_id is not None else None
    owner = legs.outbound(
        PURPOSE, phone, settings=settings, now=now, case_id=wait.case_id, agent=agent, wait=wait
    )
    session.add(owner)
    session.flush()
    jobs.schedule(session, JobKind.DIAL, owner.id, now, waits.urgency(wait))
    return True


def owe(session: Session, wait: Wait, now: datetime, *, once: str) -> None:
    """Somebody has to ring the owner again; ``once`` is what the task is known by.

    Whom an agent rang by themselves is owed nothing anew: what they had to do is still to be done.
    """
    if waits.is_outgoing(wait):
        return
    tasks.open_task(
        session,
        TaskKind.CALLBACK,
        now=now,
        case=session.get(Case, wait.case_id) if wait.case_id is not None else None,
        phone=number(session, wait),
        detail="Esperó a una persona, y todavía nadie ha podido hablar con quien llamó.",
        once=once,
    )


def last_call(session: Session, agent_call: CallRow) -> CallRow | None:
    """The last call to the owner that this agent asked for, for the same wait."""
    wanted = (
        select(CallRow)
        .where(
            CallRow.wait_id == agent_call.wait_id,
            CallRow.purpose == PURPOSE,
            CallRow.started_at >= agent_call.started_at,
        )
        .order_by(CallRow.id.desc())
        .limit(1)
    )
    return session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def dial(desk: Desk, key: int) -> Done:
    """Place the call to an owner. One that the carrier refuses is over, and the agent hears so."""
    with desk.store.transaction() as session:
        call = session.get_one(CallRow, key)
        if call.ended_at is not None:
            return Done("over")
    request = placing.request(desk.settings, call, FIRST_STEP, RING_SECONDS)
    try:
        placing.place(desk.store, desk.carrier, key, request, clock=desk.clock, settings=desk.settings)
    except (CarrierRefused, NotFound) as fault:
        now = desk.clock.now()
        with desk.store.transaction() as session:
            jobs.schedule(session, JobKind.CONNECT, int(call.wait_id or 0), now, jobs.Priority.AGENT)
        return Done(f"not placed: {type(fault).__name__}")
    return Done("placed")
