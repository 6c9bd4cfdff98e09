"""The agent's desk: the screen pop, the call's buttons, what is written up, and presence."""

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from ivr.store.tables import Agent, CaseEvent, Guest, Leg
from ivr.switchboard.accounts import Role
from ivr.switchboard.presence import AwayReason, Presence
from tests.board import Board, Rung
from tests.callflows.town import answer
from tests.console.browsing import Visitor, faults, is_too_wide, sign_in
from tests.line import TestCall
from worker.clock import look
from worker.duty import FoundKind
from worker.runner import run

CAMILA, PABLO = "+56991234567", "+56982345671"
#: Marcela Soto, who has the role of an agent.
MARCELA, RICARDO = 1, 2
MARKUP = "<img src=x onerror=alert(1)>"


def only(office: Board, *agents: int) -> None:
    """Nobody else is available."""
    with office.store.transaction() as session:
        session.execute(update(Agent).where(Agent.id.not_in(agents)).values(presence=Presence.AWAY))


def booked(office: Board, caller: str = CAMILA) -> None:
    """An owner has made a request by telephone, with a visit."""
    call = office.line.dial(caller)
    answer(call, "2", "1", "1", "~12", "1", "2", "1", "1", "1", "1")
    office.hang_up(call)


def talk(office: Board, caller: str = CAMILA) -> tuple[TestCall, Rung]:
    """Somebody is talking with Marcela."""
    only(office, MARCELA)
    call = office.caller(caller, "0")
    office.work()
    rung = office.rings()
    rung.answer().press("1")
    office.work()
    office.follow(call)
    return call, rung


def leg_of(office: Board) -> Leg:
    newest: Leg = office.rows(Leg)[-1]
    return newest


def test_who_calls_is_on_the_screen_while_the_telephone_rings(office: Board, page: Page) -> None:
    only(office, MARCELA)
    with office.store.transaction() as session:
        session.execute(update(Agent).where(Agent.id == RICARDO).values(name=MARKUP))
    booked(office)
    sign_in(page)
    expect(page.get_by_role("heading", name="Sin llamadas")).to_be_visible()
    assert faults(page) == []

    call = office.caller(CAMILA, "0")
    office.work()
    expect(page.get_by_role("heading", name="Camila Rojas Fuentes")).to_be_visible()
    expect(page.get_by_text("Los Aromos, 1204")).to_be_visible()
    expect(page.get_by_text("Le damos la bienvenida")).to_be_visible()
    expect(page.locator(".key")).to_have_text("0")
    expect(page.get_by_role("region", name="Antes, en esta vivienda")).to_contain_text("Visita agendada")
    expect(page).to_have_title("Llamada entrante · Mi escritorio · Postventa")
    assert faults(page) == []
    assert not is_too_wide(page)

    rung = office.rings()
    rung.answer().press("1")
    office.work()
    office.follow(call)
    expect(page.get_by_role("button", name="Retener")).to_be_visible()
    note = page.get_by_role("textbox", name="Nota")
    note.fill("Llamará mañana " + MARKUP)
    page.get_by_text("Transferir…").click()
    expect(page.get_by_role("option", name=f"{MARKUP} (ausente)")).to_have_count(1)
    assert faults(page) == []
    assert not is_too_wide(page)

    office.hang_up(call)
    rung.ends("completed")
    office.work()
    expect(page.get_by_role("heading", name="Cerrando gestión")).to_be_visible()
    expect(note).to_have_value("Llamará mañana " + MARKUP)
    page.get_by_role("button", name="Guardar gestión").click()
    expect(page.get_by_text("Elija qué resultó.")).to_be_visible()
    page.get_by_label("Resuelto en la llamada").check()
    page.get_by_role("button", name="Guardar gestión").click()
    expect(page.get_by_text("Gestión guardada.")).to_be_visible()
    expect(page.get_by_role("heading", name="Disponible", exact=True)).to_be_visible()
    assert (leg_of(office).result, leg_of(office).note) == ("solved", "Llamará mañana " + MARKUP)


