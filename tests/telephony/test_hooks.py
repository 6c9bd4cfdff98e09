"""The carrier's news: 204 once it is stored, 503 if it could not be, and told twice it changes nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from ivr.aftersales.recordings import State
from ivr.aftersales.tasks import TaskKind
from ivr.store.session import Store
from ivr.store.tables import CallRow, Job, Recording, Task, TextRow
from tests import tiny
from tests.conftest import TUESDAY_AT_TEN
from tests.line import ACCOUNT, KNOWN, LINE, MOBILE_LINE, TestCall, TestLine
from tests.telephony.tiny_line import tiny_line
from tests.watching import contents

SHORT = 0.3


@pytest.fixture
def line(either_store: Store) -> TestLine:
    return tiny_line(either_store)


def tell(line: TestLine, url: str, **form: str) -> int:
    """News from the carrier; how they were taken."""
    answer = line.post(url, {"AccountSid": ACCOUNT, **form})
    assert answer.status_code in {204, 503}
    assert answer.data == b""
    return int(answer.status_code)


def twice(line: TestLine, url: str, **form: str) -> int:
    """The same news twice, of which the second change nothing."""
    answer = tell(line, url, **form)
    before = contents(line.store)
    assert tell(line, url, **form) == answer
    assert contents(line.store) == before
    return answer


def only(line: TestLine, table: type[Any]) -> Any:
    with line.store.reading() as session:
        return session.scalars(select(table)).one()


# --- Calls -------------------------------------------------------------------------------------------------


def status(line: TestLine, call: TestCall, state: str, sequence: int | None = None, url: str = "") -> int:
    more = {"CallStatus": state} | ({} if sequence is None else {"SequenceNumber": str(sequence)})
    return tell(line, url or "/voice/status", **call.form(**more))


STATES = [("initiated", 0), ("ringing", 1), ("in-progress", 2), ("completed", 3)]


def test_in_whatever_order_the_news_of_a_call_come_it_has_ended(store: Store) -> None:
    line = tiny_line(store)
    for order in permutations(STATES):
        call = line.dial()
        for state, sequence in order:
            assert status(line, call, state, sequence) == 204
        with store.reading() as session:
            row = session.scalars(select(CallRow).where(CallRow.sid == call.sid)).one()
            assert (row.status, row.ended_at is None) == ("completed", False)


@pytest.mark.parametrize("state", ["ringing", "in-progress", "completed", "busy"])
def test_the_news_of_a_call_told_twice_change_nothing(line: TestLine, state: str) -> None:
    call = line.dial()
    assert twice(line, "/voice/status", **call.form(CallStatus=state, SequenceNumber="4")) == 204


def test_a_call_that_we_hear_of_only_by_its_end_is_written_down(line: TestLine) -> None:
    call = TestCall(line, from_=KNOWN, to=LINE)
    assert status(line, call, "completed") == 204
    row = only(line, CallRow)
    assert (row.sid, row.caller, row.status, row.answered_at) == (call.sid, KNOWN, "completed", None)
    assert row.ended_at is not None


@pytest.fixture
def placed(line: TestLine) -> CallRow:
    """A call that is on its way to the carrier: its sid is not known yet."""
    row = CallRow(
        token="t" * 32,
        direction="outbound",
        purpose="tiny",
        from_number=MOBILE_LINE,
        to_number=KNOWN,
        channel="phone",
        status="placing",
        sequence=-1,
        started_at=TUESDAY_AT_TEN,
    )
    with line.store.transaction() as session:
        session.add(row)
    return row


def test_the_first_news_of_a_call_that_we_placed_bring_its_sid(line: TestLine, placed: CallRow) -> None:
    call = TestCall(line, from_=MOBILE_LINE, to=KNOWN)
    assert status(line, call, "ringing", 1, f"/voice/status?token={placed.token}") == 204
    row = only(line, CallRow)
    assert (row.id, row.sid, row.status) == (placed.id, call.sid, "ringing")


def test_the_first_document_of_a_call_that_we_placed_brings_its_sid(line: TestLine, placed: CallRow) -> None:
    call = TestCall(line, from_=MOBILE_LINE, to=KNOWN)
    call.ask(f"/voice/tiny.menu?turn=0&token={placed.token}")
    row = only(line, CallRow)
    assert (row.id, row.sid, row.status) == (placed.id, call.sid, "in-progress")
    assert row.answered_at is not None


@pytest.mark.parametrize(("answered_by", "jobs"), [("machine_end_beep", ["machine"]), ("human", [])])
def test_the_verdict_on_who_answered_may_be_the_first_news_and_a_machine_is_seen_to(
    line: TestLine, placed: CallRow, answered_by: str, jobs: list[str]
) -> None:
    with line.store.transaction() as session:
        session.get_one(CallRow, placed.id).purpose = "reminder"
    call = TestCall(line, from_=MOBILE_LINE, to=KNOWN)
    for _ in range(2):
        url = f"/voice/machine?token={placed.token}"
        assert tell(line, url, CallSid=call.sid, AnsweredBy=answered_by) == 204
    assert only(line, CallRow).sid == call.sid
    with line.store.reading() as session:
        assert session.scalars(select(Job.kind)).all() == jobs


@pytest.mark.parametrize(
    "number", ["", "x", "-1", "²", "9" * 100], ids=["empty", "a word", "negative", "superscript", "huge"]
)
def test_a_sequence_number_that_is_none_is_not_heeded(line: TestLine, number: str) -> None:
    call = line.dial()
    assert tell(line, "/voice/status", **call.form(CallStatus="completed", SequenceNumber=number)) == 204
    assert (only(line, CallRow).status, only(line, CallRow).sequence) == ("completed", -1)


# --- Recordings --------------------------------------------------------------------------------------------

RECORDING = "/voice/recording?purpose=comment"


@pytest.fixture
def call(line: TestLine) -> TestCall:
    """A call that is about to tell something."""
    return line.dial().press("3")


def recorded(call: TestCall, sid: str, state: str = "completed", seconds: str = "7") -> int:
    return twice(
        call.line,
        RECORDING,
        CallSid=call.sid,
        RecordingSid=sid,
        RecordingStatus=state,
        RecordingDuration=seconds,
        RecordingSource="RecordVerb",
    )


def told(call: TestCall, sid: str) -> None:
    """The action of the recording."""
    call.ask(call.waits_for.attrib["action"], RecordingSid=sid, RecordingDuration="7", Digits="#")


@pytest.mark.parametrize("first", ["the news", "the action"])
def test_a_recording_is_due_to_be_fetched_once_whoever_tells_of_it_first(call: TestCall, first: str) -> None:
    sid = f"RE{uuid4().hex}"
    steps: list[Callable[[], Any]] = [lambda: recorded(call, sid), lambda: told(call, sid)]
    for tell_of_it in steps if first == "the news" else reversed(steps):
        tell_of_it()
    recording = only(call.line, Recording)
    assert (recording.sid, recording.purpose, recording.status) == (sid, "comment", State.COMPLETED)
    assert recording.duration == 7
    assert (only(call.line, Job).kind, only(call.line, Job).key) == ("recording", str(recording.id))


@pytest.mark.parametrize(
    ("state", "becomes"), [("absent", "absent"), ("failed", "absent"), ("in-progress", "expected")]
)
def test_a_recording_of_which_nothing_came_is_not_fetched(call: TestCall, state: str, becomes: str) -> None:
    assert recorded(call, "RE" + "c" * 32, state) == 204
    assert only(call.line, Recording).status == becomes
    with call.line.store.reading() as session:
        assert session.scalars(select(Job)).all() == []


def test_a_recording_of_less_than_a_second_is_dropped(call: TestCall) -> None:
    assert recorded(call, "RE" + "d" * 32, seconds="0") == 204
    assert only(call.line, Recording).status == State.DROPPED


def test_a_recording_of_a_call_that_nobody_knows_is_told_again(line: TestLine) -> None:
    before = contents(line.store)
    assert (
        tell(line, RECORDING, CallSid="CA" + "9" * 32, RecordingSid="RE1", RecordingStatus="completed") == 503
    )
    assert contents(line.store) == before


TALK = {"ConferenceSid": "CF" + "1" * 32, "RecordingSource": "Conference", "RecordingDuration": "30"}


def of_the_talk(line: TestLine, sid: str, state: str = "completed") -> int:
    """News of a conference's recording: they name no call (Twilio: Conference)."""
    url = "/voice/recording?purpose=talk&room=room-1"
    return twice(line, url, **TALK, RecordingSid=sid, RecordingStatus=state)


