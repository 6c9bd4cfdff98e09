"""Calls and their turns in the database: found, begun, gone on with. A turn is written once.

Two webhooks for the same turn may come at the same moment. The lock on the call's row makes the second wait;
should it have looked before the first was done, its turn cannot be written any more, and it is told so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Insert, Select, bindparam, or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from ivr.aftersales import numbers
from ivr.aftersales.life import Channel
from ivr.dialogue.standing import Standing
from ivr.store.jobs import insert_for
from ivr.store.tables import CallRow, TurnRow


class LastTurn(NamedTuple):
    """What of a call's last turn the next one goes on from; what was answered to it is asked for by itself
    (`reply_of`), for few need it."""

    turn: int
    step: str
    asks: str | None
    question: dict[str, Any]
    tries: int
    stack: list[str]
    trail: list[Any]
    notes: dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """A call and the last turn of its conversation, if it had one."""

    call: CallRow
    last: LastTurn | None

    @property
    def standing(self) -> Standing:
        """Where the conversation stands."""
        last = self.last
        if last is None:
            return Standing()
        return Standing(
            turn=last.turn + 1,
            asks=last.asks,
            question=last.question,
            tries=last.tries,
            stack=tuple(last.stack),
            trail=tuple((name, tuple(stack)) for name, stack in last.trail),
            notes=dict(last.notes),
        )


def _with_last_turn(known: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(CallRow, *(getattr(TurnRow, field) for field in LastTurn._fields))
        .outerjoin(TurnRow, TurnRow.call_id == CallRow.id)
        .where(known)
        .order_by(TurnRow.turn.desc())
        .limit(1)
        .with_for_update(of=CallRow, key_share=True)
    )


#: Every webhook runs these: they are put together once, and only once translated.
_ANY = _with_last_turn(CallRow.sid == bindparam("sid"))
_OURS = _with_last_turn(or_(CallRow.sid == bindparam("sid"), CallRow.token == bindparam("token")))


@cache
def _insert_turn(dialect: str) -> Insert:
    insert: Any = sqlite_insert if dialect == "sqlite" else postgresql_insert
    fresh = insert(TurnRow.__table__).on_conflict_do_nothing(index_elements=["call_id", "turn"])
    # Nothing is given back: whether it was written is told by the count of rows.
    told: Insert = fresh.inline().execution_options(preserve_rowcount=True)
    return told


def find(session: Session, sid: str, token: str | None = None) -> Entry | None:
    """The call of that sid, or, if we placed it, of that token; its row locked."""
    asked = {"sid": sid, "token": token} if token else {"sid": sid}
    found = session.execute(_OURS if token else _ANY, asked).first()
    if found is None:
        return None
    call, *last = found
    return Entry(call, LastTurn(*last) if last[0] is not None else None)


def waiting(session: Session, sid: str) -> CallRow | None:
    """The call of that sid if it waits for a person; only read, not locked."""
    return session.scalars(
        select(CallRow).where(CallRow.sid == sid, CallRow.wait_id.is_not(None))
    ).one_or_none()


def last_turn(session: Session, call: CallRow) -> TurnRow | None:
    """The last turn of a call whose row is locked: nobody writes another meanwhile.

    `find` waits for the lock with a last turn in hand that it found before: PostgreSQL reads only the locked
    row again. An answer may rest on that, as no turn can be written twice; whatever is no turn must ask here.
    """
    found = select(TurnRow).where(TurnRow.call_id == call.id).order_by(TurnRow.turn.desc()).limit(1)
    return session.scalars(found).one_or_none()


def begin(
    session: Session, form: Mapping[str, str], line: tuple[str, ...], now: datetime, *, answered: bool
) -> Entry | None:
    """A call that we had not heard of. None: somebody else wrote it down at this very moment.

    ``answered``: we speak with it. If not, there is only news of it, which says how it stands.
    """
    from_number, to_number = form.get("From", ""), form.get("To", "")
    inbound = form.get("Direction", "inbound") == "inbound"
    values: dict[str, Any] = {
        "sid": form["CallSid"],
        "direction": "inbound" if inbound else "outbound",
        "purpose": "inbound" if inbound else "unknown",
        "from_number": from_number[:64],
        "to_number": to_number[:64],
        "channel": channel(to_number, form.get("ForwardedFrom", ""), line),
        "caller": numbers.usable_caller(from_number if inbound else to_number, line),
        "urgent": False,
        "status": "in-progress" if answered else "queued",
        "sequence": -1,
        "room_sequence": -1,
        "in_room": False,
        "started_at": now,
        "answered_at": now if answered else None,
    }
    fresh = insert_for(session, CallRow).values(**values).on_conflict_do_nothing(index_elements=["sid"])
    made = session.scalars(fresh.returning(CallRow)).one_or_none()
    return Entry(made, None) if made is not None else None


def channel(to_number: str, forwarded_from: str, line: tuple[str, ...]) -> Channel:
    """Which door the caller came through: the number dialled, else the one that passed the call on."""
    dialled = next((number for number in (to_number, forwarded_from) if number in line), to_number)
    return Channel.MOBILE if numbers.takes_texts(dialled) else Channel.PHONE


def reply_of(session: Session, call: CallRow, turn: int) -> str | None:
    """What was answered to that turn; None if it was not, or if it was overtaken."""
    found = session.scalar(select(TurnRow.reply).where(TurnRow.call_id == call.id, TurnRow.turn == turn))
    return found or None


def write(session: Session, call: CallRow, after: Standing, **turn: Any) -> bool:
    """Write a turn down, after everything that it did. False: it was answered at the same moment."""
    session.flush()
    values = {
        "call_id": call.id,
        "turn": after.turn - 1,
        "asks": after.asks,
        "question": after.question,
        "tries": after.tries,
        "stack": list(after.stack),
        "trail": [[name, list(stack)] for name, stack in after.trail],
        "notes": after.notes,
        **turn,
    }
    connection = session.connection()
    return connection.execute(_insert_turn(connection.dialect.name), values).rowcount > 0
