"""Cases at the console: found, read, opened and moved on, by one agent or by two at once."""

import re
from datetime import timedelta
from html import unescape

import pytest
from playwright.sync_api import Page, expect

from ivr.aftersales import cases, tasks, visits
from ivr.aftersales.cases import Reported
from ivr.aftersales.life import Status
from ivr.aftersales.tasks import TaskKind
from ivr.store.tables import AuditEntry, Case, Task, Wait
from ivr.switchboard import queue
from ivr.switchboard.accounts import Role
from tests.board import Board
from tests.console.browsing import Visitor, hidden, sign_in
from tests.console.case_files import (
    CAMILA,
    MARKUP,
    open_case,
    the_case,
    urgent,
    whole_life,
)

LIST = "/console/solicitudes/"
NEW = f"{LIST}nueva"
GIVEN = {
    "channel": "email",
    "priority": "standard",
    "urgent_kind": "",
    "project": "101",
    "apartment": "1204",
    "contacts": "9 8765 4321\n+56 32 234 5678",
    "requirements-0-category": "damp",
    "requirements-0-description": "Mancha",
}


@pytest.fixture
def agent(visitor: Visitor) -> Visitor:
    return visitor.sign_in()


def page_of(number: str, form: str = "") -> str:
    return f"{LIST}{number}/{form}" if form else f"{LIST}{number}"


def listed(answer_text: str) -> list[str]:
    return re.findall(r'case-number" href="/console/solicitudes/(\d+)"', answer_text)


def follow_ups(office: Board) -> list[str]:
    return [task.kind for task in office.rows(Task)]


def test_the_list_shows_what_has_not_ended_and_finds_what_is_meant(office: Board, agent: Visitor) -> None:
    visit = open_case(office)
    gas = urgent(office, apartment="Casa 7", channel="web")
    other = open_case(office, project="102", apartment="101", contacts=["+56987654321"])
    over = open_case(office)
    with office.store.transaction() as session:
        case = cases.get(session, over, locked=True)
        cases.cancel(session, case, by="Ana", reason="repetida", now=office.clock.now())
        late = cases.get(session, visit)
        tasks.open_task(session, TaskKind.VISIT_LATE, now=office.clock.now(), case=late)

    expected = {
        "": [other, gas, visit],
        "estado=todas": [over, other, gas, visit],
        "estado=cancelled": [over],
        "prioridad=urgent": [gas],
        "canal=web": [gas],
        "proyecto=102": [other],
        "atrasadas=y": [visit],
        f"q={over}": [over],
        "q=9+8765+4321": [other],
        "q=nielol": [other],
        "q=espinoza": [gas],
        "q=camila&estado=vigentes": [visit],
        "q=nobody+of+that+name": [],
        "estado=no+such": [over, other, gas, visit],
    }
    assert {query: listed(agent.get(f"{LIST}?{query}").text) for query in expected} == expected
    assert "Atrasada" in agent.get(LIST).text


def test_a_long_list_leads_on_and_keeps_its_filters(office: Board, agent: Visitor) -> None:
    open_case(office)
    with office.store.transaction() as session:
        for count in range(60):
            fresh = {"status": Status.OPEN, "priority": "standard", "channel": "web"}
            session.add(Case(number=f"{8_000_000 + count}", created_at=office.clock.now(), **fresh))
    first = agent.get(f"{LIST}?canal=web").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = agent.get(unescape(following[1])).text
    assert listed(first) + listed(second) == [str(8_000_059 - count) for count in range(60)]
    assert agent.get(f"{LIST}?cursor=nonsense").status_code == 400


def test_a_case_is_told_in_words_with_its_trace_and_nothing_of_it_is_markup(
    office: Board, agent: Visitor
) -> None:
    number = whole_life(office)
    text = agent.get(page_of(number)).text
    for said in (
        "Se abrió la solicitud",
        "jueves 26 de noviembre, 09:00",
        "Con garantía: Humedad y filtraciones",
        "Sin garantía: Puertas y cerraduras",
        "Los recibió Camila Rojas.",
        "pide terminar o rehacer los trabajos",
        "No conforme · nota 3 de 5",
        "Gasfitería, marque dos.",
        "<kbd>2</kbd>",
        "Trabajos atrasados",
        "/console/grabaciones/1",
    ):
        assert said in text, said
    assert MARKUP not in text
    assert text.count("&lt;script&gt;") >= 4
    assert "{'" not in text
    assert "&#34;" not in text


