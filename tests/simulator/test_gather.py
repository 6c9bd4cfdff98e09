"""Gather, by twilio.com/docs/voice/twiml/gather: each test names the rule that it checks."""

from collections.abc import Callable

import pytest

from ivr.simulator.carrier import CallRecord, SimulatedCarrier
from tests.simulator.conftest import Application

Call = Callable[..., CallRecord]


def test_without_an_action_the_digits_are_posted_to_the_current_document(
    app: Application, call: Call
) -> None:
    """ "action: URL; default current document URL"; "method: default POST"."""

    def menu(form: dict[str, str]) -> str:
        return f"<Say>{form['Digits']}</Say>" if "Digits" in form else "<Gather numDigits='1'/>"

    app.replies["/voice/inbound"] = menu
    assert call("7").heard == "7"
    assert [form.get("Digits") for form in app.forms("/voice/inbound")] == [None, "7"]


def test_a_relative_action_counts_from_the_current_document(app: Application, call: Call) -> None:
    """ "action / url values are relative to the URL of the current document"."""
    app.replies |= {
        "/voice/inbound": "<Redirect>deep/menu?x=1</Redirect>",
        "/voice/deep/menu": "<Gather numDigits='1' action='chosen?turn=2'/>",
        "/voice/deep/chosen": "<Say>here</Say>",
    }
    assert call("1").heard == "here"
    assert app.forms("/voice/deep/chosen")[0]["turn"] == "2"


def test_method_get_puts_everything_into_the_query(app: Application, call: Call) -> None:
    app.replies |= {
        "/voice/inbound": "<Gather numDigits='1' action='/chosen?a=b' method='GET'/>",
        "/chosen": "<Say>here</Say>",
    }
    assert call("4").heard == "here"
    form = app.forms("/chosen")[0]
    assert (form["a"], form["Digits"], form["From"]) == ("b", "4", "+56911112222")


def test_silence_falls_through_to_the_next_verb(app: Application, call: Call) -> None:
    """ "actionOnEmptyResult false: no input -> falls through to the next verb"."""
    app.replies |= {"/voice/inbound": "<Gather action='/no'><Say>Marque</Say></Gather><Say>Nada</Say>"}
    assert call("-").heard == "Marque Nada"
    assert not app.forms("/no")


def test_with_action_on_empty_result_silence_is_submitted(app: Application, call: Call) -> None:
    app.replies |= {
        "/voice/inbound": "<Gather action='/empty' actionOnEmptyResult='true'/><Say>Nada</Say>",
        "/empty": "<Say>Vacío</Say>",
    }
    assert call("-").heard == "Vacío"
    assert app.forms("/empty")[0]["Digits"] == ""


def test_silence_lasts_five_seconds_unless_the_timeout_says_otherwise(app: Application, call: Call) -> None:
    """ "timeout: 5 s; starts after the nested verbs end or at the first key"."""
    app.replies["/voice/inbound"] = "<Gather/>"
    call("-")
    app.replies["/voice/inbound"] = "<Gather timeout='12'/>"
    call("-")
    assert [form["CallDuration"] for form in app.forms("/voice/status")] == ["5", "12"]


@pytest.mark.parametrize(("keys", "digits"), [("101#", "101"), ("101", "101"), ("10*1#", "10*1")])
def test_an_entry_ends_by_the_finish_key_or_by_a_pause(
    app: Application, call: Call, keys: str, digits: str
) -> None:
    """ "finishOnKey: # (not included in Digits)"."""
    app.replies |= {"/voice/inbound": "<Gather action='/entry'/>", "/entry": "<Hangup/>"}
    call(keys)
    assert app.forms("/entry")[0]["Digits"] == digits


def test_the_finish_key_alone_is_no_input(app: Application, call: Call) -> None:
    """ "Pressing finishOnKey before any digit, or timing out, counts as 'no input'"."""
    app.replies |= {"/voice/inbound": "<Gather action='/entry'/><Say>Nada</Say>"}
    assert call("#").heard == "Nada"


def test_an_empty_finish_key_makes_the_hash_a_digit(app: Application, call: Call) -> None:
    app.replies |= {"/voice/inbound": "<Gather action='/entry' finishOnKey=''/>", "/entry": "<Hangup/>"}
    call("1#2")
    assert app.forms("/entry")[0]["Digits"] == "1#2"


def test_num_digits_ends_the_entry_and_later_keys_are_lost(app: Application, call: Call) -> None:
    app.replies |= {
        "/voice/inbound": "<Gather numDigits='2' action='/entry'/>",
        "/entry": "<Gather numDigits='1' action='/next'/>",
        "/next": "<Hangup/>",
    }
    call("123 9")
    assert app.forms("/entry")[0]["Digits"] == "12"
    assert app.forms("/next")[0]["Digits"] == "9"


def test_the_first_key_stops_the_nested_voice(app: Application, call: Call) -> None:
    """ "The first digit stops nested audio"; an impatient caller presses before the prompt has begun."""
    app.replies |= {
        "/voice/inbound": "<Gather numDigits='1' action='/entry'><Say>Uno</Say><Say>Dos</Say></Gather>",
        "/entry": "<Hangup/>",
    }
    assert "Dos" in call("1").heard
    assert "Dos" not in call("1", impatient=True).heard


def test_keys_outside_of_a_gather_are_lost(app: Application, carrier: SimulatedCarrier, call: Call) -> None:
    app.replies["/voice/inbound"] = "<Say>Aviso</Say><Gather numDigits='1' action='/entry'/><Say>Nada</Say>"
    app.replies["/entry"] = "<Say>Oído</Say>"
    assert call("- 1").heard == "Aviso Nada"


def test_speech_is_recognised_where_it_is_listened_for(app: Application, call: Call) -> None:
    """ "SpeechResult, Confidence 0..1"."""
    app.replies |= {
        "/voice/inbound": "<Gather input='dtmf speech' language='es-CL' hints='Los Aromos' action='/said'/>",
        "/said": "<Hangup/>",
    }
    call('"los aromos"')
    form = app.forms("/said")[0]
    assert form["SpeechResult"] == "los aromos"
    assert 0 <= float(form["Confidence"]) <= 1
    assert "Digits" not in form


def test_words_are_silence_where_only_keys_are_listened_for(app: Application, call: Call) -> None:
    app.replies["/voice/inbound"] = "<Gather action='/said'/><Say>Nada</Say>"
    assert call('"los aromos"').heard == "Nada"


def test_keys_are_ignored_where_only_speech_is_listened_for(app: Application, call: Call) -> None:
    app.replies["/voice/inbound"] = "<Gather input='speech' action='/said'/><Say>Nada</Say>"
    assert call("1").heard == "Nada"
