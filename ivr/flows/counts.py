"""How many callers pass each edge of the map: the funnel of the line, from the trace of its calls."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import String, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from ivr.flows.chart import ENTRY, GIVE_UP, HANG_UP, RECORDING, SILENCE, SPEECH, WRONG, Edge, FlowMap
from ivr.store.tables import CallRow, TurnRow


def counts(session: Session, drawn: FlowMap, since: datetime) -> Mapping[Edge, int]:
    """Calls that passed each edge of the map in turns after ``since``; one aggregate query.

    A call that passes an edge twice counts once. The trace names the questions only: what leads from one to
    no question (a wait, a talk, the end) is counted on the edges of that key that do so. What the trace tells
    and the map does not have, such as a question of an older version, is left out.
    """
    found: Counter[Edge] = Counter()
    for source, key, target, calls in session.execute(_passed(since)):
        for edge in _edges(drawn, source, key, target):
            found[edge] += calls
    return found


def _edges(drawn: FlowMap, source: str, key: str, target: str | None) -> list[Edge]:
    """The edges of the map that this line of the trace is about."""
    if key == HANG_UP:
        return [edge for edge in drawn.leaving(source) if edge.key == HANG_UP]
    there = [
        edge for edge in drawn.leaving(source) if drawn.asks(edge.target) == target and edge.key != HANG_UP
    ]
    exact = [edge for edge in there if edge.key == key]
    # A key that means nothing there: the question again, or, the last time, what follows from that.
    return exact or [edge for edge in there if edge.key in {WRONG, GIVE_UP}][:1]


def _passed(since: datetime):  # type: ignore[no-untyped-def] # a SELECT of (source, key, target, calls)
    """Each pair of turns that follow each other, by what was asked before, what came, and what is asked now;
    and the question at which each call was hung up."""
    before, after = aliased(TurnRow), aliased(TurnRow)
    kind, digits = before.question["kind"].as_string(), before.question["digits"].as_integer()
    alone = func.length(after.pressed) == 1
    key = case(
        (after.id.is_(None), HANG_UP),
        (after.pressed == "hangup", HANG_UP),
        (and_(kind == "record", after.pressed.in_(["0", "*"])), after.pressed),
        (and_(kind == "record", after.pressed.is_not(None)), RECORDING),
        (after.speech.is_not(None), SPEECH),
        (after.pressed.is_(None), SILENCE),
        (and_(digits == 0, ~and_(alone, after.pressed.in_(["0", "*"]))), ENTRY),
        else_=func.substr(after.pressed, 1, 1, type_=String),
    )
    passed = (
        select(
            before.asks.label("source"),
            key.label("key"),
            after.asks.label("target"),
            before.call_id.label("call"),
        )
        .join(CallRow, CallRow.id == before.call_id)
        .outerjoin(after, and_(after.call_id == before.call_id, after.turn == before.turn + 1))
        .where(
            before.asks.is_not(None),
            before.at >= since,
            or_(after.id.is_not(None), CallRow.ended_at.is_not(None)),
        )
        .subquery()  # so that the key is grouped by as a column: its parameters have no names to compare
    )
    edge = passed.c.source, passed.c.key, passed.c.target
    return select(*edge, func.count(passed.c.call.distinct())).group_by(*edge)
