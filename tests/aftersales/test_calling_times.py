"""Calling hours, the retry plan and "later": on business days and by the owner's clocks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from ivr.aftersales.calendar import BusinessCalendar, Closure, Hours
from ivr.aftersales.calling_times import CallingTimes, Later
from tests.making import at

PLAN = (timedelta(minutes=30), timedelta(hours=4), time(10))


def times(zone: str = "America/Santiago", *closures: Closure) -> CallingTimes:
    return CallingTimes(
        BusinessCalendar(None, zone, closures), Hours.on_business_days(time(9), time(19)), PLAN
    )


@pytest.mark.parametrize(
    ("attempts", "now", "then"),
    [
        (1, "2026-11-24 10:00", "2026-11-24 10:30"),
        (2, "2026-11-24 10:31", "2026-11-24 14:31"),
        (3, "2026-11-24 14:31", "2026-11-25 10:00"),
        (1, "2026-11-24 18:45", "2026-11-25 09:00"),
        (2, "2026-11-27 16:00", "2026-11-30 09:00"),
        (3, "2026-11-27 12:00", "2026-11-30 10:00"),
        (3, "2026-12-07 12:00", "2026-12-09 10:00"),  # Tuesday the 8th is a holiday
        (3, "2026-12-24 12:00", "2026-12-28 10:00"),  # Christmas on a Friday, and a weekend
    ],
)
def test_the_retry_plan_keeps_to_calling_hours_and_business_days(attempts: int, now: str, then: str) -> None:
    assert times().after(attempts, at(now)) == at(then)


def test_after_the_fourth_attempt_there_is_none() -> None:
    assert times().after(4, at("2026-11-25 10:00")) is None


def test_a_plan_of_the_operator_has_its_own_length() -> None:
    once = CallingTimes(BusinessCalendar(None, "America/Santiago"), times().hours, ())
    assert once.after(1, at("2026-11-25 10:00")) is None


@pytest.mark.parametrize(
    ("wanted", "now", "then"),
    [
        (Later.IN_AN_HOUR, "2026-11-24 10:00", "2026-11-24 11:00"),
        (Later.IN_AN_HOUR, "2026-11-24 18:30", "2026-11-25 09:00"),
        (Later.THIS_AFTERNOON, "2026-11-24 10:00", "2026-11-24 15:00"),
        (Later.THIS_AFTERNOON, "2026-11-24 14:30", "2026-11-24 16:30"),
        (Later.THIS_AFTERNOON, "2026-11-24 18:00", "2026-11-25 09:00"),
        (Later.TOMORROW, "2026-11-24 10:00", "2026-11-25 10:00"),
        (Later.TOMORROW, "2026-11-27 10:00", "2026-11-30 10:00"),
    ],
)
def test_later_is_never_at_night_and_never_on_a_day_off(wanted: Later, now: str, then: str) -> None:
    assert times().later(wanted, at(now)) == at(then)


def test_the_owners_clocks_count_not_the_offices() -> None:
    easter = times("Pacific/Easter")
    nine_in_santiago = at("2026-11-24 09:00")
    opens = datetime(2026, 11, 24, 9, tzinfo=ZoneInfo("Pacific/Easter")).astimezone(UTC)
    assert easter.allowed(nine_in_santiago) == opens == nine_in_santiago + timedelta(hours=2)


def test_the_morning_after_the_clocks_go_back_is_at_ten_by_the_wall() -> None:
    friday = at("2027-04-02 12:00")  # the night from Saturday to Sunday has an hour twice
    assert times().after(3, friday) == at("2027-04-05 10:00")
    assert times().later(Later.TOMORROW, friday) == at("2027-04-05 10:00")


def test_the_morning_after_the_clocks_go_forward_is_at_ten_by_the_wall() -> None:
    friday = at("2026-09-04 15:00")
    assert times().after(3, friday) == at("2026-09-07 10:00")
    assert times().after(3, friday) - friday == timedelta(hours=66)


def test_a_company_closure_is_no_day_for_calls() -> None:
    closed = Closure(at("2026-11-25 12:00").date(), False, "Inventario", None, None)
    assert times("America/Santiago", closed).after(3, at("2026-11-24 12:00")) == at("2026-11-26 10:00")
