"""The carrier's news of a call: only forward moves count, and its end is dealt with once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import permutations
from threading import Event

import pytest
from sqlalchemy import event, select, text

from ivr.dialogue import endings, ledger
from ivr.dialogue.standing import Standing
from ivr.store.session import Store
from ivr.store.tables import CallRow, Task
from tests import tiny
from tests.conftest import TUESDAY_AT_TEN
from tests.line import KNOWN, LINE, settings
from tests.watching import contents

SID = "CA" + "2" * 32
SETTINGS = settings("sqlite://")

IN_ORDER = [("initiated", 0), ("ringing", 1), ("in-progress", 2), ("completed", 3)]


def add_call(store: Store, purpose: str = "tiny", status: str = "queued") -> None:
    with store.transaction() as session:
        session.add(
            CallRow(
                sid=SID,
                direction="outbound",
                purpose=purpose,
                from_number=LINE,
                to_number=KNOWN,
                channel="phone",
                status=status,
                sequence=-1,
                started_at=TUESDAY_AT_TEN,
            )
        )


def tell(store: Store, status: str, sequence: int | None = None, now: datetime = TUESDAY_AT_TEN) -> CallRow:
    """The carrier's news; the call after it."""
    with store.transaction() as session:
        entry = ledger.find(session, SID)
        assert entry is not None
        endings.news(session, entry, status, sequence, settings=SETTINGS, now=now)
        return entry.call


def notes_of_the_end(store: Store) -> list[str]:
    with store.reading() as session:
        return list(session.scalars(select(Task.detail).order_by(Task.id)))


def test_a_call_goes_forward_as_the_carrier_says(store: Store) -> None:
    add_call(store)
    assert [tell(store, *news).status for news in IN_ORDER] == [status for status, _ in IN_ORDER]


@pytest.mark.parametrize("order", list(permutations(IN_ORDER)))
def test_in_whatever_order_news_come_the_call_ends_once(
    sqlite_store: Store, order: tuple[tuple[str, int], ...]
) -> None:
    add_call(sqlite_store)
    for status, sequence in order:
        call = tell(sqlite_store, status, sequence)
    assert (call.status, call.ended_at) == ("completed", TUESDAY_AT_TEN)
    assert len(notes_of_the_end(sqlite_store)) == 1


@pytest.mark.parametrize("upto", range(1, 5))
def test_the_same_news_twice_change_nothing(store: Store, upto: int) -> None:
    add_call(store)
    for news in IN_ORDER[:upto]:
        tell(store, *news)
    before = contents(store)
    tell(store, *IN_ORDER[upto - 1], now=TUESDAY_AT_TEN + timedelta(minutes=5))
    assert contents(store) == before


def test_news_of_an_earlier_state_are_old_news(store: Store) -> None:
    add_call(store)
    tell(store, "in-progress", 2)
    assert tell(store, "ringing", 1).status == "in-progress"


def test_without_a_number_the_order_is_that_of_the_states(store: Store) -> None:
    add_call(store, status="placing")
    assert tell(store, "ringing").status == "ringing"
    assert tell(store, "queued").status == "ringing"
    assert tell(store, "in-progress").status == "in-progress"
    assert tell(store, "initiated").status == "in-progress"


def test_words_that_are_no_state_change_no_state(store: Store) -> None:
    add_call(store)
    assert tell(store, "", 5).status == "queued"
    assert tell(store, "on the moon", 6).status == "queued"


def test_the_moment_of_the_answer_is_the_first_one(store: Store) -> None:
    add_call(store)
    tell(store, "in-progress", 1)
    later = TUESDAY_AT_TEN + timedelta(minutes=1)
    assert tell(store, "in-progress", 2, now=later).answered_at == TUESDAY_AT_TEN


@pytest.mark.parametrize("status", ["completed", "busy", "failed", "no-answer", "canceled"])
def test_every_way_to_end_is_an_end_even_with_a_number_that_was_passed(store: Store, status: str) -> None:
    add_call(store)
    tell(store, "ringing", 7)
    call = tell(store, status, 2)
    assert (call.status, call.ended_at) == (status, TUESDAY_AT_TEN)
    assert call.sequence == 7
    assert len(notes_of_the_end(store)) == 1


def test_after_the_end_nothing_is_news(store: Store) -> None:
    add_call(store)
    tell(store, "no-answer", 3)
    before = contents(store)
    for status, sequence in [*IN_ORDER, ("completed", 9), ("busy", None)]:
        tell(store, status, sequence, now=TUESDAY_AT_TEN + timedelta(hours=1))
    assert contents(store) == before


