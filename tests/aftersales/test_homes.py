from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event, func, select

from ivr.aftersales import homes, projects
from ivr.errors import Duplicate, Invalid, NotFound
from ivr.store.session import Store
from ivr.store.tables import Home
from tests.making import make_home, make_project

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
ANA, BENJA = "+56987654321", "+56223456789"


def test_a_home_keeps_its_telephones_in_order_and_once(store: Store) -> None:
    with store.transaction() as session:
        project = make_project(session)
        homes.create(
            session,
            project=project,
            number=" Torre B  304 ",
            owner="Ana Díaz",
            phones=[BENJA, ANA, BENJA],
            registered_on=date(2025, 6, 1),
            now=NOW,
        )
    with store.reading() as session:
        home = homes.get(session, project, "Torre B 304")
        assert (home.digits, home.verified, home.registered_on) == ("304", True, date(2025, 6, 1))
        assert [phone.phone for phone in home.phones] == [BENJA, ANA]
        with pytest.raises(NotFound):
            homes.get(session, project, "304")


def test_a_number_is_given_once_in_a_project(store: Store) -> None:
    with store.transaction() as session:
        project, other = make_project(session), make_project(session, code="102")
        homes.create(session, project=project, number="304", now=NOW)
        homes.create(session, project=other, number="304", now=NOW)
        with pytest.raises(Duplicate):
            homes.create(session, project=project, number="304", now=NOW)
        with pytest.raises(Duplicate):
            homes.create(session, project=project, number="304", verified=False, now=NOW)


def test_the_register_confirms_a_home_that_only_a_caller_knew(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        project = make_project(session)
        keyed = homes.unverified(session, project, "304", NOW)
        assert not keyed.verified
        home = homes.create(session, project=project, number="304", owner="Ana", phones=[ANA], now=NOW)
        assert home.id == keyed.id
        assert (home.verified, home.owner, [phone.phone for phone in home.phones]) == (True, "Ana", [ANA])


def test_all_faults_of_a_home_come_at_once(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        project = make_project(session)
        with pytest.raises(Invalid) as fault:
            homes.create(
                session, project=project, number=" ", owner="x" * 121, phones=[ANA, "+1202555"], now=NOW
            )
        assert set(fault.value.fields) == {"number", "owner", "phones"}
        with pytest.raises(Invalid) as fault:
            homes.create(session, project=project, number="1", phones=[ANA], own=[ANA], now=NOW)
        assert "own" in fault.value.fields["phones"]
        assert session.scalar(select(func.count()).select_from(Home)) == 0


def test_the_homes_of_a_telephone_come_in_one_query_with_their_projects(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        project = make_project(session)
        for number in range(12):
            homes.create(session, project=project, number=str(number), phones=[ANA], now=NOW)
        homes.create(session, project=project, number="99", phones=[BENJA], now=NOW)
    statements: list[str] = []
    event.listen(
        sqlite_store.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: statements.append(statement),
    )
    with sqlite_store.reading() as session:
        found = homes.of_phone(session, ANA)
        assert [(home.number, home.project.code) for home in found] == [(str(n), "101") for n in range(9)]
        assert len([each for each in statements if each.startswith("SELECT")]) == 1
        assert homes.of_phone(session, "+56911111111") == []


def test_homes_count_by_their_digits(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        project, other = make_project(session), make_project(session, code="102")
        for number in ("Casa 12", "A-12", "Torre B 304", "120"):
            make_home(session, project, number)
        make_home(session, other, "B-12")
        assert [home.number for home in homes.matching(session, project.id, "12")] == ["A-12", "Casa 12"]
        assert [home.number for home in homes.matching(session, project.id, "304")] == ["Torre B 304"]
        assert homes.matching(session, project.id, "3") == []
        known = homes.matching(session, project.id, "12")
        ids = [home.id for home in reversed(known)]
        assert [home.number for home in homes.of_ids(session, ids)] == ["Casa 12", "A-12"]


def test_a_home_is_found_as_it_is_written_or_made_up(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        project = make_project(session)
        for number in ("Casa 12", "A-12", "304"):
            make_home(session, project, number)
        assert homes.named(session, project, "a-12", NOW).number == "A-12"
        assert homes.named(session, project, "Depto 304", NOW).number == "304"
        unclear = homes.named(session, project, "12", NOW)
        assert (unclear.number, unclear.verified) == ("12", False)
        assert homes.named(session, project, "Conserjería", NOW).verified is False


def test_two_callers_at_once_make_up_the_same_home(store: Store) -> None:
    with store.transaction() as session:
        make_project(session)

    def key_in(_caller: int) -> int:
        with store.transaction() as session:
            return homes.unverified(session, projects.get(session, "101"), "1204", NOW).id

    with ThreadPoolExecutor(4) as callers:
        ids = set(callers.map(key_in, range(8)))
    with store.reading() as session:
        assert ids == {session.scalars(select(Home)).one().id}


def test_homes_are_listed_by_project_and_telephone(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        project, other = make_project(session), make_project(session, code="102")
        homes.create(session, project=project, number="1", phones=[ANA, BENJA], now=NOW)
        homes.create(session, project=other, number="2", phones=[ANA], now=NOW)
        homes.create(session, project=project, number="3", now=NOW)

        def numbers(**wanted: str) -> list[str]:
            return [home.number for home in homes.page(session, **wanted)[0]]  # type: ignore[arg-type]

        assert numbers() == ["1", "2", "3"]
        assert numbers(project="101") == ["1", "3"]
        assert numbers(phone=ANA) == ["1", "2"]
        assert numbers(project="102", phone=BENJA) == []
        first, cursor = homes.page(session, limit=2)
        assert [home.number for home in homes.page(session, cursor=cursor, limit=2)[0]] == ["3"]
        assert len(first) == 2
