"""What a scripted telephone does, and how a test steers it."""

from collections.abc import Callable

import pytest

from ivr.simulator.carrier import CallHandle, NumberConfig, SimulatedCarrier
from ivr.simulator.telephones import ScriptedTelephone
from tests.simulator.conftest import AGENT, LINE, MOBILE, OWNER, Application

Dial = Callable[..., CallHandle]


@pytest.fixture
def menu(app: Application) -> Application:
    """A menu that says what was pressed, or that nothing was, and asks again."""
    app.replies |= {
        "/voice/inbound": "<Gather numDigits='1' action='/key'><Say>Marque</Say></Gather>"
        "<Say>Nada</Say><Redirect/>",
        "/key": lambda form: f"<Say>{form['Digits']}</Say><Redirect>/voice/inbound</Redirect>",
    }
    return app


def test_without_keys_left_it_hangs_up_when_asked(menu: Application, dial: Dial) -> None:
    record = dial("1 -").wait()
    assert record.heard == "Marque 1 Marque Nada Marque"
    assert record.ended_by == "telephone"


def test_it_can_stay_instead_and_be_steered(menu: Application, dial: Dial) -> None:
    menu.replies["/voice/inbound"] = (
        "<Gather numDigits='1' action='/key' timeout='9'/><Dial><Conference>a</Conference></Dial>"
    )
    menu.replies["/key"] = "<Gather numDigits='1'/><Dial><Conference>b</Conference></Dial>"
    call = dial("1", stays=True)
    call.wait_for("asked", after=call.wait_for("pressed")["id"])
    call.hang_up()
    assert call.wait().ended_by == "telephone"


def test_in_a_queue_it_waits_and_goes_on_afterwards(app: Application, dial: Dial) -> None:
    """ "_" says nothing to the questions of the wait document, however many there are."""
    app.replies |= {
        "/voice/inbound": "<Enqueue action='/after' waitUrl='/wait'>q</Enqueue>",
        "/wait": lambda form: (
            "<Leave/>" if int(form["QueueTime"]) >= 300 else "<Gather numDigits='1' action='/no'/>"
        ),
        "/after": "<Gather numDigits='1' action='/key'><Say>Nadie</Say></Gather>",
        "/key": lambda form: f"<Say>{form['Digits']}</Say>",
    }
    call = dial("_ 2")
    call.wait_for("asked")
    call.pass_time(300)
    assert call.wait().heard == "Nadie 2"
    assert not app.forms("/no")


def test_each_call_to_a_telephone_takes_its_next_script(
    app: Application, carrier: SimulatedCarrier, dial: Dial
) -> None:
    app.replies |= {
        "/voice/inbound": f"<Dial action='/over'><Number url='/whisper'>{AGENT}</Number></Dial>",
        "/whisper": "<Gather numDigits='1' action='/key'/>",
        "/key": lambda form: f"<Say>{form['Digits']}</Say><Hangup/>",
        "/over": "",
    }
    carrier.connect(ScriptedTelephone(AGENT, keys=["2", "1"]))
    for _ in range(3):
        dial().wait()
    carrier.settle()
    assert [call.record().heard for call in carrier.calls_to(AGENT)] == ["2", "1", "1"]


def test_people_in_the_same_talk_hear_each_other(
    app: Application, carrier: SimulatedCarrier, dial: Dial
) -> None:
    app.replies["/voice/inbound"] = f"<Dial>{AGENT}</Dial>"
    carrier.connect(ScriptedTelephone(AGENT))
    call = dial(talk=60)
    call.wait_for("joined")
    agent = carrier.calls_to(AGENT)[0]
    carrier.do(lambda: agent.leg.speak("¿En qué le ayudo?", 2))
    record = call.wait()
    assert {"who": AGENT, "text": "¿En qué le ayudo?"} in record.transcript
    assert record.ended_by == "telephone"
    assert app.forms("/voice/status")[0]["CallDuration"] == "60"


def test_a_number_out_of_service_fails(carrier: SimulatedCarrier) -> None:
    assert carrier.dial(OWNER, "+56222222222").wait().status == "failed"


def test_a_forwarded_call_says_from_where(menu: Application, dial: Dial) -> None:
    dial(forwarded_from=MOBILE).wait()
    assert menu.forms("/voice/inbound")[0]["ForwardedFrom"] == MOBILE


@pytest.mark.parametrize("number", ["anonymous", "+14155550100"])
def test_strangers_may_call(menu: Application, carrier: SimulatedCarrier, number: str) -> None:
    assert carrier.dial(number, LINE, "1").wait().heard == "Marque 1 Marque"
    assert menu.forms("/voice/inbound")[0]["From"] == number


def test_a_wait_that_does_not_end_shows_the_call_so_far(menu: Application, dial: Dial) -> None:
    menu.replies["/voice/inbound"] = "<Say>Hola</Say><Dial><Conference>a</Conference></Dial>"
    call = dial()
    call.wait_to_hear("Hola")
    with pytest.raises(TimeoutError, match="Hola"):
        call.wait(0.05)


def test_a_carrier_that_was_not_started_says_so() -> None:
    carrier = SimulatedCarrier("AC", "token", "http://127.0.0.1:9", {LINE: NumberConfig()})
    with pytest.raises(RuntimeError, match="has not been started"):
        carrier.dial(OWNER, LINE)
    carrier.stop()
