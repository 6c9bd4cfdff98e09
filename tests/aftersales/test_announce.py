from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import announce, cases, inspection, tasks, visits
from ivr.aftersales.events import API, OWNER, EventKind, record
from ivr.aftersales.inspection import Result
from ivr.aftersales.life import Category, Channel, RequirementStatus, Status, UrgentKind
from ivr.aftersales.tasks import TaskKind
from ivr.settings import Settings
from ivr.store.session import Store
from ivr.store.tables import CallRow, Case, Home, Job, TextRow
from tests.making import make_case, make_home, make_project

SANTIAGO = ZoneInfo("America/Santiago")
NOW = datetime(2026, 11, 24, 12, tzinfo=SANTIAGO)
NIGHT = datetime(2026, 11, 24, 22, tzinfo=SANTIAGO)
ANA, FIXED = "+56987654321", "+56223456789"


@pytest.fixture
def settings() -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        secret_key="s",
        api_token="t",
        account_sid="AC",
        auth_token="a",
        outbound_number="+56600123456",
    )


def home_in(session: Session) -> Home:
    return make_home(session, make_project(session))


def open_one(session: Session, *phones: str) -> Case:
    case = cases.open_standard(session, home_in(session), Channel.PHONE, now=NOW, by=OWNER, contacts=phones)
    cases.add_requirement(session, case, Category.DOORS, by=OWNER, now=NOW)
    return case


def work_off(session: Session, settings: Settings, now: datetime = NOW) -> None:
    session.flush()
    for event in announce.owed(session, 50):
        announce.consequences(session, event, settings=settings, now=now)


def call_about(session: Session, case: Case, at: datetime) -> None:
    """The owner calls about the case at that moment."""
    session.add(
        CallRow(
            direction="inbound",
            purpose="inbound",
            from_number=ANA,
            to_number="+56800422727",
            channel="phone",
            case_id=case.id,
            status="in-progress",
            started_at=at - timedelta(minutes=3),
            ended_at=at + timedelta(minutes=1),
        )
    )


def texts(session: Session) -> list[tuple[str, str]]:
    return [(row.purpose, row.state) for row in session.scalars(select(TextRow).order_by(TextRow.id))]


def open_tasks(session: Session) -> list[str]:
    return [task.kind for task in tasks.page(session)[0]]


def book(session: Session, case: Case, *, by: str = OWNER, now: datetime = NOW) -> None:
    visits.book(session, case, visits.offers(session, case, now=now)[0].key, now=now, by=by)


def test_consequences_are_owed_until_they_are_written_down_once(store: Store, settings: Settings) -> None:
    with store.transaction() as session:
        case = open_one(session, ANA)
        book(session, case)
        session.flush()
        owed = announce.owed(session, 2)
        assert [event.kind for event in owed] == ["opened", "requirement_added"]
        work_off(session, settings)
        assert announce.owed(session, 2) == []
        assert texts(session) == [("booking", "due")]
        for event in case.events:
            assert event.announced_at == NOW
            announce.consequences(session, event, settings=settings, now=NOW + timedelta(hours=1))
        assert texts(session) == [("booking", "due")]


def test_a_booking_settles_what_asked_for_it(sqlite_store: Store, settings: Settings) -> None:
    with sqlite_store.transaction() as session:
        case = open_one(session, ANA)
        for kind in (
            TaskKind.UNSCHEDULED,
            TaskKind.RING_OWNER,
            TaskKind.CALLBACK,
            TaskKind.WORKS_UNSCHEDULED,
        ):
            tasks.open_task(session, kind, now=NOW, case=case)
        book(session, case)
        work_off(session, settings)
        assert open_tasks(session) == ["callback", "works_unscheduled"]


def test_a_booking_at_night_is_texted_at_once_only_to_who_made_it(
    sqlite_store: Store, settings: Settings
) -> None:
    with sqlite_store.transaction() as session:
        case = open_one(session, ANA)
        call_about(session, case, NIGHT)
        book(session, case, by=OWNER, now=NIGHT)
        work_off(session, settings, NIGHT)
        book(session, case, by=API, now=NIGHT)
        work_off(session, settings, NIGHT)
        due = session.scalars(select(Job.due_at).where(Job.kind == "text").order_by(Job.id)).all()
        assert due == [NIGHT, NIGHT.replace(day=25, hour=8)]


