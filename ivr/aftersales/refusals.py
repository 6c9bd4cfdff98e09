"""Who asked not to be called or texted, and for what.

An objection outlives the erasure of its person, since Ley 21.719 gives both rights and neither may undo the
other: the number goes, and what is left is a keyed hash, by which it is known again if somebody enters it
anew, and from which it cannot be read. A new ``IVR_SECRET_KEY`` makes such hashes useless.
"""

import hmac
from collections.abc import Collection
from datetime import datetime
from functools import cache

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from ivr.settings import Settings
from ivr.store.jobs import insert_for
from ivr.store.kept import Kept
from ivr.store.tables import Refusal

_TEXTS = "texts"
_RECORDINGS = "recordings"


def no_texts(session: Session, phone: str, now: datetime) -> None:
    """No more texts to that number."""
    _add(session, phone, _TEXTS, now)


def no_calls(session: Session, phone: str, purpose: str, now: datetime) -> None:
    """No more automated calls of that purpose to that number."""
    _add(session, phone, _calls(purpose), now)


def not_of_home(session: Session, phone: str, home_id: int, now: datetime) -> None:
    """Whoever answers that number has nothing to do with the home: it is not called again for it."""
    _add(session, phone, _home(home_id), now)


def no_recordings(session: Session, phone: str, now: datetime) -> None:
    """No more talks with that number are recorded."""
    _add(session, phone, _RECORDINGS, now)


def recordings_again(session: Session, phone: str, *, settings: Settings) -> None:
    """Whoever refused to be recorded has agreed."""
    known = Refusal.phone.in_(names(phone, settings))
    session.execute(delete(Refusal).where(known, Refusal.scope == _RECORDINGS))


def recordings_refused(session: Session, phones: Collection[str], *, settings: Settings) -> set[str]:
    """Those of ``phones`` whose talks are not recorded."""
    return _refused(session, phones, [_RECORDINGS], settings)


def texts_refused(session: Session, phones: Collection[str], *, settings: Settings) -> set[str]:
    """Those of ``phones`` that get no texts."""
    return _refused(session, phones, [_TEXTS], settings)


def calls_refused(
    session: Session, phones: Collection[str], purpose: str, home_id: int | None, *, settings: Settings
) -> set[str]:
    """Those of ``phones`` that get no automated calls of that purpose, or none about that home."""
    scopes = [_calls(purpose)] if home_id is None else [_calls(purpose), _home(home_id)]
    return _refused(session, phones, scopes, settings)


def forget_number(session: Session, phone: str, *, settings: Settings) -> None:
    """The person goes, and what they asked for is kept without their number."""
    hashed = names(phone, settings)[1]
    kept_before = select(Refusal.scope).where(Refusal.phone == hashed)
    session.execute(delete(Refusal).where(Refusal.phone == phone, Refusal.scope.in_(kept_before)))
    session.execute(update(Refusal).where(Refusal.phone == phone).values(phone=hashed))


def names(phone: str, settings: Settings) -> tuple[str, str]:
    """What stands for a number in the table: itself, or, once its person was erased, its hash."""
    key = settings.secret_key.get_secret_value().encode()
    return phone, f"erased:{hmac.new(key, phone.encode(), 'sha256').hexdigest()[:40]}"


def _refused(session: Session, phones: Collection[str], scopes: list[str], settings: Settings) -> set[str]:
    if not phones:
        return set()
    known = {name: phone for phone in phones for name in names(phone, settings)}
    asked = {f"phone{place}": name for place, name in enumerate(known)}
    asked |= {f"scope{place}": scope for place, scope in enumerate(scopes)}
    found = _asking(len(known), len(scopes)).run(session, **asked)
    return {known[name] for (name,) in found.rows}


@cache
def _asking(phones: int, scopes: int) -> Kept:
    return Kept(
        select(Refusal.phone).where(
            Refusal.scope.in_([bindparam(f"scope{place}") for place in range(scopes)]),
            Refusal.phone.in_([bindparam(f"phone{place}") for place in range(phones)]),
        )
    )


def _add(session: Session, phone: str, scope: str, now: datetime) -> None:
    fresh = insert_for(session, Refusal).values(phone=phone, scope=scope, created_at=now)
    session.execute(fresh.on_conflict_do_nothing(index_elements=["phone", "scope"]))


def _calls(purpose: str) -> str:
    return f"calls:{purpose}"


def _home(home_id: int) -> str:
    return f"home:{home_id}"
