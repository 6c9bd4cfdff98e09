"""Calls that the line makes by itself: what is planned, how far it has come, and how fast calls leave."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, SmallInteger, false, text
from sqlalchemy.orm import Mapped, mapped_column

from ivr.store.tables.base import Base, Key, Moment, Word

_OPEN = text("state <> 'ended'")


class PlannedCall(Base):
    """An automated call that is owed to an owner, over all its attempts. One is open per case and purpose.

    It holds no telephone number: which contact is called is decided at each attempt and stands in its call.
    """

    __tablename__ = "planned_calls"
    __table_args__ = (
        Index("ix_planned_calls_state_due_at", "state", "due_at"),
        Index("ix_planned_calls_turn", "state", "announced", "due_at"),
        Index("ix_planned_calls_call_id", "call_id"),
        Index(
            "uq_planned_calls_open",
            "case_id",
            "purpose",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[Key]
    #: See `ivr.aftersales.outbound.CallPurpose`, whose words are also those of the calls' purposes.
    purpose: Mapped[Word]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    #: What a reminder is about.
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointments.id"))
    #: What a satisfaction call fills in.
    survey_id: Mapped[int | None] = mapped_column(ForeignKey("surveys.id"))
    #: See `ivr.aftersales.outbound.PlanState`.
    state: Mapped[Word]
    #: When it is its turn: to be announced by a text, or to be placed.
    due_at: Mapped[Moment]
    #: Whether who is called next has been told so, or cannot be: the call is placed when its turn comes.
    announced: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    #: Calls placed so far that count: not those that were put off, or reached a wrong number.
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    #: The call of the present attempt.
    call_id: Mapped[int | None] = mapped_column(ForeignKey("calls.id"))
    #: When a machine was told who called: once a case.
    message_left_at: Mapped[datetime | None]
    #: See `ivr.aftersales.outbound.FinalAnswer`; null while it is open.
    answer: Mapped[Word | None]
    created_at: Mapped[Moment]
    ended_at: Mapped[datetime | None]


class Pace(Base):
    """When the next automated call may leave: one row, by whose lock those who place calls take turns."""

    __tablename__ = "paces"

    name: Mapped[Word] = mapped_column(primary_key=True)
    next_at: Mapped[Moment]
    #: Calls by people are counted from here on: they go first, and automated ones make room for them.
    looked_at: Mapped[Moment]
