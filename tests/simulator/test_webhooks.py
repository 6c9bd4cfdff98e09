"""How the carrier asks: retries, fallback, redirects, cookies (webhooks-connection-overrides page)."""

import time
from collections.abc import Callable

import pytest
from flask import Response, make_response, redirect

from ivr.simulator.carrier import CallRecord, SimulatedCarrier
from ivr.simulator.document import DocumentError
from ivr.simulator.faults import WebhookFault
from ivr.simulator.webhooks import Overrides
from tests.simulator.conftest import OWNER, Application, document

Call = Callable[..., CallRecord]


def failing(times: int, then: str, status: int = 500) -> Callable[[dict[str, str]], str | Response]:
    """A view that fails so often before it answers."""
    left = [None] * times

    def reply(_form: dict[str, str]) -> str | Response:
        if left:
            left.pop()
            return Response(status=status)
        return then

    return reply


def test_the_first_request_rings_and_the_next_is_in_progress(app: Application, call: Call) -> None:
    """ "First inbound request: ringing"."""
    app.replies |= {"/voice/inbound": "<Say>a</Say><Redirect>/next</Redirect>", "/next": ""}
    call()
    first, second = app.forms("/voice/inbound")[0], app.forms("/next")[0]
    assert (first["CallStatus"], second["CallStatus"]) == ("ringing", "in-progress")
    assert first["From"] == first["Caller"] == OWNER
    assert (first["Direction"], first["ApiVersion"], first["FromCountry"]) == ("inbound", "2010-04-01", "CL")
    assert first["CallSid"].startswith("CA")
    assert len(first["CallSid"]) == 34


def test_the_end_of_a_call_is_reported_to_the_number(app: Application, call: Call) -> None:
    app.replies["/voice/inbound"] = "<Say>Hola</Say><Pause length='61'/>"
    call()
    form = app.forms("/voice/status")[0]
    assert (form["CallStatus"], form["CallDuration"], form["SequenceNumber"]) == ("completed", "61", "0")
    assert form["Timestamp"].endswith("+0000")


def test_a_server_error_goes_straight_to_the_fallback(app: Application, call: Call) -> None:
    """ "With the defaults there is one retry, only on TCP connect/TLS failure; a 5xx goes straight to the
    fallback" with ErrorCode and ErrorUrl."""
    app.replies |= {"/voice/inbound": failing(9, ""), "/voice/fallback": "<Say>Disculpe</Say>"}
    assert call().heard == "Disculpe"
    assert len(app.forms("/voice/inbound")) == 1
    form = app.forms("/voice/fallback")[0]
    assert (form["ErrorCode"], form["ErrorUrl"]) == ("11200", f"{app.url}/voice/inbound")


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("<Say>sin cerrar", 12100),
        ("<Nada/>", 12200),
        (Response("ok", content_type="application/json"), 12300),
        (Response(b"", content_type="text/xml"), 11770),
    ],
)
def test_a_bad_document_leads_to_the_fallback_and_to_the_log(
    app: Application, carrier: SimulatedCarrier, call: Call, reply: str | Response, code: int
) -> None:
    app.replies |= {"/voice/inbound": reply, "/voice/fallback": "<Say>Disculpe</Say>"}
    assert call().heard == "Disculpe"
    assert app.forms("/voice/fallback")[0]["ErrorCode"] == str(code)
    assert [alert.code for alert in carrier.alerts] == [code]


def test_a_fallback_that_fails_too_ends_the_call(
    app: Application, carrier: SimulatedCarrier, call: Call
) -> None:
    app.replies |= {"/voice/inbound": failing(1, ""), "/voice/fallback": failing(1, "")}
    assert call().status == "completed"
    assert [alert.code for alert in carrier.alerts] == [11200, 11200]


def test_the_fragment_asks_for_retries_with_one_token(app: Application, call: Call) -> None:
    """ "https://h/voice?x=1#rc=2&rp=5xx,ct,rt"; a retry repeats the idempotency token."""
    app.replies |= {
        "/voice/inbound": "<Redirect>/slow#rc=2&amp;rp=5xx</Redirect>",
        "/slow": failing(2, "<Say>Por fin</Say>"),
    }
    assert call().heard == "Por fin"
    tokens = [h["I-Twilio-Idempotency-Token"] for h in app.headers]
    assert tokens[1] == tokens[2] == tokens[3] != tokens[0]


def test_retries_end_after_their_count_and_only_for_their_cause(app: Application, call: Call) -> None:
    app.replies |= {
        "/voice/inbound": "<Redirect>/a#rc=1&amp;rp=5xx</Redirect>",
        "/a": failing(9, ""),
        "/b": failing(9, "", status=404),
        "/voice/fallback": "",
    }
    call()
    app.replies["/voice/inbound"] = "<Redirect>/b#rc=5&amp;rp=5xx</Redirect>"
    call()
    assert (len(app.forms("/a")), len(app.forms("/b"))) == (2, 1)


