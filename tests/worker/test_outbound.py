"""Automated calls over time: attempts, hours, numbers that are busy with us, and the pace."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ivr.aftersales import cases, closures, dialling, inspection, visits
from ivr.aftersales.inspection import Result
from ivr.aftersales.life import Status
from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import CallRow, Case, CaseContact, PlannedCall, Requirement, TextRow
from tests.making import at, make_home, make_project
from tests.outgoing import OWNER, SECOND, Outgoing, greeted, open_outgoing


@pytest.fixture
def life(sqlite_store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Outgoing]:
    with open_outgoing(sqlite_store, tmp_path, clock) as opened:
        yield opened


@pytest.fixture
def everywhere(store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Outgoing]:
    """The same, once on each database."""
    with open_outgoing(store, tmp_path, clock) as opened:
        yield opened


def test_three_unanswered_attempts_follow_the_plan_and_the_fourth_is_answered(everywhere: Outgoing) -> None:
    life = everywhere
    case_id = life.works_done()
    life.unanswered("no-answer")
    life.until("2026-11-24 10:29")
    assert life.is_quiet()
    life.until("2026-11-24 10:31")
    life.unanswered("busy")
    life.until("2026-11-24 14:30")
    assert life.is_quiet()
    life.until("2026-11-24 14:32")
    life.unanswered("failed")
    life.until("2026-11-25 09:59")
    assert life.is_quiet()
    life.until("2026-11-25 10:00")
    rung = life.rings()
    greeted(rung).press("1", "5")
    life.over(rung)
    assert life.status(case_id) == Status.CLOSED
    assert (life.survey.attempts, life.survey.outcome) == (4, "satisfied")
    assert life.outcomes() == ["no-answer", "busy", "failed", "satisfied"]


def test_four_unanswered_attempts_are_a_task_and_the_supervisor_hears_of_it(life: Outgoing) -> None:
    case_id = life.works_done()
    for wall in ("2026-11-24 10:31", "2026-11-24 14:32", "2026-11-25 10:00", "2026-11-27 12:00"):
        life.unanswered()
        life.until(wall)
    assert life.is_quiet()
    assert (life.plan.answer, life.plan.attempts) == ("unreachable", 4)
    assert (life.survey.outcome, life.survey.attempts) == ("unreachable", 4)
    assert life.open_tasks() == ["unreachable"]
    assert life.texts == ["+56977776666"]
    assert life.status(case_id) == Status.WORKS_DONE  # only the owner's word closes it


def test_the_third_attempt_before_a_weekend_is_followed_on_monday(life: Outgoing) -> None:
    life.clock.set(at("2026-11-27 10:00"))
    life.inspected(True)
    life.unanswered()
    life.until("2026-11-27 10:31")
    life.unanswered()
    life.until("2026-11-27 14:32")
    life.unanswered()
    assert abs(life.plan.due_at - at("2026-11-30 10:00")) < timedelta(seconds=60)


def test_outside_the_calling_hours_nobody_is_called(life: Outgoing) -> None:
    life.clock.set(at("2026-11-24 19:00"))
    life.inspected(True)
    assert life.is_quiet()
    life.until("2026-11-25 08:59")
    assert life.is_quiet()
    life.until("2026-11-25 09:00")
    assert life.rings().request.to == OWNER


def test_a_holiday_and_a_closed_project_put_the_call_off(life: Outgoing) -> None:
    life.clock.set(at("2026-12-07 19:30"))
    life.case_at(Status.OPEN, ())
    with life.store.transaction() as session:
        day = at("2026-12-09 12:00").date()
        closures.add(session, day=day, working=False, reason="Inventario")
    life.inspected(True)
    assert life.plan.due_at == at("2026-12-10 09:00")


def test_a_day_off_that_was_decided_meanwhile_is_kept_too(life: Outgoing) -> None:
    life.clock.set(at("2026-11-24 20:00"))
    life.inspected(True)
    with life.store.transaction() as session:
        closures.add(session, day=at("2026-11-25 12:00").date(), working=False, reason="Inventario")
    life.until("2026-11-25 09:00")
    assert life.is_quiet()
    life.until("2026-11-26 09:00")
    assert life.rings().request.to == OWNER


def test_a_whole_life_from_inspection_over_both_disputes_to_closed(everywhere: Outgoing) -> None:
    life = everywhere
    case_id = life.inspected(True, True, True, contacts=(OWNER, SECOND))
    rung = life.rings()
    greeted(rung).press("1", "1")
    life.over(rung)
    life.until("2026-11-25 13:30")
    life.do_works(case_id)
    rung = life.rings()
    greeted(rung).press("2", "1", "2", "1", "2", "2", "1", "1", "1", "1", "2")
    life.over(rung)
    assert life.status(case_id) == Status.VISIT_SCHEDULED
    life.until("2026-11-26 13:30")
    life.do_works(case_id)
    with life.store.transaction() as session:
        case = cases.lock(session, case_id)
        (waiting,) = visits.waiting(case)
        inspection.record(session, case, [Result(waiting.id, covered=False)], by="api", now=life.clock.now())
    life.work()
    assert life.status(case_id) == Status.WORKS_DONE
    rung = life.rings()
    greeted(rung).press("1", "5")
    life.over(rung)
    assert life.status(case_id) == Status.CLOSED
    assert life.requirement_states() == ["accepted", "accepted", "not_covered"]
    assert life.dates() == [("works", "done"), ("visit", "done"), ("works", "done")]
    assert life.outcomes() == ["booked", "disputed", "satisfied"]
    assert [purpose for purpose, _ in life.sent()] == [
        "booking",
        "booking",
        "booking",
        "not_covered",
        "closed",
    ]
    assert life.open_tasks() == []


def test_a_clock_that_stood_still_for_a_day_loses_nothing_and_repeats_nothing(life: Outgoing) -> None:
    life.inspected(True)
    life.unanswered()
    life.until("2026-11-25 13:00")
    assert life.rings().request.to == OWNER
    assert life.plan.attempts == 2


def test_a_text_says_shortly_before_who_is_about_to_call(
    sqlite_store: Store, tmp_path: Path, clock: MovableClock
) -> None:
    with open_outgoing(sqlite_store, tmp_path, clock, text_before_call=60) as life:
        life.inspected(True)
        assert life.sent() == [("about_to_call", OWNER)]
        assert life.is_quiet()
        life.later(seconds=61)
        life.unanswered()
        life.later(minutes=31)
        assert life.rings().request.to == OWNER
        assert life.sent() == [("about_to_call", OWNER)]  # once, before the first attempt


def test_without_a_600_number_nobody_is_called_and_an_agent_has_the_task(
    sqlite_store: Store, tmp_path: Path, clock: MovableClock
) -> None:
    with open_outgoing(sqlite_store, tmp_path, clock, outbound_number="+56988894612") as life:
        life.inspected(True)
        assert life.is_quiet()
        assert (life.open_tasks(), life.plan.answer) == (["ring_owner"], "not_allowed")


def test_a_number_that_is_on_the_line_with_us_is_not_called(life: Outgoing) -> None:
    caller = life.caller(OWNER)
    life.inspected(True)
    assert life.is_quiet()
    life.hang_up(caller)
    life.later(minutes=6)
    assert life.rings().request.to == OWNER


def test_two_cases_of_one_owner_are_called_about_one_after_the_other(life: Outgoing) -> None:
    life.inspected(True)
    life.inspected(True)
    first = life.rings()
    life.over(first, "no-answer")
    life.later(minutes=6)
    assert life.rings().request.to == OWNER
    assert [plan.attempts for plan in life.rows(PlannedCall)] == [1, 1]


def test_a_case_without_contacts_is_an_agents_task(life: Outgoing) -> None:
    life.inspected(True, contacts=())
    assert life.is_quiet()
    assert (life.open_tasks(), life.plan.answer) == (["unreachable"], "no_number")


# --- Pace --------------------------------------------------------------------------------------------------


def owe(life: Outgoing, count: int) -> None:
    """So many works calls are due now, each to a telephone of its own."""
    now = life.clock.now()
    with life.store.transaction() as session:
        home = make_home(session, make_project(session))
        for number in range(count):
            case = Case(
                number=f"9{number:06}",
                status=Status.INSPECTED,
                priority="standard",
                channel="phone",
                project_id=home.project_id,
                home_id=home.id,
                created_at=now,
                contacts=[CaseContact(phone=f"+5696000{number:04}")],
                requirements=[Requirement(category="doors", status="covered")],
            )
            session.add(case)
            session.flush()
            session.add(
                PlannedCall(purpose="works", case_id=case.id, state="planned", due_at=now, created_at=now)
            )


def test_calls_leave_at_the_operators_pace_within_two_percent(
    sqlite_store: Store, tmp_path: Path, clock: MovableClock
) -> None:
    with open_outgoing(sqlite_store, tmp_path, clock, calls_per_second=0.5) as life:
        owe(life, 310)
        start, seconds = clock.now(), 600
        picked = 0
        while clock.now() - start < timedelta(seconds=seconds):
            with life.store.transaction() as session:
                picked += len(dialling.pick(session, settings=life.line.settings, now=clock.now()))
                session.query(PlannedCall).filter_by(state="picked").update({"state": "ended"})
            clock.forward(timedelta(seconds=2))
        assert 0.98 * seconds * 0.5 <= picked <= 1.02 * seconds * 0.5 + 1


def test_however_many_calls_are_due_who_was_told_of_theirs_is_called_a_minute_later(
    sqlite_store: Store, tmp_path: Path, clock: MovableClock
) -> None:
    """At the full pace of one call in two seconds, which the texts that announce them do not slow down."""
    choices = {"text_before_call": 60, "calls_per_second": 0.5, "concurrent_calls": 1000}
    with open_outgoing(sqlite_store, tmp_path, clock, **choices) as life:
        owe(life, 60)
        start = clock.now()
        while clock.now() - start < timedelta(seconds=120):
            life.later(seconds=2)
        told = {text.phone: text.created_at for text in life.rows(TextRow)}
        called = {call.to_number: call.started_at for call in life.rows(CallRow)}
        assert 58 <= len(told) <= 60
        assert 28 <= len(called) <= 31
        assert list(told)[: len(called)] == list(called)
        waited = [(called[phone] - told[phone]).total_seconds() for phone in called]
        assert max(waited) < 66


def test_no_more_calls_go_on_at_once_than_the_operator_allows(
    sqlite_store: Store, tmp_path: Path, clock: MovableClock
) -> None:
    with open_outgoing(sqlite_store, tmp_path, clock, calls_per_second=50, concurrent_calls=3) as life:
        owe(life, 5)
        with life.store.transaction() as session:
            assert len(dialling.pick(session, settings=life.line.settings, now=clock.now())) == 1
        clock.forward(timedelta(seconds=2))
        with life.store.transaction() as session:
            assert len(dialling.pick(session, settings=life.line.settings, now=clock.now())) == 2
        clock.forward(timedelta(seconds=2))
        with life.store.transaction() as session:
            assert dialling.pick(session, settings=life.line.settings, now=clock.now()) == []


def test_calls_by_people_go_first_and_the_pace_counts_them(
    sqlite_store: Store, tmp_path: Path, clock: MovableClock
) -> None:
    with open_outgoing(sqlite_store, tmp_path, clock, calls_per_second=1) as life:
        give_way(life)


def give_way(life: Outgoing) -> None:
    """Two calls by people take the next two seconds of the pace."""
    owe(life, 5)
    now = life.clock.now()
    with life.store.transaction() as session:
        assert len(dialling.pick(session, settings=life.line.settings, now=now)) == 1
        session.add_all(
            CallRow(
                token=f"t{number}",
                direction="outbound",
                purpose="agent",
                from_number="+56988894612",
                to_number="+56990010001",
                channel="phone",
                urgent=True,
                status="queued",
                sequence=-1,
                started_at=now + timedelta(seconds=1),
            )
            for number in range(2)
        )
    later = now + timedelta(seconds=2)
    with life.store.transaction() as session:
        assert dialling.pick(session, settings=life.line.settings, now=later) == []
    later += timedelta(seconds=1.5)
    with life.store.transaction() as session:
        assert len(dialling.pick(session, settings=life.line.settings, now=later)) == 1
