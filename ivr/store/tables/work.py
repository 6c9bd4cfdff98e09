"""What is owed: due jobs, tasks for agents, text messages; and small registers."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ivr.store.tables.base import Base, Key, Moment, Phone, Word

#: Kinds of tasks that say that a term has run out (`ivr.aftersales.deadlines`).
ALARM_KINDS = ("overdue_works", "urgent_unacknowledged", "visit_late")
_ALARM = "state = 'open' AND kind IN ({})".format(", ".join(f"'{kind}'" for kind in ALARM_KINDS))


class Job(Base):
    """One piece of due work. Its row is the truth; what travels through the broker is only its id.

    ``version`` grows with every request, so that work asked for again while it is being done is not lost.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        Index(
            "ix_jobs_due",
            "priority",
            "due_at",
            sqlite_where=text("state = 'due'"),
            postgresql_where=text("state = 'due'"),
        ),
    )

    id: Mapped[Key]
    kind: Mapped[Word]
    #: What it is about: the id of a row, as text.
    key: Mapped[str] = mapped_column(String(80))
    #: ``due`` → ``done`` or ``failed``.
    state: Mapped[Word]
    #: Lower goes first: urgencies, agents, callbacks, the rest.
    priority: Mapped[int] = mapped_column(SmallInteger)
    due_at: Mapped[Moment]
    #: Until when it is somebody's; a dead worker's work is free again after it.
    leased_until: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer, default=1)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    outcome: Mapped[str | None] = mapped_column(Text)
    finished_at: Mapped[datetime | None]


class Task(Base):
    """Something that a person must do."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_state_due", "state", "due"),
        Index("ix_tasks_state_kind_due", "state", "kind", "due"),
        Index("ix_tasks_taken_by_id", "taken_by_id", "state", "due"),
        Index("ix_tasks_case_id", "case_id"),
        Index("ix_tasks_kind_created_at", "kind", "created_at"),
        # Cases of which a term has run out.
        Index("ix_tasks_alarms", "case_id", sqlite_where=text(_ALARM), postgresql_where=text(_ALARM)),
    )

    id: Mapped[Key]
    kind: Mapped[Word]
    state: Mapped[Word]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    call_id: Mapped[int | None] = mapped_column(ForeignKey("calls.id"))
    phone: Mapped[Phone | None]
    due: Mapped[Moment]
    recording_id: Mapped[int | None] = mapped_column(ForeignKey("recordings.id"))
    detail: Mapped[str] = mapped_column(Text)
    #: One open task for one reason: a second request finds the first.
    once: Mapped[str | None] = mapped_column(String(120), unique=True)
    created_at: Mapped[Moment]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None] = mapped_column(String(120))
    #: What came of it, in the words of who did it.
    note: Mapped[str | None] = mapped_column(Text)
    #: The agent who sees to it, and since when; null: anybody may.
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    taken_at: Mapped[datetime | None]
    #: Until when nobody wants to see it; null: it was never put off.
    snoozed_until: Mapped[datetime | None]


class TextRow(Base):
    """A text message, out or in."""

    __tablename__ = "texts"
    __table_args__ = (
        Index("ix_texts_phone_created_at", "phone", "created_at"),
        Index("ix_texts_case_id", "case_id"),
    )

    id: Mapped[Key]
    sid: Mapped[str | None] = mapped_column(String(64), unique=True)
    direction: Mapped[Word]
    #: The other party.
    phone: Mapped[Phone]
    body: Mapped[str] = mapped_column(Text)
    purpose: Mapped[Word]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointments.id"))
    #: ``due`` → ``sending`` → ``sent`` → ``delivered``; or ``failed``, ``refused``; ``received`` if it came.
    state: Mapped[Word]
    #: One text for one reason.
    once: Mapped[str | None] = mapped_column(String(120), unique=True)
    segments: Mapped[int] = mapped_column(SmallInteger)
    #: About what its reader had just done: it may go at any hour, but only for some minutes.
    at_once: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[Moment]
    #: When the request left for the carrier; a lost answer is looked up from then on.
    sending_at: Mapped[datetime | None]


class Tries(Base):
    """How often something was tried on a day: what guessing a case number costs."""

    __tablename__ = "tries"
    __table_args__ = (UniqueConstraint("subject", "day"),)

    id: Mapped[Key]
    subject: Mapped[str] = mapped_column(String(80))
    day: Mapped[date] = mapped_column(Date)
    count: Mapped[int] = mapped_column(Integer)


class Refusal(Base):
    """A number that asked not to be called or texted: for a purpose, for a home, or at all."""

    __tablename__ = "refusals"
    __table_args__ = (UniqueConstraint("phone", "scope"),)

    id: Mapped[Key]
    phone: Mapped[Phone]
    #: ``texts``, ``recordings``, ``calls:<purpose>`` or ``home:<id>``.
    scope: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[Moment]


class StoredAnswer(Base):
    """The first answer to a request with an Idempotency-Key, given again to its repeats."""

    __tablename__ = "stored_answers"

    #: As `ivr.api.idempotency` keeps it: two clients may choose the same.
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(SmallInteger)
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[Moment]


class PurgeRow(Base):
    """What one purge removed: the proof that nothing is held longer than it is needed."""

    __tablename__ = "purges"

    id: Mapped[Key]
    at: Mapped[Moment]
    #: How many of each kind (see `ivr.aftersales.retention.Removed`).
    removed: Mapped[dict[str, Any]]
