"""Business days, local time and opening hours."""

import time as clock
from datetime import UTC, date, datetime, time, timedelta

import pytest

from ivr.aftersales.calendar import (
    CALLING_HOURS,
    OFFICE_HOURS,
    TEXT_HOURS,
    BusinessCalendar,
    Closure,
    Hours,
    Span,
    UnknownRegion,
    UnknownTimezone,
    is_open,
    next_allowed,
    next_opening,
    within,
)
from tests.aftersales.chilean_holidays import easter_sunday, public_holidays, winter_solstice

SANTIAGO = BusinessCalendar("RM", "America/Santiago")
NATION = BusinessCalendar(None, "America/Santiago")

WEEKDAY_HOLIDAYS_TO_THE_END_OF_2027 = {
    date(2026, 12, 8): "La Inmaculada Concepción",
    date(2026, 12, 25): "Navidad",
    date(2027, 1, 1): "Año Nuevo",
    date(2027, 3, 26): "Viernes Santo",
    date(2027, 5, 21): "Día de las Glorias Navales",
    date(2027, 6, 21): "Día Nacional de los Pueblos Indígenas",
    date(2027, 6, 28): "San Pedro y San Pablo",
    date(2027, 7, 16): "Virgen del Carmen",
    date(2027, 9, 17): "Fiestas Patrias",
    date(2027, 10, 11): "Día del Encuentro de dos Mundos",
    date(2027, 11, 1): "Día de Todos los Santos",
    date(2027, 12, 8): "La Inmaculada Concepción",
}


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def utc(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def off(
    day: date, *, region: str | None = None, project: int | None = None, reason: str = "cierre"
) -> Closure:
    return Closure(day, working=False, reason=reason, region=region, project_id=project)


def worked(day: date, *, region: str | None = None, project: int | None = None) -> Closure:
    return Closure(day, working=True, reason="turno", region=region, project_id=project)


class TestTheLawTable:
    """The judge is judged first, by what was published."""

    def test_knows_easter_and_the_solstice(self) -> None:
        assert [easter_sunday(year) for year in (2024, 2025, 2026, 2027, 2028)] == [
            date(2024, 3, 31),
            date(2025, 4, 20),
            date(2026, 4, 5),
            date(2027, 3, 28),
            date(2028, 4, 16),
        ]
        assert [winter_solstice(year).day for year in (2024, 2025, 2026, 2027, 2028)] == [20, 20, 21, 21, 20]

    def test_agrees_with_the_weekday_holidays_published_to_the_end_of_2027(self) -> None:
        law = public_holidays(2026) | public_holidays(2027)
        weekdays = {day for day in law if day >= date(2026, 11, 22) and day.weekday() < 5}
        assert weekdays == set(WEEKDAY_HOLIDAYS_TO_THE_END_OF_2027)

    def test_has_as_many_national_holidays_as_were_published(self) -> None:
        assert (len(public_holidays(2026)), len(public_holidays(2027))) == (16, 17)


class TestBusinessDays:
    @pytest.mark.parametrize("region", [None, "RM", "AP", "NB", "MA", "VS"])
    def test_are_the_weekdays_that_no_law_takes_away(self, region: str | None) -> None:
        calendar = BusinessCalendar(region, "America/Santiago")
        law = {day for year in (2026, 2027, 2028) for day in public_holidays(year, region)}
        for day in days(date(2026, 1, 1), date(2028, 12, 31)):
            assert calendar.is_business_day(day) is (day.weekday() < 5 and day not in law), day

    def test_name_the_holiday_in_spanish(self) -> None:
        assert {d: NATION.why_not(d) for d in WEEKDAY_HOLIDAYS_TO_THE_END_OF_2027} == (
            WEEKDAY_HOLIDAYS_TO_THE_END_OF_2027
        )

    def test_say_weekend_only_where_no_holiday_says_more(self) -> None:
        assert NATION.why_not(date(2026, 11, 28)) == "fin de semana"
        assert NATION.why_not(date(2027, 9, 18)) == "Día de la Independencia"
        assert NATION.why_not(date(2026, 11, 30)) is None

    def test_count_the_bankers_31_december(self) -> None:
        assert NATION.is_business_day(date(2026, 12, 31))

    def test_take_7_june_away_in_arica_and_20_august_in_nuble_only(self) -> None:
        morro, procer = date(2027, 6, 7), date(2027, 8, 20)
        closed = {
            region: [
                not BusinessCalendar(region, "America/Santiago").is_business_day(d) for d in (morro, procer)
            ]
            for region in ("AP", "NB", "RM", None)
        }
        assert closed == {
            "AP": [True, False],
            "NB": [False, True],
            "RM": [False, False],
            None: [False, False],
        }

    @pytest.mark.parametrize("region", ["CL-AP", "ap", "Ñuble", "XX", ""])
    def test_refuse_a_region_that_is_no_code(self, region: str) -> None:
        with pytest.raises(UnknownRegion, match="expected one of AI, AN, AP"):
            BusinessCalendar(region, "America/Santiago")

    @pytest.mark.parametrize(
        "zone", ["America/Chillan", "America", "", "../etc/passwd", "/etc/passwd", "a\0b"]
    )
    def test_refuse_a_time_zone_that_does_not_exist(self, zone: str) -> None:
        with pytest.raises(UnknownTimezone, match="expected a name like America/Santiago"):
            BusinessCalendar("RM", zone)

    def test_refuse_a_moment_where_a_day_is_asked_for(self) -> None:
        with pytest.raises(TypeError, match="local_date"):
            SANTIAGO.is_business_day(utc(2026, 12, 8, 12))


class TestCounting:
    @pytest.mark.parametrize(
        ("start", "n", "result"),
        [
            (date(2026, 12, 4), 5, date(2026, 12, 14)),
            (date(2026, 12, 5), 0, date(2026, 12, 7)),
            (date(2026, 11, 24), 20, date(2026, 12, 23)),
            (date(2026, 12, 7), 20, date(2027, 1, 7)),
            (date(2026, 12, 14), 20, date(2027, 1, 13)),
            (date(2027, 9, 10), 20, date(2027, 10, 12)),
            (date(2026, 12, 7), 0, date(2026, 12, 7)),
            (date(2026, 12, 9), -1, date(2026, 12, 7)),  # a reminder goes out before the holiday
            (date(2026, 12, 14), -5, date(2026, 12, 4)),
        ],
    )
    def test_adds_business_days(self, start: date, n: int, result: date) -> None:
        assert NATION.add(start, n) == result

    def test_days_elapsed_leave_the_first_day_out_and_the_last_day_in(self) -> None:
        assert NATION.count_between(date(2026, 12, 4), date(2026, 12, 14)) == 5
        assert NATION.count_between(date(2026, 12, 4), date(2026, 12, 6)) == 0
        assert NATION.count_between(date(2026, 12, 7), date(2026, 12, 8)) == 0
        assert NATION.count_between(date(2026, 12, 7), date(2026, 12, 7)) == 0
        assert NATION.count_between(date(2026, 12, 14), date(2026, 12, 4)) == 0

    def test_the_nth_business_day_after_a_day_is_n_days_elapsed_from_it(self) -> None:
        for start in days(date(2026, 12, 1), date(2027, 12, 31)):
            assert [NATION.count_between(start, d) for d in NATION.window(start, 20)] == list(range(1, 21))
            assert NATION.add(start, 20) == NATION.window(start, 20)[-1]


class TestOverrides:
    """27 November 2026 is a Friday; 20 August 2027 a Friday and a holiday in Ñuble."""

    FRIDAY = date(2026, 11, 27)
    PROCER = date(2027, 8, 20)

    @pytest.mark.parametrize(("region", "project"), [(None, None), ("NB", None), (None, 7)])
    def test_of_any_scope_close_a_day_and_say_why(self, region: str | None, project: int | None) -> None:
        closure = off(self.FRIDAY, reason="cierre de la empresa", region=region, project=project)
        calendar = BusinessCalendar("NB", "America/Santiago", [closure])
        assert calendar.why_not(self.FRIDAY) == "cierre de la empresa"
        assert calendar.window(date(2026, 11, 26), 1) == [date(2026, 11, 30)]

    @pytest.mark.parametrize(("region", "project"), [(None, None), ("NB", None), (None, 7)])
    def test_of_any_scope_open_a_holiday(self, region: str | None, project: int | None) -> None:
        closure = worked(self.PROCER, region=region, project=project)
        calendar = BusinessCalendar("NB", "America/Santiago", [closure])
        assert calendar.why_not(self.PROCER) is None
        assert calendar.window(date(2027, 8, 19), 1) == [self.PROCER]

    @pytest.mark.parametrize(
        ("closures", "open_"),
        [
            ([off(FRIDAY), worked(FRIDAY, region="NB")], True),
            ([worked(FRIDAY), off(FRIDAY, region="NB")], False),
            ([off(FRIDAY, region="NB"), worked(FRIDAY, project=7)], True),
            ([worked(FRIDAY, region="NB"), off(FRIDAY, project=7)], False),
            ([off(FRIDAY), worked(FRIDAY, project=7)], True),
            ([worked(FRIDAY), off(FRIDAY, project=7)], False),
            ([worked(FRIDAY), off(FRIDAY, region="NB"), worked(FRIDAY, project=7)], True),
            ([off(FRIDAY), worked(FRIDAY, region="NB"), off(FRIDAY, project=7)], False),
        ],
    )
    def test_the_most_specific_wins_in_whatever_order_they_come(
        self, closures: list[Closure], open_: bool
    ) -> None:
        for given in (closures, closures[::-1]):
            assert BusinessCalendar("NB", "America/Santiago", given).is_business_day(self.FRIDAY) is open_

    def test_of_another_region_change_nothing(self) -> None:
        for region in ("RM", None):
            calendar = BusinessCalendar(region, "America/Santiago", [off(self.FRIDAY, region="NB")])
            assert calendar.is_business_day(self.FRIDAY)

    def test_touch_their_own_day_only(self) -> None:
        calendar = BusinessCalendar("NB", "America/Santiago", [off(self.FRIDAY), worked(self.PROCER)])
        plain = BusinessCalendar("NB", "America/Santiago")
        others = [
            d for d in days(date(2026, 1, 1), date(2028, 12, 31)) if d not in {self.FRIDAY, self.PROCER}
        ]
        assert [calendar.why_not(d) for d in others] == [plain.why_not(d) for d in others]

    def test_never_make_a_weekend_a_business_day(self) -> None:
        saturday, holiday_on_saturday = date(2026, 11, 28), date(2027, 9, 18)
        given = [worked(saturday, project=7), worked(holiday_on_saturday)]
        calendar = BusinessCalendar("NB", "America/Santiago", given)
        assert calendar.why_not(saturday) == "fin de semana"
        assert calendar.why_not(holiday_on_saturday) == "fin de semana"

    def test_of_two_projects_are_refused(self) -> None:
        with pytest.raises(ValueError, match="more than one project"):
            BusinessCalendar(
                None, "America/Santiago", [off(self.FRIDAY, project=7), off(self.PROCER, project=8)]
            )


class TestLocalTime:
    def test_the_day_changes_at_local_midnight(self) -> None:
        assert SANTIAGO.local_date(utc(2026, 12, 9, 2, 59)) == date(2026, 12, 8)
        assert SANTIAGO.local_date(utc(2026, 12, 9, 3, 0)) == date(2026, 12, 9)

    @pytest.mark.parametrize(
        ("zone", "in_june", "in_december"),
        [
            ("America/Santiago", 13, 12),
            ("America/Punta_Arenas", 12, 12),
            ("America/Coyhaique", 12, 12),
            ("Pacific/Easter", 15, 14),
        ],
    )
    def test_nine_in_the_morning_is_each_zones_own(self, zone: str, in_june: int, in_december: int) -> None:
        calendar = BusinessCalendar(None, zone)
        assert calendar.at(date(2026, 6, 15), time(9)) == utc(2026, 6, 15, in_june)
        assert calendar.at(date(2026, 12, 15), time(9)) == utc(2026, 12, 15, in_december)

    def test_the_same_moment_is_another_day_farther_south_in_winter(self) -> None:
        moment = utc(2026, 6, 16, 3, 30)
        dates = {
            zone: BusinessCalendar(None, zone).local_date(moment)
            for zone in ("America/Santiago", "America/Punta_Arenas", "America/Coyhaique", "Pacific/Easter")
        }
        assert dates == {
            "America/Santiago": date(2026, 6, 15),
            "America/Punta_Arenas": date(2026, 6, 16),
            "America/Coyhaique": date(2026, 6, 16),
            "Pacific/Easter": date(2026, 6, 15),
        }

    def test_comes_back_in_the_projects_zone(self) -> None:
        moment = SANTIAGO.at(date(2026, 6, 15), time(9, 30))
        assert moment.isoformat() == "2026-06-15T09:30:00-04:00"
        assert SANTIAGO.local(moment.astimezone(UTC)).isoformat() == "2026-06-15T09:30:00-04:00"

    @pytest.mark.parametrize("saturday", [date(2026, 4, 4), date(2027, 4, 3)])
    def test_the_hour_that_comes_twice_belongs_to_the_saturday(self, saturday: date) -> None:
        sunday = saturday + timedelta(days=1)
        first, second = SANTIAGO.at(saturday, time(23, 30)), SANTIAGO.at(saturday, time(23, 30, fold=1))
        assert first.astimezone(UTC) == utc(sunday.year, 4, sunday.day, 2, 30)
        assert second.astimezone(UTC) == utc(sunday.year, 4, sunday.day, 3, 30)
        assert SANTIAGO.local_date(utc(sunday.year, 4, sunday.day, 2, 30)) == saturday
        assert SANTIAGO.local_date(utc(sunday.year, 4, sunday.day, 3, 59)) == saturday
        assert SANTIAGO.local_date(utc(sunday.year, 4, sunday.day, 4)) == sunday
        assert SANTIAGO.at(sunday, time(0)) == utc(sunday.year, 4, sunday.day, 4)

    def test_the_midnight_that_does_not_exist_is_the_first_moment_of_the_sunday(self) -> None:
        sunday = date(2026, 9, 6)
        assert SANTIAGO.at(sunday, time(0)).isoformat() == "2026-09-06T01:00:00-03:00"
        assert SANTIAGO.at(sunday, time(0, 30)).isoformat() == "2026-09-06T01:30:00-03:00"
        assert SANTIAGO.local_date(utc(2026, 9, 6, 3, 59)) == date(2026, 9, 5)
        assert SANTIAGO.local_date(utc(2026, 9, 6, 4)) == sunday

    def test_easter_island_changes_its_clocks_on_the_saturday_evening(self) -> None:
        island = BusinessCalendar("VS", "Pacific/Easter")
        assert island.at(date(2026, 9, 5), time(22, 15)).isoformat() == "2026-09-05T23:15:00-05:00"
        first = island.at(date(2027, 4, 3), time(21, 30))
        second = island.at(date(2027, 4, 3), time(21, 30, fold=1))
        assert (first.isoformat(), second.isoformat()) == (
            "2027-04-03T21:30:00-05:00",
            "2027-04-03T21:30:00-06:00",
        )

    def test_the_far_south_keeps_its_clocks_on_those_nights(self) -> None:
        for zone in ("America/Punta_Arenas", "America/Coyhaique"):
            calendar = BusinessCalendar("MA", zone)
            for sunday in (date(2026, 4, 5), date(2026, 9, 6), date(2027, 4, 4)):
                assert calendar.at(sunday, time(0)) == utc(sunday.year, sunday.month, sunday.day, 3)

    def test_refuses_a_naive_datetime(self) -> None:
        with pytest.raises(ValueError, match="naive"):
            SANTIAGO.local_date(datetime(2026, 12, 8, 12))  # noqa: DTZ001 - the fault under test


class TestOpeningHours:
    """The week of Monday 30 November 2026; Santiago is three hours behind UTC then."""

    @pytest.mark.parametrize(
        ("moment", "open_"),
        [
            (utc(2026, 11, 30, 11, 59), False),
            (utc(2026, 11, 30, 12, 0), True),
            (utc(2026, 11, 30, 21, 29), True),
            (utc(2026, 11, 30, 21, 30), False),
            (utc(2026, 11, 29, 15, 0), False),  # Sunday
            (utc(2026, 12, 8, 15, 0), False),  # holiday
        ],
    )
    def test_begin_with_their_first_minute_and_end_before_their_last(
        self, moment: datetime, open_: bool
    ) -> None:
        assert is_open(SANTIAGO, moment, OFFICE_HOURS) is open_
        assert within(SANTIAGO, moment, time(9), time(18, 30)) is open_

    def test_are_judged_in_the_projects_own_zone(self) -> None:
        half_past_eight_in_santiago = utc(2026, 6, 15, 12, 30)
        assert not is_open(SANTIAGO, half_past_eight_in_santiago, OFFICE_HOURS)
        assert is_open(
            BusinessCalendar("MA", "America/Punta_Arenas"), half_past_eight_in_santiago, OFFICE_HOURS
        )

    @pytest.mark.parametrize(
        ("moment", "opening"),
        [
            (utc(2026, 11, 30, 11, 0), utc(2026, 11, 30, 12)),  # early
            (utc(2026, 11, 30, 12, 0), utc(2026, 12, 1, 12)),  # open now: the next one
            (utc(2026, 12, 1, 1, 0), utc(2026, 12, 1, 12)),  # 22:00 the evening before
            (utc(2026, 12, 4, 22, 0), utc(2026, 12, 7, 12)),  # over the weekend
            (utc(2026, 12, 7, 22, 0), utc(2026, 12, 9, 12)),  # over a holiday
            (utc(2026, 9, 4, 22, 30), utc(2026, 9, 7, 12)),  # over the night when clocks go forward
            (utc(2026, 4, 2, 21, 30), utc(2026, 4, 6, 13)),  # over Easter and the night when they go back
        ],
    )
    def test_begin_again_on_the_next_business_day(self, moment: datetime, opening: datetime) -> None:
        found = next_opening(SANTIAGO, moment, OFFICE_HOURS)
        assert (found, found.tzinfo) == (opening, UTC)

    def test_begin_again_after_the_midday_gap(self) -> None:
        gap = Hours.weekly((Span(time(9), time(13)), Span(time(14), time(18))), (Span(time(9), time(13)),))
        assert next_opening(SANTIAGO, utc(2026, 11, 30, 13), gap) == utc(2026, 11, 30, 17)
        assert next_allowed(SANTIAGO, utc(2026, 11, 30, 16, 30), gap) == utc(2026, 11, 30, 17)
        assert next_allowed(SANTIAGO, utc(2026, 12, 4, 16, 30), gap) == utc(2026, 12, 7, 12)

    def test_a_call_goes_out_at_once_inside_calling_hours_and_else_when_they_begin(self) -> None:
        inside = utc(2026, 11, 30, 21, 59)
        assert next_allowed(SANTIAGO, inside, CALLING_HOURS) == inside
        assert next_allowed(SANTIAGO, utc(2026, 11, 30, 22), CALLING_HOURS) == utc(2026, 12, 1, 12)
        assert next_allowed(SANTIAGO, utc(2026, 12, 8, 15), CALLING_HOURS) == utc(2026, 12, 9, 12)

    def test_a_text_waits_for_eight_in_the_morning_of_any_day(self) -> None:
        christmas = utc(2026, 12, 25, 15)
        assert next_allowed(SANTIAGO, christmas, TEXT_HOURS) == christmas
        assert next_allowed(SANTIAGO, utc(2026, 12, 25, 23, 59), TEXT_HOURS) == utc(2026, 12, 25, 23, 59)
        assert next_allowed(SANTIAGO, utc(2026, 12, 26, 0), TEXT_HOURS) == utc(2026, 12, 26, 11)
        assert next_allowed(SANTIAGO, utc(2026, 12, 26, 10, 59), TEXT_HOURS) == utc(2026, 12, 26, 11)

    def test_what_is_allowed_next_is_inside_the_hours_and_nothing_before_it_is(self) -> None:
        half_hour = timedelta(minutes=30)
        moment = utc(2026, 9, 1, 0)
        while moment < utc(2026, 9, 25, 0):  # the night of the clocks and Fiestas Patrias
            allowed = next_allowed(SANTIAGO, moment, CALLING_HOURS)
            assert is_open(SANTIAGO, allowed, CALLING_HOURS)
            assert allowed == moment or not is_open(SANTIAGO, allowed - half_hour, CALLING_HOURS)
            assert allowed == moment or not is_open(SANTIAGO, moment, CALLING_HOURS)
            moment += half_hour

    def test_follow_the_overrides(self) -> None:
        calendar = BusinessCalendar(
            None, "America/Santiago", [off(date(2026, 11, 30)), worked(date(2026, 12, 8), project=7)]
        )
        assert next_opening(calendar, utc(2026, 11, 29, 12), OFFICE_HOURS) == utc(2026, 12, 1, 12)
        assert is_open(calendar, utc(2026, 12, 8, 15), OFFICE_HOURS)

    @pytest.mark.parametrize("hours", [(time(13), time(9)), (time(9), time(9))])
    def test_refuse_a_span_that_ends_before_it_starts(self, hours: tuple[time, time]) -> None:
        with pytest.raises(ValueError, match="ends after it starts"):
            Hours.on_business_days(*hours)

    def test_refuse_a_week_that_makes_no_sense(self) -> None:
        morning, noon = Span(time(9), time(13)), Span(time(12), time(15))
        with pytest.raises(ValueError, match="never open"):
            Hours(((), (), (), (), (), (morning,), ()))
        with pytest.raises(ValueError, match="overlap"):
            Hours.weekly((morning, noon), (morning,))
        with pytest.raises(ValueError, match="seven days"):
            Hours(((morning,),) * 5)

    def test_may_be_those_of_a_weekend_where_every_day_counts(self) -> None:
        saturdays = Hours(((), (), (), (), (), (Span(time(9), time(13)),), ()), business_days_only=False)
        assert next_opening(SANTIAGO, utc(2026, 11, 30, 12), saturdays) == utc(2026, 12, 5, 12)

    def test_may_follow_one_another_without_a_gap(self) -> None:
        shifts = (Span(time(9), time(13)), Span(time(13), time(18)))
        hours = Hours.weekly(shifts, shifts)
        assert is_open(SANTIAGO, utc(2026, 11, 30, 16), hours)
        assert next_opening(SANTIAGO, utc(2026, 11, 30, 12), hours) == utc(2026, 11, 30, 16)

    def test_are_told_in_utc_whatever_the_machines_own_zone_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        clock.tzset()
        try:
            spans = OFFICE_HOURS.on(SANTIAGO, date(2026, 11, 30))
        finally:
            monkeypatch.undo()
            clock.tzset()
        assert spans == [(utc(2026, 11, 30, 12), utc(2026, 11, 30, 21, 30))]
        assert {moment.tzinfo for span in spans for moment in span} == {UTC}