def test_who_was_forgotten_still_has_a_page(office: Board, agent: Visitor) -> None:
    number = whole_life(office)
    with office.store.transaction() as session:
        for event in cases.get(session, number).events:
            event.detail = {}
    assert agent.get(page_of(number)).status_code == 200


def test_every_deed_that_a_page_offers_leads_to_a_form(office: Board, agent: Visitor) -> None:
    fresh, gas, whole = open_case(office), urgent(office), whole_life(office)
    taken, booked, over = urgent(office), open_case(office), open_case(office)
    now = office.clock.now()
    with office.store.transaction() as session:
        cases.acknowledge(session, cases.get(session, taken, locked=True), "Ana", now=now)
        case = cases.get(session, booked, locked=True)
        visits.book(session, case, visits.offers(session, case, now=now)[0].key, now=now, by="owner")
        cases.cancel(session, cases.get(session, over, locked=True), by="Ana", reason="repetida", now=now)
    for days in (0, 6):
        office.clock.forward(timedelta(days=days))
        agent.sign_in()
        for number in (fresh, gas, whole, taken, booked, over):
            deeds = re.search(
                r'<section class="next.*?</section>', agent.get(page_of(number)).text, re.DOTALL
            )
            assert deeds is not None
            links = re.findall(r'href="([^"]+)"', deeds[0])
            assert {link: agent.get(link).status_code for link in links} == dict.fromkeys(links, 200)
            assert links, number


def test_an_urgency_is_taken_once_and_the_second_agent_is_told_by_whom(office: Board, agent: Visitor) -> None:
    number = urgent(office)
    with office.store.transaction() as session:
        queue.start_rounds(session, cases.get(session, number, locked=True), now=office.clock.now())
    form = page_of(number, "tomar")
    assert "Se detienen las rondas" in agent.get(form).text
    second = Visitor(office.line.app).sign_in(Role.SUPERVISOR)
    seen_by_second = hidden(second.get(form).text)
    assert agent.send(form).status_code == 303
    assert the_case(office, number).acknowledged_by == "Marcela Soto"
    assert office.rows(Wait)[-1].state == "served"
    told = second.post(form, **seen_by_second)
    assert told.status_code == 409
    assert "Alguien lo cambió mientras usted escribía" in told.text
    assert "Marcela Soto" in told.text
    again = second.post(form, **hidden(told.text))
    assert again.status_code == 409
    assert the_case(office, number).acknowledged_by == "Marcela Soto"
    assert [entry.action for entry in office.rows(AuditEntry)] == ["acknowledge"]


def test_cancelling_says_first_what_the_owner_will_read(office: Board, agent: Visitor) -> None:
    number = open_case(office)
    form = page_of(number, "anular")
    assert f"su solicitud {number} fue anulada" in agent.get(form).text
    assert agent.send(form, reason="  ").status_code == 422
    assert agent.send(form, reason="x" * 501).status_code == 422
    assert the_case(office, number).status == Status.OPEN
    assert agent.send(form, reason="La pidió dos veces").status_code == 303
    assert the_case(office, number).status == Status.CANCELLED
    assert "La pidió dos veces" in agent.get(page_of(number)).text
    assert agent.send(form, reason="otra vez").status_code == 409


def test_nobody_is_promised_a_text_that_cannot_go(office: Board, agent: Visitor) -> None:
    number = open_case(office, contacts=["+56322345678"])
    assert "No se enviará ningún mensaje" in agent.get(page_of(number, "anular")).text


