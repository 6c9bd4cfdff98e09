"""Which REST requests the oracle lets pass, which it refuses, and for which reason."""

import pytest

from tests.carrier.oracle import CarrierRefuses, check_rest

ACCOUNT = "/2010-04-01/Accounts/AC" + "0a" * 16
CALL = "CA" + "0b" * 16
QUEUE = "QU" + "0c" * 16
CONFERENCE = "CF" + "0d" * 16
RECORDING = "RE" + "0e" * 16
LINE, OWNER = "+56600422727", "+56911112222"
URL = "https://linea.cl/voice/works"
DIAL = [("To", OWNER), ("From", LINE), ("Url", URL)]
TEXT = [("To", OWNER), ("From", "+56988894612"), ("Body", "Su visita es mañana.")]
DETECTION = [
    ("MachineDetection", "DetectMessageEnd"),
    ("AsyncAmd", "true"),
    ("AsyncAmdStatusCallback", f"{URL}#rc=5&rp=5xx,ct,rt"),
]


def events(*names: str) -> list[tuple[str, str]]:
    return [("StatusCallbackEvent", name) for name in names]


@pytest.mark.parametrize(
    ("method", "path", "params"),
    [
        pytest.param("POST", "/Calls.json", DIAL, id="a call"),
        pytest.param("POST", "/Calls.json", DIAL + DETECTION, id="a call with a machine's detection"),
        pytest.param(
            "POST",
            "/Calls.json",
            [*DIAL, ("StatusCallback", URL), *events("initiated", "ringing", "answered", "completed")],
            id="a call whose progress is told, one key per event",
        ),
        pytest.param("POST", "/Calls.json", [*DIAL, ("Timeout", "20"), ("TimeLimit", "3600")], id="limits"),
        pytest.param(
            "POST",
            "/Calls.json",
            [("To", "sip:ana@linea.cl"), ("From", LINE), ("Twiml", "<Response><Hangup/></Response>")],
            id="a call to an agent's SIP telephone with an inline document",
        ),
        pytest.param("GET", "/Calls.json?To=%2B56911112222&PageSize=20", [], id="calls to a number"),
        pytest.param("GET", "/Calls.json", [("StartTime>", "2026-03-02T12:00:00Z")], id="calls since noon"),
        pytest.param("GET", f"/Calls/{CALL}.json", [], id="one call"),
        pytest.param("POST", f"/Calls/{CALL}.json", [("Status", "completed")], id="the end of a call"),
        pytest.param(
            "POST", f"/Calls/{CALL}.json", [("Url", URL), ("Method", "POST")], id="another document"
        ),
        pytest.param("POST", "/Messages.json", TEXT, id="a text"),
        pytest.param("POST", "/Messages.json", [*TEXT, ("StatusCallback", URL)], id="a text with news"),
        pytest.param(
            "GET", "/Messages.json", [("To", OWNER), ("DateSent", "2026-03-02")], id="texts of a day"
        ),
        pytest.param(
            "POST", "/Queues.json", [("FriendlyName", "atencion"), ("MaxSize", "100")], id="a queue"
        ),
        pytest.param("GET", f"/Queues/{QUEUE}/Members.json", [], id="who waits"),
        pytest.param("POST", f"/Queues/{QUEUE}/Members/{CALL}.json", [("Url", URL)], id="a caller dequeued"),
        pytest.param("POST", f"/Queues/{QUEUE}/Members/Front.json", [("Url", URL)], id="the first dequeued"),
        pytest.param("GET", "/Conferences.json", [("FriendlyName", "caso-1")], id="a conference by its name"),
        pytest.param("POST", f"/Conferences/{CONFERENCE}.json", [("Status", "completed")], id="its end"),
        pytest.param(
            "POST",
            "/Conferences/caso-1/Participants.json",
            [("From", LINE), ("To", OWNER), ("Timeout", "20"), ("Label", "experto"), ("Muted", "false")],
            id="a participant by the conference's name",
        ),
        pytest.param(
            "POST", f"/Conferences/{CONFERENCE}/Participants/{CALL}.json", [("Hold", "true")], id="a hold"
        ),
        pytest.param(
            "DELETE", f"/Conferences/{CONFERENCE}/Participants/ana.json", [], id="a participant out"
        ),
        pytest.param("GET", f"/Calls/{CALL}/Recordings.json", [], id="a call's recordings"),
        pytest.param("GET", f"/Recordings/{RECORDING}.json", [], id="a recording's data"),
        pytest.param("GET", f"/Recordings/{RECORDING}.wav", [], id="a recording's sound"),
        pytest.param("DELETE", f"/Recordings/{RECORDING}.json", [], id="a recording deleted"),
        pytest.param("GET", "/IncomingPhoneNumbers.json", [("PhoneNumber", "+56800422727")], id="a number"),
        pytest.param(
            "POST", f"/IncomingPhoneNumbers/PN{'0f' * 16}.json", [("VoiceUrl", URL)], id="a number's address"
        ),
        pytest.param("GET", ".json", [], id="the account itself"),
    ],
)
def test_the_api_accepts(method: str, path: str, params: list[tuple[str, str]]) -> None:
    check_rest(method, ACCOUNT + path, params)


