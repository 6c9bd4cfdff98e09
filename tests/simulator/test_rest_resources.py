"""The REST API for texts, queues, conferences, recordings and numbers, through the official client."""

import io
import wave
from collections.abc import Callable

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from ivr.simulator.carrier import CallHandle, SimulatedCarrier
from ivr.simulator.messages import segments
from ivr.simulator.telephones import ScriptedTelephone
from tests.simulator.conftest import ACCOUNT, AGENT, LINE, MOBILE, OWNER, TOKEN, Application


def refused(status: int, code: int, act: Callable[[], object]) -> None:
    with pytest.raises(TwilioRestException) as refusal:
        act()
    assert (refusal.value.status, refusal.value.code) == (status, code)


@pytest.fixture
def meeting(app: Application, carrier: SimulatedCarrier) -> tuple[CallHandle, CallHandle]:
    """Owner and agent in the conference `caso`: the owner dialled, the agent was called."""
    events = "start end join leave mute hold"
    inside = f"<Conference statusCallback='/news' statusCallbackEvent='{events}'>caso</Conference>"
    app.replies |= {
        "/voice/inbound": f"<Dial action='/over'>{inside}</Dial>",
        "/over": lambda form: f"<Say>{form['DialCallStatus']}</Say>",
        "/agent": "<Dial><Conference participantLabel='ana'>caso</Conference></Dial>",
        "/music": "<Say>Música</Say>",
    }
    carrier.connect(ScriptedTelephone(AGENT))
    owner = carrier.dial(OWNER, LINE)
    owner.wait_for("answered")
    client = requests.Session()
    client.auth = (ACCOUNT, TOKEN)
    address = f"{app.url}/carrier/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    with client:
        client.post(address, data={"To": AGENT, "From": MOBILE, "Url": f"{app.url}/agent"}, timeout=10)
    owner.wait_for("joined")
    return owner, carrier.calls_to(AGENT)[0]


def test_a_text_reports_its_way_and_arrives(
    app: Application, carrier: SimulatedCarrier, client: Client
) -> None:
    carrier.connect(ScriptedTelephone(OWNER))
    sent = client.messages.create(to=OWNER, from_=MOBILE, body="Su visita", status_callback=f"{app.url}/news")
    assert sent.status == "queued"
    carrier.settle()
    assert [form["MessageStatus"] for form in app.forms("/news")] == ["queued", "sent", "delivered"]
    assert carrier.texts_to(OWNER) == ["Su visita"]
    shown = client.messages.list(to=OWNER)[0]
    assert (shown.sid, shown.status, shown.num_segments) == (sent.sid, "delivered", "1")
    assert shown.date_sent is not None


def test_a_text_that_cannot_be_delivered_says_why(
    app: Application, carrier: SimulatedCarrier, client: Client
) -> None:
    carrier.exchange.undeliverable[OWNER] = 30003
    client.messages.create(to=OWNER, from_=MOBILE, body="a", status_callback=f"{app.url}/news")
    carrier.settle()
    assert app.forms("/news")[-1]["MessageStatus"] == "undelivered"
    assert app.forms("/news")[-1]["ErrorCode"] == "30003"
    assert carrier.texts_to(OWNER) == []


@pytest.mark.parametrize(
    ("to", "from_", "body", "code"),
    [
        ("+56221234567", MOBILE, "a", 21614),
        ("nadie", MOBILE, "a", 21211),
        (OWNER, "+56911119999", "a", 21606),
        (OWNER, "yo", "a", 21212),
        (OWNER, MOBILE, "a" * 1601, 21617),
        (OWNER, MOBILE, "", 21602),
    ],
)
def test_texts_that_are_refused(
    carrier: SimulatedCarrier, client: Client, to: str, from_: str, body: str, code: int
) -> None:
    refused(400, code, lambda: client.messages.create(to=to, from_=from_, body=body))


def test_who_has_unsubscribed_gets_no_text(carrier: SimulatedCarrier, client: Client) -> None:
    carrier.exchange.unsubscribed.add(OWNER)
    refused(400, 21610, lambda: client.messages.create(to=OWNER, from_=MOBILE, body="a"))


@pytest.mark.parametrize(
    ("body", "parts"), [("a" * 160, 1), ("a" * 161, 2), ("ú" * 70, 1), ("ú" * 71, 2), ("ñ" * 160, 1)]
)
def test_segments_of_a_text(body: str, parts: int) -> None:
    """ "segments of 160 GSM-7 or 70 UCS-2 characters": ñ is in GSM-7, ú is not."""
    assert segments(body) == parts


def test_a_text_to_the_line_is_handed_over(app: Application, carrier: SimulatedCarrier) -> None:
    app.replies["/messages/inbound"] = ""
    carrier.send_text(OWNER, MOBILE, "1")
    carrier.settle()
    form = app.forms("/messages/inbound")[0]
    assert (form["From"], form["To"], form["Body"]) == (OWNER, MOBILE, "1")
    assert form["MessageSid"].startswith("SM")
    assert not carrier.alerts