def test_the_recording_of_a_talk_is_known_from_its_beginning_and_found_by_its_room(line: TestLine) -> None:
    for _party in range(2):
        talk = line.dial().press("8")
    url = talk.xml.findall("Dial/Conference")[0].attrib["recordingStatusCallback"]
    assert only(line, Recording).status == State.EXPECTED
    assert tell(line, url, **TALK, RecordingSid="RE1", RecordingStatus="completed") == 204
    recording = only(line, Recording)
    assert (recording.sid, recording.purpose, recording.status) == ("RE1", "talk", State.COMPLETED)
    assert only(line, Job).key == str(recording.id)


def test_a_second_recording_of_a_talk_is_fetched_too(line: TestLine) -> None:
    line.dial().press("8")
    assert [of_the_talk(line, sid) for sid in ("RE1", "RE2")] == [204, 204]
    with line.store.reading() as session:
        found = session.scalars(select(Recording).order_by(Recording.id)).all()
    assert [(each.sid, each.status) for each in found] == [("RE1", "completed"), ("RE2", "completed")]
    assert len({each.call_id for each in found}) == 1


def test_a_talk_that_left_nothing_to_hear_is_not_fetched(line: TestLine) -> None:
    line.dial().press("8")
    assert of_the_talk(line, "RE1", "absent") == 204
    assert only(line, Recording).status == State.ABSENT


