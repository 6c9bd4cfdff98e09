"""`ivr import`: all rows of a file or none, and every fault with its line."""

from pathlib import Path

import pytest
from sqlalchemy import select

from ivr import imports
from ivr.clock import MovableClock
from ivr.imports import ImportFault
from ivr.store.session import Store
from ivr.store.tables import Agent, Home, Project

PROJECTS = "code,name,weekday,region\n101,Los Aromos,4,RM\n102,Parque Ñielol,2,AR\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rows.csv"


def projects_of(store: Store) -> list[str]:
    with store.reading() as session:
        return list(session.scalars(select(Project.code).order_by(Project.code)))


def fault(store: Store, kind: str, path: Path, clock: MovableClock) -> list[str]:
    """The lines of the refusal."""
    with pytest.raises(ImportFault) as refused:
        imports.load(store, kind, path, clock)
    return str(refused.value).splitlines()


def test_projects_homes_and_agents_are_taken_in(store: Store, clock: MovableClock, path: Path) -> None:
    path.write_text(PROJECTS)
    assert imports.load(store, "projects", path, clock) == 2
    path.write_text(
        "project,number,owner,phones,verified,registered_on\n"
        '101,1204,Camila Rojas,"+56 9 9123 4567, +56 (2) 2345-6789",sí,2025-08-26\n'
        "102,Casa 7,,+56982345671 +56976543218,no,\n"
    )
    assert imports.load(store, "homes", path, clock) == 2
    path.write_text(
        "name,phone,email,skills,on_call_level\n"
        "Marcela Soto,+56990010001,marcela@example.cl,standard urgent,1\n"
        "Jaime Urrutia,client:jaime,jaime@example.cl,standard,\n"
    )
    assert imports.load(store, "agents", path, clock) == 2
    with store.reading() as session:
        first, second = session.scalars(select(Home).order_by(Home.id))
        assert [phone.phone for phone in first.phones] == ["+56991234567", "+56223456789"]
        assert (first.project.code, first.owner, first.verified) == ("101", "Camila Rojas", True)
        assert str(first.registered_on) == "2025-08-26"
        assert [phone.phone for phone in second.phones] == ["+56982345671", "+56976543218"]
        assert (second.owner, second.verified, second.registered_on) == (None, False, None)
        marcela, jaime = session.scalars(select(Agent).order_by(Agent.id))
        assert (marcela.skills, marcela.on_call_level) == (["standard", "urgent"], 1)
        assert (jaime.phone, jaime.on_call_level) == ("client:jaime", None)


def test_one_wrong_row_keeps_all_others_out(store: Store, clock: MovableClock, path: Path) -> None:
    path.write_text(f"{PROJECTS}103,Mirador,9,VS\n")
    assert fault(store, "projects", path, clock) == [
        "nothing was taken in from rows.csv:",
        "line 4: weekday: expected 1 to 5 (Monday to Friday)",
    ]
    assert projects_of(store) == []


def test_every_wrong_row_is_named_with_all_its_faults(
    sqlite_store: Store, clock: MovableClock, path: Path
) -> None:
    path.write_text(
        "code,name,weekday,region,received_on\n"
        "101,Los Aromos,4,RM,\n"
        "abc,Norte,8,ZZ,\n"
        "\n"
        "104,Sur,dos,,ayer\n"
        "105,,1,,\n"
        "106,Este,2\n"
        "101,Otra,1,,\n"
    )
    lines = fault(sqlite_store, "projects", path, clock)
    assert [line.split(":")[0] for line in lines[1:]] == ["line 3", "line 5", "line 6", "line 7", "line 8"]
    assert "code: expected 1 to 6 digits" in lines[1]
    assert "weekday: expected 1 to 5" in lines[1]
    assert "region: unknown region 'ZZ'" in lines[1]
    assert lines[2] == (
        "line 5: weekday: expected a whole number, not 'dos'; "
        "received_on: expected a date such as 2026-11-26, not 'ayer'"
    )
    assert lines[3] == "line 6: name: is required"
    assert lines[4] == "line 7: 3 cells where line 1 has 5"
    assert lines[5] == "line 8: there is a project 101 already"
    assert projects_of(sqlite_store) == []


