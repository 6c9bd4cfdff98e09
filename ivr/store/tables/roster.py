"""Who is on call when."""

from datetime import datetime, time

from sqlalchemy import ForeignKey, Index, SmallInteger, Time
from sqlalchemy.orm import Mapped, mapped_column

from ivr.store.tables.base import Base, Key, Moment, Word


class RosterEntry(Base):
    """One line of the roster: a shift of every week, a shift of certain dates, or a swap of two people.

    A weekly shift has ``weekday``, ``begins`` and ``ends`` by the office's clocks (an end that is not after
    the beginning is the next day's); the other two have moments.
    """

    __tablename__ = "roster"
    __table_args__ = (Index("ix_roster_agent_id", "agent_id"),)

    id: Mapped[Key]
    #: See `ivr.switchboard.roster.EntryKind`.
    kind: Mapped[Word]
    #: Who is on call; in a swap, who is instead of ``instead_of_id``.
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    instead_of_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    #: Rank among those on call, 1 first; a swap takes over that of whom it replaces.
    level: Mapped[int | None] = mapped_column(SmallInteger)
    #: ISO weekday, 1 Monday … 7 Sunday.
    weekday: Mapped[int | None] = mapped_column(SmallInteger)
    begins: Mapped[time | None] = mapped_column(Time)
    ends: Mapped[time | None] = mapped_column(Time)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    created_at: Mapped[Moment]
