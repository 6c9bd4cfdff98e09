"""Transactions on SQLite: the writers of one process stand in one queue."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from ivr.store.session import Store
from ivr.store.waits import Waits, _begin_writing

WRITE = text("INSERT INTO entries (n) VALUES (1)")
COUNT = text("SELECT count(*) FROM entries")


@pytest.fixture
def impatient(tmp_path: Path) -> Store:
    """A database of one table, whose writers wait half a second for each other."""
    store = Store(f"sqlite:///{tmp_path / 'line.db'}", patience=0.5)
    _write_table(store)
    return store


def test_whoever_waits_too_long_for_other_writers_is_told_that_it_is_locked(impatient: Store) -> None:
    with impatient.transaction() as first:
        first.execute(WRITE)
        with ThreadPoolExecutor(1) as other:
            late = other.submit(_write, impatient)
            with pytest.raises(OperationalError, match="locked"):
                late.result()

    _write(impatient)
    assert _count(impatient) == 2


def test_a_reader_waits_for_nobody(impatient: Store) -> None:
    with impatient.transaction() as writer:
        writer.execute(WRITE)
        with ThreadPoolExecutor(1) as other:
            assert other.submit(_count, impatient).result() == 0


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt])
def test_a_transaction_that_is_undone_lets_the_next_one_in(
    impatient: Store, fault: type[BaseException]
) -> None:
    with pytest.raises(fault):
        _write_and_raise(impatient, fault)

    _write(impatient)
    assert _count(impatient) == 1


def test_a_statement_that_fails_lets_the_next_one_in(impatient: Store) -> None:
    with impatient.transaction() as session:
        with pytest.raises(OperationalError, match="no such table"):
            session.execute(text("INSERT INTO missing_table VALUES (1)"))
        session.rollback()

    _write(impatient)
    assert _count(impatient) == 1


def test_a_database_that_another_process_holds_leaves_the_line_free(impatient: Store, tmp_path: Path) -> None:
    elsewhere = Store(f"sqlite:///{tmp_path / 'line.db'}")
    with elsewhere.transaction() as theirs:
        theirs.execute(WRITE)
        with pytest.raises(OperationalError, match="locked"):
            _write(impatient)

    _write(impatient)
    assert _count(impatient) == 2
    elsewhere.close()


def test_sixteen_writers_at_once_all_come_to_their_turn(impatient: Store, tmp_path: Path) -> None:
    patient = Store(f"sqlite:///{tmp_path / 'line.db'}", patience=5)
    together = threading.Barrier(16)

    def write_often() -> None:
        together.wait()
        for _ in range(10):
            with patient.transaction() as session:
                session.execute(WRITE)
                time.sleep(0.01)  # what a webhook does meanwhile

    with ThreadPoolExecutor(16) as writers:
        for writer in [writers.submit(write_often) for _ in range(16)]:
            writer.result()

    patient.close()
    assert _count(impatient) == 160


def _write(store: Store) -> None:
    with store.transaction() as session:
        session.execute(WRITE)


def _write_and_raise(store: Store, fault: type[BaseException]) -> None:
    with store.transaction() as session:
        session.execute(WRITE)
        raise fault


def _count(store: Store) -> int:
    with store.reading() as session:
        return int(session.execute(COUNT).scalar_one())


def test_a_database_that_cannot_be_written_at_all_is_told_at_once(tmp_path: Path) -> None:
    """Only a lock may end by waiting."""
    patient = Store(f"sqlite:///{tmp_path / 'line.db'}", patience=60)
    _write_table(patient)
    with patient.engine.execution_options(reading=True).connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        tried: list[str] = []
        event.listen(patient.engine, "before_cursor_execute", lambda *call: tried.append(call[2]))
        with pytest.raises(OperationalError, match="within a transaction"):
            _begin_writing(connection, Waits(), 60)
    assert tried == ["BEGIN IMMEDIATE"]
    patient.close()


def _write_table(store: Store) -> None:
    with store.transaction() as session:
        session.execute(text("CREATE TABLE entries (n INTEGER)"))
