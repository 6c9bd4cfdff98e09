"""What all tables share: the metadata, with a name for every constraint, so that migrations can name it."""

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import MetaData, String
from sqlalchemy.orm import DeclarativeBase, mapped_column

from ivr.store.types import Id, Json, UtcDateTime

Key = Annotated[int, mapped_column(Id, primary_key=True)]
Moment = Annotated[datetime, mapped_column(UtcDateTime)]
#: A telephone number in E.164 (at most 16 characters), or what the carrier sent instead of one.
Phone = Annotated[str, mapped_column(String(64))]
Word = Annotated[str, mapped_column(String(40))]


class Base(DeclarativeBase):
    """The root of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {dict[str, Any]: Json, list[Any]: Json, list[str]: Json, datetime: UtcDateTime}  # noqa: RUF012 -- SQLAlchemy's own class attribute
