"""Access to the console: an agent's role and password, and what wrong passwords cost.

After `ACCOUNT_TRIES` wrong tries in a row an account is closed for `PAUSE`, whoever tried; after
`ADDRESS_TRIES` an address is, whatever it tried: more, because a whole office has one address. The answer
is the same for an account that does not exist.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import case, delete, func, literal, or_, select, update
from sqlalchemy.orm import Session

from ivr.errors import Conflict, Invalid
from ivr.store.jobs import insert_for
from ivr.store.session import Store
from ivr.store.tables import Agent, AgentSession, SignInTries
from ivr.store.types import UtcDateTime
from ivr.switchboard import presence
from ivr.switchboard.presence import Presence


class Role(StrEnum):
    """What somebody is to the console."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


#: A role may do all that is allowed to the roles beside it.
COVERS: Mapping[Role, frozenset[Role]] = {
    Role.AGENT: frozenset({Role.AGENT}),
    Role.SUPERVISOR: frozenset({Role.AGENT, Role.SUPERVISOR}),
    Role.ADMINISTRATOR: frozenset(Role),
}

#: Characters of a password (NIST SP 800-63B: length is what counts, so no other rule).
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200

ACCOUNT_TRIES = 5
ADDRESS_TRIES = 20
PAUSE = timedelta(minutes=15)

_HASHER = PasswordHasher()  # Argon2id with the parameters of RFC 9106's low-memory profile
#: Verified where there is no account, so that it takes as long.
_NOBODYS = _HASHER.hash("nobody has this password")


class TooManyTries(Exception):
    """The account or the address is closed for a while; whether the password was right is not looked at."""


def may(agent: Agent, role: Role) -> bool:
    """Whether ``agent`` may do what is allowed to ``role``."""
    return role in COVERS[Role(agent.role)]


def give_role(agent: Agent, role: str) -> None:
    """From now on the agent has this role. Raises Invalid for an unknown one."""
    if role not in set(Role):
        raise Invalid("unknown role", {"role": f"expected one of {', '.join(Role)}"})
    agent.role = Role(role).value


def hashed(password: str) -> str:
    """The password as it is stored. Takes its time. Raises Invalid for one that is too short or too long."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        expected = f"expected {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters"
        raise Invalid("the password cannot be used", {"password": expected})
    return _HASHER.hash(password)


def require_another_administrator(session: Session, agent: Agent) -> None:
    """Somebody else must be able to let people in once ``agent`` cannot any more.

    Raises Conflict (``last_administrator``).
    """
    others = select(Agent.id).where(
        Agent.id != agent.id,
        Agent.role == Role.ADMINISTRATOR,
        Agent.password_hash.is_not(None),
        Agent.deactivated_at.is_(None),
    )
    if agent.role == Role.ADMINISTRATOR and session.scalars(others.limit(1)).first() is None:
        raise Conflict("nobody else is an administrator", code="last_administrator")


def set_password(
    session: Session, agent: Agent, password: str, *, now: datetime, but: int | None = None
) -> None:
    """A new password; every session of the agent ends, but the one with the id ``but``.

    Raises Invalid for one that is too short or too long.
    """
    agent.password_hash = hashed(password)
    end_sessions(session, agent, now=now, but=but)


def has_password(agent: Agent, password: str) -> bool:
    """Whether that is the agent's password."""
    return _matches(agent.password_hash or _NOBODYS, password) and agent.password_hash is not None


def end_sessions(session: Session, agent: Agent, *, now: datetime, but: int | None = None) -> None:
    """Sign the agent out everywhere, except in the session with the id ``but``."""
    running = update(AgentSession).where(AgentSession.agent_id == agent.id, AgentSession.ended_at.is_(None))
    if but is not None:
        running = running.where(AgentSession.id != but)
    session.execute(running.values(ended_at=now))


def deactivate(session: Session, agent: Agent, *, now: datetime) -> None:
    """The agent does not work here any more: signed out everywhere, and rung by nobody."""
    presence.lock(session, agent.id)
    presence.move(agent, Presence.OFFLINE, now)
    agent.deactivated_at, agent.on_call_level, agent.console_seen_at = now, None, None
    end_sessions(session, agent, now=now)


def reactivate(agent: Agent) -> None:
    """The agent works here again, with the password that they had."""
    agent.deactivated_at = None


def authenticate(store: Store, *, email: str, password: str, address: str, now: datetime) -> int | None:
    """The id of the agent with this e-mail and password; None if there is none, whichever was wrong.

    A try is counted before the password is looked at, so that many at once gain nothing. No transaction is
    open while the password is hashed. Raises TooManyTries.
    """
    account, place = _subject("account", email), _subject("address", address)
    with store.transaction() as session:
        allowed = _count_try(session, place, ADDRESS_TRIES, now) and _count_try(
            session, account, ACCOUNT_TRIES, now
        )
    if not allowed:
        raise TooManyTries
    with store.reading() as session:
        wanted = select(Agent).where(
            func.lower(Agent.email) == email.strip().lower(), Agent.deactivated_at.is_(None)
        )
        agent = session.scalars(wanted).first()
    if agent is None or not has_password(agent, password):
        if agent is None:
            _matches(_NOBODYS, password)
        return None
    with store.transaction() as session:
        session.execute(delete(SignInTries).where(SignInTries.subject == account))
        session.execute(
            update(SignInTries)
            .where(SignInTries.subject == place, SignInTries.count > 0)
            .values(count=SignInTries.count - 1)
        )
    return agent.id


def open_again(session: Session, agent: Agent) -> None:
    """Wrong tries with the agent's account count no more."""
    session.execute(delete(SignInTries).where(SignInTries.subject == _subject("account", agent.email)))


def _count_try(session: Session, subject: str, most: int, now: datetime) -> bool:
    """Count a try; whether it may be made. Tries during a pause do not lengthen it."""
    over = SignInTries.last_at <= now - PAUSE
    fresh = insert_for(session, SignInTries).values(subject=subject, count=1, last_at=now)
    counted = fresh.on_conflict_do_update(
        index_elements=["subject"],
        set_={
            "count": case(
                (over, 1), (SignInTries.count > most, SignInTries.count), else_=SignInTries.count + 1
            ),
            "last_at": case(
                (or_(over, SignInTries.count < most), literal(now, UtcDateTime)), else_=SignInTries.last_at
            ),
        },
    )
    return bool(session.scalar(counted.returning(SignInTries.count)) <= most)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _subject(kind: str, value: str) -> str:
    """What tries are counted under: nobody's e-mail stands in that table."""
    return f"{kind}:{hashlib.sha256(value.strip().lower().encode()).hexdigest()}"
