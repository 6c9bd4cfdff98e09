from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from ivr.aftersales import projects
from ivr.errors import Duplicate, Invalid, NotFound
from ivr.store.session import Store
from ivr.store.tables import Project

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)


def make(session: Session, code: str, name: str, **fields: Any) -> Project:
    return projects.create(session, code=code, name=name, weekday=4, now=NOW, **fields)


def test_a_project_has_the_defaults_of_the_contract(store: Store) -> None:
    with store.transaction() as session:
        make(session, "101", "Los Álamos", region="RM", received_on=date(2025, 3, 1))
    with store.reading() as session:
        project = projects.get(session, "101")
        assert (project.timezone, project.slot_minutes, project.inspectors, project.crews) == (
            *("America/Santiago", 30),
            *(1, 1),
        )
        assert project.keypad_name == "567252667"
        assert project.created_at == NOW


def test_all_faults_of_a_project_come_at_once(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session, pytest.raises(Invalid) as fault:
        projects.create(
            session,
            code="1234567",
            name=" ",
            weekday=6,
            region="XX",
            timezone="America/Nowhere",
            slot_minutes=0,
            inspectors=0,
            crews=-1,
            now=NOW,
        )
    assert set(fault.value.fields) == {
        *("code", "name", "weekday", "region", "timezone", "slot_minutes", "inspectors", "crews")
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "1a"),
        ("code", "²"),
        ("code", ""),
        ("name", "¡!"),
        ("name", "x" * 121),
        ("weekday", True),
        ("region", "CL-AP"),
        ("slot_minutes", 271),
        ("received_on", "ayer"),
    ],
)
def test_a_wrong_field_is_named(sqlite_store: Store, field: str, value: object) -> None:
    given: dict[str, Any] = {"code": "1", "name": "Uno", "weekday": 1} | {field: value}
    with sqlite_store.transaction() as session, pytest.raises(Invalid) as fault:
        projects.create(session, **given, now=NOW)
    assert list(fault.value.fields) == [field]


def test_a_code_is_given_once(store: Store) -> None:
    with store.transaction() as session:
        make(session, "101", "Los Álamos")
        with pytest.raises(Duplicate):
            make(session, "101", "Los Robles")
        assert projects.get(session, "101").name == "Los Álamos"


def test_a_project_can_be_changed_but_not_its_code(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        project = make(session, "101", "Los Álamos")
        projects.update(session, project, name="Ñandú", inspectors=3, now=NOW)
        assert (project.name, project.keypad_name, project.inspectors) == ("Ñandú", "62638", 3)
        with pytest.raises(Invalid) as fault:
            projects.update(session, project, code="102", crews=0, name="Otro", now=NOW)
        assert set(fault.value.fields) == {"code", "crews"}
        assert project.name == "Ñandú"


def test_an_unknown_code_is_not_found(sqlite_store: Store) -> None:
    with sqlite_store.reading() as session, pytest.raises(NotFound):
        projects.get(session, "999")


def test_projects_come_in_pages(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        for code in range(5):
            make(session, str(code), f"Proyecto {code}")
        first, cursor = projects.page(session, None, 2)
        second, after = projects.page(session, cursor, 2)
        third, end = projects.page(session, after, 2)
        assert [project.code for project in (*first, *second, *third)] == ["0", "1", "2", "3", "4"]
        assert end is None
        with pytest.raises(Invalid):
            projects.page(session, "nonsense", 2)
        with pytest.raises(Invalid):
            projects.page(session, None, 0)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("Los Álamos", "567252667"),
        ("Ñuñoa", "68662"),
        ("Güell 2", "483552"),
        ("PQRS WXYZ", "77779999"),
        ("O'Higgins-Sur", "64444467787"),
    ],
)
def test_a_name_is_pressed_without_accents_and_blanks(name: str, keys: str) -> None:
    assert projects.keypad_letters(name) == keys


def found(session: Session, digits: str) -> list[str]:
    return [project.code for project in projects.by_keypad(session, digits)]


def test_a_name_is_found_by_its_first_letters(store: Store) -> None:
    with store.transaction() as session:
        make(session, "1", "Los Robles")
        make(session, "2", "Los Álamos")
        make(session, "3", "Ñandú")
        make(session, "4", "Edificio Los Álamos")
        assert found(session, "567") == ["2", "1"]  # by name, whatever the database thinks of accents
        assert found(session, "56725") == ["2"]
        assert found(session, "626") == ["3"]
        assert found(session, "56") == []
        assert found(session, "999") == []
        assert found(session, "") == []


def test_a_code_wins_over_a_name(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        make(session, "567", "Torre Sur")
        make(session, "8", "Los Robles")
        assert found(session, "567") == ["567"]
        assert found(session, "5677") == ["8"]
        assert found(session, "8") == ["8"]


def test_more_than_can_be_chosen_from_are_one_more(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        for code in range(12):
            make(session, str(code), f"Los {'ABCDEFGHIJKL'[code]}")
        assert len(found(session, "567")) == projects.MOST_CHOICES + 1


SPOKEN = {
    "1": "Los Álamos de Ñuñoa",
    "2": "Los Robles",
    "3": "Condominio Vista Mar",
    "4": "Edificio Vista Cordillera",
    "5": "Parque San Martín",
}


def said(store: Store, words: str) -> list[str]:
    with store.transaction() as session:
        for code, name in SPOKEN.items():
            make(session, code, name)
        return [project.code for project in projects.by_speech(session, words)]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("los robles", "2"),
        ("Los Robles.", "2"),
        ("el edificio vista cordillera", "4"),
        ("vista mar", "3"),
        ("condominio bista mar", "3"),
        ("los alamos de nunoa", "1"),
        ("parque san martin", "5"),
        ("san martín", "5"),
        ("3", "3"),
        ("3.", "3"),
        ("El código es 3", "3"),
    ],
)
def test_a_name_that_is_surely_meant_is_the_only_one(sqlite_store: Store, words: str, code: str) -> None:
    assert said(sqlite_store, words) == [code]


def test_an_unsure_name_gives_several_to_choose_from(sqlite_store: Store) -> None:
    assert set(said(sqlite_store, "vista")) == {"3", "4"}


@pytest.mark.parametrize("words", ["", "quiero hablar con una persona", "¿?", "99"])
def test_words_that_are_like_no_name_find_nothing(sqlite_store: Store, words: str) -> None:
    assert said(sqlite_store, words) == []


def test_hints_stay_within_what_the_recogniser_takes(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        make(session, "1", "Sol, Luna (2)")
        make(session, "2", "x" * 120)
        assert projects.hints(session) == ("Sol Luna 2", "x" * 100)
        ids = [project.id for project in projects.by_keypad(session, "1") + projects.by_keypad(session, "2")]
        assert [project.code for project in projects.of_ids(session, ids[::-1])] == ["2", "1"]
