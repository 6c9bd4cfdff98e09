"""Where the owners live: projects, their homes, the telephones of a home, and days off."""

from datetime import date

from sqlalchemy import (
    Boolean,
    Date,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ivr.store.tables.base import Base, Key, Moment, Phone, Word


class Project(Base):
    """A building or estate, with its own weekday for visits and its own capacities."""

    __tablename__ = "projects"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(6), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    #: The name as pressed on a keypad (T9), without blanks and accents.
    keypad_name: Mapped[str] = mapped_column(String(120), index=True)
    #: ISO weekday of the visits, 1 Monday … 5 Friday.
    weekday: Mapped[int] = mapped_column(SmallInteger)
    #: ISO 3166-2:CL without its prefix, or none where only national holidays count.
    region: Mapped[str | None] = mapped_column(String(2))
    timezone: Mapped[Word]
    slot_minutes: Mapped[int] = mapped_column(SmallInteger)
    inspectors: Mapped[int] = mapped_column(SmallInteger)
    crews: Mapped[int] = mapped_column(SmallInteger)
    #: Municipal reception: the 5 and 10 years of art. 18 LGUC count from it.
    received_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[Moment]


class Home(Base):
    """An apartment or house. ``verified`` is false where only a caller's keys say that it exists."""

    __tablename__ = "homes"
    __table_args__ = (
        UniqueConstraint("project_id", "number"),
        Index("ix_homes_digits", "project_id", "digits"),
    )

    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    number: Mapped[Word]
    #: The digits of the number, as a keypad gives them.
    digits: Mapped[Word]
    owner: Mapped[str | None] = mapped_column(String(120))
    verified: Mapped[bool] = mapped_column(Boolean)
    #: Registration in the buyer's name: the 3 years of art. 18 LGUC count from it.
    registered_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[Moment]

    project: Mapped[Project] = relationship(lazy="joined", innerjoin=True)
    phones: Mapped[list["HomePhone"]] = relationship(cascade="all, delete-orphan", order_by="HomePhone.id")


#: The words of the owners' names, for PostgreSQL's own search; SQLite looks through the names themselves.
OWNER_WORDS = func.to_tsvector(text("'simple'"), Home.__table__.c.owner)
Index("ix_homes_owner_words", OWNER_WORDS, postgresql_using="gin").ddl_if(dialect="postgresql")


class HomePhone(Base):
    """A telephone number of a home's people, in E.164."""

    __tablename__ = "home_phones"
    __table_args__ = (UniqueConstraint("home_id", "phone"), Index("ix_home_phones_phone", "phone"))

    id: Mapped[Key]
    home_id: Mapped[int] = mapped_column(ForeignKey("homes.id", ondelete="CASCADE"))
    phone: Mapped[Phone]


class ClosureDay(Base):
    """One line of the override table: a day off, or a holiday worked. Null region and project: the nation."""

    __tablename__ = "closures"
    __table_args__ = (UniqueConstraint("day", "region", "project_id", postgresql_nulls_not_distinct=True),)

    id: Mapped[Key]
    day: Mapped[date] = mapped_column(Date, index=True)
    working: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(String(2))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
