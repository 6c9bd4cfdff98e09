"""Statements that are translated once: what they read and write is what SQLAlchemy itself would."""

from datetime import timedelta

import pytest
from sqlalchemy import Insert, Select, Table, bindparam, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from ivr.store.kept import Kept, Rows
from ivr.store.session import Store
from ivr.store.tables import Base, Case, CaseContact, CaseEvent, Home, TextRow
from tests.making import at, make_case, make_home, make_project
from tests.watching import statements

NOW = at("2026-11-24 10:00")
_EVENTS, _HOMES, _CASES = Rows(CaseEvent), Rows(Home), Rows(Case)

WRITE = Kept(insert(_EVENTS.table).inline(), ["case_id", "at", "kind", "by", "detail"])
READ = Kept(select(*_EVENTS.columns).where(CaseEvent.case_id == bindparam("case")).order_by(CaseEvent.id))
CASE = Kept(select(*_CASES.columns).where(Case.id == bindparam("case")))
RENAME = Kept(update(_HOMES.table).where(Home.number == bindparam("called")), ["owner"])


def a_case(store: Store) -> int:
    with store.transaction() as session:
        return make_case(session, make_home(session, make_project(session))).id


def test_values_come_back_as_they_went(store: Store) -> None:
    case_id = a_case(store)
    detail = {"números": [1, None, {"ñ": True}]}

    with store.transaction() as session:
        WRITE.run(session, case_id=case_id, at=NOW, kind="comment", by="API", detail=detail)
    with store.reading() as session:
        row = READ.run(session, case=case_id).rows[-1]
        event = _EVENTS.place(session, row)

        assert (event.at, event.detail, event.announced_at) == (NOW, detail, None)
        assert event.at.utcoffset() == timedelta(0)
        assert event is session.get_one(CaseEvent, event.id)


def test_what_reads_sees_what_the_session_had_not_written_yet(store: Store) -> None:
    case_id = a_case(store)

    with store.transaction() as session:
        session.get_one(Case, case_id).status = "attending"

        assert _CASES.place(session, CASE.run(session, case=case_id).rows[0]).status == "attending"


def test_an_object_that_the_session_had_is_as_fresh_as_the_row_and_so_is_what_it_leads_to(
    store: Store,
) -> None:
    case_id = a_case(store)

    with store.transaction() as session:
        case = session.get_one(Case, case_id)
        assert case.contacts == []
        meanwhile = session.connection()
        meanwhile.execute(update(_CASES.table).values(status="attending"))
        meanwhile.execute(insert(CaseContact).values(case_id=case_id, phone="+56911111111"))

        assert _CASES.place(session, CASE.run(session, case=case_id).rows[0]) is case
        assert case.status == "attending"
        assert [contact.phone for contact in case.contacts] == ["+56911111111"]


def test_an_object_made_of_a_row_is_written_when_it_changes(store: Store) -> None:
    case_id = a_case(store)

    with store.transaction() as session:
        case = _CASES.place(session, CASE.run(session, case=case_id).rows[0])
        assert case.project is not None
        case.status = "attending"

    with store.reading() as session:
        assert session.get_one(Case, case_id).status == "attending"


def test_an_outer_join_that_found_no_row_is_no_object(store: Store) -> None:
    with store.reading() as session:
        assert _HOMES.place_if(session, [None] * len(_HOMES.columns)) is None


def test_it_tells_how_many_rows_it_touched(store: Store) -> None:
    a_case(store)

    with store.transaction() as session:
        assert RENAME.run(session, called="1204", owner="Otra").touched == 1
        assert RENAME.run(session, called="nowhere", owner="Otra").touched == 0


def test_whoever_listens_to_statements_hears_it(store: Store) -> None:
    with store.reading() as session, statements(store) as seen:
        READ.run(session, case=1)

    assert len(seen) == 1
    assert "FROM case_events" in seen[0]


def test_what_the_database_refuses_is_the_error_that_sqlalchemy_makes_of_it(store: Store) -> None:
    with store.transaction() as session:
        with pytest.raises(IntegrityError) as told:
            WRITE.run(session, case_id=None, at=NOW, kind="comment", by="API", detail={})
        session.rollback()

    assert "parameters hidden" in str(told.value)


def test_a_connection_that_broke_is_replaced(postgresql_url: str) -> None:
    store = Store(postgresql_url)
    with store.reading() as session:
        mine = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with store.reading() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
        with pytest.raises(DBAPIError) as told:
            READ.run(session, case=1)

    assert told.value.connection_invalidated
    with store.reading() as session:
        assert READ.run(session, case=1).rows == []
    store.close()


@pytest.mark.parametrize("values", [{}, {"kase": 1}, {"case": 1, "more": 2}], ids=str)
def test_a_value_that_is_missing_or_has_no_place_is_refused(store: Store, values: dict[str, int]) -> None:
    with store.reading() as session, pytest.raises(TypeError, match="values for"):
        READ.run(session, **values)


def test_a_column_that_is_not_filled_is_refused(store: Store) -> None:
    with store.reading() as session, pytest.raises(TypeError, match="values for"):
        WRITE.run(session, case_id=1, at=NOW, kind="comment", by="API")


def test_a_moment_without_a_time_zone_is_refused(store: Store) -> None:
    with store.reading() as session, pytest.raises(ValueError, match="naive"):
        WRITE.run(session, case_id=1, at=NOW.replace(tzinfo=None), kind="comment", by="API", detail={})


def test_only_what_is_kept_is_kept_by_postgresql_too(postgresql_url: str) -> None:
    store = Store(postgresql_url, prepared=True)
    with store.reading() as session:
        for case in range(5):
            READ.run(session, case=case)
            session.execute(select(Home.id).where(Home.id == case))
        prepared = session.execute(text("SELECT statement FROM pg_prepared_statements")).scalars().all()
    store.close()

    assert [statement.startswith("SELECT case_events") for statement in prepared] == [True]


@pytest.mark.parametrize(
    "statement",
    [
        select(Case.id).where(Case.id.in_([1, 2])),
        insert(Rows(TextRow).table),
    ],
    ids=["a list", "a default"],
)
def test_what_only_sqlalchemy_could_fill_in_is_refused(store: Store, statement: Select[int] | Insert) -> None:
    kept = Kept(statement, ["number"] if isinstance(statement, Insert) else None)

    with store.reading() as session, pytest.raises(TypeError, match="nobody would fill in"):
        kept.run(session)


@pytest.mark.parametrize("table", Base.metadata.sorted_tables, ids=str)
def test_every_table_begins_with_its_one_key(table: Table) -> None:
    assert list(table.primary_key) == list(table.columns)[:1]
