"""What inspectors and crews report, and where it takes the case."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import inspection, visits, works
from ivr.aftersales.events import EventKind
from ivr.aftersales.inspection import Result
from ivr.aftersales.life import AppointmentStatus, RequirementStatus, Status
from ivr.clock import MovableClock
from ivr.errors import Conflict, Invalid, MoveNotAllowed
from ivr.store.session import Store
from ivr.store.tables import Appointment, Case, CaseEvent
from tests.making import at, make_case, make_home, make_project

MORNING = at("2026-11-26 09:00")
TUESDAY = date(2026, 11, 24)

REPORTED, COVERED, NOT_COVERED, DONE, ACCEPTED, DISPUTED = RequirementStatus


def new_case(session: Session, status: Status, *requirements: RequirementStatus, remedies: str = "") -> Case:
    """``remedies``: for each disputed requirement, ``v`` for a visit or ``w`` for works."""
    home = make_home(session, make_project(session))
    case = make_case(session, home, status, requirements)
    words = {"v": "visit", "w": "works"}
    disputed = [each for each in case.requirements if each.status == DISPUTED]
    for requirement, remedy in zip(disputed, remedies, strict=True):
        requirement.remedy = words[remedy]
    return case


def report(
    session: Session, case: Case, clock: MovableClock, *covered: bool, by: str = "Ana Soto"
) -> CaseEvent:
    """The inspection of everything that waits for one, and its event."""
    waiting = visits.waiting(case)
    results = [Result(each.id, verdict) for each, verdict in zip(waiting, covered, strict=True)]
    inspection.record(session, case, results, by=by, now=clock.now())
    return last_event(session, case)


def last_event(session: Session, case: Case) -> CaseEvent:
    session.flush()
    recorded = select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id.desc())
    event = session.scalars(recorded).first()
    assert event is not None
    return event


def statuses(case: Case) -> list[str]:
    return [requirement.status for requirement in case.requirements]


class TestInspection:
    def test_that_finds_something_covered_starts_the_twenty_days(
        self, store: Store, clock: MovableClock
    ) -> None:
        with store.transaction() as session:
            case = new_case(session, Status.OPEN, REPORTED, REPORTED)
            visit = visits.book(session, case, MORNING, now=clock.now(), by="owner")
            clock.set(at("2026-11-26 22:30"))  # Friday already in UTC
            first, second = case.requirements
            results = [Result(first.id, covered=True), Result(second.id, covered=False, note="mal uso")]
            inspection.record(session, case, results, by="Ana Soto", now=clock.now())

            assert (case.status, case.works_since, case.closed_at) == ("inspected", date(2026, 11, 26), None)
            assert statuses(case) == [COVERED, NOT_COVERED]
            assert (first.note, second.note) == (None, "mal uso")
            assert visit.status == AppointmentStatus.DONE
            event = last_event(session, case)
            assert (event.kind, event.by) == (EventKind.INSPECTED, "Ana Soto")
            assert event.detail == {"covered": [first.id], "not_covered": [second.id]}

    def test_that_finds_nothing_covered_rejects_the_case(self, store: Store, clock: MovableClock) -> None:
        with store.transaction() as session:
            case = new_case(session, Status.VISIT_SCHEDULED, REPORTED, REPORTED)
            event = report(session, case, clock, False, False)
            assert (case.status, case.works_since, event.kind) == ("rejected", None, EventKind.REJECTED)
            assert statuses(case) == [NOT_COVERED, NOT_COVERED]
            assert case.closed_at is not None

    def test_of_an_urgency_needs_no_visit(self, sqlite_store: Store, clock: MovableClock) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session, Status.ATTENDING, REPORTED)
            report(session, case, clock, True)
            assert case.status == Status.INSPECTED

    def test_of_an_urgency_whose_home_is_unknown_counts_by_the_clocks_of_santiago(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        clock.set(at("2026-11-24 22:30"))
        with sqlite_store.transaction() as session:
            case = make_case(session, None, Status.ATTENDING)
            report(session, case, clock, True)
            assert case.works_since == TUESDAY

    @pytest.mark.parametrize(
        ("named", "complaint"),
        [
            ((), "missing: 1, 2"),
            ((1,), "missing: 2"),
            ((1, 2, 2), "named more than once: 2"),
            ((1, 2, 3), "not waiting for an inspection of this case: 3"),
            (
                (2, 2, 99),
                "missing: 1; not waiting for an inspection of this case: 99; named more than once: 2",
            ),
        ],
    )
    def test_names_every_waiting_requirement_exactly_once(
        self, sqlite_store: Store, clock: MovableClock, named: tuple[int, ...], complaint: str
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session, Status.VISIT_SCHEDULED, REPORTED, REPORTED, ACCEPTED)
            assert [requirement.id for requirement in case.requirements] == [1, 2, 3]
            results = [Result(requirement, covered=True) for requirement in named]
            with pytest.raises(Invalid) as refused:
                inspection.record(session, case, results, by="api", now=clock.now())
            assert refused.value.fields == {"results": complaint}
            assert (case.status, statuses(case)) == ("visit_scheduled", [REPORTED, REPORTED, ACCEPTED])

    @pytest.mark.parametrize(
        "status", [s for s in Status if s not in {Status.ATTENDING, Status.VISIT_SCHEDULED}]
    )
    def test_that_nobody_expects_is_refused_before_its_results_are_read(
        self, sqlite_store: Store, clock: MovableClock, status: Status
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session, status, REPORTED)
            with pytest.raises(MoveNotAllowed, match=f"is {status}: no inspection is expected"):
                inspection.record(session, case, [], by="api", now=clock.now())

    def test_is_refused_where_nothing_waits_for_one(self, sqlite_store: Store, clock: MovableClock) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session, Status.VISIT_SCHEDULED)
            with pytest.raises(Conflict, match="no requirement of case"):
                inspection.record(session, case, [], by="api", now=clock.now())


class TestWorksDone:
    def test_marks_what_was_covered_and_ends_the_appointment(self, store: Store, clock: MovableClock) -> None:
        with store.transaction() as session:
            case = new_case(session, Status.INSPECTED, COVERED, NOT_COVERED)
            booked = works.book(session, case, MORNING, now=clock.now(), by="owner")
            inspection.works_done(session, case, " Pedro Díaz ", "dos manos", by="api", now=clock.now())
            assert (case.status, booked.status) == ("works_done", "done")
            assert statuses(case) == [DONE, NOT_COVERED]
            event = last_event(session, case)
            assert (event.kind, event.by) == (EventKind.WORKS_DONE, "api")
            assert event.detail == {
                "requirements": [case.requirements[0].id],
                "received_by": "Pedro Díaz",
                "note": "dos manos",
            }

    def test_of_an_urgency_grants_and_mends_what_was_reported(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session, Status.ATTENDING, REPORTED)
            inspection.works_done(session, case, "Pedro Díaz", None, by="api", now=clock.now())
            assert (case.status, statuses(case)) == ("works_done", [DONE])

    def test_after_a_dispute_marks_only_what_was_disputed(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session, Status.WORKS_SCHEDULED, ACCEPTED, DISPUTED, remedies="w")
            inspection.works_done(session, case, "Pedro Díaz", None, by="api", now=clock.now())
            assert (case.status, statuses(case)) == ("works_done", [ACCEPTED, DONE])
            assert case.requirements[1].remedy is None

    def test_needs_somebody_who_received_them(self, sqlite_store: Store, clock: MovableClock) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session, Status.WORKS_SCHEDULED, COVERED)
            with pytest.raises(Invalid) as refused:
                inspection.works_done(session, case, "  ", None, by="api", now=clock.now())
            assert list(refused.value.fields) == ["received_by"]
            assert (case.status, statuses(case)) == ("works_scheduled", [COVERED])

    @pytest.mark.parametrize(
        ("status", "requirement"),
        [
            (Status.OPEN, REPORTED),
            (Status.VISIT_SCHEDULED, REPORTED),
            (Status.INSPECTED, COVERED),
            (Status.WORKS_DONE, DONE),
            (Status.CLOSED, ACCEPTED),
            (Status.REJECTED, NOT_COVERED),
            (Status.CANCELLED, COVERED),
        ],
    )
    def test_that_nobody_expects_are_refused_whoever_received_them(
        self, sqlite_store: Store, clock: MovableClock, status: Status, requirement: RequirementStatus
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session, status, requirement)
            with pytest.raises(MoveNotAllowed, match=f"is {status} and cannot become works_done"):
                inspection.works_done(session, case, "", None, by="api", now=clock.now())
            assert statuses(case) == [requirement]


class TestDisputesOfBothKinds:
    def test_mark_by_works_done_only_what_waits_for_works(self, store: Store, clock: MovableClock) -> None:
        with store.transaction() as session:
            case, visit, booked = both_dates(session, clock)
            inspection.works_done(session, case, "Pedro Díaz", None, by="api", now=clock.now())
            assert statuses(case) == [DISPUTED, DONE]
            assert (case.status, visit.status, booked.status) == ("visit_scheduled", "booked", "done")

    def test_keep_the_works_when_the_inspection_comes_first(self, store: Store, clock: MovableClock) -> None:
        with store.transaction() as session:
            case, visit, booked = both_dates(session, clock)
            report(session, case, clock, True)
            assert statuses(case) == [COVERED, DISPUTED]
            assert (case.status, visit.status, booked.status) == ("inspected", "done", "booked")
            inspection.works_done(session, case, "Pedro Díaz", None, by="api", now=clock.now())
            assert (case.status, statuses(case), booked.status) == ("works_done", [DONE, DONE], "done")

    def test_go_on_with_the_works_where_the_inspection_covers_nothing(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        with sqlite_store.transaction() as session:
            case, _, booked = both_dates(session, clock)
            event = report(session, case, clock, False)
            assert (case.status, booked.status, event.kind) == ("works_scheduled", "booked", "inspected")

    def test_wait_for_a_date_of_works_where_there_is_none(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session, Status.VISIT_SCHEDULED, DISPUTED, DISPUTED, remedies="vw")
            report(session, case, clock, False)
            assert case.status == Status.INSPECTED

    def test_wait_for_the_owners_word_where_the_works_came_first_and_nothing_more_is_covered(
        self, sqlite_store: Store, clock: MovableClock
    ) -> None:
        with sqlite_store.transaction() as session:
            case, _, _ = both_dates(session, clock)
            inspection.works_done(session, case, "Pedro Díaz", None, by="api", now=clock.now())
            event = report(session, case, clock, False)
            assert (case.status, statuses(case)) == ("works_done", [NOT_COVERED, DONE])
            assert event.kind == EventKind.INSPECTED

    @pytest.mark.parametrize("status", [Status.OPEN, Status.WORKS_DONE])
    def test_leave_a_case_that_still_wants_its_visit_as_it_is(
        self, sqlite_store: Store, clock: MovableClock, status: Status
    ) -> None:
        with sqlite_store.transaction() as session:
            case = new_case(session, status, DISPUTED, DISPUTED, remedies="vw")
            inspection.works_done(session, case, "Pedro Díaz", None, by="api", now=clock.now())
            assert (case.status, statuses(case)) == (status, [DISPUTED, DONE])


def both_dates(session: Session, clock: MovableClock) -> tuple[Case, Appointment, Appointment]:
    """The first requirement waits for its visit, the second for its works: both dates are booked."""
    case = new_case(session, Status.WORKS_DONE, DISPUTED, DISPUTED, remedies="vw")
    case.works_since = TUESDAY
    visit = visits.book(session, case, MORNING, now=clock.now(), by="owner")
    return case, visit, works.book(session, case, MORNING, now=clock.now(), by="owner")
