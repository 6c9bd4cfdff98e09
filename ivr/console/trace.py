"""A call as it went: each question that was heard, what answered it, and how long that took."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.store.tables import CallRow, TurnRow


@dataclass(frozen=True)
class Step:
    """One question or announcement. ``answered``: keys or words; None where nothing came, or not yet."""

    at: datetime
    name: str
    heard: list[str]
    answered: str | None
    #: Until the next step, or the call's end; None while it goes on.
    took: timedelta | None


def steps(session: Session, call: CallRow) -> list[Step]:
    """The call's trace, in the order in which it was heard: one query."""
    turns = session.scalars(select(TurnRow).where(TurnRow.call_id == call.id).order_by(TurnRow.turn)).all()
    return in_order(turns, call.ended_at)


def in_order(turns: Sequence[TurnRow], ended_at: datetime | None) -> list[Step]:
    """These turns of one call as steps. What was pressed stands in the turn that came of it: the next one."""
    found = [_step(turn, after, after.at) for turn, after in pairwise(turns)]
    if turns:
        found.append(_step(turns[-1], None, ended_at))
    return found


def _step(turn: TurnRow, after: TurnRow | None, until: datetime | None) -> Step:
    answered = (after.pressed or after.speech) if after is not None else None
    return Step(
        turn.at, turn.asks or turn.step, turn.heard, answered, until - turn.at if until is not None else None
    )
