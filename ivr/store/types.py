"""Column types that keep the same promise on SQLite and on PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, BindParameter, DateTime, Dialect, Integer, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB

#: A surrogate key: 64 bits, and SQLite's own row id there.
Id = BigInteger().with_variant(Integer, "sqlite")

#: Structured data that is only ever read and written whole.
Json = JSON().with_variant(JSONB, "postgresql")


#: A moment, or the place of one in a statement that is put together before the moment is known.
MomentOrPlace = datetime | BindParameter[datetime]


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, in UTC in the database. A naive one is refused (``ValueError``)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive moment {value!r}: pass an aware one")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
