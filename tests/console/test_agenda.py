"""The agenda: a project's week, and dates that are booked, moved, cancelled or missed by an agent."""

import re

from playwright.sync_api import Page, expect

from ivr.aftersales import closures
from ivr.aftersales.life import AppointmentKind, Status
from ivr.aftersales.week import monday_of
from tests.board import Board
from tests.console.agenda_scene import (
    PROJECT,
    book_visit,
    book_works,
    case_now,
    date_of,
    deeds,
    events_of,
    form_of,
    inspected,
    open_case,
    texts_of,
)
from tests.console.browsing import Visitor, faults, is_too_wide, sign_in

WEEK = f"/console/agenda/?project={PROJECT}"
AGENT = "Marcela Soto"


def offered(page: str) -> list[str]:
    """The keys of the dates that a page offers."""
    return [key.replace("%3A", ":").replace("%2B", "+") for key in re.findall(r'start=([^"&]+)"', page)]


def chosen(address: str, key: str) -> str:
    """The page on which that date is chosen."""
    return f"{address}?start={key.replace('+', '%2B')}"


def plain(page: str) -> str:
    """What is read on a page, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_week_names_its_days_off_and_who_comes(office: Board, visitor: Visitor) -> None:
    visit = book_visit(office, open_case(office))
    waiting = open_case(office, "1205")
    with office.store.transaction() as session:
        closures.add(session, day=monday_of(visit.start.date()), working=False, reason="Inventario anual")
    page = plain(visitor.sign_in().get(WEEK).text)

    assert "Semana del lunes 23 de noviembre al viernes 27 de noviembre de 2026" in page
    assert "Inventario anual" in page
    assert "Visitas 1 de 16" in page
    assert "09:00 1204 Camila Rojas Fuentes" in page
    assert "09:30–13:30 8 libres" in page
    assert f"1205 · Sebastián Muñoz Vera Solicitud {waiting.number}" in page
    december = plain(visitor.get(f"{WEEK}&week=2026-12-10").text)
    assert "La Inmaculada Concepción" in december
    assert "No se agenda este día." in december


def test_substitutes_and_what_became_of_dates_are_marked(office: Board, visitor: Visitor) -> None:
    """All of Thursday is closed, so that the visit is on another day; it does not take place."""
    with office.store.transaction() as session:
        thursday = office.clock.now().date().replace(day=26)
        closures.add(session, day=thursday, working=False, reason="Cierre")
    visit = book_visit(office, open_case(office))
    assert visit.substitute
    assert "Sustituto" in visitor.sign_in().get(WEEK).text
    visitor.send(f"/console/agenda/citas/{visit.id}/no-realizada", by="owner")
    page = plain(visitor.get(WEEK).text)
    assert "No se realizó" in page


def test_an_address_that_names_no_project_or_week_shows_one_that_is(visitor: Visitor) -> None:
    visitor.sign_in()
    for query in ("?project=999", "?week=ayer", "?week=0001-01-01", "?project=101&week=2026-13-01"):
        assert visitor.get(f"/console/agenda/{query}").status_code == 200


def test_a_booking_tells_the_text_before_it_is_done(office: Board, visitor: Visitor) -> None:
    case = open_case(office)
    address = f"/console/agenda/casos/{case.number}/fecha/visit"
    first = offered(visitor.sign_in().get(address).text)[0]
    confirm = visitor.get(chosen(address, first))
    assert "Se enviará un mensaje al 9 9123 4567" in plain(confirm.text)
    announced = "su visita de inspeccion queda para el jueves 26 de noviembre a las 9:00"
    assert announced in confirm.text

    answer = visitor.send(chosen(address, first), address)

    assert answer.status_code == 303, answer.text
    booked = date_of(office, case)
    assert booked is not None
    assert booked.start.isoformat() == first
    assert events_of(office, case)[-1] == ("visit_booked", AGENT)
    assert deeds(office)[-1] == ("book_date", f"case:{case.number}")
    assert announced in texts_of(office)[-1]


def test_nobody_to_text_is_told_before(office: Board, visitor: Visitor) -> None:
    case = open_case(office)
    with office.store.transaction() as session:
        stored = session.get_one(type(case), case.id)
        stored.contacts[0].phone = "+56223456789"
    address = f"/console/agenda/casos/{case.number}/fecha/visit"
    first = offered(visitor.sign_in().get(address).text)[0]
    page = visitor.get(chosen(address, first)).text
    assert "Quedará una tarea para avisar por teléfono." in plain(page)


def test_a_visit_is_moved_in_one_step(office: Board, visitor: Visitor) -> None:
    case = open_case(office)
    old = book_visit(office, case)
    address = f"/console/agenda/casos/{case.number}/fecha/visit"
    page = visitor.sign_in().get(address).text
    assert "La nueva la reemplaza" in plain(page)
    another = offered(page)[2]
    assert visitor.send(chosen(address, another), address).status_code == 303
    stored = {each.id: each.status for each in case_now(office, case).appointments}
    assert stored.pop(old.id) == "cancelled"
    assert list(stored.values()) == ["booked"]
    assert deeds(office)[-1][0] == "move_date"


def test_an_hour_that_somebody_else_took_is_not_sold_twice(office: Board, visitor: Visitor) -> None:
    """The page was open while another case got that hour."""
    case = open_case(office)
    address = f"/console/agenda/casos/{case.number}/fecha/visit"
    first = offered(visitor.sign_in().get(address).text)[0]
    form = form_of(visitor, chosen(address, first), address)
    book_visit(office, open_case(office, "1205"))
    answer = visitor.post(address, **form)
    assert answer.status_code == 409
    assert "Esa hora ya no está disponible: elija otra." in answer.text
    assert date_of(office, case) is None
    assert first not in offered(answer.text)


def test_two_agents_at_the_same_case_do_not_overwrite_each_other(office: Board, visitor: Visitor) -> None:
    case = open_case(office)
    book_visit(office, case)
    address = f"/console/agenda/casos/{case.number}/fecha/visit"
    keys = offered(visitor.sign_in().get(address).text)
    form = form_of(visitor, chosen(address, keys[1]), address)
    moved = book_visit(office, case, 4)
    answer = visitor.post(address, **form)
    assert answer.status_code == 409
    assert "Alguien lo cambió mientras usted escribía" in answer.text
    now = date_of(office, case)
    assert now is not None
    assert now.id == moved.id


def test_a_date_is_cancelled_with_its_consequences_told(office: Board, visitor: Visitor) -> None:
    case = open_case(office)
    visit = book_visit(office, case)
    address = f"/console/agenda/citas/{visit.id}/anular"
    page = plain(visitor.sign_in().get(address).text)
    assert "se anula su visita de inspeccion del jueves 26 de noviembre a las 9:00" in page
    assert "queda una tarea para acordar otra" in page
    assert visitor.send(address).status_code == 303
    assert case_now(office, case).status == Status.OPEN
    assert deeds(office)[-1] == ("cancel_date", f"case:{case.number}")
    assert visitor.send(address).status_code == 409


def test_a_missed_date_says_whose_fault_it_was(office: Board, visitor: Visitor) -> None:
    case = open_case(office)
    visit = book_visit(office, case)
    address = f"/console/agenda/citas/{visit.id}/no-realizada"
    assert visitor.sign_in().send(address).status_code == 422
    assert visitor.send(address, by="company").status_code == 303
    assert case_now(office, case).appointments[0].status == "missed"
    assert events_of(office, case)[-1] == ("visit_missed", AGENT)


def test_works_are_booked_and_received(office: Board, visitor: Visitor) -> None:
    case = open_case(office)
    book_visit(office, case)
    inspected(office, case)
    book_works(office, case)
    address = f"/console/agenda/casos/{case.number}/trabajos-ejecutados"
    form = form_of(visitor.sign_in(), address, "")
    blank = visitor.send(address, note="Se cambió el sello.")
    assert blank.status_code == 422
    assert "Se cambió el sello." in blank.text
    assert visitor.send(address, received_by="Luisa <b>Rojas</b>", note="Listo").status_code == 303
    done = case_now(office, case)
    assert done.status == Status.WORKS_DONE
    assert date_of(office, case, AppointmentKind.WORKS) is None
    assert deeds(office)[-1] == ("works_done", f"case:{case.number}")
    assert visitor.post(address, **form, received_by="Otra vez").status_code == 409
    assert "No hay trabajos por anotar" in visitor.get(address).text


def test_a_case_that_has_ended_gets_no_date(office: Board, visitor: Visitor) -> None:
    case = open_case(office)
    book_visit(office, case)
    inspected(office, case, covered=False)
    page = visitor.sign_in().get(f"/console/agenda/casos/{case.number}/fecha/visit")
    assert "Esta solicitud está terminada" in page.text
    assert offered(page.text) == []


def test_what_is_not_there_is_not_found(office: Board, visitor: Visitor) -> None:
    case = open_case(office)
    visitor.sign_in()
    for path in (
        "/console/agenda/citas/999999",
        "/console/agenda/citas/999999/anular",
        f"/console/agenda/casos/{case.number}/fecha/party",
        "/console/agenda/casos/1/fecha/visit",
        "/console/agenda/casos/1/trabajos-ejecutados",
    ):
        assert visitor.get(path).status_code == 404


def test_an_agent_books_and_cancels_in_the_browser(office: Board, page: Page) -> None:
    case = open_case(office)
    sign_in(page)
    page.goto(WEEK)
    assert faults(page) == []
    assert not is_too_wide(page)
    page.get_by_role("link", name=f"Agendar 1204, solicitud {case.number}").first.click()
    assert faults(page) == []
    page.get_by_role("link", name="11:00").click()
    expect(page.get_by_text("Se enviará un mensaje al 9 9123 4567")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Agendar y avisar").click()
    expect(page.get_by_role("status")).to_contain_text("jueves 26 de noviembre, 11:00")
    assert faults(page) == []
    assert not is_too_wide(page)
    page.get_by_role("link", name="Anular").click()
    assert faults(page) == []
    page.get_by_role("button", name="Anular y avisar").click()
    expect(page.get_by_role("status")).to_contain_text("La fecha quedó anulada")
    assert case_now(office, case).status == Status.OPEN
