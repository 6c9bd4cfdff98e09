"""The official client against the mocked carrier, which checks every request by the published API."""

import io
import socket
import wave
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug import Request, Response

from ivr.aftersales.carrier import Carrier, OutboundCall, RecordingNews, Seat
from ivr.errors import CarrierBusy, CarrierError, CarrierGone, CarrierRefused, CarrierUnclear
from ivr.telephony.carrier import TwilioCarrier
from tests.carrier.mock import Fault, MockCarrier
from tests.telephony.answering import answering

ACCOUNT, TOKEN = "AC" + "0" * 32, "the token"
AGENT, OWNER, LINE = "+56987654321", "+56912345678", "+56988894612"
HERE = "https://line.example"
CALL = OutboundCall(
    to=AGENT,
    from_=LINE,
    url=f"{HERE}/voice/agent",
    fallback_url=f"{HERE}/voice/fallback",
    status_url=f"{HERE}/voice/status#rc=5&rp=5xx,ct,rt",
    ring_seconds=20,
)
INBOUND = "CA" + "1" * 32
OTHER = "CA" + "2" * 32


@pytest.fixture
def mock() -> Iterator[MockCarrier]:
    with MockCarrier(ACCOUNT, TOKEN) as served:
        yield served


@pytest.fixture
def carrier(mock: MockCarrier) -> Carrier:
    return TwilioCarrier(ACCOUNT, TOKEN, mock.url)


def a_wav(seconds: int = 1) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000 * seconds))
    return buffer.getvalue()


def test_a_placed_call_tells_its_progress_and_has_a_fallback(mock: MockCarrier, carrier: Carrier) -> None:
    sid = carrier.place(CALL)
    assert mock.calls[0]["sid"] == sid
    (request,) = mock.sent("CreateCall")
    assert request.all("StatusCallbackEvent") == ["initiated", "ringing", "answered", "completed"]
    told = {name: value for name, value in request.params if name != "StatusCallbackEvent"}
    assert told == {
        "To": AGENT,
        "From": LINE,
        "Url": CALL.url,
        "FallbackUrl": CALL.fallback_url,
        "StatusCallback": CALL.status_url,
        "Timeout": "20",
    }


def test_detection_of_a_machine_runs_beside_the_greeting(mock: MockCarrier, carrier: Carrier) -> None:
    carrier.place(OutboundCall(**{**vars(CALL), "machine_url": f"{HERE}/voice/machine"}))
    (request,) = mock.sent("CreateCall")
    assert request.get("MachineDetection") == "DetectMessageEnd"
    assert request.get("AsyncAmd") == "true"
    assert request.get("AsyncAmdStatusCallback") == f"{HERE}/voice/machine"


def test_a_live_call_is_moved_and_ended(mock: MockCarrier, carrier: Carrier) -> None:
    mock.put_call(INBOUND)
    carrier.move(INBOUND, f"{HERE}/voice/elsewhere")
    carrier.hang_up(INBOUND)
    moved, ended = mock.sent("UpdateCall")
    assert moved.params == [("Url", f"{HERE}/voice/elsewhere")]
    assert ended.params == [("Status", "completed")]


def test_a_call_that_is_over_or_unknown_is_gone(mock: MockCarrier, carrier: Carrier) -> None:
    mock.put_call(INBOUND, status="completed")
    with pytest.raises(CarrierGone) as over:
        carrier.move(INBOUND, f"{HERE}/voice/elsewhere")
    assert over.value.code == 21220
    with pytest.raises(CarrierGone):
        carrier.call("CA" + "9" * 32)


def test_news_of_a_call_are_typed(mock: MockCarrier, carrier: Carrier) -> None:
    mock.put_call(
        INBOUND,
        **{"from": OWNER, "to": LINE, "status": "completed", "duration": "42"},
        start_time="Tue, 24 Nov 2026 13:00:00 +0000",
    )
    news = carrier.call(INBOUND)
    assert (news.sid, news.status, news.ended, news.duration) == (INBOUND, "completed", True, 42)
    assert news.started_at == datetime(2026, 11, 24, 13, tzinfo=UTC)
    assert news.to == LINE


def test_calls_whose_answer_was_lost_are_found_by_number_and_moment(
    mock: MockCarrier, carrier: Carrier
) -> None:
    began = datetime.now(UTC)
    mock.fail_next(Fault.LOSE_REPLY)
    with pytest.raises(CarrierUnclear):
        carrier.place(CALL)
    carrier.place(OutboundCall(**{**vars(CALL), "to": OWNER}))
    assert [news.sid for news in carrier.calls_to(AGENT, began)] == [mock.calls[0]["sid"]]
    assert list(carrier.calls_to(AGENT, began + timedelta(minutes=5))) == []


