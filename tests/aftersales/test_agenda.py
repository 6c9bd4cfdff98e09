"""Nothing is sold twice: what is free, and who gets it when many press at the same moment."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from ivr.aftersales import agenda, cases, visits, works
from ivr.aftersales.agenda import Booked, Obstacles, Offer
from ivr.aftersales.calendar import BusinessCalendar
from ivr.aftersales.grid import Slot
from ivr.aftersales.life import AppointmentKind, AppointmentStatus, Status
from ivr.clock import MovableClock
from ivr.errors import Conflict, SlotTaken
from ivr.store.session import Store
from ivr.store.tables import Appointment, Case, ClosureDay, Home, Project
from tests.aftersales.diary import days, walls
from tests.making import at, make_case, make_home, make_project
from tests.watching import statements

CALENDAR = BusinessCalendar("RM", "America/Santiago")
PRESSING = 32

clocks = st.integers(0, 23)
lengths = st.integers(1, 6)


def hour(n: int) -> datetime:
    return datetime(2026, 11, 26, tzinfo=UTC) + timedelta(hours=n)


class TestFree:
    @settings(deadline=None)
    @given(
        taken=st.lists(st.tuples(clocks, lengths), max_size=12),
        length=lengths,
        capacity=st.integers(1, 4),
    )
    def test_is_only_what_keeps_every_moment_within_the_capacity(
        self, taken: list[tuple[int, int]], length: int, capacity: int
    ) -> None:
        booked = [Booked(n, n, hour(start), hour(start + long)) for n, (start, long) in enumerate(taken)]
        slots = [Slot(hour(n), hour(n + length)) for n in range(24)]
        for offer in Obstacles(CALENDAR, booked, None).free(slots, capacity):
            at_once = max(
                sum(each.start <= moment < each.end for each in booked)
                for moment in (offer.start + timedelta(hours=n) for n in range(length))
            )
            assert at_once + offer.free <= capacity
            assert offer.free >= 1

    def test_is_taken_by_whatever_overlaps_but_not_by_what_only_touches(self) -> None:
        booked = [Booked(1, 1, hour(10), hour(12))]
        slots = [Slot(hour(n), hour(n + 1)) for n in range(8, 14)]
        free = Obstacles(CALENDAR, booked, None).free(slots, 1)
        assert [offer.start.hour for offer in free] == [8, 9, 12, 13]

    def test_tells_how_many_are_left(self) -> None:
        booked = [Booked(n, n, hour(10), hour(11)) for n in range(2)]
        slots = [Slot(hour(10), hour(11)), Slot(hour(11), hour(12))]
        free = Obstacles(CALENDAR, booked, None).free(slots, 3)
        assert [offer.free for offer in free] == [1, 3]


class TestPage:
    offers = tuple(Offer(hour(n), hour(n + 1), 1, substitute=False) for n in range(8))

    def test_after_page_hears_everything_once_and_then_the_first_again(self) -> None:
        heard: list[Offer] = []
        after = None
        for _ in range(3):
            shown = agenda.page(self.offers, after, 3)
            heard += shown
            after = shown[-1].key
        assert tuple(heard) == self.offers
        assert agenda.page(self.offers, after, 3) == list(self.offers[:3])

    def test_goes_on_after_an_offer_that_somebody_else_has_taken_meanwhile(self) -> None:
        left = (*self.offers[:2], *self.offers[3:])
        assert agenda.page(left, self.offers[2].key, 3) == list(self.offers[3:6])

    def test_of_nothing_is_nothing(self) -> None:
        assert agenda.page((), None, 3) == []


class TestObstacles:
    def test_count_days_off_of_the_nation_the_region_and_the_project_alone(
        self, store: Store, clock: MovableClock
    ) -> None:
        with store.transaction() as session:
            project, other = make_project(session), make_project(session, code="202", region="VS")
            off = {"working": False, "reason": "cierre"}
            session.add_all(
                [
                    ClosureDay(day=date(2026, 11, 25), region=None, project_id=None, **off),
                    ClosureDay(day=date(2026, 11, 26), region="RM", project_id=None, **off),
                    ClosureDay(day=date(2026, 11, 27), region=None, project_id=project.id, **off),
                    ClosureDay(day=date(2026, 11, 30), region="VS", project_id=None, **off),
                    ClosureDay(day=date(2026, 12, 1), region=None, project_id=other.id, **off),
                ]
            )
            session.flush()
            seen = agenda.obstacles(session, project, AppointmentKind.VISIT, now=clock.now())
        assert [day.day for day in seen.calendar.window(date(2026, 11, 24), 3)] == [30, 1, 2]

    def test_know_a_holiday_that_is_worked(self, store: Store, clock: MovableClock) -> None:
        immaculate_conception = date(2026, 12, 8)
        with store.transaction() as session:
            project = make_project(session)
            session.add(
                ClosureDay(
                    day=immaculate_conception,
                    working=True,
                    reason="turno",
                    region=None,
                    project_id=project.id,
                )
            )
            session.flush()
            seen = agenda.obstacles(session, project, AppointmentKind.VISIT, now=clock.now())
        assert seen.calendar.is_business_day(immaculate_conception)

    def test_count_tomorrow_off_late_in_the_evening_too(self, sqlite_store: Store) -> None:
        """When tomorrow has begun in UTC, and the day of the call has not ended."""
        tomorrow = date(2026, 11, 26)
        with sqlite_store.transaction() as session:
            project = make_project(session)
            off = {"working": False, "reason": "cierre", "region": None, "project_id": None}
            session.add(ClosureDay(day=tomorrow, **off))
            session.flush()
            seen = agenda.obstacles(session, project, AppointmentKind.VISIT, now=at("2026-11-25 22:30"))
        assert not seen.calendar.is_business_day(tomorrow)

    def test_are_the_booked_dates_of_this_kind_and_project_that_lie_ahead(
        self, store: Store, clock: MovableClock
    ) -> None:
        with store.transaction() as session:
            project, other = make_project(session), make_project(session, code="202")
            case = make_case(session, make_home(session, project))
            session.add_all(
                [
                    appointment(case, project, "2026-11-26 10:00"),
                    appointment(case, project, "2026-11-26 11:00", status=AppointmentStatus.CANCELLED),
                    appointment(case, project, "2026-11-26 12:00", kind=AppointmentKind.WORKS),
                    appointment(case, other, "2026-11-26 13:00"),
                    appointment(case, project, "2026-11-23 10:00"),
                ]
            )
            session.flush()
            seen = agenda.obstacles(session, project, AppointmentKind.VISIT, now=clock.now())
        assert walls(seen.booked) == ["26 10:00"]


class TestCapacity:
    def test_of_the_old_length_still_counts_after_slots_became_longer(
        self, store: Store, clock: MovableClock
    ) -> None:
        with store.transaction() as session:
            project = make_project(session)
            home = make_home(session, project)
            visits.book(
                session, make_case(session, home), at("2026-11-26 09:30"), now=clock.now(), by="owner"
            )
            project.slot_minutes = 60
            late = make_case(session, home)
            with pytest.raises(SlotTaken, match="cannot be booked"):
                visits.book(session, late, at("2026-11-26 09:00"), now=clock.now(), by="owner")
            assert walls(visits.offers(session, late, now=clock.now())) == [
                "26 10:00",
                "26 11:00",
                "26 12:00",
            ]

    def test_of_the_old_length_still_counts_after_slots_became_shorter(
        self, store: Store, clock: MovableClock
    ) -> None:
        with store.transaction() as session:
            project = make_project(session, slot_minutes=60)
            home = make_home(session, project)
            visits.book(
                session, make_case(session, home), at("2026-11-26 10:00"), now=clock.now(), by="owner"
            )
            project.slot_minutes = 20
            heard = walls(visits.all_slots(session, project, now=clock.now()))
        assert heard[:5] == ["26 09:00", "26 09:20", "26 09:40", "26 11:00", "26 11:20"]

    def test_that_is_lowered_keeps_what_is_booked_and_sells_no_more(
        self, store: Store, clock: MovableClock
    ) -> None:
        ten = at("2026-11-26 10:00")
        with store.transaction() as session:
            project = make_project(session, inspectors=3)
            home = make_home(session, project)
            kept = [
                visits.book(session, make_case(session, home), ten, now=clock.now(), by="owner")
                for _ in range(2)
            ]
            project.inspectors = 1
            with pytest.raises(SlotTaken):
                visits.book(session, make_case(session, home), ten, now=clock.now(), by="owner")
            assert {each.status for each in kept} == {AppointmentStatus.BOOKED}
            assert ten not in {offer.start for offer in visits.all_slots(session, project, now=clock.now())}

    def test_that_is_lowered_at_the_same_moment_counts_already(
        self, postgresql_url: str, clock: MovableClock
    ) -> None:
        with opened(postgresql_url) as store:
            with store.transaction() as session:
                project = make_project(session, inspectors=2)
                home = make_home(session, project)
                first, second = (make_case(session, home) for _ in range(2))
                ten = at("2026-11-26 10:00")
                visits.book(session, first, ten, now=clock.now(), by="owner")
            with ThreadPoolExecutor(1) as pool:
                with store.transaction() as session:
                    session.get_one(Project, project.id).inspectors = 1
                    session.flush()
                    pressed = pool.submit(press, store, visits.book, second.id, ten, clock)
                    wait_for_somebody_waiting(store)
                assert pressed.result(timeout=30) == "taken"


class TestHold:
    def test_keeps_nobody_from_opening_cases_in_the_project(
        self, postgresql_url: str, clock: MovableClock
    ) -> None:
        """What refers to the project's row only shares its key."""
        with opened(postgresql_url, patience=2) as store:
            with store.transaction() as session:
                home = make_home(session, make_project(session))
                case = make_case(session, home)
            with store.transaction() as held:
                agenda.hold(held, held.get_one(Case, case.id))
                with store.transaction() as session:
                    make_case(session, session.get_one(Home, home.id))

    def test_reads_nothing_where_the_diary_is_locked_already(self, store: Store) -> None:
        ids = many_cases(store, Status.OPEN)
        with store.transaction() as session:
            case = cases.lock_diary(session, ids[0])
            with statements(store) as seen:
                assert agenda.hold(session, case).id == case.project_id
        assert seen == []


