"""The types of what goes in and out: exact, so that "1" is no number and a misspelt field no silence.

What a value means, and whether it is allowed, is the business's own check; here is only its form.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from ivr.aftersales import pages

#: The greatest key of a row.
LAST_ID = 2**63 - 1
_ISO_8601 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)")


def _storable(value: str) -> str:
    """PostgreSQL has no place for a NUL in a text."""
    if "\0" in value:
        raise ValueError("holds a character that no text has")
    return value


def _written_out(value: object) -> object:
    """A moment as RFC 3339 writes it: a number of seconds would pass for one otherwise."""
    if not (isinstance(value, str) and _ISO_8601.fullmatch(value)):
        raise ValueError("expected a moment such as 2026-11-26T10:00:00-03:00")
    return value


def documented(**schema: Any) -> Any:
    """What the document tells of a field beyond its type: the business checks it, in its own words."""
    return Field(json_schema_extra=schema)


Text = Annotated[str, AfterValidator(_storable)]
#: A name or a number of at least one character.
Name = Annotated[Text, documented(minLength=1, maxLength=120)]
#: A moment with its offset.
Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written_out)]
Day = date
Phone = Annotated[Text, documented(pattern="^\\+56[2-9][0-9]{8}$", examples=["+56991234567"])]
RowId = Annotated[int, Field(ge=1, le=LAST_ID)]


def example(**fields: Any) -> ConfigDict:
    """What such a request may look like, as the document shows it."""
    return ConfigDict(json_schema_extra={"examples": [fields]})


def left_out() -> Any:
    """The default of a field that may be left out, but not be null: ``exclude_unset`` keeps it apart."""
    return Field(default_factory=lambda: None)


class Body(BaseModel):
    """A JSON object that is sent to us."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Query(BaseModel):
    """What stands behind the question mark, where everything is text."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Query):
    """Which part of a long list: ``cursor`` is the ``next`` of the page before."""

    cursor: Text | None = None
    limit: Annotated[int, Field(ge=1, le=pages.MOST)] = 50


class Answer(BaseModel):
    """A JSON object that we send."""

    model_config = ConfigDict(frozen=True)


#: Telephone numbers in a query often come with their plus as a blank, because nobody encoded it.
QueryPhone = Annotated[
    Text, BeforeValidator(lambda value: f"+{value[1:]}" if str(value).startswith(" ") else value)
]

#: An answer's moment: with the offset that it was given, to the microsecond where it has any.
LocalMoment = Annotated[
    datetime,
    PlainSerializer(datetime.isoformat, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


def local(moment: datetime, timezone: str) -> datetime:
    """The moment as the clocks of ``timezone`` show it."""
    return moment.astimezone(ZoneInfo(timezone))


def local_if(moment: datetime | None, timezone: str) -> datetime | None:
    """As `local`, of a moment that may not have come."""
    return None if moment is None else local(moment, timezone)
