"""Whatever callers do: valid documents, an end, nothing lost, and rows that keep every rule."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import Base, Case
from tests.board import Board
from tests.callflows.caller import AGAIN, HANG_UP, SILENCE, act, hang_up
from tests.callflows.invariants import broken
from tests.callflows.town import ANONYMOUS, KNOWN, LANDLORD, NEWCOMER, Snapshot, open_town
from tests.conftest import TUESDAY_AT_TEN

CALLERS = (KNOWN, LANDLORD, NEWCOMER, ANONYMOUS, "+34600111222", "sip:mesa@example.com")
#: After this many silences every conversation is over.
ENOUGH_SILENCE = 60

keys = st.sampled_from([*"1112223456789", "0", "*", "#"])
entries = st.sampled_from(
    [
        "101#",
        "567#",
        "1204#",
        "12#",
        "999#",
        "987654321#",
        "222345678#",
        "800422727#",
        "12*",
        "12*101#",
        "1" * 40,
    ]
)
speech = st.sampled_from(["~0", "~7", "~7,*", "~7,0", '"Los Aromos"', '"los alomos"', '"no sé"'])
moves = st.one_of(keys, keys, keys, entries, speech, st.sampled_from([SILENCE, SILENCE, AGAIN, HANG_UP]))
calls = st.lists(st.tuples(st.sampled_from(CALLERS), st.lists(moves, max_size=24)), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Board, Snapshot]]:
    folder = tmp_path_factory.mktemp("town")
    path = folder / "postventa.db"
    store = Store(f"sqlite:///{path}")
    Base.metadata.create_all(store.engine)
    with open_town(store, folder, MovableClock(TUESDAY_AT_TEN)) as town:
        town.agent("Ana", "+56911111111", level=1)
        yield town, Snapshot(path)
    store.close()


def talk(town: Board, caller: str, does: list[str]) -> None:
    """One call from beginning to end, each document checked by the carrier's rules on the way."""
    call = town.line.dial(caller)
    for move in does:
        if not act(town, call, move):
            return
    for _ in range(ENOUGH_SILENCE):
        if not act(town, call, SILENCE):
            return
    hang_up(town, call)
    raise AssertionError(f"the call never ends: {call.heard}")


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(calls=calls)
def test_whatever_callers_do_nothing_is_lost_and_every_rule_holds(
    snapshot: tuple[Board, Snapshot], calls: list[tuple[str, list[str]]]
) -> None:
    town, at_first = snapshot
    at_first.restore()
    known: set[int] = set()
    for caller, does in calls:
        talk(town, caller, does)
        cases = {case.id for case in town.rows(Case)}
        assert known <= cases, "a case was lost"
        known = cases
        with town.store.reading() as session:
            assert broken(session) == []
