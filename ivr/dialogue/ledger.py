"""Calls and their turns in the database: found, begun, gone on with. A turn is written once.

Two webhooks for the same turn may come at the same moment. The lock on the call's row makes the second wait;
should it have looked before the first was done, its turn cannot be written any more, and it is told so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, or_, select
from sqlalchemy.orm import Session

from ivr.aftersales import numbers
from ivr.aftersales.life import Channel
from ivr.dialogue.standing import Standing
from ivr.store.jobs import insert_for, insert_into
from ivr.store.kept import Kept, Rows
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


_CALLS = Rows(CallRow)


def _with_last_turn(known: ColumnElement[bool]) -> Kept:
    return Kept(
        select(*_CALLS.columns, *(getattr(TurnRow, field) for field in LastTurn._fields))
        .outerjoin(TurnRow, TurnRow.call_id == CallRow.id)
        .where(known)
        .order_by(TurnRow.turn.desc())
        .limit(1)
        .with_for_update(of=CallRow, key_share=True)
    )


_ANY = _with_last_turn(CallRow.sid == bindparam("sid"))
_OURS = _with_last_turn(or_(CallRow.sid == bindparam("sid"), CallRow.token == bindparam("token")))


@cache
def _insert_turn(dialect: str) -> Kept:
    fresh = insert_into(dialect, TurnRow).on_conflict_do_nothing(index_elements=["call_id", "turn"])
    # Nothing is given back: whether it was written is told by the count of rows.
    columns = [column.name for column in TurnRow.__table__.columns if column.name != "id"]
    return Kept(fresh.inline(), columns)


def find(session: Session, sid: str, token: str | None = None) -> Entry | None:
    """The call of that sid, or, if we placed it, of that token; its row locked."""
    found = (_OURS.run(session, sid=sid, token=token) if token else _ANY.run(session, sid=sid)).rows
    if not found:
        return None
    last = found[0][len(_CALLS.columns) :]
    return Entry(_CALLS.place(session, found[0]), LastTurn(*last) if last[0] is not None else None)


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
        "pressed": None,
        "speech": None,
        **turn,
    }
    return _insert_turn(session.get_bind().dialect.name).run(session, **values).touched > 0