def test_a_caller_is_taken_out_of_a_queue_by_the_queues_name(mock: MockCarrier, carrier: Carrier) -> None:
    mock.put_member("another", "CA" + "2" * 32)
    mock.put_member("urgent", INBOUND)
    carrier.dequeue("urgent", INBOUND, f"{HERE}/voice/join")
    (request,) = mock.sent("UpdateMember")
    assert request.segments["CallSid"] == INBOUND
    assert request.params == [("Url", f"{HERE}/voice/join")]


def test_the_sid_of_a_queue_is_looked_up_once(mock: MockCarrier, carrier: Carrier) -> None:
    for sid in (INBOUND, "CA" + "2" * 32):
        mock.put_member("urgent", sid)
        carrier.dequeue("urgent", sid, f"{HERE}/voice/join")
    assert len(mock.sent("ListQueue")) == 1


def test_a_queue_that_was_made_anew_is_found_again(carrier: Carrier, mock: MockCarrier) -> None:
    first = mock.put_member("urgent", INBOUND)
    carrier.dequeue("urgent", INBOUND, f"{HERE}/voice/join")
    mock._ledger.kinds["Queue"].clear()
    second = mock.put_member("urgent", INBOUND)
    carrier.dequeue("urgent", INBOUND, f"{HERE}/voice/join")
    assert [request.segments["QueueSid"] for request in mock.sent("UpdateMember")] == [first, first, second]


def test_a_caller_who_left_the_queue_is_gone_also_without_any_queue(
    mock: MockCarrier, carrier: Carrier
) -> None:
    with pytest.raises(CarrierGone):
        carrier.dequeue("urgent", INBOUND, f"{HERE}/voice/join")
    mock.put_member("urgent", INBOUND)
    mock.remove_member(INBOUND)
    for _ in range(2):
        with pytest.raises(CarrierGone):
            carrier.dequeue("urgent", INBOUND, f"{HERE}/voice/join")


def test_a_participant_is_held_muted_and_coached(mock: MockCarrier, carrier: Carrier) -> None:
    mock.put_call(INBOUND)
    mock.put_conference("talk-1", INBOUND)

    carrier.seat("talk-1", INBOUND, Seat(hold_url="https://line.example/voice/hold", ends=False))
    carrier.seat("talk-1", INBOUND, Seat(muted=True))
    carrier.seat("talk-1", INBOUND, Seat(coaches=OTHER))

    held, muted, coached = mock.sent("UpdateParticipant")
    assert (held.get("Hold"), held.get("HoldMethod"), held.get("EndConferenceOnExit")) == (
        "true",
        "POST",
        "false",
    )
    assert (muted.get("Hold"), muted.get("Muted"), muted.get("CallSidToCoach")) == ("false", "true", None)
    assert (coached.get("Coaching"), coached.get("CallSidToCoach")) == ("true", OTHER)


def test_who_is_in_no_conference_is_gone(mock: MockCarrier, carrier: Carrier) -> None:
    with pytest.raises(CarrierGone):
        carrier.seat("talk-1", INBOUND, Seat())
    mock.put_conference("talk-1")
    with pytest.raises(CarrierGone):
        carrier.seat("talk-1", INBOUND, Seat())


def test_a_conferences_recording_is_paused_or_else_the_calls(mock: MockCarrier, carrier: Carrier) -> None:
    mock.put_call(INBOUND)
    room = mock.put_conference("talk-1", INBOUND)
    with pytest.raises(CarrierGone):
        carrier.tape("talk-1", INBOUND, False)
    begun = carrier.record(INBOUND, "https://line.example/voice/recording")

    carrier.tape("talk-1", INBOUND, False)
    assert [each["status"] for each in mock.recordings] == ["paused"]
    carrier.tape("talk-1", INBOUND, True)
    assert [(each["sid"], each["status"]) for each in mock.recordings] == [(begun, "in-progress")]
    mock.recordings[0] |= {"conference_sid": room, "call_sid": None}
    carrier.tape("talk-1", INBOUND, False)

    assert [each["status"] for each in mock.recordings] == ["paused"]
    behaviours = [each.get("PauseBehavior") for each in mock.sent("UpdateConferenceRecording")]
    assert behaviours[-1] == "skip"


