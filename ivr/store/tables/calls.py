"""Calls, the turns of their conversations, and recordings."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ivr.store.tables.base import Base, Key, Moment, Phone, Word
from ivr.store.types import Id


class CallRow(Base):
    """A telephone call, ours or theirs. Where its conversation stands is in its last turn.

    An outbound call is written before it is placed: ``token`` travels in its URLs, so that the carrier's
    first word about it finds this row even if its sid was never recorded.
    """

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_case_id", "case_id"),
        Index("ix_calls_caller_started_at", "caller", "started_at"),
        Index(
            "ix_calls_open",
            "started_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_calls_ended_at", "ended_at"),
        Index("ix_calls_purpose_started_at", "purpose", "started_at"),
        Index("ix_calls_to_number_started_at", "to_number", "started_at"),
    )

    id: Mapped[Key]
    sid: Mapped[str | None] = mapped_column(String(64), unique=True)
    token: Mapped[str | None] = mapped_column(String(32), unique=True)
    direction: Mapped[Word]
    #: Why the call exists: ``inbound``, ``agent``, ``owner`` (an agent rings an owner), ``works`` …
    purpose: Mapped[Word]
    from_number: Mapped[Phone]
    to_number: Mapped[Phone]
    #: ``phone`` or ``mobile``: which of the line's numbers was dialled.
    channel: Mapped[Word]
    #: The other party's number, only where it is a valid Chilean one.
    caller: Mapped[Phone | None]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    home_id: Mapped[int | None] = mapped_column(ForeignKey("homes.id"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    #: No foreign key: waits point at calls and agents already.
    wait_id: Mapped[int | None] = mapped_column(Id)
    urgent: Mapped[bool] = mapped_column(Boolean, default=False)

    outcome: Mapped[Word | None]
    status: Mapped[Word]
    #: The highest SequenceNumber seen among status callbacks.
    sequence: Mapped[int] = mapped_column(Integer, default=-1)
    #: The conference that the call is or was in, and the newest news of that.
    room: Mapped[str | None] = mapped_column(String(64))
    room_sequence: Mapped[int] = mapped_column(Integer, default=-1)
    in_room: Mapped[bool] = mapped_column(Boolean, default=False)
    started_at: Mapped[Moment]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    #: When the carrier was last asked about a call without an end.
    settled_at: Mapped[datetime | None]


class TurnRow(Base):
    """One webhook, its answer, and where the conversation stood after it. Written once, never changed.

    It is at the same time the stored reply of a repeated webhook, the state that the next one goes on from,
    and the call's trace. An empty ``reply`` marks a turn that was overtaken because the call was moved.
    """

    __tablename__ = "turns"
    __table_args__ = (UniqueConstraint("call_id", "turn"),)

    id: Mapped[Key]
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    turn: Mapped[int] = mapped_column(Integer)
    at: Mapped[Moment]
    #: The step that answered.
    step: Mapped[str] = mapped_column(String(80))
    #: The question that is open after it, by its asking step's name, and what its keys mean.
    asks: Mapped[str | None] = mapped_column(String(80))
    question: Mapped[dict[str, Any]]
    pressed: Mapped[str | None] = mapped_column(String(64))
    speech: Mapped[str | None] = mapped_column(Text)
    heard: Mapped[list[str]]
    reply: Mapped[str] = mapped_column(Text)
    #: Times that the open question was heard in vain.
    tries: Mapped[int] = mapped_column(Integer, default=0)
    #: Ways back of entered conversations, innermost last.
    stack: Mapped[list[str]]
    #: Questions asked so far, each with its stack: where ``*`` leads.
    trail: Mapped[list[Any]]
    notes: Mapped[dict[str, Any]]


class Recording(Base):
    """Something that was said, from the carrier's sid to our own storage."""

    __tablename__ = "recordings"
    __table_args__ = (
        Index("ix_recordings_call_id", "call_id"),
        Index("ix_recordings_room", "room", unique=True),
        Index("ix_recordings_status", "status"),
    )

    id: Mapped[Key]
    #: Null until the carrier names it.
    sid: Mapped[str | None] = mapped_column(String(64), unique=True)
    #: Of a talk: where it is held, by which the carrier's news find it.
    room: Mapped[str | None] = mapped_column(String(64))
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    #: ``description``, ``message``, ``comment`` or ``talk``.
    purpose: Mapped[Word]
    #: A state of `ivr.aftersales.recordings.State`.
    status: Mapped[Word]
    #: Seconds, as the carrier says.
    duration: Mapped[int | None] = mapped_column(Integer)
    storage_key: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[Moment]
