"""Who asked not to be called or texted, and for what."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.store.jobs import insert_for
from ivr.store.tables import Refusal

_TEXTS = "texts"


def no_texts(session: Session, phone: str, now: datetime) -> None:
    """No more texts to that number."""
    _add(session, phone, _TEXTS, now)


def no_calls(session: Session, phone: str, purpose: str, now: datetime) -> None:
    """No more automated calls of that purpose to that number."""
    _add(session, phone, _calls(purpose), now)


def not_of_home(session: Session, phone: str, home_id: int, now: datetime) -> None:
    """Whoever answers that number has nothing to do with the home: it is not called again for it."""
    _add(session, phone, _home(home_id), now)


def texts_refused(session: Session, phones: list[str]) -> set[str]:
    """Those of ``phones`` that get no texts."""
    return set(
        session.scalars(select(Refusal.phone).where(Refusal.scope == _TEXTS, Refusal.phone.in_(phones)))
    )


def calls_refused(session: Session, phones: list[str], purpose: str, home_id: int | None) -> set[str]:
    """Those of ``phones`` that get no automated calls of that purpose, or none about that home."""
    scopes = [_calls(purpose)] if home_id is None else [_calls(purpose), _home(home_id)]
    wanted = select(Refusal.phone).where(Refusal.scope.in_(scopes), Refusal.phone.in_(phones))
    return set(session.scalars(wanted))


def _add(session: Session, phone: str, scope: str, now: datetime) -> None:
    fresh = insert_for(session, Refusal).values(phone=phone, scope=scope, created_at=now)
    session.execute(fresh.on_conflict_do_nothing(index_elements=["phone", "scope"]))


def _calls(purpose: str) -> str:
    return f"calls:{purpose}"


def _home(home_id: int) -> str:
    return f"home:{home_id}"
