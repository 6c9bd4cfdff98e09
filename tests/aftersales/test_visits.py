"""Inspection visits: five business days, the project's weekday first, a change that never loses a date."""

from datetime import date, datetime, timedelta
from typing import Literal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import visits
from ivr.aftersales.events import EventKind
from ivr.aftersales.life import AppointmentStatus, RequirementStatus, Status
from ivr.aftersales.tasks import TaskKind
from ivr.clock import MovableClock
from ivr.errors import Conflict, MoveNotAllowed, SlotTaken
from ivr.store.session import Store
from ivr.store.tables import Appointment, Case, CaseEvent, ClosureDay, Task
from tests.aftersales.diary import days, project_of, wall, walls
from tests.making import at, make_case, make_home, make_project

TEN = at("2026-11-26 10:00")
ELEVEN = at("2026-11-26 11:00")
DONE, REPORTED, DISPUTED = RequirementStatus.DONE, RequirementStatus.REPORTED, RequirementStatus.DISPUTED


def new_case(session: Session, status: Status = Status.OPEN, **project: object) -> Case:
    return make_case(session, make_home(session, make_project(session, **project)), status)


def another(session: Session, case: Case) -> Case:
    """One more case of the same home."""
    return make_case(session, case.home)


def fill(session: Session, case: Case, now: datetime, day: str) -> list[Appointment]:
    """Book everything of that day of the month for other cases."""
    free = [offer for offer in visits.all_slots(session, project_of(case), now=now) if wall(offer)[:2] == day]
    return [visits.book(session, another(session, case), each.key, now=now, by="owner") for each in free]


def last_event(session: Session, case: Case) -> CaseEvent:
    session.flush()
    events = select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id.desc())
    event = session.scalars(events).first()
    assert event is not None
    return event