@pytest.mark.parametrize(("in_a_call", "minutes"), [(False, 0), (True, 11)])
def test_what_was_done_by_text_or_long_ago_is_told_in_the_morning(
    sqlite_store: Store, settings: Settings, in_a_call: bool, minutes: int
) -> None:
    with sqlite_store.transaction() as session:
        case = open_one(session, ANA)
        if in_a_call:
            call_about(session, case, NIGHT)
        book(session, case, by=OWNER, now=NIGHT)
        work_off(session, settings, NIGHT + timedelta(minutes=minutes))
        due = session.scalars(select(Job.due_at).where(Job.kind == "text")).all()
        assert due == [NIGHT.replace(day=25, hour=8)]


def test_an_owner_without_a_mobile_needs_not_be_told_what_they_did_though_it_was_long_ago(
    sqlite_store: Store, settings: Settings
) -> None:
    with sqlite_store.transaction() as session:
        book(session, open_one(session, FIXED), by=OWNER)
        work_off(session, settings, NOW + timedelta(hours=2))
        assert "no_text" not in open_tasks(session)


def test_an_owner_without_a_mobile_is_told_by_a_person_what_others_did(
    sqlite_store: Store, settings: Settings
) -> None:
    with sqlite_store.transaction() as session:
        case = open_one(session, FIXED)
        book(session, case, by=OWNER)
        work_off(session, settings)
        assert open_tasks(session) == []
        book(session, case, by="Marta")
        work_off(session, settings)
        assert open_tasks(session) == ["no_text"]


def test_a_change_takes_back_what_was_not_sent_yet(sqlite_store: Store, settings: Settings) -> None:
    with sqlite_store.transaction() as session:
        case = open_one(session, ANA)
        book(session, case, by=API, now=NIGHT)
        work_off(session, settings, NIGHT)
        book(session, case, by=API, now=NIGHT)
        work_off(session, settings, NIGHT)
        assert texts(session) == [("booking", "refused"), ("change", "due")]


def test_of_dates_that_changed_meanwhile_only_the_last_is_told(
    sqlite_store: Store, settings: Settings
) -> None:
    with sqlite_store.transaction() as session:
        case = open_one(session, ANA)
        book(session, case)
        book(session, case)
        work_off(session, settings)
        assert texts(session) == [("change", "due")]


def test_a_cancelled_date_is_told_and_a_missed_one_is_not(sqlite_store: Store, settings: Settings) -> None:
    with sqlite_store.transaction() as session:
        case = open_one(session, ANA)
        book(session, case)
        work_off(session, settings)
        visits.cancel(session, case, case.appointments[0], by=OWNER, now=NOW)
        work_off(session, settings)
        assert texts(session) == [("booking", "refused"), ("cancelling", "due")]
        assert open_tasks(session) == ["unscheduled"]
        book(session, case)
        visits.missed(session, case, case.appointments[1], by="owner", now=NOW)
        work_off(session, settings)
        assert len(texts(session)) == 2


def test_an_urgency_is_texted_its_number_once_and_at_night(sqlite_store: Store, settings: Settings) -> None:
    with sqlite_store.transaction() as session:
        case = cases.open_urgent(session, UrgentKind.GAS, Channel.PHONE, now=NIGHT, by=OWNER)
        work_off(session, settings, NIGHT)
        assert texts(session) == []
        cases.set_contacts(session, case, [ANA], by=OWNER, now=NIGHT)
        record(session, case, EventKind.URGENT_NUMBER_GIVEN, by="line", now=NIGHT)
        work_off(session, settings, NIGHT)
        assert texts(session) == [("urgent_number", "due")]
        job = session.scalars(select(Job).where(Job.kind == "text")).one()
        assert (job.due_at, job.priority) == (NIGHT, 0)
        assert case.number in session.scalars(select(TextRow.body)).one()


def test_contacts_of_a_standard_case_are_no_news(sqlite_store: Store, settings: Settings) -> None:
    with sqlite_store.transaction() as session:
        case = open_one(session)
        cases.set_contacts(session, case, [ANA], by=OWNER, now=NOW)
        work_off(session, settings)
        assert texts(session) == []


def test_who_takes_an_urgency_settles_its_alarm(sqlite_store: Store, settings: Settings) -> None:
    with sqlite_store.transaction() as session:
        case = cases.open_urgent(session, UrgentKind.GAS, Channel.PHONE, now=NOW, by=OWNER)
        tasks.open_task(session, TaskKind.URGENT_UNACKNOWLEDGED, now=NOW, case=case)
        cases.acknowledge(session, case, "Marta", now=NOW)
        work_off(session, settings)
        assert open_tasks(session) == []


