"""Copies recordings into our own storage, then deletes them at the carrier. Each step may be repeated.

What was dropped is deleted on both sides without being fetched. What never came is asked for.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import recordings
from ivr.aftersales.carrier import RecordingNews
from ivr.aftersales.recordings import State
from ivr.store.jobs import Again, Done
from ivr.store.tables import CallRow, Recording
from worker.duty import Context, Result

log = structlog.get_logger(__name__)

#: After a call's end, when a recording that the carrier still does not know will not come any more.
_CERTAIN_AFTER = timedelta(minutes=10)


def copy(ctx: Context, recording_id: int) -> Result:
    """Bring a recording one or more steps nearer to where it belongs."""
    with ctx.store.reading() as session:
        recording = session.get(Recording, recording_id)
        call = session.get(CallRow, recording.call_id) if recording else None
    if recording is None or call is None:
        return Done("erased")
    # A dropped one that the carrier never named may still be there.
    unnamed = recording.sid is None and recording.storage_key is None
    if recording.status == State.EXPECTED or (recording.status == State.DROPPED and unnamed):
        waiting = _ask(ctx, recording, call)
        if waiting is not None:
            return waiting
        recording = _again(ctx, recording_id)
    if recording.status == State.COMPLETED:
        recording = _store(ctx, recording)
    if recording.status == State.STORED:
        ctx.carrier.delete_recording(str(recording.sid))
        with ctx.store.transaction() as session:
            recordings.kept(_locked(session, recording_id))
    elif recording.status == State.DROPPED:
        _forget(ctx, recording)
    return Done(_again(ctx, recording_id).status)


def give_up(session: Session, recording_id: int, now: datetime) -> None:  # noqa: ARG001 -- one signature for all kinds
    """It could not be had in any attempt. Whoever looks for it finds that there is nothing."""
    recording = _locked(session, recording_id)
    if recording.status == State.COMPLETED:
        recording.status = State.ABSENT
    log.error("recording_lost", recording=recording_id, status=recording.status)


def storage_key(recording: Recording) -> str:
    """Where it is kept: by month, under the carrier's name for it."""
    return f"{recording.created_at:%Y/%m}/{recording.sid}.wav"


def _locked(session: Session, recording_id: int) -> Recording:
    return session.get_one(Recording, recording_id, with_for_update={"key_share": True})


def _again(ctx: Context, recording_id: int) -> Recording:
    with ctx.store.reading() as session:
        return session.get_one(Recording, recording_id)


def _store(ctx: Context, recording: Recording) -> Recording:
    key = storage_key(recording)
    ctx.storage.put(key, ctx.carrier.audio(str(recording.sid)))
    with ctx.store.transaction() as session:
        stored = _locked(session, recording.id)
        recordings.stored(stored, key)  # one that was dropped meanwhile stays dropped
    return stored


def _forget(ctx: Context, recording: Recording) -> None:
    if recording.sid is not None:
        ctx.carrier.delete_recording(recording.sid)
    if recording.storage_key is not None:
        ctx.storage.delete(recording.storage_key)
    with ctx.store.transaction() as session:
        recordings.forgotten(_locked(session, recording.id))


def _ask(ctx: Context, recording: Recording, call: CallRow) -> Result | None:
    """Ask for a recording that the carrier should have told us of. None once we know what became of it."""
    now = ctx.clock.now()
    news = _news(ctx, recording, call)
    if news is not None and news.status in {"processing", "in-progress", "paused", "stopped"}:
        return Again(now + _CERTAIN_AFTER / 10, f"{news.status} at the carrier")
    if news is None and (call.ended_at is None or now - call.ended_at < _CERTAIN_AFTER):
        return Again(now + _CERTAIN_AFTER, "the call may still be recording")
    with ctx.store.transaction() as session:
        asked = _locked(session, recording.id)
        if news is None or news.status != "completed":
            recordings.absent(asked)
            return Done(asked.status)
        asked.sid = news.sid
        recordings.completed(session, asked, duration=news.duration, now=now)
    return None


def _news(ctx: Context, recording: Recording, call: CallRow) -> RecordingNews | None:
    """What the carrier has of it: by sid, or, if we never heard that, by its place among the unknown ones."""
    if call.sid is None:
        return None
    made = list(ctx.carrier.recordings_of(call.sid))
    if recording.sid is not None:
        return next((each for each in made if each.sid == recording.sid), None)
    with ctx.store.reading() as session:
        rows = session.execute(
            select(Recording.id, Recording.sid).where(Recording.call_id == call.id).order_by(Recording.id)
        ).all()
    named = {sid for _, sid in rows if sid is not None}
    unnamed = [id_ for id_, sid in rows if sid is None]
    unknown = [each for each in made if each.sid not in named]
    place = unnamed.index(recording.id)
    return unknown[place] if place < len(unknown) else None
