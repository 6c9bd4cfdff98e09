"""An outbound call is placed once for its row, whatever happens on the way."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from ivr.aftersales.carrier import CallNews, OutboundCall
from ivr.clock import MovableClock
from ivr.errors import CarrierBusy, CarrierRefused, CarrierUnclear, NotFound
from ivr.store.session import Store
from ivr.store.tables import CallRow
from ivr.switchboard import placing
from ivr.telephony.carrier import TwilioCarrier
from tests.carrier.mock import Fault, MockCarrier
from tests.line import settings

ACCOUNT, TOKEN = "AC" + "0" * 32, "the token"
AGENT, LINE = "+56987654321", "+56988894612"
SETTINGS = settings("sqlite://")

Place = Callable[[int], str]


@pytest.fixture
def mock(clock: MovableClock) -> Iterator[MockCarrier]:
    with MockCarrier(ACCOUNT, TOKEN, now=clock.now) as served:
        yield served


@pytest.fixture
def place(sqlite_store: Store, mock: MockCarrier, clock: MovableClock) -> Place:
    """Place the call of a row."""
    carrier = TwilioCarrier(ACCOUNT, TOKEN, mock.url, timeout=0.5)

    def placed(call_id: int) -> str:
        token = row(sqlite_store, call_id).token
        url = f"https://line.example/voice/agent?token={token}"
        request = OutboundCall(AGENT, LINE, url, url, url, ring_seconds=20)
        return placing.place(sqlite_store, carrier, call_id, request, clock, settings=SETTINGS)

    return placed


def plan(store: Store, clock: MovableClock, **columns: Any) -> int:
    values: dict[str, Any] = {
        "token": placing.new_token(),
        "direction": "outbound",
        "purpose": "agent",
        "from_number": LINE,
        "to_number": AGENT,
        "channel": "phone",
        "status": placing.PLANNED,
        "started_at": clock.now(),
    }
    with store.transaction() as session:
        call = CallRow(**values | columns)
        session.add(call)
    return call.id


def row(store: Store, call_id: int) -> CallRow:
    with store.reading() as session:
        return session.get_one(CallRow, call_id)


def test_a_planned_call_is_placed_and_known_by_its_sid(
    sqlite_store: Store, clock: MovableClock, mock: MockCarrier, place: Place
) -> None:
    call_id = plan(sqlite_store, clock)
    sid = place(call_id)
    assert [call["sid"] for call in mock.calls] == [sid]
    assert (row(sqlite_store, call_id).sid, row(sqlite_store, call_id).status) == (sid, placing.QUEUED)


def test_a_call_that_was_placed_is_not_placed_again(
    sqlite_store: Store, clock: MovableClock, mock: MockCarrier, place: Place
) -> None:
    call_id = plan(sqlite_store, clock)
    assert place(call_id) == place(call_id)
    assert len(mock.calls) == 1


def test_a_call_whose_answer_was_lost_is_found_and_not_placed_again(
    sqlite_store: Store, clock: MovableClock, mock: MockCarrier, place: Place
) -> None:
    call_id = plan(sqlite_store, clock)
    mock.fail_next(Fault.LOSE_REPLY)
    with pytest.raises(CarrierUnclear):
        place(call_id)
    clock.forward(placing.DOUBT)
    assert place(call_id) == mock.calls[0]["sid"]
    assert len(mock.calls) == 1


def test_a_call_that_never_reached_the_carrier_is_placed_again(
    sqlite_store: Store, clock: MovableClock, mock: MockCarrier, place: Place
) -> None:
    call_id = plan(sqlite_store, clock)
    mock.fail_next(Fault.BROKEN)
    with pytest.raises(CarrierUnclear):
        place(call_id)
    clock.forward(placing.DOUBT)
    assert place(call_id) == mock.calls[0]["sid"]


def test_looks_that_fail_do_not_forget_when_the_request_left(
    sqlite_store: Store, clock: MovableClock, mock: MockCarrier, place: Place
) -> None:
    call_id = plan(sqlite_store, clock)
    mock.fail_next(Fault.LOSE_REPLY)
    with pytest.raises(CarrierUnclear):
        place(call_id)
    for seconds in (35, 120):
        clock.forward(timedelta(seconds=seconds))
        mock.fail_next(Fault.BROKEN)
        with pytest.raises(CarrierUnclear):
            place(call_id)
    clock.forward(timedelta(minutes=10))
    assert place(call_id) == mock.calls[0]["sid"]
    assert len(mock.calls) == 1


def test_a_second_request_is_given_its_time_too(
    sqlite_store: Store, clock: MovableClock, mock: MockCarrier, place: Place
) -> None:
    call_id = plan(sqlite_store, clock)
    mock.fail_next(Fault.BROKEN)
    with pytest.raises(CarrierUnclear):
        place(call_id)
    clock.forward(placing.DOUBT)
    carrier = TwilioCarrier(ACCOUNT, TOKEN, mock.url, timeout=0.5)

    class LosesTheAnswer:
        """The carrier's lists, and a request of which nothing is heard."""

        calls_to = carrier.calls_to

        def place(self, _call: OutboundCall) -> str:
            raise CarrierUnclear("the answer was lost")

    request = OutboundCall(AGENT, LINE, *["https://line.example/voice/agent"] * 3, ring_seconds=20)
    lost: Any = LosesTheAnswer()
    with pytest.raises(CarrierUnclear, match="was lost"):
        placing.place(sqlite_store, lost, call_id, request, clock, settings=SETTINGS)
    clock.forward(placing.DOUBT - timedelta(seconds=1))
    with pytest.raises(CarrierUnclear, match="on its way"):
        place(call_id)
    assert mock.calls == []


