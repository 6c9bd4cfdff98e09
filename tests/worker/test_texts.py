"""Texts are sent once, whatever happens on the way, and followed until the carrier's last word."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from ivr.aftersales import texts as business
from ivr.aftersales.texts import Purpose, State
from ivr.store.jobs import JobKind, schedule
from ivr.store.tables import Task
from tests.carrier.mock import Fault
from tests.conftest import SANTIAGO
from tests.worker.bench import OWNER, Bench

BODY = "Su visita es el jueves 26 a las 9:00."


def queue(bench: Bench, purpose: Purpose = Purpose.BOOKING, *, at_once: bool = True, **more: Any) -> int:
    with bench.store.transaction() as session:
        text = business.queue(
            session,
            purpose,
            OWNER,
            BODY,
            settings=bench.ctx.settings,
            now=bench.clock.now(),
            at_once=at_once,
            **more,
        )
    assert text is not None
    return text.id


def open_tasks(bench: Bench) -> list[str]:
    with bench.store.reading() as session:
        return list(session.scalars(select(Task.kind)))


def test_a_text_goes_out_from_the_lines_mobile_and_its_fate_is_asked_to_be_told(bench: Bench) -> None:
    text = bench.text(queue(bench))
    bench.work()
    sent = bench.text(text.id)
    assert (sent.state, sent.sid) == (State.SENT, bench.mock.messages[0]["sid"])
    (request,) = bench.mock.sent("CreateMessage")
    assert (request.get("To"), request.get("From")) == (OWNER, "+56988894612")
    assert request.get("Body") == text.body
    assert request.get("StatusCallback") == "https://line.example/messages/status#rc=5&rp=5xx,ct,rt"


def test_a_text_whose_answer_was_lost_is_found_and_not_sent_again(bench: Bench) -> None:
    bench.mock.fail_next(Fault.LOSE_REPLY)
    text_id = queue(bench)
    bench.work()
    assert bench.text(text_id).state == State.SENDING
    bench.later(minutes=1)
    assert len(bench.mock.messages) == 1
    assert bench.text(text_id).sid == bench.mock.messages[0]["sid"]


def test_a_text_that_never_reached_the_carrier_is_sent_again(bench: Bench) -> None:
    bench.mock.fail_next(Fault.BROKEN)
    text_id = queue(bench)
    bench.work()
    assert bench.mock.messages == []
    bench.later(minutes=1)
    assert len(bench.mock.messages) == 1
    assert bench.text(text_id).state == State.SENT


def test_of_two_texts_with_the_same_words_each_is_sent_once(bench: Bench) -> None:
    first = queue(bench)
    bench.work()
    bench.mock.fail_next(Fault.BROKEN)
    second = queue(bench)
    bench.work()
    bench.later(minutes=1)
    assert len(bench.mock.messages) == 2
    assert {bench.text(each).sid for each in (first, second)} == {each["sid"] for each in bench.mock.messages}


def test_a_text_is_not_looked_for_while_it_may_be_on_its_way(bench: Bench) -> None:
    bench.mock.fail_next(Fault.LOSE_REPLY)
    text_id = queue(bench)
    bench.work()
    with bench.store.transaction() as session:
        schedule(session, JobKind.TEXT, text_id, bench.clock.now())
    bench.work()
    assert bench.mock.sent("ListMessage") == []
    assert bench.text(text_id).state == State.SENDING


def test_a_busy_carrier_has_not_got_the_text(bench: Bench) -> None:
    bench.mock.fail_next(Fault.TOO_MANY)
    text_id = queue(bench)
    bench.work()
    assert bench.text(text_id).state == State.DUE
    bench.later(minutes=1)
    assert bench.mock.sent("ListMessage") == []
    assert len(bench.mock.messages) == 1


@pytest.mark.parametrize(
    ("fault", "at_once", "purpose", "at_night"),
    [
        (Fault.TOO_MANY, False, Purpose.BOOKING, 0),
        (Fault.BROKEN, False, Purpose.BOOKING, 0),
        (Fault.TOO_MANY, True, Purpose.BOOKING, 0),
        (Fault.TOO_MANY, False, Purpose.SUPERVISOR, 1),
    ],
)
def test_a_text_that_was_held_up_into_the_night_waits_for_the_morning(
    bench: Bench, fault: Fault, at_once: bool, purpose: Purpose, at_night: int
) -> None:
    """But an urgency: also one about what was just done is so no more."""
    bench.clock.set(datetime(2026, 11, 24, 20, 50, tzinfo=SANTIAGO))
    bench.mock.fail_next(fault)
    text_id = queue(bench, purpose, at_once=at_once)
    bench.work()
    assert bench.mock.messages == []
    bench.clock.set(datetime(2026, 11, 24, 23, 15, tzinfo=SANTIAGO))
    bench.work()
    assert len(bench.mock.messages) == at_night
    bench.clock.set(datetime(2026, 11, 25, 8, 0, tzinfo=SANTIAGO))
    bench.work()
    assert len(bench.mock.messages) == 1
    assert bench.text(text_id).state == State.SENT


@pytest.fixture
def refusing(bench: Bench) -> Iterator[Bench]:
    """A carrier that takes no text, because the line's number is none of its."""
    object.__setattr__(bench.ctx.settings, "sms_from", "nobody")
    yield bench
    bench.mock.refused.clear()