def test_on_any_other_page_a_line_says_that_the_telephone_rings(office: Board, page: Page) -> None:
    only(office, MARCELA)
    sign_in(page)
    page.goto("/console/cuenta")
    expect(page.get_by_text("Le está sonando una llamada.")).to_be_hidden()
    office.caller(PABLO, "0")
    office.work()
    page.get_by_role("link", name="Ver quién llama").click()
    expect(page.get_by_role("heading", name="Pablo Contreras")).to_be_visible()


def test_without_a_stream_the_page_asks_by_itself(office: Board, page: Page) -> None:
    only(office, MARCELA)
    page.route("**/console/events", lambda route: route.fulfill(status=204))
    page.clock.install()
    sign_in(page)
    expect(page.locator("body[data-stream=away]")).to_have_count(1)
    office.caller(CAMILA, "0")
    office.work()
    page.clock.run_for(11_000)
    expect(page.get_by_role("heading", name="Camila Rojas Fuentes")).to_be_visible()


def test_the_case_of_an_urgency_is_told_with_what_it_is(office: Board, visitor: Visitor) -> None:
    only(office, MARCELA)
    office.caller(CAMILA, "1", "1", "1")
    office.work()
    content = visitor.sign_in().get("/console/").text
    assert "Urgente: Filtración de agua potable" in content
    assert office.case.number in content


@pytest.mark.parametrize(
    ("deed", "column", "becomes"),
    [("retener", "hold", "holding"), ("pausar", "tape", "pausing"), ("sin-grabacion", "tape", "pausing")],
)
def test_the_buttons_of_a_talk_do_what_they_say(
    office: Board, visitor: Visitor, deed: str, column: str, becomes: str
) -> None:
    talk(office)
    visitor.sign_in()
    assert visitor.send("/console/", f"/console/llamada/{deed}").status_code == 303
    assert getattr(leg_of(office), column) == becomes


def test_the_agent_ends_the_talk(office: Board, visitor: Visitor) -> None:
    _, rung = talk(office)
    visitor.sign_in().send("/console/", "/console/llamada/terminar")
    office.work()
    assert office.carrier.hung_up == [rung.sid]


def test_a_button_that_comes_too_late_does_nothing_and_says_so(office: Board, visitor: Visitor) -> None:
    call, rung = talk(office)
    visitor.sign_in()
    token = visitor.get("/console/").text.split('name="csrf_token" value="')[1].split('"')[0]
    office.hang_up(call)
    rung.ends("completed")
    visitor.post("/console/llamada/retener", csrf_token=token)
    assert "Esa llamada ya terminó." in visitor.get("/console/").text
    assert leg_of(office).hold is None


def test_a_talk_is_handed_to_a_colleague_the_queue_or_a_number(office: Board, visitor: Visitor) -> None:
    talk(office)
    visitor.sign_in()
    where = ("/console/", "/console/llamada/transferir")
    fields = {"transfer-consult": "yes", "transfer-reason": "sabe de ascensores"}
    wrong = visitor.send(*where, **fields, **{"transfer-to": "phone", "transfer-phone": "12"})
    assert wrong.status_code == 422
    assert "Escriba un teléfono válido" in wrong.text
    assert "sabe de ascensores" in wrong.text
    assert "Falta este dato." in visitor.send(*where, **fields, **{"transfer-to": "phone"}).text
    busy = visitor.send(*where, **{"transfer-to": f"agent:{RICARDO}", "transfer-consult": "no"})
    assert busy.status_code == 409
    assert "Ese teléfono está ocupado" in busy.text
    office.becomes(RICARDO, Presence.AVAILABLE)
    assert visitor.send(*where, **fields, **{"transfer-to": f"agent:{RICARDO}"}).status_code == 303
    (guest,) = office.rows(Guest)
    assert (guest.agent_id, guest.reason) == (RICARDO, "sabe de ascensores")
    assert visitor.send("/console/", "/console/llamada/retomar").status_code == 303
    assert (
        visitor.send(*where, **{"transfer-to": "skill:standard", "transfer-consult": "no"}).status_code == 303
    )
    assert office.presence_of(MARCELA) == Presence.WRAP_UP


