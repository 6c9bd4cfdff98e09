"""The telephones in the browser: dialled, rung, heard, seen and used by everybody."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
import soundfile
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select

from audio import phrases
from audio.engines import voice_of
from audio.render import render
from ivr import demo
from ivr.app import create_app, open_line
from ivr.clock import MovableClock
from ivr.server import Server
from ivr.simulator.pace import Pace
from ivr.simulator.telephones import LiveTelephone
from ivr.store.tables import Appointment, Case
from tests.audio.fakes import ToneVoice
from tests.browser import PATIENCE, Demonstration, demonstration, visiting
from tests.line import settings
from tests.worker.waiting import eventually

LINE, MOBILE = "+56800422727", "+56988894612"
OWNER, STRANGER = demo.CAMILA, "+56955501234"
AGENT = demo.staff()[0].number
#: How much faster than a real call: speech takes its time, and a key must still come within the five seconds.
FAST = Pace(2.5)

expect.set_options(timeout=PATIENCE)


@pytest.fixture
def line(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[Demonstration]:
    """Tuesday at ten; the welcome and the main menu have files, the rest is the carrier's voice."""
    said = [piece.utterance for phrase in (phrases.WELCOME, phrases.MAIN_MENU) for piece in phrase.pieces]
    render(said, tmp_path / "audio", ToneVoice(voice_of().identity), processes=1)
    with demonstration(sqlite_url, tmp_path, clock, voice="files") as opened:
        yield opened


@pytest.fixture
def visit(browser: Browser, line: Demonstration) -> Iterator[Callable[..., Page]]:
    """Open the page of the two telephones: ``visit(width, height)``."""
    with visiting(browser, line.url) as visitor:

        def visit(width: int = 1400, height: int = 900) -> Page:
            page = visitor.new_page()
            page.set_viewport_size({"width": width, "height": height})
            page.goto("/phone")
            for place in (1, 2):
                expect(part(page, place, "status")).to_have_text("Listo para llamar")
            return page

        yield visit


def part(page: Page, place: int, name: str) -> Locator:
    """A part of the first or the second telephone."""
    return page.locator(f"#phone-{place} [data-part={name}]")


def hears(page: Page, place: int, words: str) -> None:
    """Wait until the last that was heard there contains these words."""
    expect(part(page, place, "log").locator(".heard").last).to_contain_text(words)


def click_keys(page: Page, place: int, keys: str) -> None:
    for key in keys:
        page.locator(f'#phone-{place} [data-key="{key}"]').click()


def in_state(page: Page, place: int, state: str) -> None:
    expect(page.locator(f"#phone-{place}")).to_have_attribute("data-state", state)


def test_a_stranger_books_a_visit_by_clicking_keys(visit: Callable[..., Page], line: Demonstration) -> None:
    """The problem is told into the microphone; the confirmation comes as a text."""
    line.carrier.connect(LiveTelephone(STRANGER, FAST))
    page = visit()
    part(page, 1, "holder").select_option(STRANGER)
    expect(part(page, 1, "own")).to_have_text("+56 9 5550 1234")
    expect(part(page, 2, "holder").locator(f'option[value="{STRANGER}"]')).to_be_disabled()
    expect(part(page, 1, "call")).to_be_enabled()
    part(page, 1, "call").click()
    for words, keys in (
        ("Le damos la bienvenida", "2"),
        ("Marque el código de su proyecto", "101#"),
        ("Los Aromos. Si es correcto", "1"),
        ("Marque el número de su departamento", "1204#"),
        ("Propiedad doce cero cuatro", "1"),
        ("Por humedad", "4"),
    ):
        hears(page, 1, words)
        click_keys(page, 1, keys)
    expect(part(page, 1, "status")).to_contain_text("Grabando")
    part(page, 1, "microphone").click()
    expect(part(page, 1, "log").locator(".voice")).to_contain_text("Su voz")
    part(page, 1, "microphone").click()
    click_keys(page, 1, "#")
    for words, keys in (
        ("Su descripción quedó grabada", "1"),
        ("Para agregar otro problema", "2"),
        ("Le contactaremos al", "1"),
        ("Para seguir con ese número", "1"),
        ("las horas para su visita", "1"),
        ("Para reservarla, marque uno", "1"),
    ):
        hears(page, 1, words)
        click_keys(page, 1, keys)
    expect(part(page, 1, "log").locator(".bubble.text")).to_contain_text("su visita de inspeccion queda para")
    with line.store.reading() as session:
        assert session.scalar(select(Appointment.status)) == "booked"
    eventually(lambda: not line.carrier.exchange.recordings)  # fetched, and deleted at the carrier
    (recording,) = (path for path in Path(line.line.settings.storage).rglob("*") if path.is_file())
    sound, rate = soundfile.read(recording)
    assert (rate, sound.ndim) == (8000, 1)
    assert abs(sound).max() > 0.01  # what the microphone heard, and neither silence nor the sample's hum
    assert len(set(sound)) > 100


