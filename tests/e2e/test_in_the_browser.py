"""The life of an urgency as people see it: two telephones and the agent's console, each a page of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from ivr import demo
from ivr.aftersales import cases, events
from ivr.aftersales.case_opening import Reported
from ivr.aftersales.life import Category, Channel, Priority, Status
from ivr.clock import MovableClock
from ivr.simulator.pace import Pace
from ivr.simulator.telephones import LiveTelephone
from ivr.store.tables import Case, Survey
from ivr.switchboard.accounts import Role
from tests.browser import PATIENCE, Demonstration, demonstration, visiting
from tests.console.browsing import password, sign_in

OWNER, AGENT = demo.CAMILA, demo.staff()[0].number
#: How much faster than a real call: speech takes its time, and a key must still come within the five seconds.
FAST = Pace(4)

expect.set_options(timeout=PATIENCE)


@pytest.fixture
def line(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[Demonstration]:
    """Tuesday at ten, with passwords for the console."""
    with demonstration(sqlite_url, tmp_path, clock) as opened:
        demo.give_access(opened.store, {role: password(role) for role in Role})
        for number in (OWNER, AGENT):
            opened.carrier.connect(LiveTelephone(number, FAST))
        yield opened


@pytest.fixture
def visitor(browser: Browser, line: Demonstration) -> Iterator[BrowserContext]:
    with visiting(browser, line.url) as opened:
        yield opened


def telephone(visitor: BrowserContext, number: str) -> Page:
    """A page whose first telephone is that number's."""
    page = visitor.new_page()
    page.goto("/phone")
    if number != OWNER:
        page.locator("#phone-2 [data-part=holder]").select_option("anonymous")
        page.locator("#phone-1 [data-part=holder]").select_option(number)
    expect(page.locator("#phone-1 [data-part=call]")).to_be_enabled()
    return page


def answer(page: Page, *steps: tuple[str, str]) -> None:
    """Hear each of these words, and press a key after them."""
    for words, key in steps:
        expect(page.locator("#phone-1 .heard").last).to_contain_text(words)
        page.locator(f'#phone-1 [data-key="{key}"]').click()


def the_case(line: Demonstration) -> Case:
    with line.store.reading() as session:
        return session.scalars(select(Case)).one()


def test_an_owners_urgency_rings_an_agent_whose_console_says_who_it_is(
    visitor: BrowserContext, line: Demonstration
) -> None:
    owner, agent = telephone(visitor, OWNER), telephone(visitor, AGENT)
    console = sign_in(visitor.new_page())
    expect(console.get_by_role("heading", name="Sin llamadas")).to_be_visible()

    owner.locator("#phone-1 [data-part=call]").click()
    answer(owner, ("Le damos la bienvenida", "1"), ("Para una filtración", "1"), ("doce cero cuatro", "1"))
    expect(agent.locator("#phone-1")).to_have_attribute("data-state", "ringing")
    expect(console.get_by_role("heading", name="Camila Rojas Fuentes")).to_be_visible()
    expect(console.get_by_text("Urgente: Filtración de agua potable")).to_be_visible()
    expect(console.get_by_text("Los Aromos, 1204")).to_be_visible()

    agent.locator("#phone-1 [data-part=call]").click()
    answer(agent, ("Urgencia: fuga de agua", "1"))
    expect(owner.locator("#phone-1 [data-part=status]")).to_have_text("En conversación con Marcela Soto")
    expect(console.get_by_role("button", name="Retener")).to_be_visible()
    assert the_case(line).status == Status.ATTENDING

    owner.locator("#phone-1 [data-part=hang-up]").click()
    expect(console.get_by_role("heading", name="Cerrando gestión")).to_be_visible()
    expect(agent.locator("#phone-1")).to_have_attribute("data-state", "idle")


def test_when_the_works_are_done_the_line_calls_and_the_owners_keys_close_the_case(
    visitor: BrowserContext, line: Demonstration, clock: MovableClock
) -> None:
    with line.store.transaction() as session:
        case = cases.create_from_outside(
            session,
            project="101",
            apartment="1204",
            channel=Channel.WEB,
            priority=Priority.URGENT,
            contacts=(OWNER,),
            requirements=(Reported(Category.PLUMBING),),
            by=events.API,
            now=clock.now(),
            own=(),
        )
        cases.acknowledge(session, case, "Marcela Soto", now=clock.now())
        number = case.number
    owner = telephone(visitor, OWNER)
    owner.get_by_role("button", name="Terminar los trabajos").click()
    expect(owner.locator("[data-part=machine-said]")).to_contain_text(f"solicitud {number}")
    texts = owner.locator("#phone-1 .bubble.text")
    expect(texts.last).to_contain_text("dentro de poco")
    owner.get_by_role("button", name="Mañana siguiente").click()

    expect(owner.locator("#phone-1")).to_have_attribute("data-state", "ringing")
    owner.locator("#phone-1 [data-part=call]").click()
    answer(owner, ("marque uno", "1"), ("en orden", "1"), ("de uno a cinco", "5"))
    expect(owner.locator("#phone-1 .heard").last).to_contain_text("Para dejar un comentario")
    expect(texts.last).to_contain_text("cerramos")
    with line.store.reading() as session:
        survey = session.scalars(select(Survey)).one()
    assert (the_case(line).status, survey.score) == (Status.CLOSED, 5)
