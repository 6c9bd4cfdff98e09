"""Say, Play, Pause, Redirect, Reject, Hangup and Record, by their pages under twilio.com/docs/voice/twiml."""

import io
import struct
import wave
from collections.abc import Callable

import pytest
from flask import Response

from ivr.simulator.carrier import CallHandle, CallRecord, SimulatedCarrier
from ivr.simulator.sound import examine, hum
from tests.simulator.conftest import Application

Call = Callable[..., CallRecord]


def seconds(app: Application) -> int:
    return int(app.forms("/voice/status")[-1]["CallDuration"])


def spoken_file(words: str, length: float = 2.0) -> bytes:
    """A WAV file that says in its INFO chunk which words it holds."""
    text = words.encode() + b"\0"
    text += b"\0" * (len(text) % 2)
    info = b"INFO" + b"ICMT" + struct.pack("<I", len(text)) + text
    sound = hum(length)
    return sound[:12] + b"LIST" + struct.pack("<I", len(info)) + info + sound[12:]


def test_say_takes_the_time_of_its_words_times_its_loops(app: Application, call: Call) -> None:
    app.replies["/voice/inbound"] = f"<Say>{'a' * 150}</Say>"
    call()
    app.replies["/voice/inbound"] = f"<Say loop='3'>{'a' * 150}</Say>"
    assert call().transcript == [{"who": "line", "text": "a" * 150}]
    assert [int(form["CallDuration"]) for form in app.forms("/voice/status")] == [10, 30]


def test_play_shows_the_words_that_the_file_carries(app: Application, call: Call) -> None:
    app.replies |= {
        "/voice/inbound": "<Play>/sounds/hola.wav</Play>",
        "/sounds/hola.wav": Response(spoken_file("Bienvenida, señora"), content_type="audio/wav"),
    }
    assert call().heard == "Bienvenida, señora"
    assert seconds(app) == 2
    assert app.forms("/sounds/hola.wav") == [{}]


def test_play_is_requested_once_if_its_headers_allow_to_keep_it(app: Application, call: Call) -> None:
    kept = {"Cache-Control": "public, max-age=600, immutable"}
    app.replies |= {
        "/voice/inbound": "<Play>/kept.wav</Play><Play>/fresh.wav</Play>",
        "/kept.wav": Response(hum(1), content_type="audio/wav", headers=kept),
        "/fresh.wav": Response(hum(1), content_type="audio/wav", headers={"Cache-Control": "no-cache"}),
    }
    call()
    call()
    assert (len(app.forms("/kept.wav")), len(app.forms("/fresh.wav"))) == (1, 2)


def test_play_refuses_what_is_no_sound(app: Application, carrier: SimulatedCarrier, call: Call) -> None:
    """Error 13420; in the log, and to the fallback."""
    app.replies |= {
        "/voice/inbound": "<Play>/page</Play>",
        "/page": Response("<html/>", content_type="text/html"),
        "/voice/fallback": "<Say>Disculpe</Say>",
    }
    assert call().heard == "Disculpe"
    assert carrier.alerts[0].code == 13420


def test_all_files_of_a_gather_are_requested_before_it_plays(app: Application, call: Call) -> None:
    """ "Several <Play> in one Gather are all requested before playing starts"."""
    app.replies |= {
        "/voice/inbound": "<Gather numDigits='1' action='/one'>"
        "<Play>/a.wav</Play><Play>/b.wav</Play></Gather>",
        "/a.wav": Response(hum(1), content_type="audio/wav"),
        "/b.wav": Response(hum(1), content_type="audio/wav"),
        "/one": "",
    }
    call("1", impatient=True)
    assert app.forms("/a.wav") == app.forms("/b.wav") == [{}]


def test_redirect_may_be_relative_or_get_and_ends_its_document(app: Application, call: Call) -> None:
    app.replies |= {
        "/voice/inbound": "<Redirect method='GET'>next?a=1</Redirect><Say>Nunca</Say>",
        "/voice/next": lambda form: f"<Say>{form['a']} {form['CallStatus']}</Say>",
    }
    assert call().heard == "1 ringing"


@pytest.mark.parametrize(("reason", "status"), [("rejected", "no-answer"), ("busy", "busy")])
def test_reject_as_first_verb_does_not_answer(app: Application, call: Call, reason: str, status: str) -> None:
    app.replies["/voice/inbound"] = f"<Reject reason='{reason}'/>"
    record = call()
    assert record.status == status
    assert "CallDuration" not in app.forms("/voice/status")[0]


