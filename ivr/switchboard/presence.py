"""Agents: who they are, whether they are there, and whose telephone may ring.

Presence says what an agent does; ``Agent.wait_id`` says for whom their telephone is taken. Presence never
silences an on-call telephone: an agent who is away or offline is rung in an urgency, and goes back to that.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import case, literal, or_, select
from sqlalchemy import update as update_rows
from sqlalchemy.orm import Session

from ivr.aftersales import pages
from ivr.errors import Duplicate, Invalid, MoveNotAllowed, NotFound
from ivr.store.jobs import JobKind, Priority, call_off, insert_for, schedule
from ivr.store.tables import Agent, Wait
from ivr.store.types import UtcDateTime
from ivr.switchboard import waits
from ivr.switchboard.agent_fields import checked


class Presence(StrEnum):
    """What an agent does."""

    AVAILABLE = "available"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    AWAY = "away"
    OFFLINE = "offline"


class AwayReason(StrEnum):
    """Why the line has set somebody away."""

    MISSED = "missed"  #: two standard calls in a row
    CONSOLE_CLOSED = "console_closed"


#: What an agent may set for themselves.
CHOSEN = frozenset({Presence.AVAILABLE, Presence.AWAY, Presence.OFFLINE})

#: Free now, or soon.
AT_WORK = frozenset({Presence.AVAILABLE, Presence.RINGING, Presence.TALKING, Presence.WRAP_UP})

MOVES: Mapping[Presence, frozenset[Presence]] = {
    Presence.AVAILABLE: frozenset({Presence.RINGING, Presence.TALKING, Presence.AWAY, Presence.OFFLINE}),
    Presence.RINGING: frozenset({Presence.TALKING, Presence.AVAILABLE, Presence.AWAY, Presence.OFFLINE}),
    Presence.TALKING: frozenset({Presence.WRAP_UP, Presence.AWAY, Presence.OFFLINE}),
    Presence.WRAP_UP: frozenset({Presence.AVAILABLE, Presence.TALKING, Presence.AWAY, Presence.OFFLINE}),
    Presence.AWAY: frozenset({Presence.AVAILABLE, Presence.TALKING, Presence.OFFLINE}),
    Presence.OFFLINE: frozenset({Presence.AVAILABLE, Presence.TALKING, Presence.AWAY}),
}

_MAY_TALK = frozenset(
    {Presence.TALKING, *(each for each, onward in MOVES.items() if Presence.TALKING in onward)}
)

#: Standard calls missed in a row after which an agent is set away.
MISSED_IN_A_ROW = 2


def create(
    session: Session,
    *,
    name: str,
    phone: str,
    email: str,
    skills: Sequence[str],
    on_call_level: int | None = None,
    now: datetime,
    countries: Collection[str] = (),
) -> Agent:
    """A new agent, offline until they say otherwise. ``countries`` besides Chile: where they may be rung.

    Raises Invalid with all faults, Duplicate if telephone or e-mail is another agent's.
    """
    fields = checked(
        countries, name=name, phone=phone, email=email, skills=skills, on_call_level=on_call_level
    )
    values = {
        **fields,
        "presence": Presence.OFFLINE,
        "presence_since": now,
        "idle_since": now,
        "missed": 0,
        "created_at": now,
    }
    fresh = insert_for(session, Agent).values(**values).on_conflict_do_nothing()
    made: Agent | None = session.scalars(fresh.returning(Agent)).one_or_none()
    if made is None:
        raise Duplicate("another agent has this telephone or this e-mail")
    return made


def update(
    session: Session, agent: Agent, *, now: datetime, countries: Collection[str] = (), **fields: object
) -> None:
    """Change fields of `create` and ``presence`` (available, away or offline); all of them or none.

    Raises Invalid with all faults, Duplicate, and MoveNotAllowed for a presence that cannot be chosen now.
    """
    wanted = fields.pop("presence", None)
    try:
        kept = checked(countries, **fields)
    except Invalid as fault:
        raise Invalid(str(fault), {**fault.fields, **_presence_faults(wanted)}) from None
    if faults := _presence_faults(wanted):
        raise Invalid("the agent has wrong fields", faults)
    taken = select(Agent.id).where(
        Agent.id != agent.id,
        (Agent.phone == kept.get("phone")) | (Agent.email == kept.get("email")),
    )
    if kept.keys() & {"phone", "email"} and session.scalars(taken.limit(1)).first() is not None:
        raise Duplicate("another agent has this telephone or this e-mail")
    lock(session, agent.id)
    for field, value in kept.items():
        setattr(agent, field, value)
    if wanted is not None:
        move(agent, Presence(str(wanted)), now)
        agent.missed = 0
        call_off(session, JobKind.WRAP_UP, agent.id, now)
        waits.wake(session, now)
    session.flush()


def _presence_faults(wanted: object) -> dict[str, str]:
    if wanted is None or wanted in CHOSEN:
        return {}
    return {"presence": f"expected one of {', '.join(sorted(CHOSEN))}"}


def get(session: Session, agent_id: int) -> Agent:
    """The agent of that id. Raises NotFound."""
    found = session.get(Agent, agent_id)
    if found is None:
        raise NotFound(f"there is no agent {agent_id}")
    return found


def page(session: Session, cursor: str | None = None, limit: int = 50) -> tuple[list[Agent], str | None]:
    """Agents in the order in which they were created, and the cursor of the next page."""
    return pages.read(session, select(Agent), (Agent.id,), cursor, limit)


def lock(session: Session, agent_id: int) -> Agent:
    """The agent as they stand now, their row locked until the transaction ends."""
    wanted = select(Agent).where(Agent.id == agent_id).with_for_update(key_share=True)
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def move(agent: Agent, to: Presence, now: datetime) -> None:
    """Change the presence of ``agent``, whose row is locked; the same again changes nothing.

    Raises MoveNotAllowed if the table does not list the move.
    """
    if agent.presence == to:
        return
    if to not in MOVES[Presence(agent.presence)]:
        raise MoveNotAllowed(f"an agent who is {agent.presence} cannot become {to}")
    if to == Presence.AVAILABLE and agent.presence != Presence.RINGING:
        agent.idle_since = now
    agent.presence, agent.presence_since, agent.away_reason = to, now, None


def everybody(session: Session) -> list[Agent]:
    """All agents as they stand now."""
    return list(session.scalars(select(Agent).execution_options(populate_existing=True)))


def is_free(agent: Agent) -> bool:
    """Whether their telephone is not taken."""
    return agent.wait_id is None and agent.presence != Presence.TALKING


def all_free(session: Session, agents: Collection[int]) -> bool:
    """Whether, as the database knows it now, none of these telephones is taken; no query for none."""
    taken = or_(Agent.wait_id.is_not(None), Agent.presence == Presence.TALKING)
    return not agents or session.scalar(select(Agent.id).where(Agent.id.in_(agents), taken).limit(1)) is None


def take(session: Session, agent: Agent, wait: Wait, now: datetime) -> bool:
    """Take the agent's telephone for ``wait``; false if somebody else was first."""
    available = Agent.presence == Presence.AVAILABLE
    taken = session.execute(
        update_rows(Agent)
        .where(Agent.id == agent.id, Agent.wait_id.is_(None), Agent.presence == agent.presence)
        .values(
            wait_id=wait.id,
            presence=case((available, Presence.RINGING.value), else_=Agent.presence),
            presence_since=case((available, literal(now, UtcDateTime)), else_=Agent.presence_since),
        )
        .execution_options(synchronize_session=False)
    )
    return bool(getattr(taken, "rowcount", 0))