def test_a_technician_is_brought_in_by_a_number_as_people_write_it(office: Board, visitor: Visitor) -> None:
    talk(office)
    visitor.sign_in()
    where = ("/console/", "/console/llamada/tecnico")
    assert visitor.send(*where, **{"technician-technician": ""}).status_code == 422
    assert visitor.send(*where, **{"technician-technician": "9 8765 4321"}).status_code == 303
    assert [guest.phone for guest in office.rows(Guest)] == ["+56987654321"]
    assert "Sacar al técnico" in visitor.get("/console/").text


def test_what_is_written_up_stands_in_the_case(office: Board, visitor: Visitor) -> None:
    only(office, MARCELA)
    call = office.caller(CAMILA, "1", "1", "1")
    office.work()
    rung = office.rings()
    rung.answer().press("1")
    office.work()
    office.follow(call)
    visitor.sign_in()
    early = visitor.send(
        "/console/", "/console/gestion", **{"wrap-result": "visit", "wrap-note": "va un gásfiter"}
    )
    assert early.status_code == 409
    assert "La llamada todavía no termina" in early.text
    rung.ends("completed")
    done = visitor.send(
        "/console/", "/console/gestion", **{"wrap-result": "visit", "wrap-note": "va un gásfiter"}
    )
    assert done.status_code == 303
    comments = [event for event in office.rows(CaseEvent) if event.kind == "comment"]
    assert [(event.by, event.detail["text"]) for event in comments] == [("Marcela Soto", "va un gásfiter")]
    assert office.presence_of(MARCELA) == Presence.AVAILABLE


@pytest.mark.parametrize("wanted", ["away", "offline", "available"])
def test_an_agent_says_whether_their_telephone_may_ring(office: Board, visitor: Visitor, wanted: str) -> None:
    visitor.sign_in()
    if wanted == "available":
        office.becomes(MARCELA, Presence.AWAY)
    assert visitor.send("/console/", "/console/presencia", presence=wanted).status_code == 303
    assert office.presence_of(MARCELA) == wanted
    visitor.send("/console/", "/console/presencia", presence="talking")
    assert office.presence_of(MARCELA) == wanted


def look_for_closed_consoles(office: Board) -> None:
    """The clock looks, and whoever it finds counts as away."""
    from worker.duties import HANDLERS  # noqa: PLC0415 -- all duties, with those that the board leaves out

    context = replace(office.context, handlers={"absent": HANDLERS[FoundKind.ABSENT]})
    for each in look(context, 50):
        run(context, each)


def test_a_console_that_is_closed_for_two_minutes_counts_as_away(office: Board, visitor: Visitor) -> None:
    visitor.sign_in()
    office.clock.forward(timedelta(seconds=100))
    visitor.get("/console/estado")
    office.clock.forward(timedelta(seconds=100))
    look_for_closed_consoles(office)
    assert office.presence_of(MARCELA) == Presence.AVAILABLE
    office.clock.forward(timedelta(seconds=30))
    look_for_closed_consoles(office)
    assert office.presence_of(MARCELA) == Presence.AWAY
    with office.store.reading() as session:
        agents = {agent.id: agent for agent in session.scalars(select(Agent))}
    assert agents[MARCELA].away_reason == AwayReason.CONSOLE_CLOSED
    assert agents[RICARDO].presence == Presence.AVAILABLE  # whose console was never open
    assert "su consola estaba cerrada" in visitor.get("/console/").text


def test_whoever_signs_out_is_away_and_rung_in_an_urgency(office: Board, visitor: Visitor) -> None:
    only(office, MARCELA)
    visitor.sign_in().send("/console/", "/console/salir")
    assert office.presence_of(MARCELA) == Presence.AWAY
    with office.store.transaction() as session:
        session.execute(update(Agent).where(Agent.id != MARCELA).values(on_call_level=None))
    office.caller(CAMILA, "1", "1", "1")
    office.work()
    assert office.rings().request.to == "+56990010001"


def test_a_supervisor_who_is_no_agent_of_the_talk_sees_nothing_of_it(office: Board, visitor: Visitor) -> None:
    talk(office)
    assert "Camila Rojas" not in visitor.sign_in(Role.SUPERVISOR).get("/console/").text
