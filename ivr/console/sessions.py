"""Who is signed in in which browser, and the form that was sent there too late.

The browser holds a random key in Flask's signed cookie, the database its hash. A session ends by itself when
the agent has done nothing for `Settings.session_idle` seconds or after `Settings.session_longest`.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import session as cookie
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ivr.settings import Settings
from ivr.store.tables import Agent, AgentSession

_COOKIE = "key"
#: `AgentSession.seen_at` is as exact as this, so that reading a page writes hardly ever.
_TOUCHED_EVERY = timedelta(minutes=1)
#: Letters of all fields of a form that is kept.
_LONGEST_FORM = 200_000


@dataclass(frozen=True)
class Kept:
    """The fields of a form that was sent too late: of which form, and on which page that is."""

    page: str
    form: str
    fields: Mapping[str, list[str]]

    def belongs_to(self, path: str, form: str) -> bool:
        """Whether it is that form on the page of that path."""
        return urlsplit(self.page).path == path and self.form == form


def begin(session: Session, agent: Agent, now: datetime) -> AgentSession:
    """Sign ``agent`` in in the browser that asks; what it kept for the same agent goes with them."""
    before = found(session)
    kept = before.kept if before is not None and before.agent_id == agent.id else None
    if before is not None and before.ended_at is None:
        before.ended_at, before.kept = now, None
    key = secrets.token_urlsafe(32)
    begun = AgentSession(
        key_hash=_hash(key), agent_id=agent.id, created_at=now, seen_at=now, ended_at=None, kept=kept
    )
    session.add(begun)
    session.flush()
    cookie.clear()
    cookie[_COOKIE] = key
    return begun


def end(session: Session, running: AgentSession, now: datetime) -> None:
    """Sign out. Nothing of the session is left in the browser."""
    session.execute(update(AgentSession).where(AgentSession.id == running.id).values(ended_at=now, kept=None))
    cookie.clear()


def found(session: Session) -> AgentSession | None:
    """The session that the browser knows, which may have ended."""
    key = cookie.get(_COOKIE)
    if not isinstance(key, str):
        return None
    return session.scalars(select(AgentSession).where(AgentSession.key_hash == _hash(key))).one_or_none()


def is_running(it: AgentSession, settings: Settings, now: datetime) -> bool:
    """Whether whoever shows it is signed in."""
    idle, longest = timedelta(seconds=settings.session_idle), timedelta(seconds=settings.session_longest)
    return (
        it.ended_at is None
        and it.agent.deactivated_at is None
        and now < it.seen_at + idle
        and now < it.created_at + longest
    )


def is_stale(it: AgentSession, now: datetime) -> bool:
    """Whether it is time to write down again that the agent does something."""
    return now >= it.seen_at + _TOUCHED_EVERY


def touch(session: Session, session_id: int, now: datetime) -> None:
    """The agent of that session does something now."""
    session.execute(update(AgentSession).where(AgentSession.id == session_id).values(seen_at=now))


def keep(session: Session, it: AgentSession, page: str, form: str, fields: Mapping[str, list[str]]) -> bool:
    """Keep what was written into a form, instead of what was kept before; false if it is too much.

    Passwords are not kept. ``page``: the path and query under which the form is shown.
    """
    wanted = {name: values for name, values in fields.items() if not _is_secret(name)}
    if sum(len(value) for values in wanted.values() for value in values) > _LONGEST_FORM:
        return False
    kept: dict[str, Any] = {"page": page, "form": form, "fields": wanted}
    session.execute(update(AgentSession).where(AgentSession.id == it.id).values(kept=kept))
    it.kept = kept
    return True


def kept(it: AgentSession) -> Kept | None:
    """What is kept there."""
    return Kept(**it.kept) if it.kept else None


def drop_kept(session: Session, it: AgentSession) -> None:
    """It has been sent again, and was accepted."""
    session.execute(update(AgentSession).where(AgentSession.id == it.id).values(kept=None))
    it.kept = None


def _is_secret(field: str) -> bool:
    return "password" in field or "csrf" in field


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
