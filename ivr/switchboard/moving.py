"""Moving a live call to another step of its conversation."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.store.jobs import insert_for
from ivr.store.tables import CallRow, TurnRow


def overtake(session: Session, call: CallRow, step: str, now: datetime) -> int | None:
    """Overtake the turn that the call would answer next: it is bound for ``step``, whose turn this returns.

    A webhook that still comes for the overtaken turn is led to ``step`` too. Asked again before the call came
    there, the turn is the same. None if the call has no conversation yet, or its turn was answered at this
    very moment. Locks the call's row.
    """
    session.execute(select(CallRow.id).where(CallRow.id == call.id).with_for_update(key_share=True))
    last = _last(session, call)
    if last is None:
        return None
    if last.reply == "" and last.asks == step:
        return last.turn + 1
    overtaken = {
        "call_id": call.id,
        "turn": last.turn + 1,
        "at": now,
        "step": "moved",
        "asks": step,
        "question": {},
        "pressed": None,
        "speech": None,
        "heard": [],
        "reply": "",
        "tries": 0,
        "stack": last.stack,
        "trail": last.trail,
        "notes": last.notes,
    }
    fresh = insert_for(session, TurnRow).values(**overtaken)
    fresh = fresh.on_conflict_do_nothing(index_elements=["call_id", "turn"])
    made = session.scalars(fresh.returning(TurnRow.id)).one_or_none()
    return last.turn + 2 if made is not None else None


def lock_calls(session: Session, *ids: int | None) -> dict[int, CallRow]:
    """The calls as they stand now, their rows locked in the order of their ids: nobody waits in a circle."""
    wanted = select(CallRow).where(CallRow.id.in_([call_id for call_id in ids if call_id is not None]))
    wanted = wanted.order_by(CallRow.id).with_for_update(key_share=True)
    found = session.scalars(wanted.execution_options(populate_existing=True))
    return {call.id: call for call in found}


def bound_for(session: Session, call: CallRow) -> str | None:
    """The step that the call was moved to and has not come to yet."""
    last = _last(session, call)
    return last.asks if last is not None and last.reply == "" else None


def bound_since(session: Session, call: CallRow, step: str) -> datetime | None:
    """Since when the call is bound for ``step``, and has not come; None if it is not bound for it."""
    last = _last(session, call)
    return last.at if last is not None and last.reply == "" and last.asks == step else None


def _last(session: Session, call: CallRow) -> TurnRow | None:
    wanted = select(TurnRow).where(TurnRow.call_id == call.id).order_by(TurnRow.turn.desc()).limit(1)
    return session.scalars(wanted).one_or_none()