@pytest.mark.parametrize("covered", [0, 1, 2])
def test_what_an_inspection_did_not_cover_is_told_with_its_reason(
    sqlite_store: Store, settings: Settings, covered: int
) -> None:
    with sqlite_store.transaction() as session:
        case = open_one(session, ANA)
        cases.add_requirement(session, case, Category.WALLS, by=OWNER, now=NOW)
        book(session, case)
        work_off(session, settings)
        session.flush()
        inspection.record(
            session,
            case,
            [
                Result(requirement.id, n < covered, "Falta de mantención")
                for n, requirement in enumerate(case.requirements)
            ],
            by="Inspector",
            now=NOW,
        )
        work_off(session, settings)
        bodies = session.scalars(select(TextRow.body).where(TextRow.purpose == "not_covered")).all()
        assert [body.count("Falta de mantencion") for body in bodies] == (
            [2 - covered] if covered < 2 else []
        )


def test_the_third_dispute_of_a_requirement_is_a_task(sqlite_store: Store, settings: Settings) -> None:
    with sqlite_store.transaction() as session:
        case = make_case(
            session, home_in(session), Status.WORKS_DONE, (RequirementStatus.DISPUTED, RequirementStatus.DONE)
        )
        for disputes in (2, 3, 3):
            case.requirements[0].disputes = case.requirements[1].disputes = disputes
            record(session, case, EventKind.DISPUTED, by=OWNER, now=NOW)
            work_off(session, settings)
        assert open_tasks(session) == ["third_dispute"]


def test_works_that_are_done_are_not_overdue(sqlite_store: Store, settings: Settings) -> None:
    with sqlite_store.transaction() as session:
        case = make_case(session, home_in(session), Status.WORKS_DONE)
        for kind in (TaskKind.OVERDUE_WORKS, TaskKind.UNREACHABLE, TaskKind.CALLBACK):
            tasks.open_task(session, kind, now=NOW, case=case)
        record(session, case, EventKind.WORKS_DONE, by=API, now=NOW)
        work_off(session, settings)
        assert open_tasks(session) == ["callback"]


def test_two_workers_at_once_tell_the_owner_once(store: Store, settings: Settings) -> None:
    with store.transaction() as session:
        book(session, open_one(session, ANA))

    def work(_n: int) -> None:
        with store.transaction() as session:
            work_off(session, settings)

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(work, range(4)))
    with store.reading() as session:
        assert texts(session) == [("booking", "due")]


def test_a_closed_case_is_told(sqlite_store: Store, settings: Settings) -> None:
    with sqlite_store.transaction() as session:
        case = open_one(session, ANA)
        tasks.open_task(session, TaskKind.UNREACHABLE, now=NOW, case=case)
        record(session, case, EventKind.CLOSED, by=OWNER, now=NOW)
        work_off(session, settings)
        assert texts(session) == [("closed", "due")]
        assert open_tasks(session) == []


def test_a_cancelled_case_asks_for_nothing_more(sqlite_store: Store, settings: Settings) -> None:
    with sqlite_store.transaction() as session:
        case = open_one(session, ANA)
        tasks.open_task(session, TaskKind.VISIT_LATE, now=NOW, case=case)
        tasks.open_task(session, TaskKind.WORKS_UNSCHEDULED, now=NOW, case=case)
        book(session, case)
        work_off(session, settings)
        cases.cancel(session, case, by=API, reason="duplicada", now=NOW)
        work_off(session, settings)
        assert texts(session) == [("booking", "refused"), ("cancelling", "due")]
        assert open_tasks(session) == []


@pytest.mark.parametrize(("status", "told"), [(Status.REJECTED, ["disagreement"]), (Status.CLOSED, [])])
def test_who_disagrees_with_a_rejection_is_read_by_a_person(
    sqlite_store: Store, settings: Settings, status: Status, told: list[str]
) -> None:
    with sqlite_store.transaction() as session:
        old = make_case(session, home_in(session), status)
        cases.follow(session, old, now=NOW.astimezone(UTC), by=OWNER, channel=Channel.PHONE)
        work_off(session, settings)
        assert open_tasks(session) == told