def test_hangup_as_first_verb_answers_and_ends(app: Application, call: Call) -> None:
    app.replies["/voice/inbound"] = "<Hangup/><Say>Nunca</Say>"
    assert (call().status, call().heard) == ("completed", "")


def test_the_end_of_the_document_is_the_end_of_the_call(app: Application, call: Call) -> None:
    app.replies["/voice/inbound"] = "<Say>Adiós</Say>"
    assert call().ended_by == "line"


def test_a_caller_who_hangs_up_before_the_answer(app: Application, dial: Callable[..., CallHandle]) -> None:
    app.replies["/voice/inbound"] = "<Gather/>"
    record = dial("!").wait()
    assert (record.status, record.ended_by) == ("completed", "telephone")


@pytest.fixture
def recorder(app: Application) -> Application:
    app.replies |= {
        "/voice/inbound": "<Record action='/done' maxLength='90' recordingStatusCallback='/news'/>"
        "<Say>Nada</Say>",
        "/done": "<Say>Gracias</Say>",
    }
    return app


def test_a_recording_tells_its_action_and_its_callback(
    recorder: Application, carrier: SimulatedCarrier, call: Call
) -> None:
    record = call('~"la llave gotea mucho en el baño"0')
    assert record.transcript[0] == {"who": "caller", "text": "la llave gotea mucho en el baño"}
    done, news = recorder.forms("/done")[0], recorder.forms("/news")[0]
    assert (done["Digits"], done["RecordingDuration"]) == ("0", "3")
    assert (news["RecordingStatus"], news["RecordingSource"], news["RecordingChannels"]) == (
        "completed",
        "RecordVerb",
        "1",
    )
    assert "From" not in news
    assert news["RecordingSid"] == done["RecordingSid"]
    assert done["RecordingUrl"].endswith(done["RecordingSid"])
    sound = carrier.do(carrier.exchange.recordings[done["RecordingSid"]].media)
    with wave.open(io.BytesIO(sound)) as file:
        assert (file.getframerate(), file.getnchannels()) == (8000, 1)
    assert examine(sound).seconds == pytest.approx(2.8)


def test_hanging_up_while_recording_tells_hangup(recorder: Application, call: Call) -> None:
    """ "Hang-up during recording: action gets Digits=hangup"."""
    call("~!")
    form = recorder.forms("/done")[0]
    assert (form["Digits"], form["CallStatus"], form["RecordingDuration"]) == ("hangup", "completed", "4")


def test_max_length_ends_a_recording(recorder: Application, call: Call) -> None:
    recorder.replies["/voice/inbound"] = "<Record action='/done' maxLength='2'/>"
    call('~"una descripción que dura mucho más de lo que se pidió para ella"#')
    assert (recorder.forms("/done")[0]["RecordingDuration"], recorder.forms("/done")[0]["Digits"]) == (
        "2",
        "",
    )


def test_a_silent_recording_is_saved_empty(recorder: Application, call: Call) -> None:
    """ "the page says silent recordings are saved": `absent`, zero seconds, and the action."""
    assert call("-").heard == "Gracias"
    form = recorder.forms("/done")[0]
    assert (form["RecordingDuration"], form["Digits"]) == ("0", "")
    assert not recorder.forms("/news")


def test_or_a_silent_recording_falls_through(
    recorder: Application, carrier: SimulatedCarrier, call: Call
) -> None:
    """ "its own example puts 'I did not receive a recording' after Record. Handle both"."""
    carrier.exchange.silent_record_falls_through = True
    assert call("-").heard == "Nada"


def test_the_hash_at_once_leaves_nothing(recorder: Application, call: Call) -> None:
    call("#")
    assert (recorder.forms("/done")[0]["RecordingDuration"], recorder.forms("/done")[0]["Digits"]) == (
        "0",
        "#",
    )


def test_play_digits_sends_tones(app: Application, call: Call) -> None:
    """ "0-9 A-D # *, w = 0.5 s, W = 1 s"."""
    app.replies["/voice/inbound"] = "<Play digits='wW12'/>"
    assert call().heard == "[tones wW12]"
    assert seconds(app) == round(2.5)