def test_a_refused_text_that_must_be_known_becomes_a_task(refusing: Bench) -> None:
    text_id = queue(refusing)
    refusing.work()
    assert refusing.text(text_id).state == State.FAILED
    assert open_tasks(refusing) == ["text_failed"]
    assert refusing.job(JobKind.TEXT).outcome == "refused (code 20001)"


def test_a_refused_text_that_nobody_must_know_ends_without_a_task(refusing: Bench) -> None:
    text_id = queue(refusing, Purpose.ABOUT_TO_CALL)
    refusing.work()
    assert refusing.text(text_id).state == State.FAILED
    assert open_tasks(refusing) == []


def test_a_text_that_cannot_be_sent_for_hours_ends_as_failed_with_a_task(bench: Bench) -> None:
    bench.mock.fail_next(Fault.BROKEN, times=100)
    text_id = queue(bench)
    for _ in range(12):
        bench.later(hours=1)
    assert bench.text(text_id).state == State.FAILED
    assert bench.job(JobKind.TEXT).state == "failed"
    assert open_tasks(bench) == ["text_failed"]


def test_a_text_of_which_nothing_is_heard_is_asked_about(bench: Bench) -> None:
    text_id = queue(bench)
    bench.work()
    bench.later(minutes=4)
    assert bench.mock.sent("FetchMessage") == []
    bench.mock.messages[0]["status"] = "delivered"
    bench.later(minutes=2)
    assert bench.text(text_id).state == State.DELIVERED
    assert bench.job(JobKind.TEXT).state == "done"


def test_a_text_that_was_not_delivered_becomes_a_task(bench: Bench) -> None:
    text_id = queue(bench)
    bench.work()
    bench.mock.messages[0]["status"] = "undelivered"
    bench.later(minutes=6)
    assert bench.text(text_id).state == State.FAILED
    assert open_tasks(bench) == ["text_failed"]


def test_a_text_without_a_last_word_is_asked_about_ever_less_often_for_a_day(bench: Bench) -> None:
    text_id = queue(bench)
    bench.work()
    bench.mock.messages[0]["status"] = "sent"
    for _ in range(30):
        bench.later(hours=2)
    assert len(bench.mock.sent("FetchMessage")) <= 5
    assert bench.text(text_id).state == State.SENT
    assert bench.job(JobKind.TEXT).outcome == "sent, without a last word"


def test_a_text_that_the_carriers_news_settled_is_not_asked_about(bench: Bench) -> None:
    text_id = queue(bench)
    bench.work()
    with bench.store.transaction() as session:
        business.news(session, str(bench.text(text_id).sid), "delivered", bench.clock.now())
    bench.later(minutes=6)
    assert bench.mock.sent("FetchMessage") == []
    assert bench.job(JobKind.TEXT).outcome == State.DELIVERED


def test_a_text_that_is_taken_back_in_time_is_not_sent(bench: Bench) -> None:
    text_id = queue(bench)
    with bench.store.transaction() as session:
        session.get_one(type(bench.text(text_id)), text_id).state = State.REFUSED
    bench.work()
    assert bench.mock.messages == []