class TestLastSlot:
    """Thursday has one slot of four hours, and everybody has heard of it."""

    @pytest.mark.parametrize("capacity", [1, 3])
    def test_of_a_visit_goes_to_as_many_as_there_are_inspectors(
        self, store: Store, clock: MovableClock, capacity: int
    ) -> None:
        with opened(store.url.render_as_string(hide_password=False)) as busy:
            ids = many_cases(busy, Status.OPEN, slot_minutes=240, inspectors=capacity)
            heard = offers_of(busy, visits.offers, ids[0], clock)
            assert walls(heard) == ["26 09:00"]

            outcomes = all_press(busy, visits.book, ids, heard[0].key, clock)

            assert sorted(outcomes) == ["booked"] * capacity + ["taken"] * (PRESSING - capacity)
            assert_sold(busy, AppointmentKind.VISIT, capacity)
            loser = ids[outcomes.index("taken")]
            still_free = offers_of(busy, visits.offers, loser, clock)
            assert days(still_free) == ["25", "27", "30"]
            assert all(offer.substitute for offer in still_free)

    def test_of_works_goes_to_one_crew(self, store: Store, clock: MovableClock) -> None:
        with opened(store.url.render_as_string(hide_password=False)) as busy:
            ids = many_cases(busy, Status.INSPECTED, works_since=date(2026, 11, 24))
            heard = offers_of(busy, works.offers, ids[0], clock)

            outcomes = all_press(busy, works.book, ids, heard[0].key, clock)

            assert outcomes.count("booked") == 1
            assert_sold(busy, AppointmentKind.WORKS, 1)
            loser = ids[outcomes.index("taken")]
            assert walls(offers_of(busy, works.offers, loser, clock)) == ["25 14:00", "26 09:00", "26 14:00"]

    def test_that_many_change_to_leaves_all_but_one_with_the_date_they_had(
        self, store: Store, clock: MovableClock
    ) -> None:
        with opened(store.url.render_as_string(hide_password=False)) as busy:
            ids = many_cases(busy, Status.INSPECTED, works_since=date(2026, 11, 24), crews=PRESSING)
            first, second = offers_of(busy, works.offers, ids[0], clock)[:2]
            assert set(all_press(busy, works.book, ids, first.key, clock)) == {"booked"}
            with busy.transaction() as session:
                session.scalars(select(Project)).one().crews = 1

            outcomes = all_press(busy, works.book, ids, second.key, clock)

            assert outcomes.count("booked") == 1
            with busy.reading() as session:
                held = session.execute(
                    select(Appointment.start, func.count())
                    .where(Appointment.status == AppointmentStatus.BOOKED)
                    .group_by(Appointment.start)
                    .order_by(Appointment.start)
                ).all()
            assert [tuple(row) for row in held] == [(first.start, PRESSING - 1), (second.start, 1)]