def talk(agent: Agent, wait: Wait, now: datetime) -> bool:
    """The agent, locked, accepts; false if their telephone is taken for somebody else by now."""
    if agent.wait_id not in {None, wait.id}:
        return False
    agent.wait_id, agent.missed = wait.id, 0
    move(agent, Presence.TALKING, now)
    return True


def take_up(session: Session, agent_id: int, wait: Wait, now: datetime) -> Agent | None:
    """As `talk`, in one statement: the agent who accepts; None if their telephone is taken for another."""
    talking = Agent.presence == Presence.TALKING
    taken = (
        update_rows(Agent)
        .where(Agent.id == agent_id, or_(Agent.wait_id.is_(None), Agent.wait_id == wait.id))
        .where(Agent.presence.in_(_MAY_TALK))
        .values(
            wait_id=wait.id,
            missed=0,
            presence=Presence.TALKING,
            presence_since=case((talking, Agent.presence_since), else_=literal(now, UtcDateTime)),
            away_reason=None,
        )
        .returning(Agent)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return session.scalars(taken).one_or_none()


def free(session: Session, agent_id: int, wait: Wait, now: datetime) -> None:
    """As `let_go`, in one statement, for whoever has answered and passed: no call was missed."""
    ringing = Agent.presence == Presence.RINGING
    session.execute(
        update_rows(Agent)
        .where(Agent.id == agent_id, Agent.wait_id == wait.id)
        .values(
            wait_id=None,
            missed=0,
            presence=case((ringing, Presence.AVAILABLE.value), else_=Agent.presence),
            presence_since=case((ringing, literal(now, UtcDateTime)), else_=Agent.presence_since),
        )
        .execution_options(synchronize_session=False)
    )


def let_go(agent: Agent, wait: Wait, now: datetime) -> None:
    """Their telephone, which rang for ``wait`` or was about to, is free again."""
    if agent.wait_id != wait.id:
        return
    agent.wait_id = None
    if agent.presence == Presence.RINGING:
        move(agent, Presence.AVAILABLE, now)


def let_all_go(session: Session, wait: Wait, now: datetime, *, but: Collection[int | None] = ()) -> None:
    """Whoever's telephone rings for ``wait`` is free again, ``but`` the agents of these ids."""
    ringing = Agent.presence == Presence.RINGING
    session.execute(
        update_rows(Agent)
        .where(Agent.wait_id == wait.id, Agent.presence != Presence.TALKING)
        .where(Agent.id.not_in([agent_id for agent_id in but if agent_id is not None]))
        .values(
            wait_id=None,
            presence=case((ringing, Presence.AVAILABLE.value), else_=Agent.presence),
            presence_since=case((ringing, literal(now, UtcDateTime)), else_=Agent.presence_since),
        )
        .execution_options(synchronize_session=False)
    )


def missed(agent: Agent, now: datetime) -> bool:
    """A standard call was missed. After two in a row the agent is away, which is then true."""
    agent.missed += 1
    if agent.missed < MISSED_IN_A_ROW or agent.presence != Presence.AVAILABLE:
        return False
    move(agent, Presence.AWAY, now)
    agent.away_reason = AwayReason.MISSED
    return True


def wrap_up(
    session: Session, agent_id: int, wait: Wait, *, found: str | None, now: datetime, seconds: int
) -> None:
    """The talk is over: whoever was rung away or offline goes back to that, all others are in wrap-up.

    Said of somebody whose telephone is not taken for ``wait`` any more, it changes nothing.
    """
    after = Presence(found) if found in {Presence.AWAY, Presence.OFFLINE} else Presence.WRAP_UP
    talking = Agent.presence == Presence.TALKING
    over = (
        update_rows(Agent)
        .where(Agent.id == agent_id, Agent.wait_id == wait.id)
        .values(
            wait_id=None,
            presence=case((talking, after.value), else_=Agent.presence),
            presence_since=case((talking, literal(now, UtcDateTime)), else_=Agent.presence_since),
        )
        .returning(Agent.presence)
        .execution_options(synchronize_session=False)
    )
    if session.scalar(over) == Presence.WRAP_UP:
        schedule(session, JobKind.WRAP_UP, agent_id, now + timedelta(seconds=seconds), Priority.AGENT)
