"""A database without room: who calls is led to a person, and what was stored stays."""

from typing import Any

from sqlalchemy import event

from ivr.store.session import Store
from tests.line import TestCall, TestLine
from tests.telephony.test_voice import assert_last_resort
from tests.telephony.tiny_line import tiny_line
from tests.watching import contents


def until_full(line: TestLine) -> TestCall:
    """One caller after another, until the database has no room for the next."""
    for _ in range(500):
        call = line.dial()
        if call.xml.find("Dial") is not None:
            return call
    raise AssertionError("the database takes everything")


def test_a_database_without_room_leaves_the_backup_number_and_goes_on_when_there_is_some(
    sqlite_store: Store,
) -> None:
    line = tiny_line(sqlite_store)
    going_on = line.dial()
    with sqlite_store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def fill(raw: Any, _entry: object) -> None:
        raw.execute(f"PRAGMA max_page_count = {pages}")

    sqlite_store.close()
    event.listen(sqlite_store.engine, "connect", fill)
    assert_last_resort(until_full(line))
    before = contents(sqlite_store)
    assert_last_resort(line.dial())
    assert contents(sqlite_store) == before

    event.remove(sqlite_store.engine, "connect", fill)
    sqlite_store.close()
    assert going_on.press("1").over is False
    assert len(contents(sqlite_store)["turns"]) == len(before["turns"]) + 1
