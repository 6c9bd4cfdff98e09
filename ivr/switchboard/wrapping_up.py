"""After a talk: what came of it, in a word and in the agent's own ones."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import cases
from ivr.errors import Conflict, Invalid
from ivr.store.jobs import JobKind, call_off
from ivr.store.tables import Agent, CallRow, Leg
from ivr.switchboard import presence, waits
from ivr.switchboard.legs import LegState
from ivr.switchboard.presence import Presence

LONGEST_NOTE = 2000


class Result(StrEnum):
    """What came of a talk."""

    SOLVED = "solved"
    VISIT = "visit"
    CALLBACK = "callback"
    TRANSFERRED = "transferred"
    UNREACHED = "unreached"
    OTHER = "other"


def wrap_up(session: Session, agent: Agent, result: Result, note: str = "", *, now: datetime) -> Leg:
    """Write down what came of the agent's last talk, and be available again if they were in wrap-up.

    The note stands in the case's trace, or, where there is no case, beside the talk. A second time replaces
    result and note, and adds to the trace. Raises Conflict while they talk, or if they have never talked;
    Invalid for too long a note.
    """
    if len(note) > LONGEST_NOTE:
        raise Invalid("the note is too long", {"note": f"expected at most {LONGEST_NOTE} characters"})
    last = select(Leg).where(Leg.agent_id == agent.id, Leg.state == LegState.TALKED)
    found = session.scalars(last.order_by(Leg.ended_at.desc(), Leg.id.desc()).limit(1)).one_or_none()
    if found is None:
        raise Conflict("there was no talk yet", code="no_talk")
    call = session.get_one(CallRow, found.call_id)
    case = cases.lock(session, call.case_id) if call.case_id is not None else None
    waits.lock(session, found.wait_id)
    agent = presence.lock(session, agent.id)
    if agent.presence == Presence.TALKING:
        raise Conflict("the talk still goes on", code="talking")
    found.result = result
    if note.strip() and case is not None:
        cases.comment(session, case, note.strip(), by=agent.name, now=now)
    elif note.strip():
        found.note = note.strip()
    if agent.presence == Presence.WRAP_UP:
        presence.move(agent, Presence.AVAILABLE, now)
        call_off(session, JobKind.WRAP_UP, agent.id, now)
        waits.wake(session, now)
    session.flush()
    return found
