"""Whether an agent's console is open. One that has been closed for two minutes counts as away.

That silences no on-call telephone: in an urgency those who are away are rung as well. An agent who never
opened the console is not expected to have it open: their presence is what the API says.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from ivr.store.jobs import Done
from ivr.store.tables import Agent
from ivr.store.types import MomentOrPlace
from ivr.switchboard import presence, waits
from ivr.switchboard.desk import Desk
from ivr.switchboard.presence import AwayReason, Presence

#: A console that was not heard of for so long is closed.
CLOSED_AFTER = timedelta(minutes=2)
#: How often an open console is heard of, at least.
HEARD_EVERY = timedelta(seconds=30)

#: Who has chosen not to be rung is no less there for closing the console.
_RESTING = frozenset({Presence.AWAY, Presence.OFFLINE})


def is_missed(agent: Agent, now: datetime) -> bool:
    """Whether it is time to write down again that their console is open."""
    return agent.console_seen_at is None or agent.console_seen_at <= now - HEARD_EVERY


def seen(session: Session, agents: Collection[int], now: datetime) -> None:
    """The consoles of the agents with these ids are open."""
    session.execute(
        update(Agent)
        .where(Agent.id.in_(sorted(agents)))
        .values(console_seen_at=now)
        .execution_options(synchronize_session=False)
    )


def held(session: Session, open_since: Mapping[int, datetime], now: datetime) -> None:
    """The consoles of the agents with these ids are open, and have been all the time since then.

    Whoever was set away meanwhile for a closed console never closed it: that it was open could not be written
    down, because the database was away. They are available again, as they were.
    """
    seen(session, open_since, now)
    wronged = (
        select(Agent)
        .where(Agent.id.in_(sorted(open_since)))
        .where(Agent.presence == Presence.AWAY, Agent.away_reason == AwayReason.CONSOLE_CLOSED)
        .order_by(Agent.id)
        .with_for_update(key_share=True)
    )
    restored = [each for each in session.scalars(wronged) if open_since[each.id] < each.presence_since]
    for agent in restored:
        presence.move(agent, Presence.AVAILABLE, now)
    if restored:
        waits.wake(session, now)


def left(session: Session, agent: Agent, now: datetime) -> None:
    """The agent signs out: nobody rings them any more, except in an urgency."""
    presence.lock(session, agent.id)
    agent.console_seen_at = None
    if agent.presence == Presence.AVAILABLE:
        presence.move(agent, Presence.AWAY, now)


def closed(unseen_since: MomentOrPlace) -> ColumnElement[bool]:
    """Agents whose console was closed, and of whom that must be written down: not seen for `CLOSED_AFTER`."""
    at_rest = Agent.presence.in_([Presence.AVAILABLE, *_RESTING])
    return (Agent.console_seen_at <= unseen_since) & at_rest


def absent(desk: Desk, agent_id: int) -> Done:
    """The agent's console was closed: if it still is, whoever was available is away."""
    now = desk.clock.now()
    with desk.store.transaction() as session:
        agent = presence.lock(session, agent_id)
        if session.scalar(select(Agent.id).where(Agent.id == agent_id, closed(now - CLOSED_AFTER))) is None:
            return Done("present")
        was_available = agent.presence == Presence.AVAILABLE
        left(session, agent, now)
        if was_available:
            agent.away_reason = AwayReason.CONSOLE_CLOSED
    return Done("away")
