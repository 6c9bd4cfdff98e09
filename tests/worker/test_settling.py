"""Calls of which no end was heard are settled by asking the carrier."""

from dataclasses import replace

from ivr.telephony.carrier import TwilioCarrier
from tests.worker.bench import ACCOUNT, OWNER, TOKEN, Bench


def test_a_call_without_an_end_is_ended_as_the_carrier_says(bench: Bench) -> None:
    call = bench.add_call()
    bench.mock.put_call(str(call.sid), status="completed")
    bench.later(minutes=9)
    assert bench.call(call.id).ended_at is None
    bench.later(minutes=2)
    ended = bench.call(call.id)
    assert ended.status == "completed"
    assert ended.ended_at is not None


def test_a_call_that_goes_on_is_asked_about_again(bench: Bench) -> None:
    call = bench.add_call()
    bench.mock.put_call(str(call.sid))
    bench.later(minutes=11)
    bench.later(minutes=1)
    assert len(bench.mock.sent("FetchCall")) == 1
    bench.later(minutes=10)
    assert len(bench.mock.sent("FetchCall")) == 2
    assert bench.call(call.id).ended_at is None


def test_a_call_that_has_ended_is_not_asked_about(bench: Bench) -> None:
    bench.add_call(status="completed", ended_at=bench.clock.now())
    bench.later(hours=1)
    assert bench.mock.sent("FetchCall") == []


def test_a_call_that_the_carrier_does_not_know_has_failed(bench: Bench) -> None:
    call = bench.add_call()
    bench.later(minutes=11)
    assert bench.call(call.id).status == "failed"


def test_an_outbound_call_whose_answer_was_lost_is_found_by_its_number(bench: Bench) -> None:
    call = bench.add_call(
        sid=None, token="t" * 32, direction="outbound", purpose="unknown", to_number=OWNER, status="placing"
    )
    bench.mock.put_call("CA" + "7" * 32, to=OWNER, status="no-answer", direction="outbound-api")
    bench.later(minutes=11)
    settled = bench.call(call.id)
    assert (settled.sid, settled.status) == ("CA" + "7" * 32, "no-answer")


def test_an_outbound_call_that_never_left_has_failed(bench: Bench) -> None:
    call = bench.add_call(sid=None, token="t" * 32, direction="outbound", purpose="unknown", status="placing")
    bench.later(minutes=11)
    assert bench.call(call.id).status == "failed"


def test_a_carrier_that_does_not_answer_is_asked_again_without_end(bench: Bench) -> None:
    call = bench.add_call()
    bench.mock.put_call(str(call.sid), status="completed")
    reached = bench.ctx
    bench.ctx = replace(reached, carrier=TwilioCarrier(ACCOUNT, TOKEN, "http://127.0.0.1:9"))
    for _ in range(20):
        bench.later(minutes=11)
    assert bench.call(call.id).ended_at is None
    bench.ctx = reached
    bench.later(minutes=11)
    assert bench.call(call.id).ended_at is not None