def test_queues_are_made_renamed_and_removed(client: Client) -> None:
    queue = client.queues.create(friendly_name="a", max_size=5)
    assert client.queues(queue.sid).update(friendly_name="b").friendly_name == "b"
    refused(400, 22003, lambda: client.queues.create(friendly_name="b"))
    refused(404, 20404, lambda: client.queues(queue.sid).members("Front").fetch())
    assert client.queues(queue.sid).delete()
    assert client.queues.list() == []


def test_a_conference_tells_its_story_in_order(
    app: Application, carrier: SimulatedCarrier, client: Client, meeting: tuple[CallHandle, CallHandle]
) -> None:
    owner, agent = meeting
    conference = client.conferences.list(friendly_name="caso", status="in-progress")[0]
    who = client.conferences(conference.sid).participants(owner.sid)
    assert who.update(muted=True).muted
    assert who.update(hold=True, hold_url=f"{app.url}/music", hold_method="POST").hold
    owner.wait_for("heard")
    who.update(muted=False, hold=False)
    agent.hang_up()
    owner.hang_up()
    owner.wait()
    carrier.settle()
    news = app.forms("/news")
    assert [form["StatusCallbackEvent"] for form in news] == [
        *("participant-join", "participant-join", "conference-start"),
        *("participant-mute", "participant-hold", "participant-unmute", "participant-unhold"),
        *("participant-leave", "participant-leave", "conference-end"),
    ]
    assert [form["SequenceNumber"] for form in news] == [str(number) for number in range(1, 11)]
    assert news[3]["Muted"] == "true"
    assert news[3]["CallSid"] == owner.sid
    assert "From" not in news[0]
    assert client.conferences(conference.sid).fetch().status == "completed"


def test_a_participant_can_be_found_by_label_and_removed(
    client: Client, meeting: tuple[CallHandle, CallHandle]
) -> None:
    owner, agent = meeting
    participants = client.conferences.list()[0].participants
    assert {p.call_sid: p.label for p in participants.list()} == {owner.sid: None, agent.sid: "ana"}
    assert participants("ana").fetch().call_sid == agent.sid
    participants(owner.sid).delete()
    assert owner.wait().heard == "answered"
    refused(404, 20404, lambda: participants(owner.sid).fetch())


def test_a_conference_can_be_ended_and_its_callers_go_on(
    client: Client, meeting: tuple[CallHandle, CallHandle]
) -> None:
    owner, _agent = meeting
    client.conferences.list()[0].update(status="completed")
    assert owner.wait().heard == "answered"


def test_everybody_hears_an_announcement(
    app: Application, client: Client, meeting: tuple[CallHandle, CallHandle]
) -> None:
    app.replies["/announce"] = "<Say>Aviso</Say>"
    client.conferences.list()[0].update(announce_url=f"{app.url}/announce")
    for side in meeting:
        assert side.wait_for("heard")["text"] == "Aviso"


def test_a_third_person_can_be_added(
    carrier: SimulatedCarrier, client: Client, meeting: tuple[CallHandle, CallHandle]
) -> None:
    supervisor = "+56987650009"
    carrier.connect(ScriptedTelephone(supervisor))
    agent = meeting[1]
    conference = client.conferences.list()[0]
    conference.participants.create(
        to=supervisor, from_=MOBILE, label="jefa", coaching=True, call_sid_to_coach=agent.sid
    )
    assert carrier.calls_to(supervisor)[0].wait_for("joined")["others"] == [OWNER, AGENT]
    assert client.conferences(conference.sid).participants("jefa").fetch().coaching


def test_who_is_alone_hears_the_wait_document_until_the_conference_starts(
    app: Application, carrier: SimulatedCarrier
) -> None:
    """ "When the waitUrl TwiML runs out: SILENCE; loop with an empty <Redirect/>"."""
    app.replies |= {
        "/voice/inbound": "<Dial>"
        "<Conference waitUrl='/wait' startConferenceOnEnter='false'>a</Conference></Dial>",
        "/wait": "<Say>Espere</Say><Redirect/>",
    }
    first = carrier.dial(OWNER, LINE)
    first.wait_for("heard", after=first.wait_for("heard")["id"])
    second = carrier.dial("+56911112223", LINE)
    second.wait_for("heard")
    assert not [event for event in first.events if event["type"] == "joined"]
    app.replies["/voice/inbound"] = "<Dial><Conference endConferenceOnExit='true'>a</Conference></Dial>"
    third = carrier.dial("+56911112224", LINE)
    assert set(third.wait_for("joined")["others"]) == {OWNER, "+56911112223"}
    third.hang_up()
    assert {first.wait().status, second.wait().status} == {"completed"}