def test_contacts_are_taken_in_any_writing_or_refused(office: Board, agent: Visitor) -> None:
    number = open_case(office)
    form = page_of(number, "contactos")
    for wrong in ("no es un número", "600 123 4567", "800 422 727", "+1 202 555 0123", ""):
        answer = agent.send(form, contacts=wrong)
        assert (wrong, answer.status_code) == (wrong, 422)
        assert wrong in answer.text
        assert "aria-invalid" in answer.text
    assert [each.phone for each in the_case(office, number).contacts] == [CAMILA]
    written = "9 8765 4321\n(32) 234 5678\n+56 9 8765 4321"
    assert agent.send(form, contacts=written).status_code == 303
    assert [each.phone for each in the_case(office, number).contacts] == ["+56987654321", "+56322345678"]


def test_the_home_is_corrected_and_verified(office: Board, agent: Visitor) -> None:
    number = open_case(office, apartment="999")
    assert "Sin verificar" in agent.get(page_of(number)).text
    form = page_of(number, "vivienda")
    assert agent.send(form, project="101", apartment="").status_code == 422
    assert agent.send(form, project="nope", apartment="1").status_code == 422
    assert agent.send(form, project="101", apartment="999", verified="y").status_code == 303
    assert the_case(office, number).home.verified
    assert agent.send(form, project="102", apartment="101").status_code == 303
    assert the_case(office, number).project.code == "102"
    with office.store.transaction() as session:
        case, now = cases.get(session, number, locked=True), office.clock.now()
        visits.book(session, case, visits.offers(session, case, now=now)[0].key, now=now, by="owner")
    assert agent.send(form, project="101", apartment="1204").status_code == 409
    assert the_case(office, number).project.code == "102"


def test_requirements_are_added_until_there_are_nine(office: Board, agent: Visitor) -> None:
    number = open_case(office, requirements=[Reported("damp")] * 8)
    form = page_of(number, "requerimiento")
    assert agent.send(form, category="", description="x").status_code == 422
    assert agent.send(form, category="gas").status_code == 422
    assert agent.send(form, category="doors", description=MARKUP).status_code == 303
    assert the_case(office, number).requirements[-1].description == MARKUP
    assert agent.send(form, category="doors").status_code == 409


def test_a_remark_is_kept_also_after_the_end(office: Board, agent: Visitor) -> None:
    number, to = whole_life(office), "comentario"
    assert agent.send(page_of(number), page_of(number, to), text=" ").status_code == 422
    assert agent.send(page_of(number), page_of(number, to), text="Llamar en la tarde").status_code == 303
    assert "Llamar en la tarde" in agent.get(page_of(number)).text


def test_a_request_by_mail_makes_the_task_to_ring_the_owner(office: Board, agent: Visitor) -> None:
    answer = agent.send(NEW, **GIVEN)
    assert answer.status_code == 303
    case = the_case(office, office.case.number)
    assert answer.headers["Location"] == page_of(case.number)
    assert (case.channel, case.priority, case.home.number) == ("email", "standard", "1204")
    assert [each.phone for each in case.contacts] == ["+56987654321", "+56322345678"]
    assert [(each.category, each.description) for each in case.requirements] == [("damp", "Mancha")]
    assert follow_ups(office) == [TaskKind.RING_OWNER]
    assert case.events[0].by == "Marcela Soto"


def test_an_urgent_request_begins_the_rounds(office: Board, agent: Visitor) -> None:
    urgent_one = {"priority": "urgent", "urgent_kind": "gas", "contacts": "", "requirements-0-category": ""}
    given = GIVEN | urgent_one | {"requirements-0-description": "", "channel": "web"}
    assert agent.send(NEW, **given).status_code == 303
    assert office.case.urgent_kind == "gas"
    assert [each.phone for each in the_case(office, office.case.number).contacts] == [CAMILA]
    office.work()
    assert office.rings().request.to == "+56990010001"


WRONG: tuple[dict[str, str], ...] = (
    {"channel": ""},
    {"channel": "fax"},
    {"priority": "soon"},
    {"project": ""},
    {"apartment": ""},
    {"apartment": "x" * 41},
    {"contacts": "123"},
    {"urgent_kind": "gas"},
    {"requirements-0-category": "", "requirements-0-description": ""},
    {"requirements-0-category": ""},
    {"requirements-0-description": "x" * 4001},
)


