"""The live board: who waits and talks, how the day goes, and what supervisors do in a talk."""

from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from ivr.console.board import figures
from ivr.console.board.figures import Day, Figures
from ivr.store.session import Store
from ivr.store.tables import Guest, Wait
from ivr.switchboard import legs
from ivr.switchboard.accounts import Role
from tests.board import Board
from tests.console.browsing import Visitor, faults, is_too_wide, sign_in
from tests.console.test_desk import CAMILA, MARCELA, PABLO, only, talk
from tests.line import STRANGER, settings
from tests.making import at

BOARD = "/console/tablero/"
NINE = at("2026-11-24 09:00")


def a_call(session: Session) -> int:
    """Somebody called at nine; the call's id."""
    call = legs.outbound(
        "inbound", CAMILA, settings=settings("sqlite://"), now=NINE, case_id=None, agent=None, wait=Wait()
    )
    session.add(call)
    session.flush()
    return call.id


def a_wait(call_id: int | None, **columns: Any) -> Wait:
    """Somebody who has waited since nine."""
    values = {"priority": "standard", "state": "gone", "since": NINE, "round_since": NINE, "in_queue": False}
    return Wait(call_id=call_id, **values | columns)


def board(office: Board) -> Figures:
    with office.store.reading() as session:
        return figures.read(session, office.line.settings, office.clock.now())


def test_the_board_follows_what_happens(office: Board, page: Page) -> None:
    only(office, MARCELA)
    sign_in(page, Role.SUPERVISOR)
    page.goto(BOARD)
    expect(page.get_by_text("Nadie espera.")).to_be_visible()
    talk(office)
    page.get_by_role("button", name="Escuchar a Marcela Soto").click()
    expect(page.get_by_text("marque uno para escuchar")).to_be_visible()
    expect(page.get_by_role("button", name="Salir de la llamada de Marcela Soto")).to_be_visible()
    office.caller(PABLO, "0")
    office.caller(CAMILA, "1", "1", "1")
    office.work()
    rows = page.get_by_role("region", name="Esperan a una persona").locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Urgente")
    expect(rows.first).to_contain_text("Los Aromos, 1204")
    expect(rows.last).to_contain_text("9 8234 5671")
    assert faults(page) == []
    assert not is_too_wide(page)


def test_a_supervisor_listens_whispers_joins_and_leaves(office: Board, visitor: Visitor) -> None:
    talk(office)
    visitor.sign_in(Role.SUPERVISOR)
    for word, mode in (("escuchar", "listen"), ("susurrar", "whisper"), ("participar", "join")):
        assert visitor.send(BOARD, f"{BOARD}{MARCELA}/{word}").status_code == 303
        (guest,) = office.rows(Guest)
        assert (guest.role, guest.mode) == ("supervisor", mode)
    visitor.send(BOARD, f"{BOARD}{MARCELA}/salir")
    (guest,) = office.rows(Guest)
    assert guest.state == "called_off"


def test_an_agent_sees_the_board_without_buttons(office: Board, visitor: Visitor) -> None:
    talk(office)
    content = visitor.sign_in().get(BOARD).text
    assert "Marcela Soto" in content
    assert "Escuchar" not in content


def test_urgent_callers_come_first_and_then_the_longest_waiting(office: Board) -> None:
    talk(office, STRANGER)
    office.caller(PABLO, "0")
    office.clock.forward(timedelta(minutes=3))
    office.caller(CAMILA, "1", "1", "1")
    found = board(office)
    assert [(each.place, each.number, each.wait.priority) for each in found.waiting] == [
        (1, CAMILA, "urgent"),
        (2, PABLO, "standard"),
    ]
    assert [each.agent.id for each in found.talking] == [MARCELA]
    assert found.queue == 2
    assert found.longest == found.waiting[1].wait.since


def test_the_day_is_counted_from_midnight_of_the_office(store: Store, office: Board) -> None:
    now = at("2026-11-24 10:00")
    told = {
        "yesterday": {"since": at("2026-11-23 23:50"), "talking_since": at("2026-11-23 23:50")},
        "at once": {"state": "talking", "talking_since": at("2026-11-24 09:00:20")},
        "late": {"state": "served", "talking_since": at("2026-11-24 09:00:21")},
        "gave up": {"state": "gone"},
        "nobody came": {"state": "expired"},
        "chose something else": {"state": "left"},
        "called back": {"state": "served", "phone": CAMILA, "talking_since": at("2026-11-24 09:30")},
        "to be called back": {"state": "waiting", "phone": CAMILA},
    }
    with store.transaction() as session:
        for columns in told.values():
            session.add(a_wait(a_call(session), **columns))
        session.add(a_wait(None, state="served", priority="urgent"))  # of a case that came by the API
    with store.reading() as session:
        found = figures.day(session, office.line.settings, now)
    assert found == Day(answered=2, abandoned=2, called_back=1, in_time=1)
    assert found.service_level == 25
    assert Day().service_level is None
