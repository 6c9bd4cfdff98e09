"""Numbers of cases: drawn at random, so that none leads to the next, with a Luhn check digit at the end."""

import secrets
from collections.abc import Callable, Mapping

from sqlalchemy import ColumnElement, case, func, literal, select
from sqlalchemy.orm import Session

from ivr.store.jobs import insert_for
from ivr.store.tables import Case

#: Digits, of which the last is the check digit.
SHORTEST = 7
_LONGEST = 12

#: Draws a number below another one. Transcripts, which are the same each time, put another in its place.
draw_below: Callable[[int], int] = secrets.randbelow


def insert_case(session: Session, values: Mapping[str, object]) -> Case:
    """Insert a case under a number that no other has.

    One digit more is used once half of a length is. How many are used is not counted, which would cost more
    with each case: cases are never deleted, so the highest id, which an index knows, is never less than their
    number. A number that is taken is drawn again; with half of them free that seldom takes long.
    """
    made: Case | None = None
    while made is None:
        fresh = insert_for(session, Case).values(**values, number=_drawn())
        made = session.scalars(
            fresh.on_conflict_do_nothing(index_elements=["number"]).returning(Case)
        ).one_or_none()
    return made


def _drawn() -> ColumnElement[str]:
    """A number of the length that the table asks for, chosen by the database within the INSERT itself."""
    used = select(func.coalesce(func.max(Case.id), 0)).scalar_subquery()
    steps = []
    limit = 0
    for length in range(SHORTEST, _LONGEST):
        limit += _space(length) // 2
        steps.append((used < limit, literal(_draw(length))))
    return case(*steps, else_=literal(_draw(_LONGEST)))


def _space(length: int) -> int:
    """How many numbers a length has: the first digit is no 0, and the last follows from the others."""
    return int(9 * 10 ** (length - 2))


def _draw(length: int) -> str:
    payload = str(10 ** (length - 2) + draw_below(_space(length)))
    return payload + _check_digit(payload)


def _check_digit(payload: str) -> str:
    """The digit that makes the Luhn sum a multiple of ten (ISO/IEC 7812-1, annex B)."""
    doubled = (int(digit) * 2 for digit in payload[::-2])
    total = sum(value - 9 if value > 9 else value for value in doubled) + sum(map(int, payload[-2::-2]))
    return str(-total % 10)