def test_what_is_wrong_in_a_new_request_is_told_and_nothing_is_opened(office: Board, agent: Visitor) -> None:
    for wrong in WRONG:
        answer = agent.send(NEW, **GIVEN | wrong)
        assert (wrong, answer.status_code) == (wrong, 422)
        assert 'class="fault"' in answer.text or "notice-danger" in answer.text
    assert office.rows(Case) == []


def test_one_more_requirement_is_asked_for_without_losing_what_was_written(
    office: Board, agent: Visitor
) -> None:
    answer = agent.send(NEW, **GIVEN, one_more="1")
    assert answer.status_code == 200
    assert office.rows(Case) == []
    assert "Mancha" in answer.text
    assert 'name="requirements-1-category"' in answer.text


def test_only_what_has_ended_is_followed(office: Board, agent: Visitor) -> None:
    number = open_case(office)
    reported = {"channel": "web", "requirements-0-category": "doors", "requirements-0-description": ""}
    form = page_of(number, "seguir")
    assert agent.send(form, **reported).status_code == 409
    with office.store.transaction() as session:
        case = cases.get(session, number, locked=True)
        cases.cancel(session, case, by="Ana", reason="repetida", now=office.clock.now())
    assert agent.send(form, **reported | {"requirements-0-category": ""}).status_code == 422
    assert agent.send(form, **reported).status_code == 303
    fresh = the_case(office, office.case.number)
    assert fresh.follows_id == the_case(office, number).id
    assert [each.category for each in fresh.requirements] == ["doors"]
    assert fresh.number in agent.get(page_of(number)).text


def test_the_owner_is_rung_through_the_agents_telephone(office: Board, agent: Visitor) -> None:
    number = open_case(office)
    to = page_of(number, "llamar")
    assert agent.send(page_of(number), to).status_code == 303
    office.work()
    rung = office.rings()
    assert rung.request.to == "+56990010001"
    rung.answer().press("1")
    office.work()
    assert office.rings().request.to == CAMILA
    agent.send(page_of(number), to)
    assert "Su teléfono está sonando" in agent.get(page_of(number)).text
    agent.send(page_of(number), to, phone="+56999999999")
    assert len(office.rows(Wait)) == 1


def test_what_there_is_not_is_not_found(agent: Visitor) -> None:
    forms = ("", "tomar", "anular", "contactos", "vivienda", "requerimiento", "seguir")
    assert {agent.get(page_of("0000000", form)).status_code for form in forms} == {404}


def test_two_agents_in_two_browsers_and_a_new_case(office: Board, page: Page) -> None:
    gas = urgent(office)
    sign_in(page)
    page.goto(page_of(gas, "contactos"))
    page.get_by_label("Teléfonos").fill("9 8888 7777")
    other = Visitor(office.line.app).sign_in(Role.SUPERVISOR)
    assert other.send(page_of(gas, "contactos"), contacts="9 8765 4321").status_code == 303
    page.get_by_role("button", name="Guardar contactos").click()
    expect(page.get_by_role("alert")).to_contain_text("+56987654321")
    expect(page.get_by_label("Teléfonos")).to_have_value("9 8888 7777")
    assert [each.phone for each in the_case(office, gas).contacts] == ["+56987654321"]
    page.get_by_role("button", name="Guardar contactos").click()
    expect(page.get_by_text("Contactos guardados.")).to_be_visible()
    assert [each.phone for each in the_case(office, gas).contacts] == ["+56988887777"]

    page.goto(NEW)
    page.get_by_label("Correo").check()
    page.get_by_label("Proyecto").select_option("101")
    page.get_by_label("Departamento o casa").fill("1204")
    page.get_by_role("group", name="Requerimiento 1").get_by_label("Qué es").select_option("damp")
    page.get_by_role("button", name="Agregar otro requerimiento").click()
    page.get_by_role("group", name="Requerimiento 2").get_by_label("Descripción").fill(MARKUP)
    page.get_by_role("button", name="Abrir la solicitud").click()
    expect(page.get_by_text("Elija qué es.")).to_be_visible()
    page.get_by_role("group", name="Requerimiento 2").get_by_label("Qué es").select_option("doors")
    page.get_by_role("button", name="Abrir la solicitud").click()
    expect(page.get_by_text(MARKUP)).to_be_visible()
