"""A request and its life: case, requirements, contacts, appointments, surveys, events."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, ForeignKey, Index, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ivr.store.tables.base import Base, Key, Moment, Phone, Word
from ivr.store.tables.places import Home, Project

#: Statuses from which nothing leads on (`ivr.aftersales.life.ENDED`).
ENDED_WORDS = ("cancelled", "closed", "rejected")
# Both say the same; `ivr.aftersales.case_search` chooses the index by the words.
_UNENDED = text("closed_at IS NULL")
_UNENDED_OF_PROJECT = text(f"status NOT IN {ENDED_WORDS}")


class Case(Base):
    """A request of an owner. Project and home are unknown in an urgent case whose caller did not say."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_status_id", "status", "id"),
        Index("ix_cases_project_id_id", "project_id", "id"),
        Index("ix_cases_project_id_status_id", "project_id", "status", "id"),
        Index("ix_cases_priority_id", "priority", "id"),
        Index("ix_cases_channel_id", "channel", "id"),
        Index("ix_cases_unended", "id", sqlite_where=_UNENDED, postgresql_where=_UNENDED),
        Index(
            "ix_cases_unended_of_project",
            "project_id",
            "id",
            sqlite_where=_UNENDED_OF_PROJECT,
            postgresql_where=_UNENDED_OF_PROJECT,
        ),
        Index("ix_cases_home_id_id", "home_id", "id"),
        Index("ix_cases_created_at", "created_at"),
        Index("ix_cases_follows_id", "follows_id"),
        Index(
            "ix_cases_remembered",
            "closed_at",
            sqlite_where=text("forgotten_at IS NULL"),
            postgresql_where=text("forgotten_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(12), unique=True)
    status: Mapped[Word]
    priority: Mapped[Word]
    urgent_kind: Mapped[Word | None]
    channel: Mapped[Word]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    home_id: Mapped[int | None] = mapped_column(ForeignKey("homes.id"))
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    created_at: Mapped[Moment]
    #: Local day of the inspection, or of the dispute that asks for works: 20 business days count from it.
    works_since: Mapped[date | None] = mapped_column(Date)
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(String(120))
    #: When it was closed, rejected or cancelled.
    closed_at: Mapped[datetime | None]
    #: When the people in it were removed because it was old; its figures stay.
    forgotten_at: Mapped[datetime | None]

    # What is read here and written by its keys is marked so: a session that writes has less to sort.
    project: Mapped[Project | None] = relationship(viewonly=True)
    home: Mapped[Home | None] = relationship(viewonly=True)
    follows: Mapped["Case | None"] = relationship(remote_side="Case.id", viewonly=True)
    requirements: Mapped[list["Requirement"]] = relationship(order_by="Requirement.id")
    contacts: Mapped[list["CaseContact"]] = relationship(
        order_by="CaseContact.id", cascade="all, delete-orphan"
    )
    appointments: Mapped[list["Appointment"]] = relationship(order_by="Appointment.id", viewonly=True)
    surveys: Mapped[list["Survey"]] = relationship(order_by="Survey.id", viewonly=True)
    events: Mapped[list["CaseEvent"]] = relationship(order_by="CaseEvent.id", viewonly=True)


class Requirement(Base):
    """One thing that is wrong in a home."""

    __tablename__ = "requirements"

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    category: Mapped[Word]
    description: Mapped[str | None] = mapped_column(Text)
    recording_id: Mapped[int | None] = mapped_column(ForeignKey("recordings.id"))
    status: Mapped[Word]
    disputes: Mapped[int] = mapped_column(SmallInteger, default=0)
    #: Where a dispute asks for it: a works date or a new inspection visit.
    remedy: Mapped[Word | None]
    note: Mapped[str | None] = mapped_column(Text)
    #: The term of art. 18 LGUC that may apply, in years: a hint for the inspector, never a verdict.
    warranty_years: Mapped[int | None] = mapped_column(SmallInteger)
    warranty_until: Mapped[date | None] = mapped_column(Date)


class CaseContact(Base):
    """A number to reach the owner about this case, in order of preference."""

    __tablename__ = "case_contacts"
    __table_args__ = (UniqueConstraint("case_id", "phone"), Index("ix_case_contacts_phone", "phone"))

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    phone: Mapped[Phone]


class Appointment(Base):
    """A visit or a half-day of works, [start, end)."""

    __tablename__ = "appointments"
    __table_args__ = (
        Index("ix_appointments_taken", "project_id", "kind", "status", "start"),
        Index("ix_appointments_case_id", "case_id"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    kind: Mapped[Word]
    start: Mapped[Moment]
    end: Mapped[Moment]
    status: Mapped[Word]
    substitute: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[Moment]
    #: The owner's answer to the reminder.
    confirmed_at: Mapped[datetime | None]


class Survey(Base):
    """The satisfaction call after one execution of works, over all its attempts."""

    __tablename__ = "surveys"
    __table_args__ = (Index("ix_surveys_created_at", "created_at"),)

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    outcome: Mapped[Word | None]
    score: Mapped[int | None] = mapped_column(SmallInteger)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("recordings.id"))
    created_at: Mapped[Moment]

    answers: Mapped[list["SurveyAnswer"]] = relationship(order_by="SurveyAnswer.id", lazy="selectin")


class SurveyAnswer(Base):
    """What the owner said of one requirement."""

    __tablename__ = "survey_answers"
    __table_args__ = (UniqueConstraint("survey_id", "requirement_id"),)

    id: Mapped[Key]
    survey_id: Mapped[int] = mapped_column(ForeignKey("surveys.id"))
    requirement_id: Mapped[int] = mapped_column(ForeignKey("requirements.id"))
    satisfied: Mapped[bool] = mapped_column(Boolean)
    remedy: Mapped[Word | None]


class CaseEvent(Base):
    """One thing that happened to a case. What must follow from it is owed until the moments below are set."""

    __tablename__ = "case_events"
    __table_args__ = (
        Index("ix_case_events_case_id_id", "case_id", "id"),
        Index("ix_case_events_kind_at", "kind", "at"),
        Index(
            "ix_case_events_unannounced",
            "id",
            sqlite_where=text("announced_at IS NULL"),
            postgresql_where=text("announced_at IS NULL"),
        ),
        Index(
            "ix_case_events_unposted",
            "case_id",
            "id",
            sqlite_where=text("posted_at IS NULL"),
            postgresql_where=text("posted_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    at: Mapped[Moment]
    kind: Mapped[Word]
    #: Who did it: ``owner``, ``line``, ``api``, or an agent's name.
    by: Mapped[str] = mapped_column(String(120))
    detail: Mapped[dict[str, Any]]
    #: When its consequences (texts, tasks, planned calls) were written down; null while they are owed.
    announced_at: Mapped[datetime | None]
    #: When the CRM answered 2xx; null while it is owed.
    posted_at: Mapped[datetime | None]
