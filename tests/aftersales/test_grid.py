"""The days and slots of inspection visits and works."""

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

import pytest

from ivr.aftersales.calendar import BusinessCalendar, Closure, Hours
from ivr.aftersales.grid import visit_days, visit_slots, visit_window, works_slots, works_window
from tests.aftersales.chilean_holidays import public_holidays

SANTIAGO = BusinessCalendar("RM", "America/Santiago")

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = range(1, 6)


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def noon(day: date) -> datetime:
    return SANTIAGO.at(day, time(12))


def wall(calendar: BusinessCalendar, moment: datetime) -> str:
    return calendar.local(moment).strftime("%H:%M")


class TestVisitWindow:
    @pytest.mark.parametrize("region", [None, "RM", "AP", "NB"])
    def test_holds_the_five_days_the_law_leaves_for_every_call_date_and_weekday(
        self, region: str | None
    ) -> None:
        calendar = BusinessCalendar(region, "America/Santiago")
        law = {day for year in (2026, 2027, 2028, 2029) for day in public_holidays(year, region)}
        lawful = [d for d in days(date(2026, 1, 1), date(2029, 1, 31)) if d.weekday() < 5 and d not in law]
        for call in days(date(2026, 1, 1), date(2028, 12, 31)):
            following = bisect_right(lawful, call)
            expected = lawful[following : following + 5]
            for weekday in range(1, 6):
                found = visit_days(calendar, noon(call), weekday)
                assert found.assigned == [d for d in expected if d.isoweekday() == weekday], call
                assert found.substitutes == [d for d in expected if d.isoweekday() != weekday], call

    @pytest.mark.parametrize(
        ("call", "window"),
        [
            (date(2026, 12, 4), [7, 9, 10, 11, 14]),
            (date(2026, 12, 21), [22, 23, 24, 28, 29]),
            (date(2027, 9, 10), [13, 14, 15, 16, 20]),
            (date(2026, 12, 1), [2, 3, 4, 7, 9]),
            (date(2026, 12, 3), [4, 7, 9, 10, 11]),
        ],
    )
    def test_starts_the_day_after_the_call(self, call: date, window: list[int]) -> None:
        assert [d.day for d in visit_window(SANTIAGO, noon(call))] == window

    @pytest.mark.parametrize(
        ("call", "weekday", "assigned"),
        [
            (date(2026, 12, 4), TUESDAY, []),
            (date(2026, 12, 21), FRIDAY, []),
            (date(2027, 9, 10), FRIDAY, []),
            (date(2026, 12, 4), MONDAY, [7, 14]),
            (date(2026, 12, 1), WEDNESDAY, [2, 9]),
            (date(2026, 12, 3), FRIDAY, [4, 11]),
        ],
    )
    def test_may_hold_the_assigned_weekday_never_or_twice(
        self, call: date, weekday: int, assigned: list[int]
    ) -> None:
        found = visit_days(SANTIAGO, noon(call), weekday)
        assert [d.day for d in found.assigned] == assigned
        assert sorted(found.assigned + found.substitutes) == visit_window(SANTIAGO, noon(call))

    def test_lacks_the_assigned_weekday_for_exactly_these_call_dates(self) -> None:
        calls = days(date(2026, 12, 1), date(2027, 12, 31))
        missing = {
            w: [c for c in calls if not visit_days(SANTIAGO, noon(c), w).assigned] for w in range(1, 6)
        }
        assert {weekday: _ranges(dates) for weekday, dates in missing.items()} == {
            MONDAY: [
                (date(2027, 6, 14), date(2027, 6, 24)),
                (date(2027, 10, 4), date(2027, 10, 7)),
                (date(2027, 10, 25), date(2027, 10, 28)),
            ],
            TUESDAY: [(date(2026, 12, 1), date(2026, 12, 6))],
            WEDNESDAY: [(date(2027, 12, 1), date(2027, 12, 6))],
            THURSDAY: [],
            FRIDAY: [
                (date(2026, 12, 18), date(2026, 12, 30)),
                (date(2027, 3, 19), date(2027, 3, 24)),
                (date(2027, 5, 14), date(2027, 5, 19)),
                (date(2027, 7, 9), date(2027, 7, 14)),
                (date(2027, 9, 10), date(2027, 9, 15)),
            ],
        }
        twice = [c for c in calls for w in range(1, 6) if len(visit_days(SANTIAGO, noon(c), w).assigned) == 2]
        assert (sum(map(len, missing.values())), len(twice)) == (68, 68)

    @pytest.mark.parametrize(
        ("year", "missing"),
        [
            (2026, {MONDAY: 8, TUESDAY: 4, THURSDAY: 8, FRIDAY: 20}),
            (2027, {MONDAY: 16, WEDNESDAY: 4, FRIDAY: 16}),
        ],
    )
    def test_lacks_it_this_often_for_calls_on_business_days(self, year: int, missing: dict[int, int]) -> None:
        calls = [d for d in days(date(year, 1, 1), date(year, 12, 31)) if SANTIAGO.is_business_day(d)]
        assert len(calls) == 251
        counted = {w: sum(not visit_days(SANTIAGO, noon(c), w).assigned for c in calls) for w in range(1, 6)}
        assert {weekday: n for weekday, n in counted.items() if n} == missing

    def test_of_a_call_around_midnight_is_counted_from_the_local_day(self) -> None:
        before, after = datetime(2026, 11, 24, 2, 59, tzinfo=UTC), datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
        assert visit_window(SANTIAGO, before)[0] == date(2026, 11, 24)
        assert visit_window(SANTIAGO, after)[0] == date(2026, 11, 25)

    def test_of_a_call_in_the_nights_when_the_clocks_change_is_the_week_that_follows(self) -> None:
        for call in (
            datetime(2026, 4, 5, 2, 30, tzinfo=UTC),  # Saturday 23:30, the first time
            datetime(2026, 4, 5, 3, 30, tzinfo=UTC),  # Saturday 23:30, the second time
            datetime(2026, 4, 5, 4, 0, tzinfo=UTC),
        ):
            assert [d.day for d in visit_window(SANTIAGO, call)] == [6, 7, 8, 9, 10]
        for call in (datetime(2026, 9, 6, 3, 59, tzinfo=UTC), datetime(2026, 9, 6, 4, 0, tzinfo=UTC)):
            assert [d.day for d in visit_window(SANTIAGO, call)] == [7, 8, 9, 10, 11]

    def test_leaves_out_a_day_that_the_company_closes(self) -> None:
        closed = Closure(date(2026, 11, 26), working=False, reason="inventario", region=None, project_id=7)
        calendar = BusinessCalendar("RM", "America/Santiago", [closed])
        assert [d.day for d in visit_window(calendar, noon(date(2026, 11, 23)))] == [24, 25, 27, 30, 1]

    @pytest.mark.parametrize("weekday", [0, 6, 7])
    def test_refuses_a_weekday_on_which_nobody_works(self, weekday: int) -> None:
        with pytest.raises(ValueError, match=r"1 \(Monday\) to 5 \(Friday\)"):
            visit_days(SANTIAGO, noon(date(2026, 11, 23)), weekday)


