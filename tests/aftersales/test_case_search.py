"""Cases are found by what callers know, in pages that lose none and show none twice."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from ivr.aftersales import case_search, tasks
from ivr.aftersales.case_search import Wanted
from ivr.aftersales.life import ENDED, AppointmentKind, AppointmentStatus, Channel, Priority, Status
from ivr.aftersales.tasks import TaskKind
from ivr.errors import Invalid
from ivr.store.session import Store
from ivr.store.tables import Appointment, Case, CaseContact, HomePhone
from ivr.store.tables.cases import ENDED_WORDS
from tests.making import at, make_case, make_home, make_project

NOW = at("2026-11-24 10:00")


def numbers(session: Session, **wanted: object) -> list[str]:
    found = case_search.page(session, Wanted(**wanted), now=NOW)  # type: ignore[arg-type]
    return [case.number for case in found.cases]


@pytest.fixture
def town(store: Store) -> Store:
    """Three homes in two projects, with a case each, and one without a home."""
    with store.transaction() as session:
        aromos = make_project(session)
        nielol = make_project(session, code="102", name="Parque Ñielol", keypad_name="7")
        camila = make_home(session, aromos, "1204")
        jose = make_home(session, aromos, "7", owner="José Ñancupil Peña")
        hernan = make_home(session, nielol, "8", owner="Hernán Díaz Rojas")
        session.add(HomePhone(home_id=hernan.id, phone="+56322345678"))
        make_case(session, camila, number="1234566", contacts=[CaseContact(phone="+56986826248")])
        make_case(session, jose, Status.CLOSED, number="7654321", closed_at=NOW, channel=Channel.WEB)
        make_case(session, hernan, Status.VISIT_SCHEDULED, number="5000009")
        make_case(session, None, number="9999996", priority=Priority.URGENT)
    return store


def test_what_goes_on_is_the_same_in_both_words(store: Store) -> None:
    """Lists of a project and of all ask differently, each in the words of its index."""
    assert set(ENDED_WORDS) == ENDED
    with store.transaction() as session:
        home = make_home(session, make_project(session))
        for status in Status:
            make_case(session, home, status, closed_at=NOW if status in ENDED else None)
        everywhere, in_project, by_name = (
            case_search.page(session, Wanted(unended=True, **more), now=NOW).cases
            for more in ({}, {"project": "101"}, {"words": "aromos"})
        )
        assert {case.status for case in everywhere} == set(Status) - ENDED
        assert everywhere == in_project == by_name


SEARCHES = (
    ("", ["9999996", "5000009", "7654321", "1234566"]),
    ("1234566", ["1234566"]),
    ("123", ["1234566"]),
    ("+56 9 8682 6248", ["1234566"]),
    ("9 8682 6248", ["1234566"]),
    ("(09) 8682-6248", ["1234566"]),
    ("8682 6248", ["1234566"]),
    ("0056986826248", ["1234566"]),
    ("32 234 5678", ["5000009"]),
    ("102", ["5000009"]),
    ("aromos", ["7654321", "1234566"]),
    ("NIELOL", ["5000009"]),
    ("jose", ["7654321"]),
    ("José", ["7654321"]),
    ("nancupil jo", ["7654321"]),
    ("ñancupil", ["7654321"]),
    ("diaz", ["5000009"]),
    ("rojas", ["5000009", "1234566"]),
    ("hernan rojas", ["5000009"]),
    ("camila díaz", []),
    ("ojas", []),
    ("rojas:* | x & !", ["5000009", "1234566"]),
    ("' or 1=1 --", []),
    ("%", []),
    ("9 1111 1111", []),
)
FILTERS: tuple[tuple[dict[str, object], list[str]], ...] = (
    ({"status": Status.OPEN}, ["9999996", "1234566"]),
    ({"unended": True}, ["9999996", "5000009", "1234566"]),
    ({"priority": Priority.URGENT}, ["9999996"]),
    ({"channel": Channel.WEB}, ["7654321"]),
    ({"project": "101"}, ["7654321", "1234566"]),
    ({"project": "999"}, []),
    ({"project": "101", "unended": True}, ["1234566"]),
    ({"words": "rojas", "status": Status.OPEN}, ["1234566"]),
)


def test_a_search_finds_what_is_meant(town: Store) -> None:
    with town.reading() as session:
        assert [(words, numbers(session, words=words)) for words, _ in SEARCHES] == list(SEARCHES)


def test_filters_hold_at_once(town: Store) -> None:
    with town.reading() as session:
        assert [(wanted, numbers(session, **wanted)) for wanted, _ in FILTERS] == list(FILTERS)


def test_a_case_is_overdue_while_an_alarm_is_open(town: Store) -> None:
    with town.transaction() as session:
        for case in session.query(Case).filter(Case.number.in_(["1234566", "5000009"])):
            for count in range(2):
                once = f"late:{case.id}:{count}"
                tasks.open_task(session, TaskKind.VISIT_LATE, now=NOW, case=case, once=once)
        tasks.open_task(session, TaskKind.RING_OWNER, now=NOW, case=session.get_one(Case, 4))
    with town.transaction() as session:
        assert numbers(session, overdue=True) == ["5000009", "1234566"]
        assert numbers(session, overdue=True, words="camila") == ["1234566"]
        assert numbers(session, overdue=True, project="102") == ["5000009"]
        for task in tasks.of_case(session, session.get_one(Case, 1)):
            tasks.done(session, task, "Ana", NOW)
        assert numbers(session, overdue=True) == ["5000009"]
        found = case_search.page(session, Wanted(), now=NOW)
        assert {case.number for case in found.cases if case.id in found.overdue} == {"5000009"}


def test_pages_lose_none_and_show_none_twice(store: Store) -> None:
    with store.transaction() as session:
        home = make_home(session, make_project(session))
        for _ in range(7):
            case = make_case(session, home)
            tasks.open_task(session, TaskKind.VISIT_LATE, now=NOW, case=case)
    for wanted in (Wanted(), Wanted(words="rojas"), Wanted(overdue=True)):
        seen: list[str] = []
        cursor = None
        with store.reading() as session:
            while not seen or cursor is not None:
                found = case_search.page(session, wanted, now=NOW, cursor=cursor, limit=3)
                seen += [case.number for case in found.cases]
                cursor = found.next
        assert seen == [str(5_000_006 - count) for count in range(7)]


def test_the_next_date_is_shown_and_an_unreported_one_only_where_there_is_none(store: Store) -> None:
    with store.transaction() as session:
        case = make_case(session, make_home(session, make_project(session)))

        def book(start: str) -> None:
            begins = at(start)
            session.add(
                Appointment(
                    case_id=case.id,
                    project_id=case.project_id,
                    kind=AppointmentKind.VISIT,
                    start=begins,
                    end=begins + timedelta(minutes=30),
                    status=AppointmentStatus.BOOKED,
                    substitute=False,
                    created_at=NOW,
                )
            )

        def shown() -> object:
            return case_search.page(session, Wanted(), now=NOW).dates[case.id].start

        book("2026-11-20 10:00")
        assert shown() == at("2026-11-20 10:00")
        book("2026-11-27 10:00")
        book("2026-11-26 10:00")
        assert shown() == at("2026-11-26 10:00")


def test_a_name_that_fits_too_many_homes_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_search, "MOST_HOMES", 2)
    with store.transaction() as session:
        project = make_project(session)
        for number in ("1", "2", "3"):
            make_case(session, make_home(session, project, number))
        found = case_search.page(session, Wanted(words="rojas"), now=NOW)
        assert found.too_many
        assert len(found.cases) == 2


def test_a_cursor_that_no_page_gave_is_refused(store: Store) -> None:
    with store.reading() as session, pytest.raises(Invalid):
        case_search.page(session, Wanted(words="rojas"), now=NOW, cursor="nonsense")
