"""Works: half-days, crews, twenty business days; and the two dates of a case disputed in both ways."""

from datetime import date
from typing import Literal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import visits, works
from ivr.aftersales.events import EventKind
from ivr.aftersales.life import AppointmentStatus, RequirementStatus, Status
from ivr.aftersales.tasks import TaskKind
from ivr.clock import MovableClock
from ivr.errors import MoveNotAllowed, SlotTaken
from ivr.store.session import Store
from ivr.store.tables import Case, CaseEvent, ClosureDay, Task
from tests.aftersales.diary import days, project_of, walls
from tests.making import at, make_case, make_home, make_project

MORNING = at("2026-11-26 09:00")
AFTERNOON = at("2026-11-26 14:00")
TUESDAY = date(2026, 11, 24)
COVERED, DISPUTED = RequirementStatus.COVERED, RequirementStatus.DISPUTED


def new_case(
    session: Session,
    status: Status = Status.INSPECTED,
    *,
    since: date | None = TUESDAY,
    requirements: tuple[RequirementStatus, ...] = (COVERED,),
    **project: object,
) -> Case:
    home = make_home(session, make_project(session, **project))
    return make_case(session, home, status, requirements, works_since=since)


def disputed_both_ways(session: Session, status: Status = Status.WORKS_DONE) -> Case:
    """The owner wants an inspection for the first requirement, and new works for the second."""
    case = new_case(session, status, requirements=(DISPUTED, DISPUTED))
    case.requirements[0].remedy, case.requirements[1].remedy = "visit", "works"
    return case


def another(session: Session, case: Case) -> Case:
    return make_case(session, case.home, Status.INSPECTED, (COVERED,), works_since=TUESDAY)


def kinds(session: Session, case: Case) -> list[str]:
    session.flush()
    recorded = select(CaseEvent.kind).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id)
    return list(session.scalars(recorded))


class TestOffers:
    def test_are_half_days_from_the_next_business_day_on(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        with sqlite_store.transaction() as session:
            heard = works.offers(session, new_case(session), now=clock.now())
        assert walls(heard) == ["25 09:00", "25 14:00", "26 09:00"]
        assert [offer.end for offer in heard[:2]] == [at("2026-11-25 13:00"), at("2026-11-25 18:00")]
        assert not any(offer.substitute for offer in heard)

    def test_end_twenty_business_days_after_the_inspection(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session)
            clock.set(at("2026-12-21 10:00"))
            heard = works.all_slots(session, project_of(case), now=clock.now(), case=case)
            assert walls(heard) == ["22 09:00", "22 14:00", "23 09:00", "23 14:00"]
            clock.set(at("2026-12-23 10:00"))
            assert works.offers(session, case, now=clock.now()) == []

    def test_without_a_case_are_those_of_somebody_inspected_today(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        clock.set(at("2026-12-07 10:00"))
        with sqlite_store.transaction() as session:
            heard = works.all_slots(session, project_of(new_case(session)), now=clock.now())
        assert (days(heard)[0], days(heard)[-1], len(heard)) == ("09", "07", 40)

    def test_count_a_day_off_that_lies_behind(self, sqlite_store: Store, clock: MovableClock) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session)
            closed = {"working": False, "reason": "feriado regional", "region": "RM", "project_id": None}
            session.add(ClosureDay(day=date(2026, 11, 30), **closed))
            session.flush()
            clock.set(at("2026-12-22 10:00"))
            heard = works.all_slots(session, project_of(case), now=clock.now(), case=case)
        assert days(heard) == ["23", "24"]  # the term ends a day later than without it

    def test_are_as_many_as_there_are_crews(self, sqlite_store: Store, clock: MovableClock) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session, crews=2)
            works.book(session, another(session, case), MORNING, now=clock.now(), by="owner")
            free = {offer.start: offer.free for offer in works.offers(session, case, now=clock.now())}
            assert free[MORNING] == 1
            works.book(session, another(session, case), MORNING, now=clock.now(), by="owner")
            heard = works.offers(session, case, now=clock.now())
        assert walls(heard) == ["25 09:00", "25 14:00", "26 14:00"]

    def test_go_on_after_those_that_were_heard_and_begin_again_at_the_end(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        clock.set(at("2026-12-21 10:00"))
        with sqlite_store.transaction() as session:
            case = new_case(session)
            first = works.offers(session, case, now=clock.now())
            second = works.offers(session, case, now=clock.now(), after=first[-1].key)
            third = works.offers(session, case, now=clock.now(), after=second[-1].key)
        assert (walls(second), third) == (["23 14:00"], first)

    def test_leave_out_the_date_that_the_case_has_and_not_another_ones_of_two_crews(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session, crews=2)
            works.book(session, case, at("2026-11-25 14:00"), now=clock.now(), by="owner")
            assert walls(works.offers(session, case, now=clock.now()))[:2] == ["25 09:00", "26 09:00"]
            other = works.offers(session, another(session, case), now=clock.now())
        assert walls(other)[:2] == ["25 09:00", "25 14:00"]

    def test_are_not_in_the_way_of_visits(self, sqlite_store: Store, clock: MovableClock) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session)
            works.book(session, another(session, case), MORNING, now=clock.now(), by="owner")
            heard = visits.offers(session, case, now=clock.now())
        assert walls(heard)[0] == "26 09:00"


