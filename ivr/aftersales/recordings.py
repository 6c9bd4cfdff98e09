"""What was said and recorded: the book-keeping of it, from the carrier's first word to our own storage."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from ivr.errors import NotFound
from ivr.store.jobs import JobKind, insert_for, schedule
from ivr.store.tables import CallRow, Recording
from ivr.store.types import MomentOrPlace


class Purpose(StrEnum):
    """What a recording is of."""

    DESCRIPTION = "description"
    MESSAGE = "message"
    COMMENT = "comment"
    TALK = "talk"


class State(StrEnum):
    """Where a recording stands."""

    EXPECTED = "expected"  #: announced, not there yet
    COMPLETED = "completed"  #: at the carrier
    STORED = "stored"  #: in our storage, and still at the carrier
    KEPT = "kept"  #: in our storage only
    ABSENT = "absent"  #: nothing was recorded
    DROPPED = "dropped"  #: to be deleted, and deleted once it has neither sid nor storage key


#: Shorter ones are a ``#`` out of habit: nothing is kept.
SHORTEST = 1


def expect(
    session: Session, call: CallRow, purpose: Purpose, *, now: datetime, sid: str | None = None
) -> Recording:
    """A recording of that call is to come. One of the same ``sid`` that is known already is returned."""
    values = {
        "sid": sid,
        "call_id": call.id,
        "purpose": purpose,
        "status": State.EXPECTED,
        "duration": None,
        "storage_key": None,
        "created_at": now,
    }
    fresh = insert_for(session, Recording).values(**values).on_conflict_do_nothing(index_elements=["sid"])
    made: Recording | None = session.scalars(fresh.returning(Recording)).one_or_none()
    return made or by_sid(session, str(sid))


def said(
    session: Session, call: CallRow, purpose: Purpose, sid: str, seconds: int, *, now: datetime
) -> Recording | None:
    """Somebody has spoken, and the carrier calls it so. None for less than a second: that is not kept."""
    recording = expect(session, call, purpose, now=now, sid=sid)
    if seconds >= SHORTEST:
        return recording
    drop(session, [recording], now)
    return None


def expect_talk(session: Session, call: CallRow, room: str, *, now: datetime) -> None:
    """The talk in that room will be recorded, once; ``call`` is its owner's."""
    values = {
        "room": room[:64],
        "call_id": call.id,
        "purpose": Purpose.TALK,
        "status": State.EXPECTED,
        "created_at": now,
    }
    fresh = insert_for(session, Recording).values(**values)
    session.execute(fresh.on_conflict_do_nothing(index_elements=["room"]))


def of_talk(session: Session, room: str, sid: str, *, now: datetime) -> Recording:
    """The recording of the talk in that room, which the carrier calls so. Raises NotFound.

    What the carrier recorded there besides is one more recording of the same call.
    """
    wanted = select(Recording).where(Recording.room == room).with_for_update(key_share=True)
    expected = session.scalars(wanted).one_or_none()
    if expected is None:
        raise NotFound(f"no talk was recorded in {room}")
    if expected.sid is None and expected.status == State.EXPECTED:
        expected.sid = sid
    if expected.sid == sid:
        return expected
    return expect(session, session.get_one(CallRow, expected.call_id), Purpose.TALK, now=now, sid=sid)


def by_sid(session: Session, sid: str) -> Recording:
    """The recording that the carrier calls so. Raises NotFound."""
    found = session.scalars(select(Recording).where(Recording.sid == sid)).one_or_none()
    if found is None:
        raise NotFound(f"there is no recording {sid}")
    return found


def completed(session: Session, recording: Recording, *, duration: int | None, now: datetime) -> None:
    """The carrier has it, so it is due to be copied; under a second it is dropped. Again: no change."""
    if recording.status != State.EXPECTED:
        return
    recording.duration = duration
    if duration is not None and duration < SHORTEST:
        drop(session, [recording], now)
        return
    recording.status = State.COMPLETED
    schedule(session, JobKind.RECORDING, recording.id, now)


def absent(recording: Recording) -> None:
    """Nothing was recorded. What the carrier had before stays."""
    if recording.status == State.EXPECTED:
        recording.status = State.ABSENT


def stored(recording: Recording, storage_key: str) -> None:
    """It is in our storage under that key, and may be deleted at the carrier. A dropped one stays dropped."""
    recording.storage_key = storage_key
    if recording.status == State.COMPLETED:
        recording.status = State.STORED


def kept(recording: Recording) -> None:
    """The carrier has forgotten it; ours is the only copy."""
    if recording.status == State.STORED:
        recording.status = State.KEPT


def drop(session: Session, wanted: list[Recording], now: datetime) -> None:
    """Have them deleted, here and at the carrier; their rows stay as the trace that there was something."""
    for recording in wanted:
        if recording.status != State.DROPPED:
            recording.status = State.DROPPED
            schedule(session, JobKind.RECORDING, recording.id, now)


def forgotten(recording: Recording) -> None:
    """A dropped one is deleted everywhere."""
    recording.sid = recording.storage_key = None


def owed(silent_since: MomentOrPlace) -> ColumnElement[bool]:
    """Recordings that are still to be copied or deleted, or of which no word came since that moment."""
    remains = or_(Recording.sid.is_not(None), Recording.storage_key.is_not(None))
    unsettled = or_(
        Recording.status.in_([State.EXPECTED, State.COMPLETED, State.STORED]),
        and_(Recording.status == State.DROPPED, remains),
    )
    return and_(unsettled, Recording.created_at <= silent_since)


def expire(session: Session, now: datetime, days: int, limit: int) -> int:
    """Drop recordings older than ``days``, at most ``limit`` of them; how many were."""
    wanted = (
        select(Recording)
        .where(
            Recording.created_at < now - timedelta(days=days),
            Recording.status.in_([State.COMPLETED, State.STORED, State.KEPT]),
        )
        .limit(limit)
    )
    old = list(session.scalars(wanted))
    drop(session, old, now)
    return len(old)