def test_an_urgency_is_taken_on_the_agents_telephone_by_keyboard_alone(
    visit: Callable[..., Page], line: Demonstration
) -> None:
    """Enter calls and answers, digits press, Escape hangs up: no other key is needed."""
    for number in (OWNER, AGENT):
        line.carrier.connect(LiveTelephone(number, FAST))
    page = visit()
    page.keyboard.press("Enter")
    hears(page, 1, "Le damos la bienvenida")
    page.keyboard.press("1")
    hears(page, 1, "Para una filtración")
    page.keyboard.press("1")
    hears(page, 1, "doce cero cuatro")
    page.keyboard.press("1")
    in_state(page, 2, "ringing")
    expect(page).to_have_title(re.compile("Suena"))
    page.keyboard.press("Enter")
    hears(page, 2, "Urgencia: fuga de agua")
    page.keyboard.press("1")
    expect(part(page, 1, "status")).to_have_text("En conversación con Marcela Soto")
    expect(part(page, 2, "status")).to_have_text("En conversación con Camila Rojas")

    part(page, 2, "words").fill("¿Cerró la llave de paso?")
    part(page, 2, "words").press("Enter")
    hears(page, 1, "¿Cerró la llave de paso?")
    assert violations(page) == []

    page.locator("#phone-1").focus()
    page.keyboard.press("Escape")
    in_state(page, 1, "idle")
    in_state(page, 2, "idle")
    with line.store.reading() as session:
        assert session.scalar(select(Case.status)) == "attending"


def test_the_lines_own_file_sounds_until_a_key_cuts_it_short(
    visit: Callable[..., Page], line: Demonstration
) -> None:
    page = visit()
    sound = part(page, 1, "audio")
    part(page, 1, "call").click()
    expect(page.locator("#phone-1 .sounding")).to_contain_text("Le damos la bienvenida")
    source = sound.evaluate("audio => audio.currentSrc")
    assert re.fullmatch(line.url + r"/audio/[0-9a-f]{16}\.wav", source)
    began = sound.evaluate("audio => audio.currentTime")
    later = sound.evaluate(
        """audio => new Promise((told) => audio.addEventListener(
            'timeupdate', () => told([audio.currentTime, audio.paused, audio.error])))"""
    )
    assert later == [pytest.approx(later[0]), False, None]
    assert later[0] > began

    part(page, 1, "mute").click()
    assert sound.evaluate("audio => audio.muted") is True
    click_keys(page, 1, "2")
    hears(page, 1, "doce cero cuatro")
    assert sound.evaluate("audio => audio.paused") is True

    page.reload()  # the call goes on, and what was said is still there
    in_state(page, 1, "talking")
    expect(part(page, 1, "log")).to_contain_text("Le damos la bienvenida")
    part(page, 1, "hang-up").click()
    in_state(page, 1, "idle")
    expect(part(page, 1, "redial")).to_be_enabled()
    part(page, 1, "redial").click()
    in_state(page, 1, "talking")


