"""The end of a call: written once, whoever tells of it first, with what its conversation leaves to do."""

from datetime import datetime

from sqlalchemy.orm import Session

from ivr.aftersales.carrier import ENDED
from ivr.dialogue import engine, ledger
from ivr.dialogue.call import Ended
from ivr.dialogue.ledger import Entry
from ivr.settings import Settings
from ivr.store.tables import CallRow

#: How far a call has come; news of an earlier state is old news.
_ORDER = ("placing", "queued", "initiated", "ringing", "in-progress")


def news(
    session: Session, entry: Entry, status: str, sequence: int | None, *, settings: Settings, now: datetime
) -> None:
    """The carrier says how a call stands. Only forward moves count, and the same news twice changes nothing.

    ``entry``'s call is locked. ``sequence`` is the carrier's own order of its news, where it gives one.
    """
    call = entry.call
    if call.ended_at is not None:
        return
    if sequence is not None:
        if sequence <= call.sequence and status not in ENDED:
            return
        call.sequence = max(call.sequence, sequence)
    if status not in ENDED:
        if status in _ORDER and _rank(status) > _rank(call.status):
            call.status = status
        if status == "in-progress" and call.answered_at is None:
            call.answered_at = now
        return
    call.status = status
    call.ended_at = now
    _finish(session, call, settings=settings, now=now)


def after_the_end(session: Session, call: CallRow, *, settings: Settings, now: datetime) -> None:
    """A caller's key came later than the news that they hung up: what it began is left to somebody as well.

    ``call`` is locked, and the turn is written. Calls that we place count their attempts at their end, once.
    """
    if call.ended_at is not None and call.direction == "inbound":
        _finish(session, call, settings=settings, now=now, again=True)


def _finish(
    session: Session, call: CallRow, *, settings: Settings, now: datetime, again: bool = False
) -> None:
    finish = engine.find_ending(call.purpose)
    if finish is None:
        return
    last = ledger.last_turn(session, call)
    finish(
        Ended(
            row=call,
            db=session,
            now=now,
            settings=settings,
            notes=dict(last.notes) if last else {},
            asks=last.asks if last else None,
            again=again,
        )
    )


def conference_news(call: CallRow, event: str, room: str, sequence: int) -> None:
    """Who talks in which room now. ``sequence`` orders the news of one room; later news is never undone.

    ``call`` is locked. Where the conversation goes on is none of this: the room's own document says that.
    """
    if room == call.room and sequence <= call.room_sequence:
        return
    if event == "participant-join" and call.ended_at is None:
        call.room, call.room_sequence, call.in_room = room[:64], sequence, True
    elif event == "participant-leave":
        call.room, call.room_sequence, call.in_room = room[:64], sequence, False


def _rank(status: str) -> int:
    return _ORDER.index(status) if status in _ORDER else -1
