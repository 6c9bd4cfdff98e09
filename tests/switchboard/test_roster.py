"""The roster: shifts of every week and of dates, nights, swaps, and gaps."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from ivr.clock import MovableClock
from ivr.errors import Invalid, NotFound
from ivr.store.session import Store
from ivr.store.tables import Case, RosterEntry
from ivr.switchboard import queue, roster
from ivr.switchboard.presence import Presence
from ivr.switchboard.roster import EntryKind, on_call
from tests.board import Board, open_board
from tests.conftest import SANTIAGO
from tests.making import make_case

ANA, BRUNO, CARLA = 1, 2, 3
ZONE = "America/Santiago"
WEDNESDAY_NIGHT = datetime(2026, 11, 25, 3, 0, tzinfo=SANTIAGO)
HOUR = timedelta(hours=1)


def weekly(agent_id: int, weekday: int, begins: str, ends: str, level: int = 1) -> RosterEntry:
    return RosterEntry(
        kind=EntryKind.WEEKLY,
        agent_id=agent_id,
        level=level,
        weekday=weekday,
        begins=time.fromisoformat(begins),
        ends=time.fromisoformat(ends),
    )


def swap(agent_id: int, instead_of: int, at: datetime) -> RosterEntry:
    return RosterEntry(
        kind=EntryKind.SWAP,
        agent_id=agent_id,
        instead_of_id=instead_of,
        starts_at=at - HOUR,
        ends_at=at + HOUR,
    )


def dated(agent_id: int, at: datetime, level: int = 1) -> RosterEntry:
    return RosterEntry(
        kind=EntryKind.DATED, agent_id=agent_id, level=level, starts_at=at - HOUR, ends_at=at + HOUR
    )


@pytest.mark.parametrize(
    ("moment", "is_on_call"),
    [
        ("2026-11-24 21:59", False),
        ("2026-11-24 22:00", True),
        ("2026-11-25 05:59", True),
        ("2026-11-25 06:00", False),
        ("2026-11-25 22:00", False),
    ],
)
def test_a_night_shift_belongs_to_the_weekday_on_which_it_begins(moment: str, is_on_call: bool) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=SANTIAGO)

    found = on_call([weekly(ANA, 2, "22:00", "06:00")], now, ZONE)

    assert found == ({ANA: 1} if is_on_call else {})


def test_of_several_shifts_the_best_level_counts() -> None:
    entries = [weekly(ANA, 3, "00:00", "08:00", level=3), dated(ANA, WEDNESDAY_NIGHT, level=2)]
    assert on_call(entries, WEDNESDAY_NIGHT, ZONE) == {ANA: 2}


def test_who_swaps_takes_over_the_level_and_only_for_that_time() -> None:
    entries = [weekly(ANA, 3, "00:00", "08:00", level=2), swap(BRUNO, ANA, WEDNESDAY_NIGHT)]

    assert on_call(entries, WEDNESDAY_NIGHT, ZONE) == {BRUNO: 2}
    assert on_call(entries, WEDNESDAY_NIGHT + HOUR, ZONE) == {ANA: 2}


def test_what_was_swapped_can_be_swapped_again() -> None:
    entries = [
        dated(ANA, WEDNESDAY_NIGHT),
        swap(BRUNO, ANA, WEDNESDAY_NIGHT),
        swap(CARLA, BRUNO, WEDNESDAY_NIGHT),
    ]
    assert on_call(entries, WEDNESDAY_NIGHT, ZONE) == {CARLA: 1}


@pytest.fixture
def board(either_store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Board]:
    with open_board(either_store, tmp_path, clock) as opened:
        opened.clock.set(WEDNESDAY_NIGHT)
        yield opened


def urgency(board: Board) -> None:
    with board.store.transaction() as session:
        case: Case = make_case(session, None, priority="urgent")
        queue.start_rounds(session, case, now=board.clock.now())
    board.work()


def test_an_urgency_rings_whoever_is_on_call_now(board: Board) -> None:
    board.agent("Ana", "+56911111111", is_=Presence.OFFLINE, level=1)
    bruno = board.agent("Bruno", "+56922222222", is_=Presence.OFFLINE)
    with board.store.transaction() as session:
        roster.add_dated(
            session,
            bruno,
            level=1,
            starts_at=WEDNESDAY_NIGHT,
            ends_at=WEDNESDAY_NIGHT + HOUR,
            now=board.clock.now(),
        )

    urgency(board)

    assert board.rings().request.to == "+56922222222"


def test_a_gap_in_the_roster_silences_nobody(board: Board) -> None:
    ana = board.agent("Ana", "+56911111111", is_=Presence.OFFLINE, level=1)
    with board.store.transaction() as session:
        roster.add_weekly(
            session, ana, level=1, weekday=6, begins=time(8), ends=time(20), now=board.clock.now()
        )

    urgency(board)

    assert board.rings().request.to == "+56911111111"


def test_wrong_entries_are_refused_with_all_faults(sqlite_store: Store) -> None:
    now = WEDNESDAY_NIGHT
    with sqlite_store.transaction() as session:
        with pytest.raises(Invalid) as weekly_faults:
            roster.add_weekly(session, 7, level=0, weekday=8, begins=time(8), ends=time(20), now=now)
        with pytest.raises(Invalid) as swap_faults:
            roster.add_swap(session, 7, instead_of=7, starts_at=now, ends_at=now, now=now)
        with pytest.raises(NotFound):
            roster.remove(session, 1)
    assert set(weekly_faults.value.fields) == {"agent", "level", "weekday"}
    assert set(swap_faults.value.fields) == {"agent", "instead_of", "ends_at"}