class TestBooking:
    @pytest.mark.parametrize("status", [Status.INSPECTED, Status.ATTENDING, Status.WORKS_DONE])
    def test_moves_every_case_that_may_have_works(
        self, store: Store, clock: MovableClock, status: Status
    ) -> None:
        with store.transaction() as session:
            case = new_case(session, status)
            booked = works.book(session, case, MORNING, now=clock.now(), by="owner")
            assert (case.status, booked.kind, booked.status) == ("works_scheduled", "works", "booked")
            assert (booked.start, booked.end) == (MORNING, at("2026-11-26 13:00"))
            assert kinds(session, case) == [EventKind.WORKS_BOOKED]

    @pytest.mark.parametrize(
        "status", [Status.OPEN, Status.VISIT_SCHEDULED, Status.CLOSED, Status.REJECTED, Status.CANCELLED]
    )
    def test_is_refused_to_a_case_in_which_nothing_waits_for_works(
        self, sqlite_store: Store, clock: MovableClock, status: Status
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session, status, requirements=(RequirementStatus.REPORTED,))
            with pytest.raises(MoveNotAllowed, match="cannot become works_scheduled"):
                works.book(session, case, MORNING, now=clock.now(), by="api")

    @pytest.mark.parametrize(
        "outside",
        [
            "2026-11-24 14:00",  # today
            "2026-11-26 10:00",  # within a half-day
            "2026-11-28 09:00",  # Saturday
            "2026-12-08 09:00",  # a holiday
            "2026-12-24 09:00",  # the twenty-first business day
        ],
    )
    def test_is_refused_outside_the_rules(
        self, sqlite_store: Store, clock: MovableClock, outside: str
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session)
            with pytest.raises(SlotTaken, match="within twenty business days"):
                works.book(session, case, at(outside), now=clock.now(), by="api")
            assert (case.status, case.appointments) == (Status.INSPECTED, [])

    @pytest.mark.parametrize(("day_off_behind", "bookable"), [(False, False), (True, True)])
    def test_counts_from_the_inspection_and_not_from_the_call(
        self, sqlite_store: Store, clock: MovableClock, day_off_behind: bool, bookable: bool
    ) -> None:
        """The twentieth business day is the 23rd of December, or the 24th with a day off in between."""
        with sqlite_store.transaction() as session:
            case = new_case(session)
            closed = ClosureDay(
                day=date(2026, 11, 30), working=not day_off_behind, reason="", region="RM", project_id=None
            )
            session.add(closed)
            session.flush()
            clock.set(at("2026-12-22 10:00"))
            try:
                works.book(session, case, at("2026-12-24 09:00"), now=clock.now(), by="api")
            except SlotTaken:
                assert not bookable
            assert case.status == (Status.WORKS_SCHEDULED if bookable else Status.INSPECTED)

    def test_for_an_urgency_that_nobody_inspected_starts_the_twenty_days(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        clock.set(at("2026-11-24 22:30"))  # Wednesday already in UTC
        with sqlite_store.transaction() as session:
            case = new_case(session, Status.ATTENDING, since=None)
            works.book(session, case, MORNING, now=clock.now(), by="Ana Soto")
            assert case.works_since == TUESDAY

    def test_again_is_a_change(self, store: Store, clock: MovableClock) -> None:
        with store.transaction() as session:
            case = new_case(session)
            old = works.book(session, case, MORNING, now=clock.now(), by="owner")
            new = works.book(session, case, AFTERNOON, now=clock.now(), by="owner")
            assert (case.status, old.status, new.status) == ("works_scheduled", "cancelled", "booked")
            assert kinds(session, case) == [EventKind.WORKS_BOOKED, EventKind.WORKS_CHANGED]
            works.book(session, another(session, case), MORNING, now=clock.now(), by="owner")
            with pytest.raises(SlotTaken):
                works.book(session, case, MORNING, now=clock.now(), by="owner")
            assert new.status == AppointmentStatus.BOOKED


class TestEnd:
    def test_by_cancelling_leaves_the_case_inspected_and_asks_a_person(
        self, store: Store, clock: MovableClock
    ) -> None:
        with store.transaction() as session:
            case = new_case(session)
            booked = works.book(session, case, MORNING, now=clock.now(), by="owner")
            works.cancel(session, case, booked, by="owner", now=clock.now())
            assert (case.status, booked.status) == ("inspected", "cancelled")
            assert kinds(session, case)[-1] == EventKind.WORKS_CANCELLED
            task = session.scalars(select(Task)).one()
            assert (task.kind, task.case_id) == (TaskKind.WORKS_UNSCHEDULED, case.id)
            assert task.detail.startswith("Se cancelaron los trabajos")

    @pytest.mark.parametrize("by", ["owner", "company"])
    def test_by_missing_them_leaves_the_case_inspected_and_the_half_day_free(
        self, store: Store, clock: MovableClock, by: Literal["owner", "company"]
    ) -> None:
        with store.transaction() as session:
            case = new_case(session)
            booked = works.book(session, case, MORNING, now=clock.now(), by="owner")
            works.missed(session, case, booked, by=by, now=clock.now(), noted_by="Ana Soto")
            assert (case.status, booked.status) == ("inspected", "missed")
            event = session.scalars(select(CaseEvent).order_by(CaseEvent.id.desc())).first()
            assert event is not None
            assert (event.kind, event.by, event.detail["missed_by"]) == ("works_missed", "Ana Soto", by)
            assert session.scalars(select(Task.kind)).all() == [TaskKind.WORKS_UNSCHEDULED]
            works.book(session, case, MORNING, now=clock.now(), by="owner")


class TestDisputesOfBothKinds:
    @pytest.mark.parametrize("works_first", [False, True])
    def test_show_the_visit_and_keep_both_dates_whichever_is_booked_first(
        self, store: Store, clock: MovableClock, works_first: bool
    ) -> None:
        with store.transaction() as session:
            case = disputed_both_ways(session)
            order = [visits.book, works.book]
            for book in reversed(order) if works_first else order:
                book(session, case, MORNING, now=clock.now(), by="owner")
            assert case.status == Status.VISIT_SCHEDULED
            assert {(a.kind, a.status) for a in case.appointments} == {
                ("visit", "booked"),
                ("works", "booked"),
            }

    @pytest.mark.parametrize("status", [Status.WORKS_DONE, Status.OPEN])
    def test_without_a_visit_yet_leave_it_to_the_visit_what_the_case_shows(
        self, sqlite_store: Store, clock: MovableClock, status: Status
    ) -> None:
        with sqlite_store.transaction() as session:
            case = disputed_both_ways(session, status)
            works.book(session, case, MORNING, now=clock.now(), by="owner")
            assert case.status == status

    def test_change_one_date_without_the_other(self, sqlite_store: Store, clock: MovableClock) -> None:
        with sqlite_store.transaction() as session:
            case = disputed_both_ways(session)
            visit = visits.book(session, case, MORNING, now=clock.now(), by="owner")
            booked = works.book(session, case, MORNING, now=clock.now(), by="owner")
            moved = works.book(session, case, AFTERNOON, now=clock.now(), by="owner")
            assert (case.status, visit.status, booked.status, moved.status) == (
                *("visit_scheduled", "booked"),
                *("cancelled", "booked"),
            )

    def test_open_the_case_when_the_visit_is_cancelled_and_keep_the_works(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        with sqlite_store.transaction() as session:
            case = disputed_both_ways(session)
            visit = visits.book(session, case, MORNING, now=clock.now(), by="owner")
            booked = works.book(session, case, MORNING, now=clock.now(), by="owner")
            visits.cancel(session, case, visit, by="owner", now=clock.now())
            assert (case.status, booked.status) == ("open", "booked")

    def test_go_on_showing_the_visit_when_the_works_are_cancelled(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        with sqlite_store.transaction() as session:
            case = disputed_both_ways(session)
            visits.book(session, case, MORNING, now=clock.now(), by="owner")
            booked = works.book(session, case, MORNING, now=clock.now(), by="owner")
            works.cancel(session, case, booked, by="owner", now=clock.now())
            assert case.status == Status.VISIT_SCHEDULED
            assert session.scalars(select(Task.kind)).all() == [TaskKind.WORKS_UNSCHEDULED]
