"""What a webhook costs on a whole call of the real line: statements, counted, and none in a loop.

A statement is one round trip to the database, the commit is one more. The bounds are the contract's: four for
a step that only asks, eight for one that books.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import Appointment, Case, HomePhone
from tests.board import open_board
from tests.line import KNOWN, STRANGER, TestCall, TestLine, open_test_line
from tests.making import make_home, make_project
from tests.servers import Postgres
from tests.watching import statements

COMMIT = 1
MENU, BOOKING = 4, 8


#: What a standard hand-over may cost; an urgency writes down besides who has it.
HAND_OVER, URGENT = 8, 11


@pytest.fixture(params=["sqlite", "postgresql"])
def line(request: pytest.FixtureRequest, tmp_path: Path, clock: MovableClock) -> Iterator[TestLine]:
    with open_test_line(request.getfixturevalue(f"{request.param}_url"), tmp_path, clock) as opened:
        yield opened


def register(store: Store, homes: int) -> None:
    """A project of that many homes, the first of which is the known caller's."""
    with store.transaction() as session:
        project = make_project(session)
        for number in range(homes):
            phones = [HomePhone(phone=KNOWN)] if number == 0 else []
            make_home(session, project, str(1204 + number), phones=phones)


def record(call: TestCall) -> TestCall:
    return call.record(5)


Act = Callable[[TestCall], object]

#: A whole booking: what the caller does, in a word, and what that turn may cost.
BOOKING_CALL: list[tuple[str, Act, int]] = [
    ("a new request", lambda call: call.press("2"), MENU),
    ("it is my home", lambda call: call.press("1"), BOOKING),
    ("damp", lambda call: call.press("1"), BOOKING),
    ("what it looks like", record, BOOKING),
    ("go on", lambda call: call.press("1"), MENU),
    ("nothing else", lambda call: call.press("2"), MENU),
    ("my own number", lambda call: call.press("1"), MENU),
    ("no second number", lambda call: call.press("1"), BOOKING),
    ("the first hour", lambda call: call.press("1"), MENU),
    ("book it", lambda call: call.press("1"), BOOKING),
    ("hear it again", lambda call: call.press("1"), MENU),
    ("goodbye", lambda call: call.silence(), MENU),
]


def costs(line: TestLine, homes: int) -> dict[str, int]:
    """The cost of each webhook of a whole booking call."""
    register(line.store, homes)
    found = {}
    with statements(line.store) as seen:
        call = line.dial(KNOWN)
        found["welcome"] = len(seen) + COMMIT
        for name, act, _ in BOOKING_CALL:
            seen.clear()
            act(call)
            found[name] = len(seen) + COMMIT
        seen.clear()
        call.again()
        found["repeated"] = len(seen) + COMMIT
        seen.clear()
        call.hang_up()
        found["the end"] = len(seen) + COMMIT
    with line.store.reading() as session:
        assert session.scalars(select(Case.status)).one() == "visit_scheduled"
        assert session.scalars(select(Appointment)).one().status == "booked"
    return found


def test_no_webhook_of_a_booking_costs_more_than_its_bound(line: TestLine) -> None:
    bounds = {"welcome": MENU, "repeated": MENU, "the end": BOOKING} | {
        name: bound for name, _, bound in BOOKING_CALL
    }
    found = costs(line, homes=1)
    too_dear = {name: cost for name, cost in found.items() if cost > bounds[name]}
    assert too_dear == {}


def test_a_large_register_costs_no_more_statements_than_a_small_one(
    tmp_path: Path, postgres: Postgres, clock: MovableClock
) -> None:
    with (
        postgres.database() as one,
        postgres.database() as another,
        open_test_line(one, tmp_path, clock) as small,
        open_test_line(another, tmp_path, clock) as big,
    ):
        assert costs(small, homes=1) == costs(big, homes=50)


def test_offering_hours_costs_the_same_however_many_there_are(line: TestLine) -> None:
    """The later offers of a busy project are found as the first ones are."""
    register(line.store, 3)
    call = line.dial(KNOWN).press("2", "1", "1").record(5).press("1", "2", "1", "1")
    with statements(line.store) as seen:
        counts = []
        for _ in range(6):
            seen.clear()
            call.press("9")
            counts.append(len(seen))
    assert len(set(counts)) == 1
    assert counts[0] + COMMIT <= BOOKING


def hand_over(store: Store, folder: Path, clock: MovableClock, *keys: str) -> dict[str, int]:
    """The cost of each webhook of a hand-over that was passed once, and then taken."""
    found = {}
    with open_board(store, folder, clock) as board:
        with store.transaction() as session:
            make_home(session, make_project(session))
        board.agent("Ana", "+56911111111")
        caller = board.caller(STRANGER, *keys)
        board.work()
        with statements(store) as seen:

            def costs(name: str, act: Callable[[], object]) -> None:
                seen.clear()
                act()
                found[name] = len(seen) + COMMIT

            rung = board.rings()
            agent = rung.answer()
            costs("passed", lambda: agent.press("2"))
            rung.ends("completed")
            board.forward(61)
            rung = board.rings()
            taken = rung.answer()
            costs("accepted", lambda: taken.press("1"))
            board.work()
            board.follow(caller)
            over = {"DialCallStatus": "answered"}
            costs("over for the agent", lambda: taken.ask(taken.waits_for.attrib["action"], **over))
            costs("over for the owner", lambda: caller.ask(caller.waits_for.attrib["action"], **over))
    return found


@pytest.mark.parametrize(
    ("keys", "bound"), [(("0",), HAND_OVER), (("1", "1", "101#", "1", "1204#", "1"), URGENT)]
)
def test_no_webhook_of_a_hand_over_costs_more_than_its_bound(
    store: Store, tmp_path: Path, clock: MovableClock, keys: tuple[str, ...], bound: int
) -> None:
    found = hand_over(store, tmp_path, clock, *keys)

    bounds = dict.fromkeys(found, HAND_OVER) | {"accepted": bound}
    assert {name: cost for name, cost in found.items() if cost > bounds[name]} == {}