def test_lines_are_counted_as_an_editor_shows_them(
    sqlite_store: Store, clock: MovableClock, path: Path
) -> None:
    path.write_text('code,name,weekday\n101,"Los\nAromos",4\n102,Sur,0\n')
    assert fault(sqlite_store, "projects", path, clock)[1].startswith("line 4: weekday:")


def test_a_broken_quote_is_one_fault_of_several(sqlite_store: Store, clock: MovableClock, path: Path) -> None:
    path.write_text('code,name,weekday\n101,Los Aromos,9\n102,Parque\n103,"Alto "Las" Flores",2\n')
    _, first, second, third = fault(sqlite_store, "projects", path, clock)
    assert first.startswith("line 2: weekday")
    assert second.startswith("line 3: 2 cells")
    assert third.startswith("line 4: ")


def test_agents_may_be_abroad_where_the_operator_says_so(
    sqlite_store: Store, clock: MovableClock, path: Path
) -> None:
    path.write_text("name,phone,email,skills\nAnne,+33612345678,anne@example.fr,standard\n")
    assert "phone" in fault(sqlite_store, "agents", path, clock)[1]
    assert imports.load(sqlite_store, "agents", path, clock, countries=["33"]) == 1


def test_a_file_from_a_chilean_spreadsheet_is_read(
    sqlite_store: Store, clock: MovableClock, path: Path
) -> None:
    path.write_bytes("\ufeffCode;Name;Weekday\r\n101;Los Aromos, etapa 2;4\r\n".encode())
    assert imports.load(sqlite_store, "projects", path, clock) == 1
    with sqlite_store.reading() as session:
        assert session.scalars(select(Project.name)).one() == "Los Aromos, etapa 2"


def test_a_home_of_a_project_that_is_not_there_is_refused(
    sqlite_store: Store, clock: MovableClock, path: Path
) -> None:
    path.write_text("project,number,verified\n999,1,quizás\n")
    (_, line) = fault(sqlite_store, "homes", path, clock)
    assert line.startswith("line 2: verified: expected one of")
    path.write_text("project,number\n999,1\n")
    assert fault(sqlite_store, "homes", path, clock)[1] == "line 2: project: there is no project 999"


def test_the_lines_own_number_is_no_owners(sqlite_store: Store, clock: MovableClock, path: Path) -> None:
    path.write_text(PROJECTS)
    imports.load(sqlite_store, "projects", path, clock)
    path.write_text("project,number,phones\n101,1204,+56986826248\n")
    with pytest.raises(ImportFault, match=r"line 2: phones: .* one of the line's own numbers"):
        imports.load(sqlite_store, "homes", path, clock, own={"+56986826248"})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "line 1: expected the columns code, name, weekday,"),
        (b"code,name\n101,x\n", "got code, name"),
        (b"code,name,weekday,colour\n", "got code, name, weekday, colour"),
        (b"code,name,weekday,name\n", "got code, name, weekday, name"),
        (b'code,name,weekday\n101,"Los\n', "line 2: unexpected end of data"),
        ("code,name,weekday\n101,Ñuñoa,4\n".encode("latin-1"), "is not UTF-8"),
        (b"code,name,weekday\n101,a\0b,4\n", "name: holds a character that no text has"),
    ],
)
def test_a_file_of_another_form_is_refused(
    sqlite_store: Store, clock: MovableClock, path: Path, content: bytes, why: str
) -> None:
    path.write_bytes(content)
    assert why in "\n".join(fault(sqlite_store, "projects", path, clock))
    assert projects_of(sqlite_store) == []


def test_a_file_that_is_not_there_is_refused(
    sqlite_store: Store, clock: MovableClock, tmp_path: Path
) -> None:
    assert fault(sqlite_store, "projects", tmp_path / "none.csv", clock) == [
        "none.csv cannot be read: No such file or directory"
    ]


def test_a_file_with_nothing_but_its_columns_takes_nothing_in(
    sqlite_store: Store, clock: MovableClock, path: Path
) -> None:
    path.write_text("code,name,weekday\n")
    assert imports.load(sqlite_store, "projects", path, clock) == 0
