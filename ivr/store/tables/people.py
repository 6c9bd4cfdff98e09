"""Agents, callers who wait, and the ringing of agents' telephones."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ivr.store.tables.base import Base, Key, Moment, Phone, Word
from ivr.store.types import Id


class Agent(Base):
    """A person who takes calls."""

    __tablename__ = "agents"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(120))
    phone: Mapped[Phone] = mapped_column(unique=True)
    email: Mapped[str] = mapped_column(String(200), unique=True)
    skills: Mapped[list[str]]
    #: Rank in the on-call list, 1 first; null: not on it.
    on_call_level: Mapped[int | None] = mapped_column(SmallInteger)
    presence: Mapped[Word]
    presence_since: Mapped[Moment]
    #: When the last talk ended: the longest idle is rung first.
    idle_since: Mapped[Moment]
    #: Standard calls missed in a row.
    missed: Mapped[int] = mapped_column(SmallInteger, default=0)
    #: For whom their telephone rings, or with whom they talk: taken by one wait at a time. Null: free.
    wait_id: Mapped[int | None] = mapped_column(Id)
    #: Why the line set them away (see `ivr.switchboard.presence.AwayReason`); null: they say so themselves.
    away_reason: Mapped[Word | None]
    created_at: Mapped[Moment]
    #: A role of `ivr.switchboard.accounts`: what they may do at the console.
    role: Mapped[Word] = mapped_column(default="agent", server_default="agent")
    #: Argon2; null: they have no access to the console.
    password_hash: Mapped[str | None] = mapped_column(String(200))
    #: When their console was last known to be open; null: it is not expected to be.
    console_seen_at: Mapped[datetime | None]
    #: Since when they do not work here any more.
    deactivated_at: Mapped[datetime | None]


class Wait(Base):
    """Somebody who is owed a person: a caller in the queue, or an urgent case whose rounds go on."""

    __tablename__ = "waits"
    __table_args__ = (
        Index("ix_waits_state_priority", "state", "priority", "since"),
        Index("ix_waits_call_id", "call_id"),
        Index("ix_waits_case_id", "case_id"),
    )

    id: Mapped[Key]
    #: The caller's call; null where the case came from console or API.
    call_id: Mapped[int | None] = mapped_column(ForeignKey("calls.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    priority: Mapped[Word]
    #: See `ivr.switchboard.waits.WaitState`.
    state: Mapped[Word]
    since: Mapped[Moment]
    #: Whether the caller is in the carrier's queue; if not, whoever accepts rings them.
    in_queue: Mapped[bool] = mapped_column(Boolean)
    #: The number that they want to be called back at.
    phone: Mapped[Phone | None]
    #: The agent whom the caller was handed on to: they are rung first, and then anybody.
    for_agent_id: Mapped[int | None] = mapped_column(Id)
    #: What whoever takes them must be able to do; null: as the priority says.
    skill: Mapped[Word | None]
    #: Times that their own telephone was rung first, in vain; and until when it is left alone after that.
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    rests_until: Mapped[datetime | None]
    #: The key that the caller pressed while waiting: why they left.
    pressed: Mapped[str | None] = mapped_column(String(4))
    #: Minutes that were promised when they entered the queue.
    promised: Mapped[int | None] = mapped_column(SmallInteger)
    #: The round's number, from 1, and its beginning. In one round each agent is rung once.
    round: Mapped[int] = mapped_column(Integer, default=1)
    round_since: Mapped[Moment]
    #: The agent who accepted, also if that came to nothing; null for the backup number.
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    #: The leg that accepted: caller and agent talk in its room.
    leg_id: Mapped[int | None] = mapped_column(Id)
    talking_since: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    #: When the supervisor was last told that nobody accepts.
    texted_at: Mapped[datetime | None]


class Leg(Base):
    """One ringing of one agent's telephone, or of the backup number, for one wait; and the talk, if any."""

    __tablename__ = "legs"
    __table_args__ = (
        Index("ix_legs_wait_id", "wait_id"),
        Index("ix_legs_agent_id_state", "agent_id", "state"),
        UniqueConstraint("call_id"),
    )

    id: Mapped[Key]
    wait_id: Mapped[int] = mapped_column(ForeignKey("waits.id"))
    #: Null: the backup number.
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    round: Mapped[int] = mapped_column(Integer)
    #: See `ivr.switchboard.legs.LegState`.
    state: Mapped[Word]
    #: The agent's presence when they were rung: where they go back to.
    found: Mapped[Word | None]
    #: The room of the talk where that is another leg's: who takes over comes to where the owner is.
    room: Mapped[str | None] = mapped_column(String(64))
    #: Of the talk that came of it: see `ivr.switchboard.holding.Hold` and `ivr.switchboard.taping.Tape`.
    hold: Mapped[Word | None]
    tape: Mapped[Word | None]
    #: What the agent said of it afterwards: see `ivr.switchboard.wrapping_up.Result`.
    result: Mapped[Word | None]
    note: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[Moment]
    ended_at: Mapped[datetime | None]