def test_a_slow_answer_is_given_up_after_the_read_time_out(app: Application, call: Call) -> None:
    def slow(_form: dict[str, str]) -> str:
        time.sleep(0.4)
        return "<Say>Tarde</Say>"

    app.replies |= {
        "/voice/inbound": "<Redirect>/slow#rt=100</Redirect>",
        "/slow": slow,
        "/voice/fallback": "<Say>Disculpe</Say>",
    }
    assert call().heard == "Disculpe"


@pytest.mark.parametrize("fragment", ["rc=6", "ct=99", "rt=15001", "rp=sometimes", "zz=1"])
def test_overrides_outside_of_the_table_are_refused(fragment: str) -> None:
    with pytest.raises(DocumentError, match="11100"):
        Overrides.of(f"https://h/voice#{fragment}")


def test_redirects_are_followed_up_to_ten_times(app: Application, call: Call) -> None:
    """ "follows up to 10 redirects (11215)"."""
    app.replies |= {
        "/voice/inbound": lambda _form: redirect("/other?a=1"),
        "/other": "<Say>Aquí</Say>",
    }
    assert call().heard == "Aquí"
    app.replies |= {
        "/other": lambda _form: redirect("/other?a=1"),
        "/voice/fallback": "<Say>Disculpe</Say>",
    }
    assert call().heard == "Disculpe"
    assert app.forms("/voice/fallback")[0]["ErrorCode"] == "11215"


def test_cookies_are_kept_for_one_call_only(app: Application, call: Call) -> None:
    def set_cookie(_form: dict[str, str]) -> Response:
        answer = make_response(document("<Redirect>/next</Redirect>"))
        answer.set_cookie("seen", "yes")
        return answer

    app.replies |= {"/voice/inbound": set_cookie, "/next": ""}
    call()
    call()
    cookies = [
        headers.get("Cookie")
        for (path, _), headers in zip(app.asked, app.headers, strict=True)
        if path != "/voice/status"
    ]
    assert cookies == [None, "seen=yes", None, "seen=yes"]


def test_plain_text_is_read_aloud_and_audio_is_played(app: Application, call: Call) -> None:
    app.replies["/voice/inbound"] = Response("Hola", content_type="text/plain")
    assert call().heard == "Hola"
    app.replies["/voice/inbound"] = Response(
        "<Response><Say>Leído</Say></Response>", content_type="text/plain"
    )
    assert call().heard == "Leído"
    app.replies["/voice/inbound"] = Response(b"\0" * 100, content_type="audio/mpeg")
    assert call().heard.endswith("/voice/inbound")


def test_a_webhook_delivered_twice_counts_once(
    app: Application, carrier: SimulatedCarrier, call: Call
) -> None:
    app.replies["/voice/inbound"] = "<Gather numDigits='1' action='/one'/>"
    app.replies["/one"] = "<Say>Uno</Say>"
    carrier.faults.next_webhook(WebhookFault.TWICE, match="/one")
    assert call("1").heard == "Uno"
    first, second = app.forms("/one")
    assert first == second


def test_a_lost_reply_is_asked_for_again_if_the_url_says_so(
    app: Application, carrier: SimulatedCarrier, call: Call
) -> None:
    app.replies |= {"/voice/inbound": "<Redirect>/a#rc=1&amp;rp=rt</Redirect>", "/a": "<Say>Uno</Say>"}
    carrier.faults.next_webhook(WebhookFault.LOST_REPLY, match="/a")
    assert call().heard == "Uno"
    assert len(app.forms("/a")) == 2


def test_one_retry_of_a_connection_that_fails_is_the_default(
    app: Application, carrier: SimulatedCarrier, call: Call
) -> None:
    app.replies["/voice/inbound"] = "<Say>Uno</Say>"
    carrier.faults.next_webhook(WebhookFault.UNREACHABLE, match="/voice/inbound")
    assert call().heard == "Uno"


def test_late_news_come_when_they_are_released(
    app: Application, carrier: SimulatedCarrier, call: Call
) -> None:
    app.replies["/voice/inbound"] = ""
    carrier.faults.next_webhook(WebhookFault.LATE, match="/voice/status")
    call()
    assert not app.forms("/voice/status")
    assert carrier.faults.release() == 1
    carrier.do(lambda: None)
    carrier.settle()
    assert len(app.forms("/voice/status")) == 1


def test_a_document_that_redirects_for_ever_is_cut_off(
    app: Application, carrier: SimulatedCarrier, call: Call
) -> None:
    app.replies |= {"/voice/inbound": "<Redirect/>", "/voice/fallback": "<Say>Disculpe</Say>"}
    call()
    assert "say and ask nothing" in carrier.alerts[0].message