def test_a_recording_of_a_talk_that_nobody_knows_is_told_again(line: TestLine) -> None:
    assert of_the_talk(line, "RE1") == 503


# --- Conferences, texts ------------------------------------------------------------------------------------


def test_news_of_a_conference_are_taken_note_of(line: TestLine) -> None:
    before = contents(line.store)
    assert tell(line, "/voice/conference", StatusCallbackEvent="participant-join", CallSid="CA1") == 204
    assert contents(line.store) == before


def test_news_of_a_conference_tell_where_the_call_is(line: TestLine) -> None:
    call = line.dial().press("8")
    for sequence, event in enumerate(("participant-join", "participant-leave"), start=1):
        form = {"FriendlyName": "room-1", "SequenceNumber": str(sequence), "CallSid": call.sid}
        assert twice(line, "/voice/conference", StatusCallbackEvent=event, **form) == 204
        row = only(line, CallRow)
        assert (row.room, row.in_room) == ("room-1", event == "participant-join")


def text(line: TestLine, **columns: Any) -> TextRow:
    values: dict[str, Any] = {
        "sid": "SM1",
        "direction": "out",
        "phone": KNOWN,
        "body": "Su visita",
        "purpose": "booking",
        "state": "sent",
        "segments": 1,
        "created_at": TUESDAY_AT_TEN,
    }
    row = TextRow(**values | columns)
    with line.store.transaction() as session:
        session.add(row)
    return row


@pytest.mark.parametrize(
    ("told", "becomes"),
    [("queued", "sent"), ("delivered", "delivered"), ("undelivered", "failed"), ("failed", "failed")],
)
def test_what_became_of_a_text_is_written_down(line: TestLine, told: str, becomes: str) -> None:
    text(line)
    assert twice(line, "/messages/status", MessageSid="SM1", MessageStatus=told) == 204
    assert only(line, TextRow).state == becomes


def test_a_text_that_comes_in_is_answered_with_an_empty_document_and_kept_once(line: TestLine) -> None:
    form = {"MessageSid": "SM2", "From": KNOWN, "To": MOBILE_LINE, "Body": "¿A qué hora vienen?"}
    answers = [line.post("/messages/inbound", form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert {answer.text for answer in answers} == {'<?xml version="1.0" encoding="UTF-8"?><Response />'}
    assert {answer.content_type for answer in answers} == {"text/xml; charset=utf-8"}
    assert only(line, TextRow).body == form["Body"]
    assert only(line, Task).kind == TaskKind.TEXT_ANSWER


def test_a_nul_in_a_text_is_nobodys(line: TestLine) -> None:
    form = {"MessageSid": "SM3", "From": KNOWN, "To": MOBILE_LINE, "Body": "ho\0la"}
    assert line.post("/messages/inbound", form).status_code == 200
    assert only(line, TextRow).body == "hola"


# --- What cannot be stored ---------------------------------------------------------------------------------

NEWS = [
    ("/voice/status", {"CallSid": "CA" + "5" * 32, "CallStatus": "completed", "From": KNOWN, "To": LINE}),
    (RECORDING, {"CallSid": "CA" + "5" * 32, "RecordingSid": "RE" + "5" * 32}),
    ("/messages/status", {"MessageSid": "SM1", "MessageStatus": "delivered"}),
    ("/messages/inbound", {"MessageSid": "SM2", "From": KNOWN, "Body": "1"}),
]


@pytest.mark.parametrize(("url", "form"), NEWS)
def test_news_that_cannot_be_stored_are_asked_for_again(url: str, form: dict[str, str]) -> None:
    store = Store("postgresql://nobody@127.0.0.1:9/nothing")
    assert tell(tiny_line(store), url, **form) == 503
    store.close()


def test_news_that_wait_too_long_for_a_lock_are_asked_for_again_and_leave_nothing(store: Store) -> None:
    line, hurried = tiny_line(store), tiny_line(store, patience=SHORT)
    call = line.dial()
    before = contents(store)
    with store.transaction() as session, ThreadPoolExecutor(1) as pool:
        session.execute(update(CallRow).values(status=CallRow.status))
        assert pool.submit(status, hurried, call, "completed").result() == 503
    assert contents(store) == before
    assert status(line, call, "completed") == 204


@pytest.mark.parametrize("url", [url for url, _ in NEWS])
def test_news_about_nothing_are_not_stored(line: TestLine, url: str) -> None:
    before = contents(line.store)
    assert tell(line, url) == 503
    assert contents(line.store) == before


def test_a_call_that_has_ended_may_still_be_told_what_was_recorded(call: TestCall) -> None:
    """The carrier hangs up first, and asks for the recording's action with the word hangup."""
    call.hang_up()
    told(call, "RE" + "e" * 32)
    assert call.hears(tiny.KEPT.words)
    assert only(call.line, Recording).sid == "RE" + "e" * 32