class TestOffers:
    def test_are_the_first_three_of_the_projects_weekday(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        with sqlite_store.transaction() as session:
            heard = visits.offers(session, new_case(session), now=clock.now())
        assert walls(heard) == ["26 09:00", "26 09:30", "26 10:00"]
        assert {(offer.free, offer.substitute) for offer in heard} == {(1, False)}
        assert heard[0].end - heard[0].start == timedelta(minutes=30)

    def test_go_on_after_the_last_one_heard_and_begin_again_at_the_end(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        heard: list[str] = []
        after = None
        with sqlite_store.transaction() as session:
            case = new_case(session, slot_minutes=90)
            for _ in range(3):
                offers = visits.offers(session, case, now=clock.now(), after=after)
                heard += walls(offers)
                after = offers[-1].key
        assert heard == [
            *("26 09:00", "26 10:30", "26 12:00", "26 15:00", "26 16:30"),
            *("26 09:00", "26 10:30", "26 12:00"),
        ]

    def test_are_no_more_than_asked_for(self, sqlite_store: Store, clock: MovableClock) -> None:
        with sqlite_store.transaction() as session:
            heard = visits.offers(session, new_case(session), now=clock.now(), limit=1)
        assert walls(heard) == ["26 09:00"]

    def test_leave_out_what_is_full_and_count_what_is_left(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session, inspectors=2)
            for start in ("09:00", "09:00", "09:30"):
                other = another(session, case)
                visits.book(session, other, at(f"2026-11-26 {start}"), now=clock.now(), by="owner")
            heard = visits.offers(session, case, now=clock.now())
        assert [(wall(offer), offer.free) for offer in heard] == [
            ("26 09:30", 1),
            ("26 10:00", 2),
            ("26 10:30", 2),
        ]

    def test_are_substitutes_in_time_order_where_the_weekday_is_full(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session)
            fill(session, case, clock.now(), "26")
            heard = visits.all_slots(session, project_of(case), now=clock.now())
        assert days(heard) == ["25", "27", "30", "01"]
        assert heard == sorted(heard, key=lambda offer: offer.start)
        assert all(offer.substitute for offer in heard)

    @pytest.mark.parametrize(
        ("now", "weekday", "expected", "substitute"),
        [
            ("2026-12-04 10:00", 2, ["07", "09", "10", "11", "14"], True),  # the Tuesday is a holiday
            ("2026-12-04 10:00", 1, ["07", "14"], False),  # two Mondays
            ("2026-12-21 10:00", 5, ["22", "23", "24", "28", "29"], True),  # the Friday is Christmas
            ("2026-11-28 10:00", 4, ["03"], False),  # called on a Saturday
            ("2026-11-25 23:30", 4, ["26"], False),  # late on Wednesday, when it is Thursday in UTC
            ("2026-11-26 00:10", 4, ["03"], False),  # on the Thursday itself: not today
        ],
    )
    def test_lie_within_five_business_days_after_the_day_of_the_call(
        self, sqlite_store: Store, now: str, weekday: int, expected: list[str], substitute: bool
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session, weekday=weekday)
            heard = visits.all_slots(session, project_of(case), now=at(now))
        assert days(heard) == expected
        assert {offer.substitute for offer in heard} == {substitute}

    def test_leave_out_a_day_that_the_company_closes(self, sqlite_store: Store, clock: MovableClock) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session)
            closed = ClosureDay(
                day=date(2026, 11, 26), working=False, reason="inventario", region=None, project_id=None
            )
            session.add(closed)
            session.flush()
            heard = visits.all_slots(session, project_of(case), now=clock.now())
        assert days(heard) == ["25", "27", "30", "01", "02"]  # Thursday is off: the window is a day longer

    def test_are_none_where_everything_is_full(self, sqlite_store: Store, clock: MovableClock) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session, slot_minutes=240)
            for day in ("26", "25", "27", "30", "01"):
                assert len(fill(session, case, clock.now(), day)) == 1
            assert visits.offers(session, case, now=clock.now()) == []
            assert case.status == Status.OPEN

    def test_leave_out_the_date_that_the_case_has_already(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session)
            visits.book(session, case, at("2026-11-26 09:30"), now=clock.now(), by="owner")
            heard = visits.offers(session, case, now=clock.now())
        assert walls(heard) == ["26 09:00", "26 10:00", "26 10:30"]

    def test_are_substitutes_for_whoever_has_the_last_date_of_the_weekday(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session, slot_minutes=240)
            visits.book(session, case, at("2026-11-26 09:00"), now=clock.now(), by="owner")
            heard = visits.offers(session, case, now=clock.now())
        assert days(heard) == ["25", "27", "30"]
        assert all(offer.substitute for offer in heard)

    def test_of_the_longer_grid_may_overlap_ones_own_date(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session)
            visits.book(session, case, at("2026-11-26 09:30"), now=clock.now(), by="owner")
            project_of(case).slot_minutes = 60
            heard = visits.offers(session, case, now=clock.now())
            assert wall(heard[0]) == "26 09:00"
            visits.book(session, case, heard[0].key, now=clock.now(), by="owner")
            assert [a.status for a in case.appointments] == [
                AppointmentStatus.CANCELLED,
                AppointmentStatus.BOOKED,
            ]


