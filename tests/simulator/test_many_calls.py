"""Hundreds of calls at once, and what a connected script needs of time."""

import pytest

from ivr.simulator.carrier import SimulatedCarrier
from ivr.simulator.pace import INSTANT, Pace
from tests.simulator.conftest import LINE, Application


def test_two_hundred_calls_at_once(app: Application, carrier: SimulatedCarrier) -> None:
    """No thread per call: all wait on one event loop. Each call has its own keys, answers and cookies."""
    app.replies |= {
        "/voice/inbound": "<Gather numDigits='4' action='/echo'><Say>Marque</Say></Gather>",
        "/echo": lambda form: f"<Say>{form['Digits']}</Say><Hangup/>",
    }
    calls = [carrier.dial(f"+569111{number:05}", LINE, f"{number:04}") for number in range(200)]
    records = [call.wait(60) for call in calls]
    assert [record.heard for record in records] == [f"Marque {number:04}" for number in range(200)]
    assert {record.status for record in records} == {"completed"}
    assert len(app.forms("/voice/status")) == 200


@pytest.mark.parametrize("pace", [INSTANT, Pace(100)])
def test_simulated_lengths_are_the_same_at_any_pace(
    app: Application, carrier: SimulatedCarrier, pace: Pace
) -> None:
    app.replies["/voice/inbound"] = f"<Say>{'a' * 300}</Say><Gather timeout='20'/>"
    carrier.dial("+56911112222", LINE, "-", pace=pace).wait()
    assert 40 <= int(app.forms("/voice/status")[0]["CallDuration"]) < 400