def test_of_two_who_look_at_the_same_moment_one_places_the_call(
    sqlite_store: Store, clock: MovableClock, mock: MockCarrier, place: Place
) -> None:
    call_id = plan(sqlite_store, clock, status=placing.PLACING)
    clock.forward(placing.DOUBT)
    carrier = TwilioCarrier(ACCOUNT, TOKEN, mock.url, timeout=0.5)
    placed: list[str] = []

    class Meanwhile:
        """Somebody else looks, finds nothing and places the call while we look."""

        place = carrier.place

        def calls_to(self, number: str, since: datetime) -> list[CallNews]:
            found = carrier.calls_to(number, since)
            placed.append(place(call_id))
            return found

    request = OutboundCall(AGENT, LINE, *["https://line.example/voice/agent"] * 3, ring_seconds=20)
    slow: Any = Meanwhile()
    with pytest.raises(CarrierUnclear):
        placing.place(sqlite_store, slow, call_id, request, clock, settings=SETTINGS)
    assert [call["sid"] for call in mock.calls] == placed


def test_while_a_request_may_be_on_its_way_no_other_leaves(
    sqlite_store: Store, clock: MovableClock, mock: MockCarrier, place: Place
) -> None:
    call_id = plan(sqlite_store, clock, status=placing.PLACING)
    with pytest.raises(CarrierUnclear, match="on its way"):
        place(call_id)
    clock.forward(placing.DOUBT - timedelta(seconds=1))
    with pytest.raises(CarrierUnclear, match="on its way"):
        place(call_id)
    assert mock.requests == []


def test_another_rows_call_to_the_same_number_is_not_taken_for_this_one(
    sqlite_store: Store, clock: MovableClock, mock: MockCarrier, place: Place
) -> None:
    first, second = plan(sqlite_store, clock), plan(sqlite_store, clock)
    place(first)
    mock.fail_next(Fault.BROKEN)
    with pytest.raises(CarrierUnclear):
        place(second)
    clock.forward(placing.DOUBT)
    assert place(second) != place(first)
    assert len(mock.calls) == 2


def test_the_carriers_own_first_word_settles_a_lost_answer(
    sqlite_store: Store, clock: MovableClock, mock: MockCarrier, place: Place
) -> None:
    call_id = plan(sqlite_store, clock)
    mock.fail_next(Fault.LOSE_REPLY)
    with pytest.raises(CarrierUnclear):
        place(call_id)
    with sqlite_store.transaction() as session:
        call = session.get_one(CallRow, call_id)
        call.sid, call.status = mock.calls[0]["sid"], "ringing"
    assert place(call_id) == mock.calls[0]["sid"]
    assert row(sqlite_store, call_id).status == "ringing"


def test_a_busy_carrier_leaves_the_call_planned(
    sqlite_store: Store, clock: MovableClock, mock: MockCarrier, place: Place
) -> None:
    call_id = plan(sqlite_store, clock)
    mock.fail_next(Fault.TOO_MANY)
    with pytest.raises(CarrierBusy):
        place(call_id)
    assert row(sqlite_store, call_id).status == placing.PLANNED
    assert place(call_id) == mock.calls[0]["sid"]
    assert mock.sent("ListCall") == []


def test_a_refused_call_has_failed_for_good(
    sqlite_store: Store, clock: MovableClock, mock: MockCarrier
) -> None:
    call_id = plan(sqlite_store, clock)
    carrier = TwilioCarrier(ACCOUNT, "wrong", mock.url)
    request = OutboundCall(AGENT, LINE, *["https://line.example/voice/agent"] * 3, ring_seconds=20)
    with pytest.raises(CarrierRefused):
        placing.place(sqlite_store, carrier, call_id, request, clock, settings=SETTINGS)
    failed = row(sqlite_store, call_id)
    assert failed.status == placing.FAILED
    assert failed.ended_at is not None
    with pytest.raises(NotFound):
        placing.place(sqlite_store, carrier, call_id, request, clock, settings=SETTINGS)


def test_a_call_that_was_called_off_is_not_placed(
    sqlite_store: Store, clock: MovableClock, mock: MockCarrier, place: Place
) -> None:
    call_id = plan(sqlite_store, clock, ended_at=clock.now())
    with pytest.raises(NotFound):
        place(call_id)
    assert mock.calls == []


def test_tokens_fit_their_column_and_differ() -> None:
    assert len(placing.new_token()) == CallRow.token.type.length
    assert placing.new_token() != placing.new_token()
