"""The REST API for calls, through the carrier's own Python client."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from ivr.simulator.carrier import CallHandle, SimulatedCarrier
from ivr.simulator.faults import RestFault, WebhookFault
from ivr.simulator.telephones import Reply, ScriptedTelephone
from tests.simulator.conftest import ACCOUNT, LINE, MOBILE, OWNER, TOKEN, Application

EVENTS = ["initiated", "ringing", "answered", "completed"]


@pytest.fixture
def place(app: Application, carrier: SimulatedCarrier, client: Client) -> Callable[..., CallHandle]:
    """Call the owner and hand back the call."""

    def place(**options: object) -> CallHandle:
        news = {"status_callback": f"{app.url}/news", "status_callback_event": EVENTS}
        client.calls.create(to=OWNER, from_=LINE, **{"url": f"{app.url}/out", **news, **options})
        return carrier.calls_to(OWNER)[-1]

    return place


def refused(status: int, code: int, act: Callable[[], object]) -> None:
    with pytest.raises(TwilioRestException) as refusal:
        act()
    assert (refusal.value.status, refusal.value.code) == (status, code)


def test_a_placed_call_is_queued_then_rings_then_hears_its_document(
    app: Application, carrier: SimulatedCarrier, client: Client, place: Callable[..., CallHandle]
) -> None:
    app.replies["/out"] = "<Say>Le llamamos</Say>"
    carrier.connect(ScriptedTelephone(OWNER))
    handle = place()
    assert handle.wait().heard == "Le llamamos"
    form = app.forms("/out")[0]
    assert (form["Direction"], form["CallStatus"], form["To"]) == ("outbound-api", "in-progress", OWNER)
    assert [one["CallStatus"] for one in app.forms("/news")] == [
        "initiated",
        "ringing",
        "in-progress",
        "completed",
    ]
    shown = client.calls(handle.sid).fetch()
    assert (shown.status, shown.duration, shown.direction) == ("completed", "1", "outbound-api")
    assert shown.start_time is not None
    assert shown.end_time >= shown.start_time


@pytest.mark.parametrize(
    ("reply", "status"), [(None, "no-answer"), (Reply.BUSY, "busy"), (Reply.UNREACHABLE, "failed")]
)
def test_the_completed_event_fires_for_any_end(
    app: Application,
    carrier: SimulatedCarrier,
    place: Callable[..., CallHandle],
    reply: Reply | None,
    status: str,
) -> None:
    carrier.connect(ScriptedTelephone(OWNER, reply=reply))
    assert place().wait().status == status
    news = app.forms("/news")
    assert [one["CallStatus"] for one in news] == ["initiated", "ringing", status]
    assert "CallDuration" not in news[-1]
    assert not app.forms("/out")


def test_a_telephone_in_a_call_is_busy(
    app: Application, carrier: SimulatedCarrier, place: Callable[..., CallHandle]
) -> None:
    app.replies["/out"] = "<Dial><Conference>a</Conference></Dial>"
    carrier.connect(ScriptedTelephone(OWNER))
    first = place()
    first.wait_for("answered")
    assert place().wait().status == "busy"
    first.hang_up()
    first.wait()


def test_a_live_call_can_be_moved_and_ended(
    app: Application, carrier: SimulatedCarrier, client: Client, place: Callable[..., CallHandle]
) -> None:
    app.replies |= {"/out": "<Dial><Conference>a</Conference></Dial>", "/moved": "<Say>Otra cosa</Say>"}
    carrier.connect(ScriptedTelephone(OWNER))
    first = place()
    first.wait_for("answered")
    client.calls(first.sid).update(url=f"{app.url}/moved")
    assert first.wait().heard == "Otra cosa"
    second = place()
    second.wait_for("answered")
    client.calls(second.sid).update(status="completed")
    assert second.wait().ended_by == "carrier"
    refused(400, 21220, lambda: client.calls(second.sid).update(status="completed"))
    refused(400, 21220, lambda: client.calls(second.sid).update(url=f"{app.url}/moved"))


def test_a_call_that_waits_for_its_turn_can_be_canceled_without_news(
    app: Application, carrier: SimulatedCarrier, client: Client, place: Callable[..., CallHandle]
) -> None:
    """ "Canceled while queued: no callback at all"."""
    carrier.exchange.calls_per_second = 0.01
    place()
    second = place()
    client.calls(second.sid).update(status="canceled")
    assert second.wait().status == "canceled"
    assert second.sid not in {form["CallSid"] for form in app.forms("/news")}


def test_twiml_can_stand_in_the_request(carrier: SimulatedCarrier, place: Callable[..., CallHandle]) -> None:
    carrier.connect(ScriptedTelephone(OWNER))
    handle = place(url=None, twiml="<Response><Say>Directo</Say></Response>")
    assert handle.wait().heard == "Directo"


def test_a_relative_action_in_a_twiml_parameter_fails(
    app: Application, carrier: SimulatedCarrier, place: Callable[..., CallHandle]
) -> None:
    carrier.connect(ScriptedTelephone(OWNER, keys=["1"]))
    app.replies["/sorry"] = "<Say>Disculpe</Say>"
    twiml = "<Response><Gather numDigits='1' action='/a'/></Response>"
    assert place(url=None, twiml=twiml, fallback_url=f"{app.url}/sorry").wait().heard == "Disculpe"
    assert app.forms("/sorry")[0]["ErrorCode"] == "11100"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": "911112222"}, 21211),
        ({"To": ""}, 21201),
        ({"From": "LINE"}, 21212),
        ({"From": "+56911112222"}, 21210),
        ({"From": ""}, 21213),
        ({"Url": "/relative"}, 21205),
        ({"Url": "http://under_score/a"}, 21205),
        ({"Url": ""}, 21205),
        ({"Method": "PUT"}, 20001),
        ({"StatusCallbackEvent": "hung-up"}, 20001),
        ({"Timeout": "601"}, 20001),
        ({"MachineDetection": "Yes"}, 20001),
        ({"Nonsense": "1"}, 20001),
        ({"Url": ["http://h/a", "http://h/b"]}, 20001),
        ({"Url": None, "Twiml": "<Response>" + " " * 4000 + "</Response>"}, 32018),
    ],
)
def test_ill_formed_requests_are_refused(
    app: Application, carrier: SimulatedCarrier, changes: dict[str, object], code: int
) -> None:
    form = {"To": OWNER, "From": LINE, "Url": f"{app.url}/out"} | changes
    address = f"{app.url}/carrier/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    answer = requests.post(address, data=form, auth=(ACCOUNT, TOKEN), timeout=10)
    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert set(answer.json()) == {"code", "message", "more_info", "status"}


def test_without_the_accounts_credentials_nothing_is_shown(
    app: Application, carrier: SimulatedCarrier
) -> None:
    address = f"{app.url}/carrier/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    for auth in (None, (ACCOUNT, "wrong"), ("AC" + "0" * 32, TOKEN)):
        answer = requests.get(address, auth=auth, timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_an_unknown_call_is_not_found(client: Client) -> None:
    refused(404, 20404, lambda: client.calls("CA" + "0" * 32).fetch())


def test_calls_are_listed_newest_first_by_filters_and_in_pages(
    carrier: SimulatedCarrier, client: Client, place: Callable[..., CallHandle]
) -> None:
    carrier.connect(ScriptedTelephone(OWNER, reply=Reply.BUSY))
    sids = [place().wait().sid for _ in range(3)]
    client.calls.create(to="+56911118888", from_=MOBILE, url="http://h/a")
    assert [call.sid for call in client.calls.list(to=OWNER, page_size=2)] == sids[::-1]
    assert [call.sid for call in client.calls.list(from_=MOBILE)] != []
    assert len(client.calls.list(to=OWNER, status="busy")) == 3
    assert client.calls.list(to=OWNER, status="completed") == []
    hour = timedelta(hours=1)
    assert len(client.calls.list(to=OWNER, start_time_after=carrier.now() - hour)) == 3
    assert client.calls.list(to=OWNER, start_time_before=carrier.now() - hour) == []
    assert len(client.calls.list(to=OWNER, start_time=carrier.now().date())) == 3


@pytest.mark.parametrize(
    ("answered_by", "mode", "verdict"),
    [
        ("human", "DetectMessageEnd", "human"),
        ("machine_end_beep", "DetectMessageEnd", "machine_end_beep"),
        ("machine_end_beep", "Enable", "machine_start"),
    ],
)
def test_detection_beside_the_greeting_tells_its_verdict(
    app: Application,
    carrier: SimulatedCarrier,
    client: Client,
    place: Callable[..., CallHandle],
    answered_by: str,
    mode: str,
    verdict: str,
) -> None:
    """A person hears us at once; "Async: Url at once, verdict to the callback"."""

    def judged(form: dict[str, str]) -> str:
        if form["AnsweredBy"].startswith("machine"):
            client.calls(form["CallSid"]).update(url=f"{app.url}/machine")
        return ""

    app.replies |= {
        "/out": "<Gather numDigits='1' action='/key'><Say>Soy la línea</Say></Gather><Say>Adiós</Say>",
        "/verdict": judged,
        "/machine": "<Say>Recado</Say>",
        "/key": "<Say>Uno</Say>",
    }
    carrier.connect(
        ScriptedTelephone(OWNER, answered_by=answered_by, keys=["1" if verdict == "human" else ""])
    )
    handle = place(machine_detection=mode, async_amd="true", async_amd_status_callback=f"{app.url}/verdict")
    expected = "Soy la línea Uno" if verdict == "human" else "Soy la línea Recado"
    assert handle.wait().heard == expected
    assert app.forms("/verdict")[0]["AnsweredBy"] == verdict
    assert "AnsweredBy" not in app.forms("/out")[0]
    assert client.calls(handle.sid).fetch().answered_by == verdict


def test_detection_before_the_greeting_is_a_parameter_of_the_url(
    app: Application, carrier: SimulatedCarrier, place: Callable[..., CallHandle]
) -> None:
    app.replies["/out"] = ""
    carrier.connect(ScriptedTelephone(OWNER, answered_by="fax"))
    place(machine_detection="Enable").wait()
    assert app.forms("/out")[0]["AnsweredBy"] == "fax"


def test_a_reply_that_is_lost_has_been_obeyed(
    app: Application, carrier: SimulatedCarrier, client: Client
) -> None:
    carrier.faults.next_rest(RestFault.LOST_REPLY, match="/Calls.json")
    with pytest.raises(requests.exceptions.RequestException):
        client.calls.create(to=OWNER, from_=LINE, url=f"{app.url}/out")
    assert len(client.calls.list(to=OWNER)) == 1


@pytest.mark.parametrize(
    ("fault", "status"),
    [(RestFault.TOO_MANY_REQUESTS, 429), (RestFault.SERVER_ERROR, 500), (RestFault.TIME_OUT, 504)],
)
def test_a_request_that_fails_has_done_nothing(
    app: Application, carrier: SimulatedCarrier, client: Client, fault: RestFault, status: int
) -> None:
    carrier.faults.next_rest(fault, seconds=0)
    with pytest.raises(TwilioRestException) as failure:
        client.calls.create(to=OWNER, from_=LINE, url=f"{app.url}/out")
    assert failure.value.status == status
    assert client.calls.list(to=OWNER) == []


def test_news_can_come_in_the_wrong_order(
    app: Application, carrier: SimulatedCarrier, place: Callable[..., CallHandle]
) -> None:
    """ "Order of arrival is NOT guaranteed: sort by SequenceNumber"."""
    app.replies["/out"] = ""
    carrier.connect(ScriptedTelephone(OWNER))
    carrier.faults.next_webhook(WebhookFault.OUT_OF_ORDER, match="/news")
    place().wait()
    assert [form["SequenceNumber"] for form in app.forms("/news")] == ["1", "0", "2", "3"]


def test_a_call_can_be_recorded_from_its_answer(
    app: Application, carrier: SimulatedCarrier, place: Callable[..., CallHandle]
) -> None:
    app.replies |= {"/out": "<Say>Hola</Say>", "/tape": ""}
    carrier.connect(ScriptedTelephone(OWNER))
    place(record=True, recording_status_callback=f"{app.url}/tape").wait()
    form = app.forms("/tape")[0]
    assert (form["RecordingSource"], form["RecordingStatus"]) == ("OutboundAPI", "completed")


def test_a_live_call_can_be_given_other_addresses(
    app: Application, carrier: SimulatedCarrier, client: Client, place: Callable[..., CallHandle]
) -> None:
    app.replies |= {
        "/out": "<Dial><Conference>a</Conference></Dial>",
        "/later": "",
        "/sorry": "<Say>Disculpe</Say>",
    }
    carrier.connect(ScriptedTelephone(OWNER))
    call = place()
    call.wait_for("answered")
    client.calls(call.sid).update(status_callback=f"{app.url}/later", fallback_url=f"{app.url}/sorry")
    client.calls(call.sid).update(url=f"{app.url}/missing")
    assert call.wait().heard == "Disculpe"
    assert app.forms("/later")[0]["CallStatus"] == "completed"
    refused(400, 21220, lambda: client.calls(call.sid).update(status="canceled"))


def test_url_wins_over_twiml_and_the_log_says_so(
    app: Application, carrier: SimulatedCarrier, place: Callable[..., CallHandle]
) -> None:
    app.replies["/out"] = "<Say>De la dirección</Say>"
    carrier.connect(ScriptedTelephone(OWNER))
    assert place(twiml="<Response/>").wait().heard == "De la dirección"
    assert carrier.alerts[0].code == 32019


def test_an_update_names_one_document_only(
    app: Application, carrier: SimulatedCarrier, client: Client, place: Callable[..., CallHandle]
) -> None:
    app.replies["/out"] = "<Dial><Conference>a</Conference></Dial>"
    carrier.connect(ScriptedTelephone(OWNER))
    call = place()
    call.wait_for("answered")
    refused(400, 20001, lambda: client.calls(call.sid).update(url=f"{app.url}/a", twiml="<Response/>"))
    refused(400, 20001, lambda: client.calls(call.sid).update())
    refused(400, 12200, lambda: client.calls(call.sid).update(twiml="<Response><Nada/></Response>"))
    call.hang_up()