class TestCost:
    def test_of_offers_is_one_query_besides_the_case(self, store: Store, clock: MovableClock) -> None:
        ids = many_cases(store, Status.INSPECTED, works_since=date(2026, 11, 24))
        for offers in (visits.offers, works.offers):
            with store.transaction() as session:
                case = cases.lock(session, ids[0])
                with statements(store) as seen:
                    assert offers(session, case, now=clock.now())
            assert len(seen) == 1

    def test_of_booking_is_obstacles_and_what_is_written_and_where_rows_are_locked_the_project(
        self, store: Store, clock: MovableClock
    ) -> None:
        ids = many_cases(store, Status.OPEN)
        with store.transaction() as session:
            case = cases.lock(session, ids[0])
            with statements(store) as seen:
                visits.book(session, case, at("2026-11-26 10:00"), now=clock.now(), by="owner")
                session.flush()
        verbs = [statement.split()[0] for statement in seen]
        if store.engine.dialect.name == "sqlite":
            assert sorted(verbs) == ["INSERT", "INSERT", "SELECT", "UPDATE"]
        else:
            assert verbs == ["SELECT", "SELECT", "WITH"]

    def test_of_a_change_is_the_end_of_the_old_date_and_the_new_one(
        self, store: Store, clock: MovableClock
    ) -> None:
        ids = many_cases(store, Status.OPEN)
        book(store, visits.book, ids[0], at("2026-11-26 10:00"), clock)
        with store.transaction() as session:
            case = cases.lock(session, ids[0])
            with statements(store) as seen:
                visits.book(session, case, at("2026-11-26 11:00"), now=clock.now(), by="owner")
                session.flush()
        written = [verb for verb in (each.split()[0] for each in seen) if verb != "SELECT"]
        together = store.engine.dialect.name != "sqlite"
        assert written == ["UPDATE", *(["WITH"] if together else ["INSERT", "INSERT"])]


