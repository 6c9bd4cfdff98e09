"""The register's upkeep: homes are found and changed; projects, holidays and closures are listed."""

from datetime import date

import pytest

from ivr.aftersales import calendar, closures, homes, projects
from ivr.errors import Duplicate, Invalid, NotFound
from ivr.store.session import Store
from tests.making import at, make_home, make_project

NOW, LINE = at("2026-11-24 10:00"), "+56988894612"


def test_a_home_is_found_by_what_a_person_knows(store: Store) -> None:
    with store.transaction() as session:
        project = make_project(session)
        first = homes.create(
            session, project=project, number="A-12", owner="Ana Díaz", phones=["+56987654321"], now=NOW
        )
        homes.create(
            session, project=make_project(session, code="102"), number="12", owner="Benjamín", now=NOW
        )
        for words in ("a-12", "ana", "9 8765 4321", "+56 9 8765 4321"):
            assert [home.id for home in homes.search(session, words=words)[0]] == [first.id], words
        assert len(homes.search(session, words="12")[0]) == 2
        assert [home.id for home in homes.search(session, project="101", words="12")[0]] == [first.id]
        page, cursor = homes.search(session, limit=1)
        assert [home.id for home in page] == [first.id]
        assert len(homes.search(session, cursor=cursor, limit=1)[0]) == 1
        assert homes.search(session, words="50%")[0] == []


def test_a_home_is_changed_as_a_whole(store: Store) -> None:
    with store.transaction() as session:
        project = make_project(session)
        home = homes.create(session, project=project, number="12", phones=["+56987654321", LINE], now=NOW)
        make_home(session, project, "14")
        given = {"owner": None, "verified": True, "registered_on": date(2026, 1, 2)}
        homes.update(session, home, number=" B 13 ", phones=[LINE, "+56223456789"], **given)
        session.expire_all()
        found = homes.of_id(session, home.id, locked=True)
        assert (found.number, found.digits, found.registered_on) == ("B 13", "13", date(2026, 1, 2))
        assert [phone.phone for phone in found.phones] == [LINE, "+56223456789"]
        with pytest.raises(Duplicate):
            homes.update(session, home, number="14", phones=[], **given)
        with pytest.raises(Invalid) as refused:
            homes.update(session, home, number="", phones=[LINE], own=[LINE], **given)
        assert set(refused.value.fields) == {"number", "phones"}
        with pytest.raises(NotFound):
            homes.of_id(session, home.id + 99)


def test_projects_are_listed_by_name_as_people_read_it(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        for code, name in (("1", "Ñielol"), ("2", "Álamos"), ("3", "Zorzal")):
            make_project(session, code=code, name=name)
        assert [project.name for project in projects.directory(session)] == ["Álamos", "Ñielol", "Zorzal"]


def test_a_years_closures_and_holidays_are_listed(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        for day in (date(2027, 1, 1), date(2026, 12, 31), date(2026, 1, 1), date(2025, 12, 31)):
            closures.add(session, day=day, working=False, reason="Cierre")
        assert [row.day for row in closures.of_year(session, 2026)] == [date(2026, 1, 1), date(2026, 12, 31)]
    assert calendar.public_holidays(None, 2027)[date(2027, 3, 26)] == "Viernes Santo"
    assert date(2027, 6, 7) not in calendar.public_holidays(None, 2027)
    assert date(2027, 6, 7) in calendar.public_holidays("AP", 2027)
    assert len(calendar.regions()) == 16
