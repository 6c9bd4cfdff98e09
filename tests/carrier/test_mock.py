"""The mock answers as the carrier's API does, and fails when it is told to."""

import io
import wave
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
import requests
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped, unused-ignore]
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped, unused-ignore]
from twilio.rest import Client  # type: ignore[import-untyped, unused-ignore]

from tests.carrier.mock import Fault, MockCarrier
from tests.carrier.oracle import CarrierRefuses

ACCOUNT, TOKEN = "AC" + "0a" * 16, "secret"
CALL = "CA" + "0b" * 16
LINE, OWNER = "+56600422727", "+56911112222"
URL = "https://linea.cl/voice/works"
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


class ToTheMock:
    """The library's own HTTP client, led to the mock instead of the internet."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.client = TwilioHttpClient(timeout=5)

    def request(self, method: str, url: str, **options: object) -> object:
        local = self.base + urlsplit(url)._replace(scheme="", netloc="").geturl()
        return self.client.request(method, local, **options)


@pytest.fixture
def carrier() -> Iterator[MockCarrier]:
    with MockCarrier(ACCOUNT, TOKEN, now=lambda: NOW) as running:
        yield running


@pytest.fixture
def client(carrier: MockCarrier) -> Iterator[Client]:
    http = ToTheMock(carrier.url)
    yield Client(ACCOUNT, TOKEN, http_client=http)
    http.client.session.close()


@pytest.fixture
def http(carrier: MockCarrier) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.auth = (ACCOUNT, TOKEN)
        yield session


def sound(seconds: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(bytes(16_000 * seconds))
    return file.getvalue()


def test_a_call_that_was_placed_is_found_by_its_number(carrier: MockCarrier, client: Client) -> None:
    placed = client.calls.create(
        to=OWNER, from_=LINE, url=URL, status_callback_event=["answered", "completed"]
    )
    client.calls.create(to="+56933334444", from_=LINE, url=URL)
    assert placed.status == "queued"
    assert placed.date_created == NOW
    assert [call.sid for call in client.calls.list(to=OWNER)] == [placed.sid]
    assert [call["to"] for call in carrier.calls] == [OWNER, "+56933334444"]
    assert carrier.sent("CreateCall")[0].get("Url") == URL
    assert carrier.sent("CreateCall")[0].all("StatusCallbackEvent") == ["answered", "completed"]


def test_the_carriers_side_of_a_call_is_set_by_the_test(carrier: MockCarrier, client: Client) -> None:
    placed = client.calls.create(to=OWNER, from_=LINE, url=URL)
    carrier.calls[0] |= {"status": "completed", "duration": "42", "answered_by": "human"}
    fetched = client.calls(str(placed.sid)).fetch()
    assert (fetched.status, fetched.duration, fetched.answered_by) == ("completed", "42", "human")


def test_a_text_that_was_sent_is_found_by_its_number(carrier: MockCarrier, client: Client) -> None:
    sent = client.messages.create(to=OWNER, from_="+56988894612", body="Su visita es mañana.")
    assert [text.sid for text in client.messages.list(to=OWNER)] == [sent.sid]
    assert carrier.messages[0]["body"] == "Su visita es mañana."


def test_a_list_is_read_page_by_page_newest_first(carrier: MockCarrier, client: Client) -> None:
    for number in range(5):
        carrier.put_call(f"CA{number:032x}")
    assert [call.sid for call in client.calls.list(page_size=2)] == [f"CA{n:032x}" for n in (4, 3, 2, 1, 0)]
    assert len(carrier.sent("ListCall")) == 3


def test_calls_are_found_by_the_time_they_started(carrier: MockCarrier, client: Client) -> None:
    carrier.put_call(CALL, start_time="Mon, 02 Mar 2026 14:30:00 +0000")
    assert client.calls.list(start_time_after=datetime(2026, 3, 2, 14, 0, tzinfo=UTC))
    assert not client.calls.list(start_time_after=datetime(2026, 3, 2, 14, 45, tzinfo=UTC))
    assert not client.calls.list(start_time_before=datetime(2026, 3, 2, 14, 0, tzinfo=UTC))
    assert client.calls.list(start_time=datetime(2026, 3, 2, tzinfo=UTC))


def test_an_inbound_call_is_moved_and_ended_once(carrier: MockCarrier, client: Client) -> None:
    carrier.put_call(CALL)
    assert client.calls(CALL).update(url=URL).status == "in-progress"
    assert client.calls(CALL).update(status="completed").status == "completed"
    with pytest.raises(TwilioRestException) as refusal:
        client.calls(CALL).update(url=URL)
    assert (refusal.value.status, refusal.value.code) == (400, 21220)


def test_a_caller_is_taken_out_of_the_queue_by_one_agent_only(carrier: MockCarrier, client: Client) -> None:
    queue = carrier.put_member("atencion", CALL)
    assert carrier.put_member("atencion", "CA" + "0c" * 16) == queue
    assert client.queues(queue).fetch().current_size == 2
    assert [member.position for member in client.queues(queue).members.list()] == [2, 1]
    assert client.queues(queue).members(CALL).update(url=URL).call_sid == CALL
    with pytest.raises(TwilioRestException) as refusal:
        client.queues(queue).members(CALL).update(url=URL)
    assert (refusal.value.status, refusal.value.code) == (404, 20404)


def test_a_caller_who_hung_up_is_gone_from_the_queue(carrier: MockCarrier, client: Client) -> None:
    queue = carrier.put_member("atencion", CALL)
    carrier.remove_member(CALL)
    with pytest.raises(TwilioRestException) as refusal:
        client.queues(queue).members("Front").update(url=URL)
    assert refusal.value.code == 20404


def test_a_participant_is_held_and_removed(carrier: MockCarrier, client: Client) -> None:
    room = carrier.put_conference("caso-1", CALL)
    assert client.conferences.list(friendly_name="caso-1")[0].sid == room
    assert client.conferences(room).participants(CALL).update(hold=True).hold is True
    assert client.conferences(room).participants(CALL).delete()
    assert client.conferences(room).participants.list() == []
    assert client.conferences(room).update(status="completed").status == "completed"


def test_ringing_a_participant_into_a_named_conference_places_a_call(
    carrier: MockCarrier, client: Client
) -> None:
    expert = client.conferences("caso-1").participants.create(from_=LINE, to=OWNER, label="experto")
    assert carrier.calls[0]["sid"] == expert.call_sid
    room = client.conferences.list(friendly_name="caso-1")[0]
    assert client.conferences(str(room.sid)).participants("experto").fetch().call_sid == expert.call_sid


def test_a_recording_is_heard_and_then_deleted(
    carrier: MockCarrier, client: Client, http: requests.Session
) -> None:
    carrier.put_call(CALL)
    sid = carrier.put_recording(CALL, sound(seconds=3))
    address = f"{carrier.url}/2010-04-01/Accounts/{ACCOUNT}/Recordings/{sid}.wav"
    heard = http.get(address)
    assert (heard.headers["Content-Type"], heard.content) == ("audio/wav", sound(seconds=3))
    assert [recording.duration for recording in client.calls(CALL).recordings.list()] == ["3"]
    assert client.recordings(sid).delete()
    assert http.get(address).status_code == 404
    assert carrier.recordings == []


def test_the_addresses_of_a_number_are_read_and_changed(carrier: MockCarrier, client: Client) -> None:
    carrier.put_number("+56800422727", voice_url="https://alt.cl/")
    number = client.incoming_phone_numbers.list(phone_number="+56800422727")[0]
    assert number.voice_url == "https://alt.cl/"
    client.incoming_phone_numbers(str(number.sid)).update(voice_url=URL)
    assert client.incoming_phone_numbers.list()[0].voice_url == URL


def test_the_account_answers_with_its_status(client: Client) -> None:
    assert client.api.accounts(ACCOUNT).fetch().status == "active"


def test_a_wrong_token_is_turned_away_and_changes_nothing(carrier: MockCarrier) -> None:
    address = f"{carrier.url}/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    form = {"To": OWNER, "From": LINE, "Url": URL}
    for login in (None, (ACCOUNT, "wrong")):
        answer = requests.post(address, form, auth=login, timeout=5)
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert carrier.requests == []
    assert carrier.calls == []


def test_the_account_of_somebody_else_is_not_found(carrier: MockCarrier, http: requests.Session) -> None:
    answer = http.get(f"{carrier.url}/2010-04-01/Accounts/AC{'0f' * 16}/Calls.json")
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


@pytest.mark.parametrize(
    ("fault", "status", "code"), [(Fault.TOO_MANY, 429, 20429), (Fault.BROKEN, 500, 20500)]
)
def test_a_failing_request_is_recorded_and_does_nothing(
    carrier: MockCarrier, client: Client, fault: Fault, status: int, code: int
) -> None:
    carrier.fail_next(fault)
    with pytest.raises(TwilioRestException) as failure:
        client.calls.create(to=OWNER, from_=LINE, url=URL)
    assert (failure.value.status, failure.value.code) == (status, code)
    assert len(carrier.requests) == 1
    assert carrier.calls == []
    client.calls.create(to=OWNER, from_=LINE, url=URL)
    assert len(carrier.calls) == 1


def test_a_fault_meets_the_operation_it_is_meant_for_as_often_as_told(
    carrier: MockCarrier, client: Client
) -> None:
    carrier.fail_next(Fault.TOO_MANY, times=2, operation="CreateMessage")
    client.calls.create(to=OWNER, from_=LINE, url=URL)
    for _ in range(2):
        with pytest.raises(TwilioRestException):
            client.messages.create(to=OWNER, from_=LINE, body="Hola")
    client.messages.create(to=OWNER, from_=LINE, body="Hola")
    assert (len(carrier.calls), len(carrier.messages)) == (1, 1)


def test_a_lost_reply_leaves_the_call_placed(carrier: MockCarrier, client: Client) -> None:
    carrier.fail_next(Fault.LOSE_REPLY)
    with pytest.raises(requests.ConnectionError):
        client.calls.create(to=OWNER, from_=LINE, url=URL)
    assert [call.to for call in client.calls.list(to=OWNER)] == [OWNER]


def test_silence_lasts_until_the_client_gives_up(carrier: MockCarrier, http: requests.Session) -> None:
    carrier.fail_next(Fault.SILENCE)
    form = {"To": OWNER, "From": LINE, "Url": URL}
    with pytest.raises(requests.ReadTimeout):
        http.post(f"{carrier.url}/2010-04-01/Accounts/{ACCOUNT}/Calls.json", form, timeout=(5, 0.05))
    assert carrier.calls == []


def test_a_request_that_the_carrier_would_refuse_fails_the_test() -> None:
    carrier = MockCarrier(ACCOUNT, TOKEN).__enter__()
    address = f"{carrier.url}/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    answer = requests.post(address, {"To": OWNER, "Url": URL}, auth=(ACCOUNT, TOKEN), timeout=5)
    assert answer.status_code == 400
    assert carrier.calls == []
    with pytest.raises(CarrierRefuses, match="needs From"):
        carrier.__exit__(None, None, None)


def test_an_expected_refusal_is_taken_off_the_list(carrier: MockCarrier, http: requests.Session) -> None:
    http.get(f"{carrier.url}/2010-04-01/Accounts/{ACCOUNT}/Faxes.json")
    assert "no request of the API" in str(carrier.refused.pop())
