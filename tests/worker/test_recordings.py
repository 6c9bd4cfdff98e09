"""Recordings come into our own storage and are forgotten by the carrier; each step may be repeated."""

import io
import wave
from pathlib import Path

import pytest
from sqlalchemy import select

from ivr.aftersales import recordings as business
from ivr.aftersales.recordings import Purpose, State
from ivr.store.jobs import JobKind
from ivr.store.tables import CallRow, Recording
from tests.carrier.mock import Fault
from tests.full_disk import no_room_beyond
from tests.worker.bench import Bench


def a_wav(seconds: int = 2) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000 * seconds))
    return buffer.getvalue()


def expect(bench: Bench, call: CallRow, sid: str | None = None) -> int:
    with bench.store.transaction() as session:
        made = business.expect(session, call, Purpose.DESCRIPTION, now=bench.clock.now(), sid=sid)
    return made.id


def said(bench: Bench, seconds: int = 2) -> int:
    """A recording of which the carrier has told us."""
    call = bench.add_call()
    bench.mock.put_call(str(call.sid))
    recording_id = expect(bench, call, bench.mock.put_recording(str(call.sid), a_wav(seconds)))
    with bench.store.transaction() as session:
        recording = session.get_one(Recording, recording_id)
        business.completed(session, recording, duration=seconds, now=bench.clock.now())
    return recording_id


def kept(bench: Bench, recording_id: int) -> bytes:
    key = bench.recording(recording_id).storage_key
    assert key is not None
    return bench.ctx.storage.get(key)


def test_a_recording_is_copied_and_then_forgotten_by_the_carrier(bench: Bench) -> None:
    recording_id = said(bench)
    bench.work()
    recording = bench.recording(recording_id)
    assert recording.status == State.KEPT
    assert recording.storage_key == f"2026/11/{recording.sid}.wav"
    assert kept(bench, recording_id) == a_wav()
    assert bench.mock.recordings == []


def test_a_recording_that_is_not_ready_yet_is_fetched_later(bench: Bench) -> None:
    bench.mock.fail_next(Fault.BROKEN, operation="FetchRecordingMedia")
    recording_id = said(bench)
    bench.work()
    assert bench.recording(recording_id).status == State.COMPLETED
    assert len(bench.mock.recordings) == 1
    bench.later(seconds=10)
    assert bench.recording(recording_id).status == State.KEPT


def test_a_copied_recording_is_not_fetched_again_to_be_deleted(bench: Bench) -> None:
    bench.mock.fail_next(Fault.LOSE_REPLY, operation="DeleteRecording")
    recording_id = said(bench)
    bench.work()
    assert bench.recording(recording_id).status == State.STORED
    bench.later(seconds=10)
    assert bench.recording(recording_id).status == State.KEPT
    assert len(bench.mock.sent("FetchRecordingMedia")) == 1


def test_a_dropped_recording_is_deleted_without_being_fetched(bench: Bench) -> None:
    recording_id = said(bench)
    with bench.store.transaction() as session:
        business.drop(session, [session.get_one(Recording, recording_id)], bench.clock.now())
    bench.work()
    assert bench.mock.recordings == []
    assert bench.mock.sent("FetchRecordingMedia") == []
    assert bench.recording(recording_id).sid is None


def test_a_recording_that_is_dropped_later_is_deleted_from_our_storage(bench: Bench) -> None:
    recording_id = said(bench)
    bench.work()
    key = str(bench.recording(recording_id).storage_key)
    with bench.store.transaction() as session:
        business.drop(session, [session.get_one(Recording, recording_id)], bench.clock.now())
    bench.work()
    recording = bench.recording(recording_id)
    assert (recording.status, recording.storage_key) == (State.DROPPED, None)
    with pytest.raises(FileNotFoundError):
        bench.ctx.storage.get(key)


def test_a_recording_of_which_nothing_was_heard_is_asked_for(bench: Bench) -> None:
    call = bench.add_call()
    bench.mock.put_call(str(call.sid))
    recording_id = expect(bench, call, bench.mock.put_recording(str(call.sid), a_wav()))
    bench.later(minutes=9)
    assert bench.recording(recording_id).status == State.EXPECTED
    bench.later(minutes=2)
    assert bench.recording(recording_id).status == State.KEPT
    assert kept(bench, recording_id) == a_wav()


def test_recordings_that_the_carrier_never_named_are_matched_in_their_order(bench: Bench) -> None:
    call = bench.add_call()
    bench.mock.put_call(str(call.sid))
    first, second = expect(bench, call), expect(bench, call)
    bench.mock.put_recording(str(call.sid), a_wav(1))
    bench.mock.put_recording(str(call.sid), a_wav(3))
    bench.later(minutes=11)
    assert (kept(bench, first), kept(bench, second)) == (a_wav(1), a_wav(3))


def test_a_talk_of_whose_recording_nothing_was_heard_is_asked_for(bench: Bench) -> None:
    call = bench.add_call(status="completed", ended_at=bench.clock.now())
    bench.mock.put_call(str(call.sid), status="completed")
    sid = bench.mock.put_recording(str(call.sid), a_wav())
    with bench.store.transaction() as session:
        business.expect_talk(session, call, "talk-1", now=bench.clock.now())
    bench.later(minutes=11)
    with bench.store.reading() as session:
        talk = session.scalars(select(Recording)).one()
    assert (talk.sid, talk.status, talk.purpose) == (sid, State.KEPT, Purpose.TALK)


def test_a_recording_that_does_not_exist_after_the_call_is_absent(bench: Bench) -> None:
    call = bench.add_call(status="completed", ended_at=bench.clock.now())
    bench.mock.put_call(str(call.sid), status="completed")
    recording_id = expect(bench, call)
    bench.later(minutes=11)
    assert bench.recording(recording_id).status == State.ABSENT


def test_a_recording_that_is_being_made_is_waited_for(bench: Bench) -> None:
    call = bench.add_call()
    bench.mock.put_call(str(call.sid))
    sid = bench.mock.put_recording(str(call.sid), a_wav(), status="processing")
    recording_id = expect(bench, call, sid)
    bench.later(minutes=11)
    assert bench.recording(recording_id).status == State.EXPECTED
    bench.mock.recordings[0]["status"] = "completed"
    bench.later(minutes=2)
    assert bench.recording(recording_id).status == State.KEPT


def test_a_recording_that_cannot_be_had_for_days_is_given_up(bench: Bench) -> None:
    recording_id = said(bench)
    bench.mock.recordings.clear()
    for _ in range(30):
        bench.later(hours=2)
    assert bench.recording(recording_id).status == State.ABSENT
    assert bench.job(JobKind.RECORDING).state == "failed"


def test_a_storage_that_cannot_be_written_loses_nothing(bench: Bench, tmp_path: Path) -> None:
    recording_id = said(bench)
    folder = tmp_path / "recordings"
    folder.write_bytes(b"no folder")
    bench.work()
    assert len(bench.mock.recordings) == 1
    folder.unlink()
    bench.later(seconds=10)
    assert bench.recording(recording_id).status == State.KEPT


def test_a_disk_that_fills_in_mid_recording_keeps_nothing_of_it_until_there_is_room(
    bench: Bench, tmp_path: Path
) -> None:
    recording_id = said(bench, seconds=250)
    with no_room_beyond(2_000_000):
        bench.work()
    assert bench.recording(recording_id).status == State.COMPLETED
    assert [path for path in (tmp_path / "recordings").rglob("*") if path.is_file()] == []
    assert len(bench.mock.recordings) == 1
    bench.later(seconds=10)
    assert kept(bench, recording_id) == a_wav(250)
