"""What the agents' console keeps: who is signed in where, wrong tries to sign in, and who did what."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ivr.store.tables.base import Base, Key, Moment, Word
from ivr.store.tables.people import Agent


class AgentSession(Base):
    """One browser in which an agent signed in. Its row outlives it by some days: text may be kept there."""

    __tablename__ = "agent_sessions"
    __table_args__ = (
        Index("ix_agent_sessions_agent_id", "agent_id"),
        Index("ix_agent_sessions_seen_at", "seen_at"),
    )

    id: Mapped[Key]
    #: SHA-256 of the key in the browser's cookie: whoever reads the database cannot sign in with it.
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    created_at: Mapped[Moment]
    #: The last thing that the agent did there, give or take a minute; live updates do not count.
    seen_at: Mapped[Moment]
    #: Signed out, or ended by a new password or by the agent's leaving.
    ended_at: Mapped[datetime | None]
    #: A form that was sent when it could not be accepted: ``page``, ``form``, ``fields``.
    kept: Mapped[dict[str, Any] | None]

    agent: Mapped[Agent] = relationship(lazy="joined", innerjoin=True)


class SignInTries(Base):
    """Tries to sign in, of an account or from an address, since the last success or pause."""

    __tablename__ = "sign_in_tries"

    #: ``account:`` or ``address:`` and the SHA-256 of which.
    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    count: Mapped[int] = mapped_column(SmallInteger)
    last_at: Mapped[Moment] = mapped_column(index=True)


class SettingOverride(Base):
    """A setting that was changed in the console: it outranks the environment's. See `ivr.present`."""

    __tablename__ = "setting_overrides"

    #: A field of `ivr.choices.Choices`.
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    #: As one would write it into the environment.
    value: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[Moment]
    changed_by: Mapped[int] = mapped_column(ForeignKey("agents.id"))


class AuditEntry(Base):
    """Who did what, and when. Written with the deed, in its transaction; never changed."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_subject_id", "subject", "id"),
        Index("ix_audit_entries_agent_id_id", "agent_id", "id"),
    )

    id: Mapped[Key]
    at: Mapped[Moment]
    #: Null: the command line.
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    #: The agent's name at that time.
    who: Mapped[str] = mapped_column(String(120))
    action: Mapped[Word]
    #: What it was done to: ``case:1234567``, ``agent:3``, ``setting:office_hours``.
    subject: Mapped[str] = mapped_column(String(120))
    detail: Mapped[dict[str, Any]]
