"""A project's week: what is closed, booked and free, and who waits for a date."""

from datetime import date

from ivr.aftersales import cases, closures, visits, week
from ivr.aftersales.life import AppointmentKind, AppointmentStatus, RequirementStatus, Status
from ivr.store.session import Store
from ivr.store.tables import Appointment, Project
from tests.making import at, make_case, make_home, make_project

MONDAY, THURSDAY, NOW = date(2026, 11, 23), date(2026, 11, 26), at("2026-11-24 10:00")
VISIT, WORKS = AppointmentKind.VISIT, AppointmentKind.WORKS


def put(project: Project, case_id: int, start: str, end: str, **columns: object) -> Appointment:
    values = {"kind": VISIT, "status": AppointmentStatus.BOOKED, "substitute": False, "created_at": NOW}
    return Appointment(
        case_id=case_id, project_id=project.id, start=at(start), end=at(end), **values | columns
    )


def test_a_day_counts_its_places_by_capacity(store: Store) -> None:
    with store.transaction() as session:
        project = make_project(session, inspectors=2)
        case = make_case(session, make_home(session, project), Status.VISIT_SCHEDULED)
        session.add(put(project, case.id, "2026-11-26 10:00", "2026-11-26 10:30"))
        session.flush()
        days = week.read(session, project, MONDAY)
        assert [day.date.isoweekday() for day in days] == [1, 2, 3, 4, 5]
        thursday = days[3]
        assert (thursday.assigned, thursday.closed) == (True, None)
        assert (thursday.booked(VISIT), thursday.free(VISIT)) == (1, 31)
        assert (thursday.booked(WORKS), thursday.free(WORKS)) == (0, 2)
        taken = next(stretch for stretch in thursday.visits if stretch.entries)
        assert (taken.start, taken.free, taken.entries[0].case.id) == (at("2026-11-26 10:00"), 1, case.id)


def test_a_closed_day_names_its_reason_and_keeps_what_was_booked(store: Store) -> None:
    with store.transaction() as session:
        project = make_project(session)
        case = make_case(session, make_home(session, project), Status.VISIT_SCHEDULED)
        session.add(put(project, case.id, "2026-11-26 10:00", "2026-11-26 10:30"))
        closures.add(session, day=THURSDAY, working=False, reason="Inventario", project=project)
        thursday = week.read(session, project, MONDAY)[3]
        assert thursday.closed == "Inventario"
        assert [(stretch.regular, stretch.free) for stretch in thursday.visits] == [(False, 0)]
        assert thursday.booked(VISIT) == 1
        holiday = week.read(session, project, date(2026, 12, 7))[1]
        assert (holiday.closed, holiday.free(VISIT)) == ("La Inmaculada Concepción", 0)


def test_slots_that_have_changed_keep_dates_beside_them_and_what_was_missed_gives_its_place_back(
    sqlite_store: Store,
) -> None:
    with sqlite_store.transaction() as session:
        project = make_project(session, slot_minutes=45)
        case = make_case(session, make_home(session, project), Status.VISIT_SCHEDULED)
        missed = AppointmentStatus.MISSED
        session.add(put(project, case.id, "2026-11-26 10:00", "2026-11-26 10:30"))
        session.add(put(project, case.id, "2026-11-26 09:00", "2026-11-26 09:45", status=missed))
        cancelled = AppointmentStatus.CANCELLED
        session.add(put(project, case.id, "2026-11-26 15:00", "2026-11-26 15:45", status=cancelled))
        session.flush()
        visits_ = week.read(session, project, MONDAY)[3].visits
        assert [(stretch.regular, stretch.free, len(stretch.entries)) for stretch in visits_[:3]] == [
            (True, 1, 1),  # 9:00, missed
            (True, 0, 0),  # 9:45, the old half-hour overlaps it
            (False, 0, 1),  # 10:00, of the old grid
        ]
        assert sum(len(stretch.entries) for stretch in visits_) == 2


def test_those_who_wait_for_a_date_are_told_by_kind(store: Store) -> None:
    with store.transaction() as session:
        project = make_project(session)
        home = make_home(session, project)
        waiting = make_case(session, home)
        dated = make_case(session, home)
        inspected = make_case(session, home, Status.INSPECTED, (RequirementStatus.COVERED,))
        make_case(session, home, Status.CANCELLED)
        make_case(session, make_home(session, make_project(session, code="102")))
        session.expire_all()
        locked = cases.lock(session, dated.id)
        visits.book(session, locked, visits.offers(session, locked, now=NOW)[0].key, now=NOW, by="owner")
        assert [case.id for case in week.without_date(session, project, VISIT, limit=9)] == [waiting.id]
        assert [case.id for case in week.without_date(session, project, WORKS, limit=9)] == [inspected.id]
        assert week.without_date(session, project, VISIT, limit=9)[0].home is not None


def test_any_day_leads_to_its_monday() -> None:
    assert week.monday_of(date(2026, 11, 29)) == MONDAY
    assert week.monday_of(MONDAY) == MONDAY