def test_texts_numbers_and_the_clock(visit: Callable[..., Page], line: Demonstration) -> None:
    """An owner texts the line; a number is dialled by hand; somebody else takes the telephone."""
    page = visit()
    part(page, 1, "words").fill("ALTO")
    part(page, 1, "send").click()
    expect(part(page, 1, "log").locator(".text.own")).to_contain_text("ALTO")
    line.carrier.settle()
    received = [text for text in line.carrier.exchange.messages.values() if text.direction == "inbound"]
    assert [(text.from_, text.to, text.body) for text in received] == [(OWNER, MOBILE, "ALTO")]

    part(page, 1, "holder").select_option(label="Otro número…")
    part(page, 1, "other-number").fill("800 422 727")
    part(page, 1, "other-number").press("Enter")
    expect(part(page, 1, "other-wrong")).to_have_text("Ese es un número de la línea.")
    part(page, 1, "other-number").fill("9 3333 4444")
    part(page, 1, "other-number").press("Enter")
    expect(part(page, 1, "own")).to_have_text("+56 9 3333 4444")
    expect(part(page, 1, "call")).to_be_enabled()
    click_keys(page, 1, "229990000")
    expect(part(page, 1, "typed")).to_have_text("229990000")
    part(page, 1, "call").click()
    expect(part(page, 1, "status")).to_have_text("Ese número no está en servicio")

    page.get_by_role("switch", name="Teclado").click()
    page.locator("#phone-1").focus()
    page.keyboard.press("7")
    expect(part(page, 1, "typed")).to_be_hidden()

    expect(page.locator("[data-part=machine-now]")).to_contain_text("martes, 24 de noviembre")
    page.get_by_role("button", name="Terminar los trabajos").click()
    expect(page.locator("[data-part=machine-said]")).to_have_class(re.compile("wrong"))
    expect(page.locator("[data-part=machine-said]")).to_contain_text(re.compile(r"\w+ .*\."))


def test_it_fits_a_narrow_screen(visit: Callable[..., Page]) -> None:
    page = visit(360, 740)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    expect(page.locator("#phone-2")).to_be_hidden()
    page.get_by_role("button", name="Marcela Soto").click()
    expect(page.locator("#phone-1")).to_be_hidden()
    for name in ("holder", "status", "words", "line", "call", "hang-up"):
        box = part(page, 2, name).bounding_box()
        assert box is not None, name
        assert box["x"] >= 0, name
        assert box["x"] + box["width"] <= 360, name
        assert box["y"] + box["height"] <= 740, name


def test_it_rings_on_a_narrow_screen_and_is_refused(visit: Callable[..., Page], line: Demonstration) -> None:
    """What the other telephone does is seen on its tab."""
    page = visit(360, 740)
    page.get_by_role("button", name="Marcela Soto").click()
    chosen = line.line.settings
    requests.post(
        f"{line.url}/carrier/2010-04-01/Accounts/{chosen.account_sid}/Calls.json",
        data={"To": OWNER, "From": chosen.outbound_number, "Url": f"{line.url}/voice/fallback"},
        auth=(chosen.account_sid, chosen.auth_token.get_secret_value()),
        timeout=10,
    ).raise_for_status()
    tab = page.get_by_role("button", name="Camila Rojas")
    expect(tab).to_have_attribute("data-state", "ringing")
    tab.click()
    expect(part(page, 1, "status")).to_have_text("Llama la línea, automática")
    assert violations(page) == []
    part(page, 1, "hang-up").click()
    expect(part(page, 1, "status")).to_have_text("Usted rechazó la llamada")


def violations(page: Page) -> list[str]:
    """What the rules for accessibility object to."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


def test_without_the_demonstration_there_is_no_telephone(sqlite_url: str) -> None:
    client = create_app(open_line(settings(sqlite_url))).test_client()
    assert client.get("/phone").status_code == 404
    assert client.get("/carrier/phone").status_code == 404
    assert client.post(f"/carrier/phone/{OWNER}/dial", json={"to": LINE}).status_code == 404


def test_pages_that_wait_take_no_thread_from_the_webhooks(sqlite_url: str) -> None:
    chosen = settings(sqlite_url)
    assert Server(chosen, lambda: Flask("line"), lambda: None, waiting=16).cfg.threads == chosen.threads + 16