class TestBooking:
    def test_writes_appointment_status_and_event_and_asks_for_the_consequences(
        self, store: Store, clock: MovableClock
    ) -> None:
        asked: list[str] = []
        store.on_due = lambda: asked.append("now")
        with store.transaction() as session:
            case_id = new_case(session).id
        assert asked == []
        with store.transaction() as session:
            case = session.get_one(Case, case_id)
            visits.book(session, case, TEN, now=clock.now(), by="owner")
        assert asked == ["now"]
        with store.reading() as session:
            case = session.get_one(Case, case_id)
            (booked,) = case.appointments
            (event,) = case.events
            assert case.status == Status.VISIT_SCHEDULED
            assert (booked.kind, booked.status, booked.substitute) == ("visit", "booked", False)
            assert (booked.start, booked.end) == (TEN, TEN + timedelta(minutes=30))
            assert (event.kind, event.by, event.announced_at) == (EventKind.VISIT_BOOKED, "owner", None)
            assert event.detail == {
                "appointment": booked.id,
                "start": "2026-11-26T13:00:00+00:00",
                "end": "2026-11-26T13:30:00+00:00",
                "substitute": False,
            }

    @pytest.mark.parametrize("status", [Status.OPEN, Status.ATTENDING, Status.INSPECTED, Status.WORKS_DONE])
    def test_moves_every_case_that_may_have_a_visit(
        self, sqlite_store: Store, clock: MovableClock, status: Status
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session, status)
            visits.book(session, case, TEN, now=clock.now(), by="api")
            assert case.status == Status.VISIT_SCHEDULED

    @pytest.mark.parametrize(
        "status", [Status.WORKS_SCHEDULED, Status.CLOSED, Status.REJECTED, Status.CANCELLED]
    )
    def test_is_refused_to_any_other_case_even_for_an_impossible_time(
        self, sqlite_store: Store, clock: MovableClock, status: Status
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session, status)
            for chosen in (TEN, at("2026-11-22 03:17")):
                with pytest.raises(MoveNotAllowed, match=f"is {status} and cannot become visit_scheduled"):
                    visits.book(session, case, chosen, now=clock.now(), by="api")

    @pytest.mark.parametrize(
        "outside",
        [
            "2026-11-24 15:00",  # the day of the call
            "2026-11-19 10:00",  # the past
            "2026-12-03 10:00",  # the next Thursday: after the window
            "2026-11-26 10:15",  # off the grid
            "2026-11-26 13:30",  # lunch
            "2026-11-26 18:30",  # closing time
            "2026-11-26 08:30",  # before opening
            "2026-11-28 10:00",  # Saturday
        ],
    )
    def test_is_refused_outside_the_rules_and_changes_nothing(
        self, sqlite_store: Store, clock: MovableClock, outside: str
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session)
            with pytest.raises(SlotTaken, match="within five business days"):
                visits.book(session, case, at(outside), now=clock.now(), by="api")
            assert (case.status, case.appointments, case.events) == (Status.OPEN, [], [])

    def test_of_what_somebody_else_took_is_refused(self, store: Store, clock: MovableClock) -> None:
        with store.transaction() as session:
            case = new_case(session)
            visits.book(session, another(session, case), TEN, now=clock.now(), by="owner")
            with pytest.raises(SlotTaken, match="it is full"):
                visits.book(session, case, TEN, now=clock.now(), by="owner")
            assert case.status == Status.OPEN

    def test_of_another_day_is_refused_while_the_weekday_has_free_times(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        friday = at("2026-11-27 10:00")
        with sqlite_store.transaction() as session:
            case = new_case(session)
            with pytest.raises(SlotTaken, match="own weekday has free times"):
                visits.book(session, case, friday, now=clock.now(), by="api")
            fill(session, case, clock.now(), "26")
            assert visits.book(session, case, friday, now=clock.now(), by="api").substitute

    def test_of_a_substitute_that_was_offered_stands_though_the_weekday_has_a_free_time_again(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session)
            taken = fill(session, case, clock.now(), "26")
            offered = visits.offers(session, case, now=clock.now())[0]
            first = session.get_one(Case, taken[0].case_id)
            visits.cancel(session, first, taken[0], by="owner", now=clock.now())

            booked = visits.book(session, case, offered.key, now=clock.now(), by="owner")
            assert (wall(booked), booked.substitute) == ("25 09:00", True)

    def test_of_an_offer_whose_day_has_come_meanwhile_is_refused(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        clock.set(at("2026-11-25 23:58"))
        with sqlite_store.transaction() as session:
            case = new_case(session)
            offered = visits.offers(session, case, now=clock.now())[0]
            clock.forward(timedelta(minutes=5))
            with pytest.raises(SlotTaken):
                visits.book(session, case, offered.key, now=clock.now(), by="owner")


class TestChange:
    def test_books_the_new_one_and_frees_the_old_one_together(
        self, store: Store, clock: MovableClock
    ) -> None:
        with store.transaction() as session:
            case = new_case(session)
            assert case.appointments == []
            old = visits.book(session, case, TEN, now=clock.now(), by="owner")
            assert case.appointments == [old]
            new = visits.book(session, case, ELEVEN, now=clock.now(), by="owner")
            assert case.appointments == [old, new]
            assert (case.status, old.status, new.status) == ("visit_scheduled", "cancelled", "booked")
            event = last_event(session, case)
            assert event.kind == EventKind.VISIT_CHANGED
            assert (event.detail["appointment"], event.detail["previous"]) == (new.id, old.id)
            assert event.detail["previous_start"] == "2026-11-26T13:00:00+00:00"
            assert walls(visits.offers(session, another(session, case), now=clock.now()))[2] == "26 10:00"

    def test_to_a_time_that_is_full_leaves_the_old_one(self, store: Store, clock: MovableClock) -> None:
        with store.transaction() as session:
            case = new_case(session)
            old = visits.book(session, case, TEN, now=clock.now(), by="owner")
            visits.book(session, another(session, case), ELEVEN, now=clock.now(), by="owner")
            with pytest.raises(SlotTaken):
                visits.book(session, case, ELEVEN, now=clock.now(), by="owner")
            assert (case.status, old.status) == ("visit_scheduled", "booked")
            assert last_event(session, case).kind == EventKind.VISIT_BOOKED

    def test_to_the_same_time_is_refused(self, sqlite_store: Store, clock: MovableClock) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session, inspectors=2)
            old = visits.book(session, case, TEN, now=clock.now(), by="owner")
            with pytest.raises(SlotTaken):
                visits.book(session, case, TEN, now=clock.now(), by="owner")
            assert old.status == AppointmentStatus.BOOKED

    def test_replaces_a_visit_of_which_nobody_reported(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session)
            old = visits.book(session, case, TEN, now=clock.now(), by="owner")
            clock.set(at("2026-11-30 10:00"))
            new = visits.book(session, case, at("2026-12-03 10:00"), now=clock.now(), by="owner")
            assert (old.status, new.status) == ("cancelled", "booked")
            assert last_event(session, case).kind == EventKind.VISIT_CHANGED


class TestEnd:
    def test_by_cancelling_opens_the_case_frees_the_time_and_asks_a_person(
        self, store: Store, clock: MovableClock
    ) -> None:
        with store.transaction() as session:
            case = new_case(session)
            booked = visits.book(session, case, TEN, now=clock.now(), by="owner")
            visits.cancel(session, case, booked, by="owner", now=clock.now())
            assert (case.status, booked.status) == ("open", "cancelled")
            event = last_event(session, case)
            assert (event.kind, event.detail["appointment"]) == (EventKind.VISIT_CANCELLED, booked.id)
            task = session.scalars(select(Task)).one()
            assert (task.kind, task.case_id, task.due) == (TaskKind.UNSCHEDULED, case.id, task.created_at)
            assert task.detail.startswith("Se canceló la visita")
            visits.book(session, another(session, case), TEN, now=clock.now(), by="owner")

    @pytest.mark.parametrize("by", ["owner", "company"])
    def test_by_missing_it_opens_the_case_and_says_who_missed_it(
        self, store: Store, clock: MovableClock, by: Literal["owner", "company"]
    ) -> None:
        with store.transaction() as session:
            case = new_case(session)
            booked = visits.book(session, case, TEN, now=clock.now(), by="owner")
            clock.set(at("2026-11-26 10:40"))
            visits.missed(session, case, booked, by=by, now=clock.now())
            assert (case.status, booked.status) == ("open", "missed")
            event = last_event(session, case)
            assert (event.kind, event.by, event.detail["missed_by"]) == (EventKind.VISIT_MISSED, "api", by)
            assert session.scalars(select(Task.kind)).all() == [TaskKind.UNSCHEDULED]

    def test_is_possible_once(self, sqlite_store: Store, clock: MovableClock) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session)
            booked = visits.book(session, case, TEN, now=clock.now(), by="owner")
            visits.cancel(session, case, booked, by="owner", now=clock.now())
            for end in (visits.cancel, visits.missed):
                with pytest.raises(MoveNotAllowed, match="appointment that is cancelled cannot become"):
                    end(session, case, booked, by="owner", now=clock.now())

    def test_of_another_cases_visit_is_refused(self, sqlite_store: Store, clock: MovableClock) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session)
            booked = visits.book(session, case, TEN, now=clock.now(), by="owner")
            with pytest.raises(Conflict, match="not one of case"):
                visits.cancel(session, another(session, case), booked, by="api", now=clock.now())
            assert booked.status == AppointmentStatus.BOOKED


class TestWaiting:
    def test_are_those_reported_and_those_disputed_without_asking_for_works(
        self, sqlite_store: Store
    ) -> None:
        with sqlite_store.transaction() as session:
            home = make_home(session, make_project(session))
            case = make_case(session, home, requirements=(REPORTED, DONE, DISPUTED, DISPUTED))
            case.requirements[2].remedy = "visit"
            case.requirements[3].remedy = "works"
            assert visits.waiting(case) == [case.requirements[0], case.requirements[2]]