class TestWithoutAHome:
    @pytest.mark.parametrize("diary", [visits, works])
    def test_nothing_is_offered_and_nothing_booked(
        self, sqlite_store: Store, clock: MovableClock, diary: ModuleType
    ) -> None:
        with sqlite_store.transaction() as session:
            case = make_case(session, None, Status.ATTENDING)
            assert diary.offers(session, case, now=clock.now()) == []
            with pytest.raises(Conflict, match="home of case") as refused:
                diary.book(session, case, at("2026-11-26 09:00"), now=clock.now(), by="api")
            assert refused.value.code == "home_unknown"


Book = Callable[..., Appointment]


def appointment(
    case: Case,
    project: Project,
    wall: str,
    kind: AppointmentKind = AppointmentKind.VISIT,
    status: AppointmentStatus = AppointmentStatus.BOOKED,
) -> Appointment:
    return Appointment(
        case_id=case.id,
        project_id=project.id,
        kind=kind,
        start=at(wall),
        end=at(wall) + timedelta(minutes=30),
        status=status,
        substitute=False,
        created_at=at("2026-11-23 09:00"),
    )


@contextmanager
def opened(url: str, patience: float = 30) -> Iterator[Store]:
    """A store that lets everybody in at once and waits as long as a slow machine needs."""
    store = Store(url, patience=patience, pool_size=PRESSING)
    try:
        yield store
    finally:
        store.close()


def many_cases(store: Store, status: Status, works_since: date | None = None, **project: int) -> list[int]:
    with store.transaction() as session:
        home = make_home(session, make_project(session, **project))
        return [make_case(session, home, status, works_since=works_since).id for _ in range(PRESSING)]


def offers_of(
    store: Store, offers: Callable[..., list[Offer]], case_id: int, clock: MovableClock
) -> list[Offer]:
    with store.reading() as session:
        return offers(session, session.get_one(Case, case_id), now=clock.now())


def book(store: Store, book: Book, case_id: int, chosen: str | datetime, clock: MovableClock) -> None:
    with store.transaction() as session:
        book(session, cases.lock(session, case_id), chosen, now=clock.now(), by="owner")


def press(store: Store, how: Book, case_id: int, chosen: str | datetime, clock: MovableClock) -> str:
    try:
        book(store, how, case_id, chosen, clock)
    except SlotTaken:
        return "taken"
    return "booked"


def all_press(store: Store, how: Book, ids: list[int], key: str, clock: MovableClock) -> list[str]:
    """What each of the callers got, all pressing at the same moment."""
    together = threading.Barrier(len(ids))

    def caller(case_id: int) -> str:
        together.wait(timeout=30)
        return press(store, how, case_id, key, clock)

    with ThreadPoolExecutor(len(ids)) as pool:
        return list(pool.map(caller, ids))


def assert_sold(store: Store, kind: AppointmentKind, times: int) -> None:
    with store.reading() as session:
        sold = select(func.count()).where(
            Appointment.kind == kind, Appointment.status == AppointmentStatus.BOOKED
        )
        assert session.scalar(sold) == times


def wait_for_somebody_waiting(store: Store) -> None:
    """Until a statement waits for a lock on the server."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    pause = threading.Event()
    for _ in range(1000):
        with store.reading() as session:
            if session.scalar(waiting):
                return
        pause.wait(0.01)
    pytest.fail("nobody waits for a lock")