def test_the_end_is_told_the_open_question_and_the_notes(store: Store) -> None:
    add_call(store)
    after = Standing(turn=1, asks=tiny.amount.name, question={"kind": "gather"}, notes={"fruit": "pera"})
    with store.transaction() as session:
        entry = ledger.find(session, SID)
        assert entry is not None
        ledger.write(
            session,
            entry.call,
            after,
            at=TUESDAY_AT_TEN,
            step="tiny.choose_fruit",
            heard=[],
            reply="<Response/>",
        )
    tell(store, "completed", 1)
    assert notes_of_the_end(store) == ["tiny.amount pera"]


def test_the_end_is_judged_by_a_turn_that_was_written_while_it_waited_for_the_call(
    postgresql_url: str,
) -> None:
    """PostgreSQL reads only the locked row again: the turn beside it is the one before."""
    store = Store(postgresql_url)
    add_call(store)
    waiting = Event()

    @event.listens_for(store.engine, "before_cursor_execute")
    def _asks(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FOR NO KEY UPDATE" in statement:
            waiting.set()

    def lock_is_waited_for() -> bool:
        with store.reading() as asking:
            return bool(asking.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))

    after = Standing(turn=1, asks=tiny.amount.name, question={"kind": "gather"}, notes={"fruit": "pera"})
    with ThreadPoolExecutor(1) as pool:
        with store.transaction() as session:
            entry = ledger.find(session, SID)
            assert entry is not None
            waiting.clear()
            told = pool.submit(tell, store, "completed", 1)
            waiting.wait()
            while not lock_is_waited_for():
                pass
            turn = {"at": TUESDAY_AT_TEN, "step": "tiny.choose_fruit", "heard": [], "reply": "<Response/>"}
            ledger.write(session, entry.call, after, **turn)
        told.result()
    assert notes_of_the_end(store) == ["tiny.amount pera"]
    store.close()


def test_a_call_that_ended_before_it_was_spoken_with_has_an_end_too(store: Store) -> None:
    add_call(store)
    tell(store, "canceled", 1)
    assert notes_of_the_end(store) == ["None"]


def test_a_call_of_a_purpose_without_anything_left_to_do_just_ends(store: Store) -> None:
    add_call(store, purpose="of_nobody")
    assert tell(store, "completed", 1).ended_at == TUESDAY_AT_TEN
    assert notes_of_the_end(store) == []


# --- Who talks in which room --------------------------------------------------------------------------------

JOIN, LEAVE = "participant-join", "participant-leave"


def meet(store: Store, event: str, room: str, sequence: int) -> tuple[str | None, bool]:
    """News of a room; in which room the call is after them, or was last, and whether it is there now."""
    with store.transaction() as session:
        call = session.scalars(select(CallRow)).one()
        endings.conference_news(call, event, room, sequence)
        return call.room, call.in_room


def test_whoever_joins_a_room_is_in_it_until_they_leave(sqlite_store: Store) -> None:
    add_call(sqlite_store)
    assert meet(sqlite_store, JOIN, "room-1", 1) == ("room-1", True)
    assert meet(sqlite_store, LEAVE, "room-1", 2) == ("room-1", False)
    assert meet(sqlite_store, JOIN, "room-1", 3) == ("room-1", True)


def test_news_of_a_room_that_come_late_or_twice_undo_nothing(sqlite_store: Store) -> None:
    add_call(sqlite_store)
    assert meet(sqlite_store, LEAVE, "room-1", 2) == ("room-1", False)
    assert meet(sqlite_store, JOIN, "room-1", 1) == ("room-1", False)
    assert meet(sqlite_store, JOIN, "room-1", 2) == ("room-1", False)


def test_each_room_counts_its_own_news(sqlite_store: Store) -> None:
    add_call(sqlite_store)
    meet(sqlite_store, JOIN, "room-1", 9)
    assert meet(sqlite_store, JOIN, "room-2", 1) == ("room-2", True)


def test_other_news_of_a_room_move_nobody(sqlite_store: Store) -> None:
    add_call(sqlite_store)
    meet(sqlite_store, JOIN, "room-1", 1)
    assert meet(sqlite_store, "participant-mute", "room-1", 2) == ("room-1", True)


def test_a_call_that_has_ended_is_in_no_room_however_late_the_news(
    sqlite_store: Store,
) -> None:
    add_call(sqlite_store)
    tell(sqlite_store, "completed", 1)
    assert meet(sqlite_store, JOIN, "room-1", 1) == (None, False)
