"""Every page of the console, with something on it: for everybody's eyes, and on any screen."""

import re
from dataclasses import dataclass

from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from ivr.console import access
from ivr.console.routes import OPEN
from ivr.store.tables import Home
from ivr.switchboard.accounts import Role
from tests.board import Board
from tests.console.agenda_scene import book_visit, book_works, inspected, open_case
from tests.console.browsing import faults, is_too_wide, sign_in
from tests.console.case_files import urgent, voicemail, whole_life
from tests.console.test_map import keep

_GIVEN = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass
class Town:
    """What is shown: each word of an address that stands for something, by the page where it matters."""

    usual: dict[str, str]
    special: dict[str, dict[str, str]]

    def address(self, endpoint: str, rule: str) -> str:
        """A page of that rule, about something that exists."""
        words = self.usual | self.special.get(endpoint, {})
        return _GIVEN.sub(lambda found: words[found[1]], rule)


def settle(office: Board) -> Town:
    """Cases at every turn of their life, a task, and a map."""
    keep(office)
    visited, mended = open_case(office), open_case(office, "1205")
    visit = book_visit(office, visited)
    book_visit(office, mended, 1)
    inspected(office, mended)
    book_works(office, mended)
    with office.store.reading() as session:
        home = session.scalars(select(Home.id)).first()
    return Town(
        usual={
            "number": visited.number,
            "kind": "visit",
            "appointment_id": str(visit.id),
            "task_id": str(voicemail(office)),
            "code": "101",
            "home_id": str(home),
            "agent_id": "1",
            "name": "office_hours",
        },
        special={
            "console.cases.show": {"number": whole_life(office)},
            "console.cases.acknowledge": {"number": urgent(office)},
            "console.agenda.works_done": {"number": mended.number},
        },
    )


def pages(app: Flask, town: Town) -> list[str]:
    """The address of every page that is got: of no data, and of nothing that leads elsewhere."""
    return [
        town.address(rule.endpoint, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("console") and "GET" in (rule.methods or ())
        if rule.endpoint not in {*OPEN, "console.unknown"}
        if not access.is_data(app.view_functions[rule.endpoint]) and not rule.endpoint.endswith(".live")
    ]


def test_every_page_can_be_read_by_everybody_and_fits_any_screen(office: Board, page: Page) -> None:
    town = settle(office)
    sign_in(page, Role.ADMINISTRATOR)
    shown = [*pages(office.line.app, town), "/console/solicitudes/?estado=todas"]
    assert len(shown) > 35
    wrong = []
    for path in shown:
        page.set_viewport_size({"width": 1280, "height": 800})
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        for closed in page.locator("main summary:visible").all():
            closed.click()
        wrong += [f"{path}: {fault}" for fault in faults(page)]
        wrong += [f"{path} is too wide"] * is_too_wide(page)
    assert wrong == []
