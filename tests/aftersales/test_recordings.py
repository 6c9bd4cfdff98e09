from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import recordings
from ivr.aftersales.recordings import Purpose, State
from ivr.errors import NotFound
from ivr.store.session import Store
from ivr.store.tables import CallRow, Job, Recording

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)


def make_call(session: Session) -> CallRow:
    call = CallRow(
        direction="inbound",
        purpose="inbound",
        from_number="+56987654321",
        to_number="+56800422727",
        channel="phone",
        status="in-progress",
        started_at=NOW,
    )
    session.add(call)
    session.flush()
    return call


def expect(session: Session, sid: str | None = "RE1", *, now: datetime = NOW) -> Recording:
    return recordings.expect(session, make_call(session), Purpose.DESCRIPTION, now=now, sid=sid)


def jobs(session: Session) -> list[tuple[str, str]]:
    return [(job.kind, job.key) for job in session.scalars(select(Job).order_by(Job.id))]


def owed(session: Session, silent_since: datetime = NOW) -> list[Recording]:
    return list(session.scalars(select(Recording).where(recordings.owed(silent_since))))


def test_a_recording_goes_from_the_carrier_to_our_storage(store: Store) -> None:
    with store.transaction() as session:
        recording = expect(session)
        assert (recording.status, jobs(session)) == ("expected", [])
        recordings.completed(session, recording, duration=12, now=NOW)
        recordings.completed(session, recording, duration=99, now=NOW)
        assert (recording.status, recording.duration) == ("completed", 12)
        assert jobs(session) == [("recording", str(recording.id))]
        assert owed(session) == [recording]
        recordings.stored(recording, "2026/11/x.wav")
        assert recording.status == "stored"
        recordings.kept(recording)
        assert (recording.status, recording.storage_key) == ("kept", "2026/11/x.wav")
        session.flush()
        assert owed(session) == []


def test_the_same_sid_is_the_same_recording(store: Store) -> None:
    with store.transaction() as session:
        recording = expect(session)
        assert expect(session) is recording
        assert recordings.by_sid(session, "RE1") is recording
        assert expect(session, None).id != expect(session, None).id
        with pytest.raises(NotFound):
            recordings.by_sid(session, "RE9")


def test_less_than_a_second_is_not_kept(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        recording = expect(session)
        recordings.completed(session, recording, duration=0, now=NOW)
        assert recording.status == State.DROPPED
        assert jobs(session) == [("recording", str(recording.id))]


def test_a_recording_of_unknown_length_is_kept(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        recording = expect(session)
        recordings.completed(session, recording, duration=None, now=NOW)
        assert recording.status == State.COMPLETED


def test_nothing_recorded_is_absent_and_stays_so(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        recording, other = expect(session), expect(session, "RE2")
        recordings.absent(recording)
        recordings.completed(session, recording, duration=5, now=NOW)
        assert recording.status == State.ABSENT
        recordings.completed(session, other, duration=5, now=NOW)
        recordings.absent(other)
        assert other.status == State.COMPLETED


def test_a_dropped_one_is_owed_until_it_is_deleted_everywhere(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        recording = expect(session)
        recordings.completed(session, recording, duration=5, now=NOW)
        recordings.drop(session, [recording], NOW)
        recordings.stored(recording, "late.wav")  # the copy was on its way
        recordings.kept(recording)
        recordings.completed(session, recording, duration=5, now=NOW)
        assert recording.status == State.DROPPED
        session.flush()
        assert owed(session) == [recording]
        recordings.forgotten(recording)
        session.flush()
        assert owed(session) == []
        assert recording.storage_key is None


def test_the_carrier_is_asked_about_those_it_says_nothing_of(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        old = expect(session)
        expect(session, "RE2", now=NOW + timedelta(minutes=9))
        late = NOW + timedelta(minutes=10)
        assert owed(session, late - timedelta(minutes=10)) == [old]


def test_recordings_are_kept_for_so_many_days(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        old, young = expect(session), expect(session, "RE2", now=NOW + timedelta(days=1))
        for recording in (old, young):
            recordings.completed(session, recording, duration=5, now=NOW)
        session.flush()
        due = NOW + timedelta(days=180, hours=1)
        assert recordings.expire(session, due, 180, 10) == 1
        assert (old.status, young.status) == ("dropped", "completed")
        session.flush()
        assert recordings.expire(session, due, 180, 10) == 0