@pytest.mark.parametrize(
    ("method", "path", "params", "reason"),
    [
        pytest.param("PUT", "/Calls.json", DIAL, "no request of the API", id="another method"),
        pytest.param("POST", "/Call.json", DIAL, "no request of the API", id="another path"),
        pytest.param("POST", "/Calls", DIAL, "no request of the API", id="a path without its ending"),
        pytest.param("GET", "/Calls/CA1.json", [], "does not fit", id="a short call SID"),
        pytest.param("GET", f"/Calls/{QUEUE}.json", [], "does not fit", id="a queue's SID for a call's"),
        pytest.param("POST", "/Calls.json", DIAL[1:], "needs To", id="a call to nobody"),
        pytest.param("POST", "/Calls.json", DIAL[:2], "exactly one of", id="a call without a document"),
        pytest.param(
            "POST",
            "/Calls.json",
            [*DIAL, ("Twiml", "<Response/>")],
            "exactly one of",
            id="a call with two documents",
        ),
        pytest.param("POST", "/Calls.json", [*DIAL, ("to", OWNER)], "no parameter 'to'", id="a small letter"),
        pytest.param("POST", "/Calls.json", [*DIAL, ("To", OWNER)], "more than once", id="two callees"),
        pytest.param(
            "POST", "/Calls.json", [("To", "911112222"), *DIAL[1:]], "E.164", id="a national number"
        ),
        pytest.param(
            "POST", "/Calls.json", [*DIAL[:2], ("Url", "/voice")], "absolute", id="a relative address"
        ),
        pytest.param(
            "POST", "/Calls.json", [*DIAL[:2], ("Url", f"{URL}#rc=9")], "outside 0..5", id="too many retries"
        ),
        pytest.param("POST", "/Calls.json", DIAL + events("busy"), "StatusCallbackEvent", id="no such event"),
        pytest.param(
            "POST",
            "/Calls.json",
            DIAL + events("ringing answered"),
            "StatusCallbackEvent",
            id="two events in one",
        ),
        pytest.param("POST", "/Calls.json", [*DIAL, ("Timeout", "601")], "outside 1..600", id="a long ring"),
        pytest.param("POST", "/Calls.json", [*DIAL, ("Timeout", "20s")], "no whole number", id="a unit"),
        pytest.param(
            "POST", "/Calls.json", [*DIAL, ("Record", "True")], "neither true", id="a capital truth"
        ),
        pytest.param("POST", "/Calls.json", [*DIAL, ("StatusCallbackMethod", "PUT")], "not one of", id="PUT"),
        pytest.param("POST", "/Calls.json", [*DIAL, DETECTION[1]], "detects nothing", id="AMD switched off"),
        pytest.param("POST", "/Calls.json", DIAL + DETECTION[:2], "tells nobody", id="AMD without address"),
        pytest.param(
            "POST",
            "/Calls.json",
            [*DIAL, DETECTION[0], ("SendDigits", "1")],
            "ignore MachineDetection",
            id="AMD with digits",
        ),
        pytest.param(
            "POST",
            "/Calls.json",
            [*DIAL, ("MachineDetection", "true")],
            "does not fit",
            id="no such detection",
        ),
        pytest.param(
            "POST",
            "/Calls.json",
            [*DIAL, ("MachineDetectionTimeout", "2")],
            "outside 3..60",
            id="a detection of two seconds",
        ),
        pytest.param("POST", "/Calls.json", [*DIAL, ("SendDigits", "1" * 33)], "SendDigits", id="33 digits"),
        pytest.param(
            "POST",
            "/Calls.json",
            [*DIAL[:2], ("Twiml", "<Response><Redirect>/a</Redirect></Response>")],
            "absolute",
            id="an inline document that leads nowhere",
        ),
        pytest.param("GET", "/Calls.json", [("Status", "initiated")], "not one of", id="a status REST lacks"),
        pytest.param("GET", "/Calls.json", [("PageSize", "1001")], "outside 1..1000", id="a page too long"),
        pytest.param("GET", "/Calls.json", [("StartTime", "ayer")], "no date", id="yesterday in words"),
        pytest.param("POST", f"/Calls/{CALL}.json", [], "changes nothing", id="an empty update"),
        pytest.param(
            "POST", f"/Calls/{CALL}.json", [("Status", "busy")], "not one of", id="a status not to set"
        ),
        pytest.param(
            "POST",
            f"/Calls/{CALL}.json",
            [("Url", URL), ("Twiml", "<Response/>")],
            "not both",
            id="an update to two documents",
        ),
        pytest.param("POST", "/Messages.json", TEXT[:2], "nothing to say", id="an empty text"),
        pytest.param("POST", "/Messages.json", TEXT[::2], "needs From", id="a text from nobody"),
        pytest.param(
            "POST", "/Messages.json", [*TEXT[:2], ("Body", "a" * 1601)], "at most 1600", id="too long a text"
        ),
        pytest.param(
            "POST",
            "/Messages.json",
            [*TEXT, ("StatusCallback", f"https://linea.cl/{'a' * 4000}")],
            "21609",
            id="too long an address for news",
        ),
        pytest.param(
            "POST", "/Messages.json", [*TEXT, ("ValidityPeriod", "36001")], "outside 1..36000", id="11 hours"
        ),
        pytest.param("POST", "/Queues.json", [("FriendlyName", "q" * 65)], "does not fit", id="a long name"),
        pytest.param(
            "POST", f"/Queues/{QUEUE}/Members/{CALL}.json", [], "needs Url", id="dequeued to nowhere"
        ),
        pytest.param(
            "POST",
            f"/Queues/{QUEUE}/Members/Last.json",
            [("Url", URL)],
            "does not fit",
            id="the last dequeued",
        ),
        pytest.param(
            "POST",
            "/Conferences/caso-1/Participants.json",
            [("From", LINE), ("To", OWNER), ("Timeout", "4")],
            "outside 5..600",
            id="a participant rung for four seconds",
        ),
    ],
)
def test_the_api_refuses(method: str, path: str, params: list[tuple[str, str]], reason: str) -> None:
    with pytest.raises(CarrierRefuses) as refusal:
        check_rest(method, ACCOUNT + path, params)
    assert reason in str(refusal.value)


def test_a_request_may_be_given_as_the_python_library_builds_it() -> None:
    request = check_rest(
        "POST",
        f"https://api.twilio.com{ACCOUNT}/Calls.json",
        {
            "To": OWNER,
            "From": LINE,
            "Url": URL,
            "Record": True,
            "StatusCallbackEvent": ["ringing", "answered"],
        },
    )
    assert request.operation == "CreateCall"
    assert request.get("Record") == "true"
    assert request.all("StatusCallbackEvent") == ["ringing", "answered"]


def test_a_request_tells_the_variable_segments_of_its_path_unescaped() -> None:
    request = check_rest(
        "POST", f"{ACCOUNT}/Conferences/caso%201/Participants.json", [("From", LINE), ("To", OWNER)]
    )
    assert request.segments["ConferenceSid"] == "caso 1"
