"""What a key leads to when what it was about has gone between the question and the answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.aftersales import cases, visits, works
from ivr.aftersales.life import AppointmentStatus, Status
from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import Case
from tests.board import Board
from tests.callflows.test_reminder import reminded
from tests.callflows.town import KNOWN, TO_THE_END, dial, work
from tests.making import at
from tests.outgoing import Outgoing, greeted, open_outgoing

SETTLED = "Eso ya quedó resuelto"


@pytest.fixture
def life(sqlite_store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Outgoing]:
    with open_outgoing(sqlite_store, tmp_path, clock) as opened:
        yield opened


def cancel(board: Board) -> None:
    """An agent cancels what is booked."""
    with board.store.transaction() as session:
        case = cases.lock(session, board.rows(Case)[-1].id)
        for each in case.appointments:
            if each.status == AppointmentStatus.BOOKED:
                diary = visits if each.kind == "visit" else works
                diary.cancel(session, case, each, by="Marcela", now=board.clock.now())


def test_a_planned_call_whose_reason_is_gone_is_called_off_before_it_rings(life: Outgoing) -> None:
    life.until("2026-11-24 21:30")  # nobody is called at that hour
    case_id = life.inspected(True)
    assert life.plan.state == "planned"
    with life.store.transaction() as session:
        case = cases.lock(session, case_id)
        works.book(session, case, at("2026-11-27 09:00"), now=life.clock.now(), by="Marcela")
    life.work()
    assert (life.plan.state, life.plan.answer) == ("ended", "overtaken")
    life.until("2026-11-25 11:00")
    assert life.is_quiet()


@pytest.mark.parametrize(("before", "key"), [((), "1"), ((), "2"), ((), "3"), (("3",), "1")])
def test_a_reminder_of_a_date_that_is_off_by_now_ends_whatever_is_pressed(
    life: Outgoing, before: tuple[str, ...], key: str
) -> None:
    rung = reminded(life)
    call = greeted(rung).press(*before)
    cancel(life)
    assert call.press(key).hears(SETTLED)
    assert call.over
    life.over(rung)
    assert life.dates() == [("visit", "cancelled")]
    assert (life.plan.answer, life.outcomes()) == ("answered", ["settled"])


def test_a_date_that_the_reminder_has_changed_and_is_off_by_now_is_not_said_again(life: Outgoing) -> None:
    call = greeted(reminded(life)).press("2", "1", "1")
    assert call.hears("Listo. Su visita de inspección será")
    cancel(life)
    call.press("1")
    assert not call.hears("Su visita")
    assert call.over


def test_works_that_were_just_agreed_and_are_off_by_now_are_not_said_again(life: Outgoing) -> None:
    life.inspected(True)
    call = greeted(life.rings()).press("1", "1")
    assert call.hears("Listo. Los trabajos serán")
    cancel(life)
    call.press("1")
    assert not call.hears("trabajos")
    assert call.over


@pytest.mark.parametrize("key", ["1", "2"])
def test_a_date_that_is_off_by_now_is_neither_changed_nor_cancelled_and_its_case_is_told_anew(
    town: Board, key: str
) -> None:
    dial(town, KNOWN, *TO_THE_END).hang_up()
    work(town)
    call = dial(town, KNOWN, "3", "1204#")
    assert call.hears("Su visita de inspección será el jueves")
    cancel(town)
    call.press(key)
    assert not call.hears("jueves")
    assert call.hears("marque")
    assert town.case.status == Status.OPEN
