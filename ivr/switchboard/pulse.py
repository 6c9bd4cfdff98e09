"""Whether something changed at the switchboard since one last looked: what live pages are told.

It is read from the present only (agents, and those who are owed a person now), so that a look costs the same
however much has happened before.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from ivr.store.tables import Agent, Leg, Wait
from ivr.switchboard.legs import OFFERED, LegState
from ivr.switchboard.waits import WaitState

#: Somebody is owed a person, or has one.
GOING_ON = (WaitState.WAITING, WaitState.RESERVED, WaitState.TALKING)
#: The telephone of an agent rings, or they are on it.
TAKEN = (*sorted(OFFERED), LegState.ACCEPTED, LegState.CALLER_GONE)


@dataclass(frozen=True)
class Pulse:
    """A word for each agent's desk, by the agent's id, and one for the board: another word, another state."""

    desks: Mapping[int, str]
    board: str


def read(session: Session) -> Pulse:
    """The switchboard as it stands: two queries."""
    agents = session.execute(_AGENTS).all()
    waiting = session.execute(_WAITS).all()
    desks = {row.id: _word(tuple(row)) for row in agents}
    return Pulse(desks, _word((sorted(desks.items()), [tuple(row) for row in waiting])))


_AGENTS = (
    select(
        Agent.id,
        Agent.presence,
        Agent.presence_since,
        Agent.wait_id,
        Leg.id.label("leg_id"),
        Leg.state.label("leg_state"),
        Wait.state.label("wait_state"),
        Wait.case_id,
    )
    .outerjoin(Wait, Wait.id == Agent.wait_id)
    .outerjoin(Leg, and_(Leg.wait_id == Agent.wait_id, Leg.agent_id == Agent.id, Leg.state.in_(TAKEN)))
    .where(Agent.deactivated_at.is_(None))
    .order_by(Agent.id, Leg.id)
)
_WAITS = (
    select(
        Wait.id, Wait.state, Wait.priority, Wait.in_queue, Wait.phone, Wait.agent_id, Wait.case_id, Wait.round
    )
    .where(Wait.state.in_(GOING_ON))
    .order_by(Wait.id)
)


def _word(values: object) -> str:
    return hashlib.blake2s(repr(_plain(values)).encode(), digest_size=8).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value
