"""Pictures of what is wrong in a home."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from ivr.store.tables.base import Base, Key, Moment, Word


class Photo(Base):
    """A photograph that an inspector took of a requirement; the picture itself is in the storage."""

    __tablename__ = "photos"
    __table_args__ = (
        Index("ix_photos_case_id", "case_id"),
        Index("ix_photos_requirement_id", "requirement_id"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    requirement_id: Mapped[int] = mapped_column(ForeignKey("requirements.id"))
    storage_key: Mapped[str] = mapped_column(String(120), unique=True)
    #: ``image/jpeg``, ``image/png`` or ``image/webp``, as its first bytes say.
    media_type: Mapped[Word]
    #: Bytes.
    size: Mapped[int] = mapped_column(Integer)
    #: The name of whoever took it.
    taken_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[Moment]
    #: Since when nobody may see it; the row goes once the picture is deleted from the storage.
    dropped_at: Mapped[datetime | None]
