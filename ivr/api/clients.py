"""Who uses the API: each client has a token of its own, and may do what its scopes allow.

A token is drawn at random and told once; what is kept is its SHA-256, which is enough for 256 random bits.
The operator's own token (``IVR_API_TOKEN``) belongs to the client `FIRST`, which may do everything.
"""

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ivr.aftersales import events
from ivr.errors import Duplicate, Invalid, NotFound
from ivr.store.jobs import insert_for
from ivr.store.tables import ApiToken


class Scope(StrEnum):
    """What a client may do. None includes another."""

    READ = "read"  #: see cases, homes, calls, tasks and recordings
    WRITE = "write"  #: open and move cases, book dates, add homes, do tasks
    TALKS = "talks"  #: act in calls that go on: hold, transfer, bring in, listen in
    PERSONAL = "personal"  #: give out, or erase, everything that is held about a person
    ADMIN = "admin"  #: projects, agents, closures and the roster


#: The client whose token is in the settings; nobody else is called so, nor like anybody who acts by no token.
FIRST = events.API
_TAKEN = frozenset({FIRST, events.OWNER, events.LINE, "operator"})
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
#: By this, whoever finds a token where it should not be knows what it is.
_MARK = "postventa_"
#: When a token was used last is written down so often at most.
_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Client:
    """Whoever sent a request. ``name`` is what cases and tasks say of who did something."""

    name: str
    scopes: frozenset[Scope]


EVERYTHING = Client(FIRST, frozenset(Scope))


def issue(session: Session, name: str, scopes: Collection[str], *, by: str, now: datetime) -> str:
    """A token for the client ``name``. Told here, and never again.

    Raises Invalid for a name or a scope that cannot be, Duplicate while the name has a token.
    """
    faults = {}
    if not _NAME.fullmatch(name) or name in _TAKEN:
        faults["name"] = "expected up to 40 small letters, digits and hyphens, that mean nobody else"
    if not scopes or not set(scopes) <= set(Scope):
        faults["scopes"] = f"expected some of {', '.join(Scope)}"
    if faults:
        raise Invalid("the token cannot be made", faults)
    token = _MARK + secrets.token_urlsafe(32)
    fresh = insert_for(session, ApiToken).values(
        name=name,
        token_hash=_hashed(token),
        scopes=[scope.value for scope in Scope if scope in set(scopes)],
        created_at=now,
        created_by=by,
    )
    if session.scalar(fresh.on_conflict_do_nothing().returning(ApiToken.id)) is None:
        raise Duplicate(f"the client {name} has a token already: revoke it first, or choose another name")
    return token


def revoke(session: Session, name: str, now: datetime) -> None:
    """The client's token is worth nothing from now on. Raises NotFound where it has none."""
    living = update(ApiToken).where(ApiToken.name == name, ApiToken.revoked_at.is_(None))
    if session.scalar(living.values(revoked_at=now).returning(ApiToken.id)) is None:
        raise NotFound(f"no client {name} has a token")


def issued(session: Session) -> list[ApiToken]:
    """All tokens that there ever were, in the order in which they were made."""
    return list(session.scalars(select(ApiToken).order_by(ApiToken.id)))


def of_token(session: Session, token: str) -> ApiToken | None:
    """The token that is meant and counts; found by its hash, so that time tells nothing of what is right."""
    wanted = select(ApiToken).where(ApiToken.token_hash == _hashed(token), ApiToken.revoked_at.is_(None))
    return session.scalars(wanted).one_or_none()


def is_to_be_noted(token: ApiToken, now: datetime) -> bool:
    """Whether it is time to write down again that the token is in use."""
    return token.last_used_at is None or now - token.last_used_at >= _NOTED_EVERY


def note_use(session: Session, token: ApiToken, now: datetime) -> None:
    """The token is in use now."""
    session.execute(update(ApiToken).where(ApiToken.id == token.id).values(last_used_at=now))


def client(token: ApiToken) -> Client:
    """Whose token it is; a scope that a later version had given is none here."""
    return Client(token.name, frozenset(scope for scope in Scope if scope in token.scopes))


def _hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()
