"""The reminder by telephone, for numbers that take no texts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.aftersales import cases, visits, works
from ivr.aftersales.life import RequirementStatus, Status
from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import Appointment, PlannedCall
from tests.making import at
from tests.outgoing import FIXED, OWNER, Outgoing, Rung, greeted, open_outgoing


@pytest.fixture
def life(sqlite_store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Outgoing]:
    with open_outgoing(sqlite_store, tmp_path, clock) as opened:
        yield opened


def visit_on(life: Outgoing, wall: str, *contacts: str) -> int:
    """A case whose visit was just booked; its id."""
    case_id = life.case_at(Status.OPEN, (RequirementStatus.REPORTED,), contacts=contacts)
    with life.store.transaction() as session:
        case = cases.lock(session, case_id)
        visits.book(session, case, at(wall), now=life.clock.now(), by="api")
    life.work()
    return case_id


def works_on(life: Outgoing, wall: str, *contacts: str) -> None:
    """A case whose works were just booked."""
    case_id = life.case_at(Status.INSPECTED, (RequirementStatus.COVERED,), contacts=contacts)
    with life.store.transaction() as session:
        case = cases.lock(session, case_id)
        works.book(session, case, at(wall), now=life.clock.now(), by="api")
    life.work()


def reminded(life: Outgoing) -> Rung:
    """A fixed telephone rings on the business day before its visit of Thursday."""
    visit_on(life, "2026-11-26 09:00", FIXED)
    assert life.is_quiet()
    life.until("2026-11-25 10:00")
    return life.rings()


def test_the_day_before_a_mobile_gets_a_text_and_no_call(life: Outgoing) -> None:
    visit_on(life, "2026-11-26 09:00", OWNER)
    life.until("2026-11-25 09:59")
    assert [purpose for purpose, _ in life.sent()] == ["booking"]
    life.until("2026-11-25 10:00")
    life.later(hours=3)
    assert [purpose for purpose, _ in life.sent()] == ["booking", "reminder"]
    assert life.is_quiet()


def test_a_fixed_telephone_is_called_and_confirms_by_one_key(life: Outgoing) -> None:
    rung = reminded(life)
    call = rung.answer()
    assert call.hears("Es para recordarle una fecha de postventa")
    assert call.press("1").hears("Le recordamos su visita de inspección, el jueves veintiséis de noviembre")
    assert call.press("1").hears("Gracias por confirmar")
    assert call.over
    life.over(rung)
    (visit,) = life.rows(Appointment)
    assert visit.confirmed_at is not None
    assert (life.plan.answer, life.outcomes()) == ("answered", ["confirmed"])


def test_two_changes_the_date(life: Outgoing) -> None:
    rung = reminded(life)
    call = greeted(rung).press("2")
    assert call.hears("Estas son las horas para su visita")
    assert call.press("1", "1").hears("Listo. Su visita de inspección será el")
    assert call.press("1").hears("Listo. Su visita")
    assert call.silence().over
    life.over(rung)
    assert life.dates() == [("visit", "cancelled"), ("visit", "booked")]
    assert life.plan.answer == "answered"


def test_a_change_without_a_free_date_keeps_the_old_one(
    life: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung = reminded(life)
    monkeypatch.setattr(visits, "offers", lambda *_args, **_more: [])
    call = greeted(rung).press("2")
    assert call.hears("no queda otra fecha libre. La que usted tiene se mantiene")
    assert call.hears("Para confirmar, marque uno")
    call.press("1")
    life.over(rung)
    assert life.dates() == [("visit", "booked")]
    assert life.outcomes() == ["confirmed"]


def test_three_cancels_it_after_asking_again(life: Outgoing) -> None:
    rung = reminded(life)
    call = greeted(rung).press("3")
    assert call.hears("¿Quiere anular la visita del jueves veintiséis")
    assert call.press("2").hears("Le recordamos su visita")
    assert call.press("3", "1").hears("La fecha quedó anulada")
    assert call.over
    life.over(rung)
    assert life.dates() == [("visit", "cancelled")]
    assert (life.plan.answer, life.outcomes()) == ("answered", ["date_cancelled"])


def test_works_are_reminded_of_with_somebody_at_home(life: Outgoing) -> None:
    works_on(life, "2026-11-26 14:00", FIXED)
    life.until("2026-11-25 10:00")
    call = greeted(life.rings())
    assert call.hears("Le recordamos los trabajos en su hogar, el jueves veintiséis de noviembre")
    assert call.hears("Alguien debe estar en casa")
    assert call.press("3").hears("¿Anulamos los trabajos del jueves")


def test_a_date_that_is_off_meanwhile_is_not_reminded_of(life: Outgoing) -> None:
    rung = reminded(life)
    call = rung.answer()
    with life.store.transaction() as session:
        case = cases.lock(session, life.plan.case_id)
        visits.cancel(session, case, case.appointments[0], by="api", now=life.clock.now())
    assert call.press("1").hears("Eso ya quedó resuelto")
    life.over(rung)
    assert life.plan.state == "ended"


def test_a_date_agreed_on_the_day_before_needs_no_reminder(life: Outgoing) -> None:
    life.clock.set(at("2026-11-25 10:30"))
    visit_on(life, "2026-11-26 09:00", FIXED)
    life.until("2026-11-25 18:00")
    assert life.is_quiet()
    assert life.rows(PlannedCall) == []


def test_before_a_holiday_the_reminder_comes_on_the_last_business_day(life: Outgoing) -> None:
    life.clock.set(at("2026-12-03 11:00"))
    works_on(life, "2026-12-09 09:00", OWNER)  # Tuesday the 8th is a holiday
    life.until("2026-12-07 09:59")
    assert [purpose for purpose, _ in life.sent()] == ["booking"]
    life.until("2026-12-07 10:00")
    assert [purpose for purpose, _ in life.sent()] == ["booking", "reminder"]


def test_a_changed_date_is_reminded_of_and_the_old_one_is_not(life: Outgoing) -> None:
    case_id = visit_on(life, "2026-11-26 09:00", OWNER)
    with life.store.transaction() as session:
        case = cases.lock(session, case_id)
        visits.book(session, case, at("2026-11-26 15:00"), now=life.clock.now(), by="api")
    life.work()
    life.until("2026-11-25 10:00")
    assert [purpose for purpose, _ in life.sent()].count("reminder") == 1
