"""Long lists, a page at a time, each page found by the last key of the one before."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Date, Select, literal, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from ivr.errors import Invalid
from ivr.store.types import UtcDateTime

#: Rows of a page, at most.
MOST = 200
#: Of a surrogate key, its sign included.
_BITS = 64

Row = TypeVar("Row")
Key = InstrumentedAttribute[Any]


def read(
    session: Session,
    wanted: Select[Row],
    keys: Sequence[Key],
    cursor: str | None,
    limit: int,
    *,
    newest_first: bool = False,
) -> tuple[list[Row], str | None]:
    """One page of ``wanted`` in the order of ``keys``, and the cursor of the next page (None after the last).

    The ``keys`` are moments, days or ids, the last one unique. What is added meanwhile never shifts a row to
    another page. Raises Invalid for a cursor that no page gave, or a limit that is not 1 to `MOST`.
    """
    if not 1 <= limit <= MOST:
        raise Invalid("the page has a wrong size", {"limit": f"expected 1 to {MOST}"})
    if cursor is not None:
        here: ColumnElement[Any] = tuple_(*keys)
        there = tuple_(
            *(literal(value, key.type) for key, value in zip(keys, _opened(cursor, keys), strict=True))
        )
        wanted = wanted.where(here < there if newest_first else here > there)
    wanted = wanted.order_by(*(key.desc() if newest_first else key for key in keys)).limit(limit + 1)
    rows = list(session.scalars(wanted).unique())
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], _closed([getattr(rows[limit - 1], key.key) for key in keys])


def before(key: Key, cursor: str | None) -> ColumnElement[bool]:
    """What lies behind the page that gave ``cursor``, in a list by that ``key`` alone, newest first.

    For those who look for the page's rows by themselves. Raises Invalid for a cursor that no page gave.
    """
    return key < _opened(cursor, (key,))[0] if cursor is not None else true()


def _closed(values: Sequence[object]) -> str:
    plain = [value.isoformat() if isinstance(value, date) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _opened(cursor: str, keys: Sequence[Key]) -> list[object]:
    try:
        plain = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [_value(key, given) for key, given in zip(keys, plain, strict=True)]
    except (binascii.Error, UnicodeError, ValueError, TypeError) as error:
        raise Invalid(
            "the cursor is none of ours", {"cursor": "expected what the page before gave"}
        ) from error


def _value(key: Key, given: Any) -> object:
    """What was given, as the column takes it. Raises TypeError or ValueError for what it would not take."""
    if isinstance(key.type, Date):
        return date.fromisoformat(given)
    if isinstance(key.type, UtcDateTime):
        moment = datetime.fromisoformat(given)
        if moment.tzinfo is None:
            raise ValueError("a naive moment")
        return moment
    if not isinstance(given, int) or given.bit_length() >= _BITS:
        raise ValueError("no key of a row")
    return given
