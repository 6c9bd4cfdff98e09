"""How often case number and apartment were guessed wrongly, so that nobody can try them all."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.store.jobs import insert_for
from ivr.store.tables import Tries


def wrong(session: Session, phone: str, day: date) -> None:
    """One more wrong pair from that number on that day."""
    fresh = insert_for(session, Tries).values(subject=phone, day=day, count=1)
    session.execute(
        fresh.on_conflict_do_update(index_elements=["subject", "day"], set_={"count": Tries.count + 1})
    )


def count(session: Session, phone: str, day: date) -> int:
    """Wrong pairs from that number on that day."""
    found = session.scalar(select(Tries.count).where(Tries.subject == phone, Tries.day == day))
    return found or 0
