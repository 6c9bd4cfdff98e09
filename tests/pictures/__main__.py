"""Plays calls in a demonstration of its own, and takes its pages in a browser."""

import re
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from rich.console import Console

from ivr import demo
from ivr.clock import MovableClock
from ivr.flows import keeping
from ivr.simulator.carrier import SimulatedCarrier
from ivr.simulator.pace import Pace
from ivr.simulator.telephones import LiveTelephone
from ivr.store import schema
from ivr.store.session import Store
from ivr.switchboard.accounts import Role
from tests.browser import PATIENCE, Demonstration, demonstration, launched, visiting
from tests.conftest import TUESDAY_AT_TEN
from tests.console.browsing import password, sign_in
from tests.pictures import FOLDER, LARGEST, NAMES

LINE = "+56800422727"
OWNER, AGENT = demo.CAMILA, demo.staff()[0].number
#: How much faster than a real call.
FAST = Pace(5)
SIZE: ViewportSize = {"width": 1280, "height": 800}
#: The telephones shine in many shades, which makes a picture large.
PHONES_SIZE: ViewportSize = {"width": 1200, "height": 760}

#: Calls of the morning: who, and what they do at the line.
_REQUEST = '2 1 {category} ~"{words}"# 1 2 1 1 {date} 1 -'
_MORNING = (
    (OWNER, _REQUEST.format(category=1, words="Hay una mancha de humedad en el dormitorio.", date=1)),
    ("+56987412356", _REQUEST.format(category=5, words="La ventana del living no cierra.", date=1)),
    ("+56965432187", _REQUEST.format(category=4, words="La puerta de entrada roza el piso.", date=2)),
    ("+56981854321", _REQUEST.format(category=2, words="Gotea la llave del lavaplatos.", date=1)),
    ("+56992178546", _REQUEST.format(category=6, words="Se levantó el piso del pasillo.", date=1)),
    ("+56975632147", _REQUEST.format(category=1, words="Hay hongos en el clóset.", date=1)),
    ("+56955501234", "8 2 99# 101# !"),
    ("+56955501235", "2 101# 1 1205# 1 !"),
    ("+56955501236", "!"),
    ("+56955501237", "1 !"),
)


def main() -> None:
    """Take all pictures anew."""
    console = Console()
    with tempfile.TemporaryDirectory(prefix="postventa-pictures-") as made, launched() as browser:
        folder = Path(made)
        clock = MovableClock(TUESDAY_AT_TEN)
        database = f"sqlite:///{folder / 'pictures.db'}"
        store = Store(database)
        schema.upgrade(store)
        store.close()
        with console.status("Drawing the map of all calls …"):
            keeping.draw(folder)  # where the console keeps it: beside the sounds
        with demonstration(database, folder, clock) as line, console.status("Playing calls …"):
            demo.give_access(line.store, {role: password(role) for role in Role})
            play_morning(line.carrier)
            take_all(browser, line)
    for name in NAMES:
        size = (FOLDER / f"{name}.png").stat().st_size
        console.print(f"{name}.png  {size // 1000} kB")
        if size > LARGEST:
            raise SystemExit(f"{name}.png is larger than {LARGEST} bytes")


def play_morning(carrier: SimulatedCarrier) -> None:
    """The calls before the one that is shown."""
    for caller, keys in _MORNING:
        carrier.dial(caller, LINE, keys).wait(PATIENCE / 1000)


def take_all(browser: Browser, line: Demonstration) -> None:
    """The pages, by an agent and by a supervisor, before, in and after a call."""
    with visiting(browser, line.url, viewport=SIZE) as agent:
        desk = sign_in(agent.new_page())
        take_a_call(agent, line, desk)
        take_case(desk)
    with visiting(browser, line.url, viewport=SIZE) as supervisor:
        page = sign_in(supervisor.new_page(), Role.SUPERVISOR)
        page.goto("/console/agenda/?project=101")
        take(page, "agenda")
        page.goto("/console/mapa/")
        page.locator("#flow-identify").evaluate(
            "it => it.parentElement.scrollIntoView({behavior: 'instant'})"
        )
        take(page, "map")


def take_a_call(agent: BrowserContext, line: Demonstration, desk: Page) -> None:
    """An urgency, from both ends and on the agent's desk."""
    for number in (OWNER, AGENT):
        line.carrier.connect(LiveTelephone(number, FAST))
    phones = agent.new_page()
    phones.set_viewport_size(PHONES_SIZE)
    phones.goto("/phone")
    for place in (1, 2):
        expect(phones.locator(f"#phone-{place} [data-part=status]")).to_have_text("Listo para llamar")
    phones.keyboard.press("Enter")
    for words, key in (
        ("Le damos la bienvenida", "1"),
        ("Para una filtración", "1"),
        ("doce cero cuatro", "1"),
    ):
        expect(phones.locator("#phone-1 .heard").last).to_contain_text(words)
        phones.keyboard.press(key)
    expect(phones.locator("#phone-2")).to_have_attribute("data-state", "ringing")
    expect(desk.get_by_role("heading", name="Camila Rojas Fuentes")).to_be_visible()
    take(desk, "desk")
    phones.keyboard.press("Enter")
    expect(phones.locator("#phone-2 .heard").last).to_contain_text("Urgencia: fuga de agua")
    phones.keyboard.press("1")
    expect(phones.locator("#phone-1 [data-part=status]")).to_contain_text("En conversación")
    for place, words in (
        (2, "Buenos días, le habla Marcela de postventa. ¿Cortó la llave de paso?"),
        (1, "Sí, recién. Pero sigue goteando en el living."),
    ):
        phones.locator(f"#phone-{place} [data-part=words]").fill(words)
        phones.locator(f"#phone-{place} [data-part=words]").press("Enter")
        expect(phones.locator(f"#phone-{3 - place} .heard").last).to_contain_text(words)
    expect(phones.locator(".sounding")).to_have_count(0)
    for log in phones.locator("[data-part=log]").all():
        log.evaluate("log => log.scrollTo({top: log.scrollHeight, behavior: 'instant'})")
    take(phones, "phone")
    for place in (1, 2):
        phones.locator(f"#phone-{place}").focus()
        phones.keyboard.press("Escape")
        expect(phones.locator(f"#phone-{place}")).to_have_attribute("data-state", "idle")


def take_case(desk: Page) -> None:
    """The request that the owner made in the morning."""
    desk.goto("/console/solicitudes/")
    desk.get_by_role("link", name=re.compile(r"^\d{7}$")).last.click()
    take(desk, "case")


def take(page: Page, name: str) -> None:
    """The page as it is now, without a cursor that blinks."""
    page.evaluate("document.activeElement.blur()")
    page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    main()
