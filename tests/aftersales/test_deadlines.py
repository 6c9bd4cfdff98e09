"""Terms that run out: each a task once, with a text to the supervisor."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ivr.aftersales import cases, visits, works
from ivr.aftersales.events import LINE, OWNER, EventKind, record
from ivr.aftersales.life import Category, Channel, RequirementStatus, Status, UrgentKind
from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import Task, TextRow
from tests.making import at, make_home, make_project
from tests.outgoing import FIXED, Outgoing, open_outgoing

SUPERVISOR = "+56977776666"


@pytest.fixture
def life(sqlite_store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Outgoing]:
    with open_outgoing(sqlite_store, tmp_path, clock) as opened:
        yield opened


def opened(life: Outgoing) -> int:
    """A standard case without a visit; its id."""
    with life.store.transaction() as session:
        home = make_home(session, make_project(session))
        case = cases.open_standard(
            session, home, Channel.PHONE, now=life.clock.now(), by=OWNER, contacts=[FIXED]
        )
        cases.add_requirement(session, case, Category.DOORS, by=OWNER, now=life.clock.now())
        return case.id


def of_kind(life: Outgoing, kind: str) -> list[str]:
    return [task.detail for task in life.rows(Task) if task.kind == kind]


def escalated(life: Outgoing) -> list[str]:
    return [text.body for text in life.rows(TextRow) if text.phone == SUPERVISOR]


def test_a_case_without_a_visit_is_late_on_the_fifth_business_day(life: Outgoing) -> None:
    opened(life)
    life.work()
    life.until("2026-12-01 08:59")
    assert of_kind(life, "visit_late") == []
    life.until("2026-12-01 09:01")
    life.later(days=10)
    assert of_kind(life, "visit_late") == ["Lleva 5 días hábiles sin fecha de visita."]
    assert len(escalated(life)) == 1


def test_a_case_with_a_visit_is_not_late_and_one_that_loses_it_has_five_days_again(life: Outgoing) -> None:
    case_id = opened(life)
    with life.store.transaction() as session:
        case = cases.lock(session, case_id)
        visits.book(session, case, at("2026-11-26 09:00"), now=life.clock.now(), by=OWNER)
    life.until("2026-11-26 11:00")
    with life.store.transaction() as session:
        case = cases.lock(session, case_id)
        visits.missed(session, case, case.appointments[0], by="company", now=life.clock.now())
    life.until("2026-12-02 12:00")
    assert of_kind(life, "visit_late") == []
    life.until("2026-12-03 09:01")
    assert len(of_kind(life, "visit_late")) == 1


def test_works_are_overdue_after_10_15_and_20_business_days(life: Outgoing) -> None:
    life.clock.set(at("2026-12-14 12:00"))
    life.inspected(True, contacts=())
    for wall, alarms in (
        ("2026-12-29 08:59", 0),  # Christmas does not count
        ("2026-12-29 09:01", 1),
        ("2027-01-06 09:01", 2),
        ("2027-01-13 09:01", 3),
        ("2027-02-20 12:00", 3),
    ):
        life.until(wall)
        assert len(of_kind(life, "overdue_works")) == alarms
    assert of_kind(life, "overdue_works")[0] == (
        "Lleva 10 días hábiles sin trabajos ejecutados, y no tienen fecha."
    )


def test_a_clock_that_stood_still_raises_each_alarm_once(life: Outgoing) -> None:
    life.clock.set(at("2026-12-14 12:00"))
    life.inspected(True, contacts=())
    life.until("2027-03-01 12:00")
    life.later(days=1)
    assert len(of_kind(life, "overdue_works")) == 3


def test_executed_works_are_not_overdue(life: Outgoing) -> None:
    case_id = life.inspected(True, contacts=())
    with life.store.transaction() as session:
        case = cases.lock(session, case_id)
        works.book(session, case, at("2026-11-26 09:00"), now=life.clock.now(), by="api")
    life.until("2026-11-26 13:00")
    life.do_works(case_id)
    life.until("2027-03-01 12:00")
    assert of_kind(life, "overdue_works") == []


def test_a_dispute_gives_the_works_a_term_of_their_own(life: Outgoing) -> None:
    case_id = life.case_at(Status.INSPECTED, (RequirementStatus.DISPUTED,), contacts=())
    with life.store.transaction() as session:
        case = cases.lock(session, case_id)
        case.works_since = at("2026-11-24 12:00").date()
        case.requirements[0].remedy = "works"
        record(session, case, EventKind.DISPUTED, by=OWNER, now=life.clock.now(), requirements=[])
    life.work()
    life.until("2026-12-09 09:01")
    assert len(of_kind(life, "overdue_works")) == 1


def test_an_urgency_that_nobody_takes_is_an_alarm_after_5_and_15_minutes(life: Outgoing) -> None:
    with life.store.transaction() as session:
        cases.open_urgent(
            session, UrgentKind.WATER, Channel.WEB, now=life.clock.now(), by=LINE, contacts=[FIXED]
        )
    life.work()
    life.later(minutes=4)
    assert of_kind(life, "urgent_unacknowledged") == []
    life.later(minutes=2)
    assert of_kind(life, "urgent_unacknowledged") == ["Urgencia sin atender desde hace 5 minutos."]
    life.later(minutes=10)
    life.later(hours=3)
    assert len(of_kind(life, "urgent_unacknowledged")) == 2
    assert len(escalated(life)) == 2


def test_an_urgency_that_somebody_takes_is_none(life: Outgoing) -> None:
    with life.store.transaction() as session:
        made = cases.open_urgent(
            session, UrgentKind.WATER, Channel.WEB, now=life.clock.now(), by=LINE, contacts=[FIXED]
        )
    life.work()
    with life.store.transaction() as session:
        cases.acknowledge(session, cases.lock(session, made.id), "Marcela", now=life.clock.now())
    life.later(minutes=30)
    assert of_kind(life, "urgent_unacknowledged") == []


def test_where_the_rounds_have_told_the_supervisor_the_alarm_does_not_tell_again(life: Outgoing) -> None:
    with life.store.transaction() as session:
        made = cases.open_urgent(
            session, UrgentKind.WATER, Channel.WEB, now=life.clock.now(), by=LINE, contacts=[FIXED]
        )
        session.add(
            TextRow(
                direction="out",
                phone=SUPERVISOR,
                body="Urgencia sin atender",
                purpose="supervisor",
                case_id=made.id,
                state="sent",
                segments=1,
                created_at=life.clock.now() + timedelta(minutes=3),
            )
        )
    life.work()
    life.later(minutes=6)
    assert len(of_kind(life, "urgent_unacknowledged")) == 1
    assert len(escalated(life)) == 1