def test_a_wait_document_may_hold_no_gather(app: Application, carrier: SimulatedCarrier) -> None:
    app.replies |= {
        "/voice/inbound": "<Dial action='/over'><Conference waitUrl='/wait'>a</Conference></Dial>",
        "/wait": "<Gather/>",
        "/over": "<Say>Sin conferencia</Say>",
    }
    assert carrier.dial(OWNER, LINE).wait().heard == "Sin conferencia"
    assert carrier.alerts[0].code == 13238


def test_a_call_can_be_recorded_paused_and_stopped(
    app: Application, carrier: SimulatedCarrier, client: Client, meeting: tuple[CallHandle, CallHandle]
) -> None:
    owner, _agent = meeting
    recordings = client.calls(owner.sid).recordings
    made = recordings.create(
        recording_status_callback=f"{app.url}/tape",
        recording_status_callback_event=["in-progress", "completed"],
        recording_channels="mono",
    )
    app.replies["/tape"] = ""
    assert recordings("Twilio.CURRENT").update(status="paused").status == "paused"
    assert recordings(made.sid).update(status="in-progress").status == "in-progress"
    refused(409, 20409, recordings(made.sid).delete)
    assert recordings(made.sid).update(status="stopped").status == "completed"
    refused(404, 20404, lambda: recordings("Twilio.CURRENT").update(status="paused"))
    refused(400, 21220, lambda: recordings(made.sid).update(status="paused"))
    owner.hang_up()
    owner.wait()
    assert [form["RecordingStatus"] for form in app.forms("/tape")] == ["in-progress", "completed"]
    assert app.forms("/tape")[1]["RecordingSource"] == "StartCallRecordingAPI"
    assert [r.sid for r in client.recordings.list(call_sid=owner.sid)] == [made.sid]


def test_a_recording_is_a_file_until_it_is_deleted(
    app: Application, carrier: SimulatedCarrier, client: Client
) -> None:
    app.replies |= {"/voice/inbound": "<Record action='/done'/>", "/done": ""}
    call = carrier.dial(OWNER, LINE, "~")
    call.wait()
    recording = client.recordings.list(call_sid=call.sid)[0]
    assert (recording.duration, recording.status, recording.source) == ("4", "completed", "RecordVerb")
    address = app.forms("/done")[0]["RecordingUrl"]
    assert requests.get(f"{address}.wav", timeout=10).status_code == 401
    with wave.open(
        io.BytesIO(requests.get(f"{address}.wav", auth=(ACCOUNT, TOKEN), timeout=10).content)
    ) as file:
        assert (file.getframerate(), file.getnframes()) == (8000, 32000)
    assert (
        requests.get(f"{address}.mp3", auth=(ACCOUNT, TOKEN), timeout=10).headers["Content-Type"]
        == "audio/mpeg"
    )
    assert client.recordings(recording.sid).delete()
    assert requests.get(f"{address}.wav", auth=(ACCOUNT, TOKEN), timeout=10).status_code == 404
    refused(404, 20404, lambda: client.recordings(recording.sid).fetch())


def test_the_numbers_addresses_can_be_set(
    app: Application, carrier: SimulatedCarrier, client: Client
) -> None:
    number = client.incoming_phone_numbers.list(phone_number=LINE)[0]
    client.incoming_phone_numbers(number.sid).update(voice_url=f"{app.url}/elsewhere")
    app.replies["/elsewhere"] = "<Say>Otra</Say>"
    assert carrier.dial(OWNER, LINE).wait().heard == "Otra"
    refused(400, 21502, lambda: client.incoming_phone_numbers(number.sid).update(voice_url="nada"))


def test_the_account_is_active(client: Client) -> None:
    assert client.api.accounts(ACCOUNT).fetch().status == "active"


def test_a_text_can_be_read_emptied_and_forgotten(carrier: SimulatedCarrier, client: Client) -> None:
    sent = client.messages.create(to=OWNER, from_=MOBILE, body="Su visita")
    carrier.settle()
    text = client.messages(sent.sid)
    assert text.fetch().body == "Su visita"
    assert text.update(body="").body == ""
    refused(400, 30409, lambda: text.update(status="canceled"))
    assert text.delete()
    refused(404, 20404, text.fetch)


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"label": "ana"}, 16025), ({"to": "nadie"}, 21211), ({"from_": OWNER}, 21210), ({"timeout": 4}, 20001)],
)
def test_a_participant_that_cannot_be_added(
    client: Client, meeting: tuple[CallHandle, CallHandle], changes: dict[str, object], code: int
) -> None:
    asked = {"to": "+56987650009", "from_": MOBILE} | changes
    refused(400, code, lambda: client.conferences.list()[0].participants.create(**asked))


def test_a_conference_that_is_over_takes_nobody(
    client: Client, meeting: tuple[CallHandle, CallHandle]
) -> None:
    conference = client.conferences.list()[0]
    conference.update(status="completed")
    refused(400, 16022, lambda: conference.participants.create(to=OWNER, from_=MOBILE))
    refused(400, 20001, lambda: conference.update(status="completed"))