def test_a_text_is_sent_followed_and_found(mock: MockCarrier, carrier: Carrier) -> None:
    began = datetime.now(UTC)
    sid = carrier.send(OWNER, LINE, "Su visita es el jueves.", f"{HERE}/messages/status")
    assert mock.sent("CreateMessage")[0].get("StatusCallback") == f"{HERE}/messages/status"
    mock.messages[0] |= {"status": "undelivered", "error_code": 30005}
    assert carrier.text(sid).error_code == 30005
    (found,) = carrier.texts_to(OWNER, began)
    assert (found.sid, found.status, found.body) == (sid, "undelivered", "Su visita es el jueves.")


def test_recordings_come_in_the_order_in_which_they_were_made(mock: MockCarrier, carrier: Carrier) -> None:
    mock.put_call(INBOUND)
    sids = [mock.put_recording(INBOUND, a_wav(seconds)) for seconds in (3, 1, 2)]
    expected = [
        RecordingNews(sid, INBOUND, "completed", seconds)
        for sid, seconds in zip(sids, (3, 1, 2), strict=True)
    ]
    assert list(carrier.recordings_of(INBOUND)) == expected


def test_a_recording_is_fetched_as_it_is_and_then_forgotten(mock: MockCarrier, carrier: Carrier) -> None:
    sid = mock.put_recording(INBOUND, a_wav())
    assert carrier.audio(sid) == a_wav()
    carrier.delete_recording(sid)
    carrier.delete_recording(sid)
    assert mock.recordings == []
    with pytest.raises(CarrierGone):
        carrier.audio(sid)


def test_credentials_are_accepted_or_not(mock: MockCarrier, carrier: Carrier) -> None:
    assert carrier.account_ok()
    assert not TwilioCarrier(ACCOUNT, "wrong", mock.url).account_ok()


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        (Fault.TOO_MANY, CarrierBusy),
        (Fault.BROKEN, CarrierUnclear),
        (Fault.LOSE_REPLY, CarrierUnclear),
        (Fault.SILENCE, CarrierUnclear),
    ],
)
def test_each_fault_says_whether_something_was_done(
    mock: MockCarrier, fault: Fault, meaning: type[CarrierError]
) -> None:
    carrier = TwilioCarrier(ACCOUNT, TOKEN, mock.url, timeout=0.2)
    mock.fail_next(fault, times=2)
    with pytest.raises(meaning):
        carrier.send(OWNER, LINE, "Hola", f"{HERE}/messages/status")
    with pytest.raises(meaning):
        list(carrier.texts_to(OWNER, datetime.now(UTC)))


def test_nothing_was_done_where_nobody_listens() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{probe.getsockname()[1]}"
        with pytest.raises(CarrierBusy):
            TwilioCarrier(ACCOUNT, TOKEN, nowhere).place(CALL)


def test_a_fault_repeats_no_telephone_number() -> None:
    with (
        answering(
            lambda request: Response(f'{{"code": 21211, "message": "no {request.form["To"]}"}}', 400)
        ) as url,
        pytest.raises(CarrierRefused) as refused,
    ):
        TwilioCarrier(ACCOUNT, TOKEN, url).place(CALL)
    assert refused.value.code == 21211
    assert AGENT not in str(refused.value)


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (Response("<h1>Bad gateway</h1>", 502), CarrierUnclear),
        (Response("<h1>Welcome to the hotel</h1>", 200), CarrierUnclear),
        (Response("<h1>No</h1>", 403), CarrierRefused),
        (Response("", 302, {"Location": "https://elsewhere.example"}), CarrierRefused),
    ],
)
def test_an_answer_of_somebody_in_between_is_understood(
    answer: Response, meaning: type[CarrierError]
) -> None:
    with answering(lambda _: answer) as url, pytest.raises(meaning):
        TwilioCarrier(ACCOUNT, TOKEN, url).place(CALL)


def test_a_carrier_may_live_below_a_path() -> None:
    asked: list[str] = []

    def answer(request: Request) -> Response:
        asked.append(request.full_path)
        more = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json?Page=1" if len(asked) == 1 else ""
        return Response(f'{{"calls": [], "next_page_uri": "{more}", "page": 0, "uri": ""}}')

    with answering(answer) as url:
        list(TwilioCarrier(ACCOUNT, TOKEN, f"{url}/carrier/").calls_to(AGENT, datetime.now(UTC)))
    assert asked == [
        f"/carrier/2010-04-01/Accounts/{ACCOUNT}/Calls.json?To=%2B56987654321&PageSize=100",
        f"/carrier/2010-04-01/Accounts/{ACCOUNT}/Calls.json?Page=1",
    ]
