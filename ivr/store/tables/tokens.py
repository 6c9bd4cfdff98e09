"""Who may use the API."""

from datetime import datetime

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from ivr.store.tables.base import Base, Key, Moment, Word


class ApiToken(Base):
    """A client's key to the API. One that was revoked stays, and its name may be given again."""

    __tablename__ = "api_tokens"
    __table_args__ = (
        Index(
            "ix_api_tokens_name",
            "name",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    name: Mapped[Word]
    #: SHA-256 of the token: whoever reads the database cannot use it.
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    #: The names of `ivr.api.clients.Scope`.
    scopes: Mapped[list[str]]
    created_at: Mapped[Moment]
    created_by: Mapped[str] = mapped_column(String(120))
    #: Give or take a minute.
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
