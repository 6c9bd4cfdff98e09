"""Whatever goes wrong around placing, an attempt is one call, and no case is forgotten."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.clock import MovableClock
from ivr.errors import CarrierBusy, CarrierUnclear
from ivr.store.session import Store
from ivr.store.tables import CallRow
from ivr.telephony.carrier import TwilioCarrier
from tests.carrier.mock import Fault, MockCarrier
from tests.line import ACCOUNT, TOKEN
from tests.making import at
from tests.outgoing import OWNER, SECOND, Outgoing, greeted, open_outgoing


@pytest.fixture
def life(sqlite_store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Outgoing]:
    with open_outgoing(sqlite_store, tmp_path, clock) as opened:
        yield opened


def test_an_answer_of_the_carrier_that_was_lost_never_makes_a_second_call(life: Outgoing) -> None:
    life.carrier.loses_answers = 1
    life.inspected(True)
    life.later(seconds=30)
    life.later(seconds=60)
    assert len(life.carrier.placed) == 1
    (call,) = life.rows(CallRow)
    assert call.sid == life.carrier.placed[0][0]
    assert life.plan.attempts == 1


@pytest.mark.parametrize("line", ["before", "after"])
def test_a_worker_that_dies_around_placing_makes_no_second_call(
    life: Outgoing, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """The process is gone before the request leaves, or after it left and before that was recorded."""
    place = life.carrier.place

    class Died(BaseException):
        pass

    def die(request: object) -> str:
        if line == "after":
            place(request)  # type: ignore[arg-type]
        raise Died

    monkeypatch.setattr(life.carrier, "place", die)
    with pytest.raises(Died):
        life.inspected(True)
    monkeypatch.setattr(life.carrier, "place", place)
    life.later(seconds=5)
    life.later(seconds=61)
    assert len(life.carrier.placed) == 1
    assert (life.plan.attempts, life.plan.state) == (1, "calling")
    rung = life.rings()
    greeted(rung).press("1", "1")
    life.over(rung)
    assert life.plan.answer == "answered"


def test_a_carrier_that_never_answers_is_asked_and_the_call_was_no_attempt(
    life: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_request: object) -> str:
        raise CarrierUnclear("no answer")

    monkeypatch.setattr(life.carrier, "place", never)
    life.inspected(True)
    for _ in range(12):
        life.later(minutes=2)
    assert life.carrier.placed == []
    assert life.plan.attempts in {0, 1}
    monkeypatch.undo()
    for _ in range(8):
        life.later(minutes=2)
    assert len(life.carrier.placed) == 1
    assert life.plan.attempts == 1


def test_a_number_that_the_carrier_refuses_counts_as_not_answered(life: Outgoing) -> None:
    life.carrier.refuses.add(OWNER)
    life.inspected(True, contacts=(OWNER, SECOND))
    assert (life.plan.attempts, life.plan.state, life.outcomes()) == (1, "planned", ["failed"])


def test_a_call_that_was_not_placed_before_evening_waits_for_the_morning(
    life: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_request: object) -> str:
        raise CarrierBusy("slow down")

    life.clock.set(at("2026-11-24 18:59:30"))
    monkeypatch.setattr(life.carrier, "place", busy)
    life.inspected(True)
    monkeypatch.undo()
    life.until("2026-11-24 19:05")
    assert life.carrier.placed == []
    life.until("2026-11-25 09:00")
    assert life.rings().request.to == OWNER
    assert life.plan.attempts == 1


@pytest.mark.parametrize("fault", list(Fault))
def test_no_fault_of_the_carrier_makes_two_calls_or_none(
    store: Store, tmp_path: Path, clock: MovableClock, fault: Fault
) -> None:
    """429, 500, no answer in time, done and the answer lost: of whatever kind the mock knows."""
    with MockCarrier(ACCOUNT, TOKEN, now=clock.now) as mock:
        mock.fail_next(fault, operation="CreateCall")
        carrier = TwilioCarrier(ACCOUNT, TOKEN, mock.url, timeout=0.5)
        with open_outgoing(store, tmp_path, clock, carrier=carrier) as life:
            life.inspected(True)
            for _ in range(6):
                life.later(seconds=20)
            assert len(mock.calls) == 1
            (call,) = life.rows(CallRow)
            assert (call.sid, life.plan.attempts) == (mock.calls[0]["sid"], 1)


def test_the_carrier_is_asked_for_a_call_with_detection_beside_the_greeting(
    sqlite_store: Store, tmp_path: Path, clock: MovableClock
) -> None:
    with MockCarrier(ACCOUNT, TOKEN, now=clock.now) as mock:
        carrier = TwilioCarrier(ACCOUNT, TOKEN, mock.url, timeout=0.5)
        with open_outgoing(sqlite_store, tmp_path, clock, carrier=carrier) as life:
            life.inspected(True)
            (request,) = mock.sent("CreateCall")
            (call,) = life.rows(CallRow)
    assert (request.get("From"), request.get("To")) == ("+56600123456", OWNER)
    assert (request.get("MachineDetection"), request.get("AsyncAmd")) == ("DetectMessageEnd", "true")
    news = f"?token={call.token}#rc=5&rp=5xx,ct,rt"
    assert request.get("AsyncAmdStatusCallback") == f"https://line.example/voice/machine{news}"
    assert request.get("StatusCallback") == f"https://line.example/voice/status{news}"
    assert request.get("Url") == f"https://line.example/voice/works.begin?turn=0&token={call.token}"
    assert str(request.get("FallbackUrl")).startswith("https://line.example/voice/fallback")
