"""Who is brought into a talk of an owner and an agent."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ivr.store.tables.base import Base, Key, Moment, Phone, Word


class Guest(Base):
    """One ringing of one telephone whose owner is to come into a talk, and how that went."""

    __tablename__ = "guests"
    __table_args__ = (
        Index("ix_guests_leg_id", "leg_id"),
        Index("ix_guests_wait_id", "wait_id"),
        UniqueConstraint("call_id"),
    )

    id: Mapped[Key]
    wait_id: Mapped[int] = mapped_column(ForeignKey("waits.id"))
    #: The talk: the leg of the agent who asked for them.
    leg_id: Mapped[int] = mapped_column(ForeignKey("legs.id"))
    #: See `ivr.switchboard.guests.Role`.
    role: Mapped[Word]
    #: The colleague or supervisor; null for a telephone outside.
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    phone: Mapped[Phone]
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    #: See `ivr.switchboard.guests.GuestState`.
    state: Mapped[Word]
    #: How a supervisor takes part: see `ivr.switchboard.supervising.Mode`.
    mode: Mapped[Word | None]
    #: Why they are asked, in the agent's words.
    reason: Mapped[str | None] = mapped_column(String(200))
    #: The presence of a colleague or supervisor when they were rung: where they go back to.
    found: Mapped[Word | None]
    created_at: Mapped[Moment]
    ended_at: Mapped[datetime | None]