class TestVisitSlots:
    def test_of_half_an_hour_fill_the_morning_and_the_afternoon_of_a_thursday(self) -> None:
        slots = visit_slots(SANTIAGO, date(2026, 11, 26), 30)
        assert [wall(SANTIAGO, slot.start) for slot in slots] == [
            *("09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "12:00", "12:30", "13:00"),
            *("15:00", "15:30", "16:00", "16:30", "17:00", "17:30", "18:00"),
        ]
        assert {slot.end - slot.start for slot in slots} == {timedelta(minutes=30)}
        assert slots[0].start.isoformat() == "2026-11-26T12:00:00+00:00"

    def test_end_at_half_past_two_on_a_friday(self) -> None:
        slots = visit_slots(SANTIAGO, date(2026, 11, 27), 30)
        assert len(slots) == 11
        assert (wall(SANTIAGO, slots[-1].start), wall(SANTIAGO, slots[-1].end)) == ("14:00", "14:30")

    @pytest.mark.parametrize(
        ("minutes", "thursday", "friday"),
        [
            (60, "09 10 11 12 15 16 17", "09 10 11 12 13"),
            (90, "09:00 10:30 12:00 15:00 16:30", "09:00 10:30 12:00"),
            (120, "09 11 15", "09 11"),
            (240, "09", "09"),
            (300, "", "09"),
            (331, "", ""),
        ],
    )
    def test_lie_wholly_inside_the_hours(self, minutes: int, thursday: str, friday: str) -> None:
        def starts(day: date) -> list[str]:
            return [wall(SANTIAGO, slot.start) for slot in visit_slots(SANTIAGO, day, minutes)]

        def times(text: str) -> list[str]:
            return [word if ":" in word else f"{word}:00" for word in text.split()]

        assert starts(date(2026, 11, 26)) == times(thursday)
        assert starts(date(2026, 11, 27)) == times(friday)

    @pytest.mark.parametrize("closed", [date(2026, 11, 28), date(2026, 11, 29), date(2026, 12, 8)])
    def test_are_none_on_a_weekend_or_a_holiday(self, closed: date) -> None:
        assert visit_slots(SANTIAGO, closed, 30) == []
        assert works_slots(SANTIAGO, closed) == []

    def test_keep_their_wall_clock_over_the_nights_when_the_clocks_change(self) -> None:
        starts = {
            day: visit_slots(SANTIAGO, day, 30)[0].start.isoformat()
            for day in (date(2026, 4, 2), date(2026, 4, 6), date(2026, 9, 4), date(2026, 9, 7))
        }
        assert starts == {
            date(2026, 4, 2): "2026-04-02T12:00:00+00:00",
            date(2026, 4, 6): "2026-04-06T13:00:00+00:00",
            date(2026, 9, 4): "2026-09-04T13:00:00+00:00",
            date(2026, 9, 7): "2026-09-07T12:00:00+00:00",
        }

    @pytest.mark.parametrize(
        ("zone", "first"),
        [
            ("America/Punta_Arenas", 12),
            ("America/Coyhaique", 12),
            ("America/Santiago", 13),
            ("Pacific/Easter", 15),
        ],
    )
    def test_start_at_nine_by_each_zones_own_clock_in_winter(self, zone: str, first: int) -> None:
        calendar = BusinessCalendar(None, zone)
        slot = visit_slots(calendar, date(2026, 6, 15), 30)[0]
        assert (slot.start, wall(calendar, slot.start)) == (datetime(2026, 6, 15, first, tzinfo=UTC), "09:00")

    def test_follow_other_hours_where_they_are_given(self) -> None:
        slots = visit_slots(SANTIAGO, date(2026, 11, 26), 45, Hours.on_business_days(time(10), time(11, 30)))
        assert [wall(SANTIAGO, slot.start) for slot in slots] == ["10:00", "10:45"]

    def test_may_last_a_minute(self) -> None:
        assert len(visit_slots(SANTIAGO, date(2026, 11, 26), 1)) == 8 * 60

    @pytest.mark.parametrize("minutes", [0, -30])
    def test_refuse_to_last_no_time(self, minutes: int) -> None:
        with pytest.raises(ValueError, match="at least one minute"):
            visit_slots(SANTIAGO, date(2026, 11, 26), minutes)


class TestWorks:
    @pytest.mark.parametrize("day", [date(2026, 11, 26), date(2026, 11, 27)])
    def test_take_half_a_day_on_a_friday_as_on_any_other(self, day: date) -> None:
        slots = [(wall(SANTIAGO, s.start), wall(SANTIAGO, s.end)) for s in works_slots(SANTIAGO, day)]
        assert slots == [("09:00", "13:00"), ("14:00", "18:00")]

    def test_may_be_on_any_business_day_after_the_call_up_to_the_twentieth_after_the_inspection(self) -> None:
        window = works_window(SANTIAGO, noon(date(2026, 11, 26)), since=date(2026, 11, 24))
        assert (window[0], window[-1], len(window)) == (date(2026, 11, 27), date(2026, 12, 23), 18)
        assert date(2026, 12, 8) not in window

    def test_start_the_business_day_after_a_call_on_the_day_of_the_inspection(self) -> None:
        window = works_window(SANTIAGO, noon(date(2026, 12, 7)), since=date(2026, 12, 7))
        assert (window[0], window[-1], len(window)) == (date(2026, 12, 9), date(2027, 1, 7), 20)

    def test_have_one_day_left_on_the_nineteenth_and_none_on_the_twentieth(self) -> None:
        inspected = date(2026, 11, 24)
        assert works_window(SANTIAGO, noon(date(2026, 12, 22)), inspected) == [date(2026, 12, 23)]
        assert works_window(SANTIAGO, noon(date(2026, 12, 23)), inspected) == []
        assert works_window(SANTIAGO, noon(date(2027, 2, 1)), inspected) == []

    def test_are_counted_from_the_local_day_of_the_call(self) -> None:
        half_past_eleven_at_night = datetime(2026, 11, 27, 2, 30, tzinfo=UTC)
        window = works_window(SANTIAGO, half_past_eleven_at_night, since=date(2026, 11, 24))
        assert window[0] == date(2026, 11, 27)


def _ranges(dates: list[date]) -> list[tuple[date, date]]:
    """Runs of consecutive days as (first, last)."""
    runs = [[d for _, d in run] for _, run in groupby(enumerate(dates), lambda p: p[1].toordinal() - p[0])]
    return [(run[0], run[-1]) for run in runs]
