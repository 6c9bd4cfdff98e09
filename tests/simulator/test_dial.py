"""Dial with Number, Client and Sip: child legs (twilio.com/docs/voice/twiml/dial and /number)."""

from collections.abc import Callable

import pytest

from ivr.simulator.carrier import CallHandle, CallRecord, SimulatedCarrier
from ivr.simulator.telephones import Reply, ScriptedTelephone
from tests.simulator.conftest import AGENT, LINE, OWNER, Application

Call = Callable[..., CallRecord]
Dial = Callable[..., CallHandle]
SECOND = "+56987650002"


def dialling(app: Application, inside: str, attributes: str = "") -> None:
    app.replies |= {
        "/voice/inbound": f"<Dial action='/over' {attributes}>{inside}</Dial><Say>Detrás</Say>",
        "/over": lambda form: f"<Say>{form['DialCallStatus']}</Say>",
    }


@pytest.mark.parametrize(
    ("reply", "status"),
    [(None, "no-answer"), (Reply.BUSY, "busy"), (Reply.UNREACHABLE, "failed")],
)
def test_why_nobody_talked(
    app: Application, carrier: SimulatedCarrier, call: Call, reply: Reply | None, status: str
) -> None:
    dialling(app, AGENT)
    carrier.connect(ScriptedTelephone(AGENT, reply=reply))
    assert call().heard == status
    form = app.forms("/over")[0]
    assert (form["DialBridged"], form["DialCallSid"][:2]) == ("false", "CA")
    assert "DialCallDuration" not in form


def test_without_an_action_the_next_verb_follows(app: Application, call: Call) -> None:
    """ "Without it: fall through to the next verb (NOT a re-request)"."""
    app.replies["/voice/inbound"] = f"<Dial>{AGENT}</Dial><Say>Detrás</Say>"
    assert call().heard == "Detrás"
    assert len(app.forms("/voice/inbound")) == 1


def test_nobody_answers_within_thirty_seconds_or_the_timeout(app: Application, call: Call) -> None:
    for attributes in ("", "timeout='12'"):
        dialling(app, AGENT, attributes)
        app.replies["/over"] = ""
        call()
    assert [form["CallDuration"] for form in app.forms("/voice/status")] == ["30", "12"]


def test_a_talk_is_completed_and_its_child_reports_its_progress(
    app: Application, carrier: SimulatedCarrier, dial: Dial
) -> None:
    events = "initiated ringing answered completed"
    dialling(app, f"<Number statusCallback='/news' statusCallbackEvent='{events}'>{AGENT}</Number>")
    carrier.connect(ScriptedTelephone(AGENT, keys=["!"]))
    handle = dial()
    assert handle.wait_for("joined")["others"] == [AGENT]
    assert handle.wait().heard == "completed"
    form = app.forms("/over")[0]
    assert (form["DialBridged"], form["DialCallDuration"]) == ("true", "1")
    news = app.forms("/news")
    assert [one["CallStatus"] for one in news] == ["initiated", "ringing", "in-progress", "completed"]
    assert [one["SequenceNumber"] for one in news] == ["0", "1", "2", "3"]
    assert {one["ParentCallSid"] for one in news} == {handle.sid}
    assert {one["CallSid"] for one in news} == {form["DialCallSid"]}
    assert news[0]["Direction"] == "outbound-dial"
    assert news[-1]["CallbackSource"] == "call-progress-events"


def test_the_caller_who_hangs_up_ends_the_other_side_and_the_action_is_told(
    app: Application, carrier: SimulatedCarrier, dial: Dial
) -> None:
    dialling(app, AGENT)
    carrier.connect(ScriptedTelephone(AGENT))
    handle = dial("!")
    assert handle.wait().ended_by == "telephone"
    carrier.settle()
    assert carrier.calls_to(AGENT)[0].record().status == "completed"
    assert app.forms("/over")[0]["CallStatus"] == "completed"


def test_of_several_numbers_the_first_to_answer_wins(
    app: Application, carrier: SimulatedCarrier, dial: Dial
) -> None:
    """ "At most 10 Number (parallel: first to answer wins)"."""
    dialling(app, f"<Number>{AGENT}</Number><Number>{SECOND}</Number>")
    carrier.connect(ScriptedTelephone(SECOND, keys=["!"]))
    assert dial().wait().heard == "completed"
    carrier.settle()
    assert carrier.calls_to(AGENT)[0].record().status == "no-answer"


def test_sequential_numbers_are_rung_one_after_another(
    app: Application, carrier: SimulatedCarrier, dial: Dial
) -> None:
    dialling(app, f"<Number>{AGENT}</Number><Number>{SECOND}</Number>", "sequential='true'")
    carrier.connect(ScriptedTelephone(AGENT, reply=Reply.BUSY))
    carrier.connect(ScriptedTelephone(SECOND, keys=["!"]))
    assert dial().wait().heard == "completed"


def test_a_whisper_is_heard_by_the_called_side_and_may_hang_up(
    app: Application, carrier: SimulatedCarrier, dial: Dial
) -> None:
    dialling(app, f"<Number url='/whisper'>{AGENT}</Number>")
    app.replies |= {
        "/whisper": "<Gather numDigits='1' action='/take'><Say>Una urgencia</Say></Gather><Hangup/>",
        "/take": "",
    }
    carrier.connect(ScriptedTelephone(AGENT, keys=["1 !", "-"]))
    handle = dial()
    handle.wait_for("joined")
    handle.wait()
    refused = dial().wait()
    assert refused.heard == "no-answer"
    assert "Una urgencia" not in refused.heard
    assert carrier.calls_to(AGENT)[1].record().heard == "Una urgencia"


def test_a_caller_id_must_be_the_lines_own_or_the_callers(
    app: Application, carrier: SimulatedCarrier, call: Call
) -> None:
    for allowed in (LINE, OWNER):
        dialling(app, AGENT, f"callerId='{allowed}'")
        assert call().heard == "no-answer"
    dialling(app, AGENT, "callerId='+56911119999'")
    assert call().heard == "failed"
    assert carrier.alerts[-1].code == 13214


def test_answer_on_bridge_leaves_the_call_ringing(
    app: Application, carrier: SimulatedCarrier, call: Call
) -> None:
    dialling(app, AGENT, "answerOnBridge='true'")
    call()
    assert app.forms("/over")[0]["CallStatus"] == "ringing"


def test_a_recorded_talk_has_its_callback(app: Application, carrier: SimulatedCarrier, dial: Dial) -> None:
    dialling(app, AGENT, "record='record-from-answer' recordingStatusCallback='/news'")
    carrier.connect(ScriptedTelephone(AGENT, keys=["!"]))
    handle = dial()
    handle.wait()
    form = app.forms("/news")[0]
    assert (form["RecordingSource"], form["RecordingStatus"]) == ("DialVerb", "completed")
    assert form["CallSid"] == handle.sid


def test_clients_and_sip_addresses_are_telephones_too(
    app: Application, carrier: SimulatedCarrier, dial: Dial
) -> None:
    dialling(app, "<Client>ana</Client><Sip>sip:ana@example.com</Sip>")
    carrier.connect(ScriptedTelephone("client:ana", keys=["!"]))
    assert dial().wait().heard == "completed"


def test_the_star_ends_the_talk_where_dial_says_so(
    app: Application, carrier: SimulatedCarrier, dial: Dial
) -> None:
    dialling(app, AGENT, "hangupOnStar='true'")
    carrier.connect(ScriptedTelephone(AGENT))
    handle = dial()
    handle.wait_for("joined")
    handle.press("*")
    assert handle.wait().heard == "completed"
