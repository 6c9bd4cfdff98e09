"""The map of calls: kept once it is drawn, shown with the counts of a period, searched in a browser."""

import os
import re
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ivr.console.flow_map.pages import CONVERSATIONS
from ivr.flows import chart, keeping
from ivr.flows.chart import HANG_UP, HUNG_UP, WRONG, Edge, FlowMap, Kind, Node
from ivr.flows.keeping import GIVEN_UP_AFTER
from ivr.switchboard.accounts import Role
from tests.board import Board
from tests.console.browsing import Visitor, faults, is_too_wide, sign_in

MAP = "/console/mapa/"
#: The fixture `drawings` puts another in its place.
BEGIN = keeping.begin


def small_map() -> FlowMap:
    """The first questions of the line, as its trace names them."""
    drawn = FlowMap(steps={"inbound.main_menu", "identify.project"})
    drawn.add(Node("inbound.main_menu", Kind.MENU, "Para una emergencia, marque uno."))
    drawn.add(Node("urgent.kind", Kind.MENU, "¿Es una filtración de agua potable?"))
    drawn.add(Node("identify.project", Kind.ENTRY, "Marque el código de su proyecto & gato."))
    drawn.add(Node("waiting.person", Kind.QUEUE, "Lo comunicamos."))
    drawn.add(Node(HUNG_UP, Kind.END))
    for source, key, target in (
        ("inbound.main_menu", "1", "urgent.kind"),
        ("inbound.main_menu", "2", "identify.project"),
        ("inbound.main_menu", WRONG, "inbound.main_menu"),
        ("inbound.main_menu", HANG_UP, HUNG_UP),
        ("urgent.kind", "0", "waiting.person"),
        ("urgent.kind", HANG_UP, HUNG_UP),
        ("identify.project", "*", "inbound.main_menu"),
        ("identify.project", HANG_UP, HUNG_UP),
    ):
        drawn.connect(Edge(source, key, target, ("a.step",)))
    return drawn


def keep(office: Board) -> None:
    """As if it had been drawn."""
    folder = Path(office.line.settings.audio_folder).parent
    folder.mkdir(parents=True, exist_ok=True)
    keeping.keep(folder, small_map())


def called(office: Board) -> None:
    """Three calls: a wrong key first, one hung up at the menu, one at the project."""
    office.line.dial("+56955550001").press("8", "2").hang_up()
    office.line.dial("+56955550002").hang_up()
    office.line.dial("+56955550003").press("2").hang_up()


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_until_the_map_is_drawn_the_page_says_so_and_has_it_drawn(
    office: Board, visitor: Visitor, drawings: list[Path]
) -> None:
    page = visitor.sign_in(Role.SUPERVISOR).get(MAP)
    assert page.status_code == 200
    assert "El mapa se está dibujando." in page.text
    assert 'data-again="5"' in page.text
    assert drawings == [Path(office.line.settings.audio_folder).parent]


def test_a_map_without_callers_shows_all_ways_and_no_figures(
    office: Board, visitor: Visitor, drawings: list[Path]
) -> None:
    keep(office)
    page = visitor.sign_in(Role.SUPERVISOR).get(MAP).text
    assert "Nadie ha llamado en este período." in page
    assert "8 caminos" in page
    assert page.count("<svg") == 4
    assert drawings == []


def test_the_page_counts_who_came_who_hung_up_and_who_pressed_wrong_keys(
    office: Board, visitor: Visitor
) -> None:
    keep(office)
    called(office)
    page = visitor.sign_in(Role.SUPERVISOR).get(MAP).text
    assert "cuelga (1)" in page
    assert "cuelga (2)" in page
    assert "? → otra vez (1)" in page
    assert "2 → identify.project (2)" in page
    rows = [plain(row) for row in re.findall(r"<tr data-place>.*?</tr>", page, re.DOTALL)]
    assert rows == [
        "Marque el código de su proyecto &amp; gato. identify.project 2 2 0 0",
        "Para una emergencia, marque uno. inbound.main_menu 4 1 1 0",
    ]


def test_only_calls_of_the_period_are_counted(office: Board, visitor: Visitor) -> None:
    keep(office)
    called(office)
    office.clock.forward(timedelta(days=40))
    visitor.sign_in(Role.SUPERVISOR)
    for period, counted in (("hoy", False), ("semana", False), ("30", False), ("90", True), ("nada", False)):
        assert ("cuelga (2)" in visitor.get(f"{MAP}?periodo={period}").text) is counted, period


def test_a_map_that_is_kept_is_read_as_it_was_drawn(tmp_path: Path) -> None:
    drawn = small_map()
    keeping.keep(tmp_path, drawn)
    read = keeping.load(tmp_path)
    assert read == drawn
    assert read is not None
    assert [edge.through for edge in read.edges] == [("a.step",)] * len(drawn.edges)


def test_a_map_of_other_code_is_not_this_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keeping.keep(tmp_path, small_map())
    monkeypatch.setattr(keeping, "version", lambda: "another")
    assert keeping.load(tmp_path) is None


def test_however_many_ask_it_is_drawn_once_and_begun_again_where_it_was_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []
    over = threading.Semaphore(0)

    def run(command: list[str], **_: Any) -> None:
        ran.append(command)
        over.release()

    monkeypatch.setattr(subprocess, "run", run)
    folder = tmp_path / "var"
    BEGIN(folder)
    BEGIN(folder)
    assert over.acquire(timeout=5)
    assert ran == [[sys.executable, "-m", "ivr.flows", str(folder)]]
    (sign,) = folder.glob("map-*.drawing")
    long_ago = sign.stat().st_mtime - GIVEN_UP_AFTER - 1
    os.utime(sign, (long_ago, long_ago))
    BEGIN(folder)
    assert over.acquire(timeout=5)
    assert len(ran) == 2


def test_whoever_draws_keeps_the_map_and_takes_the_sign_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "map_of_calls", small_map)
    (tmp_path / f"map-{keeping.version()}.drawing").touch()
    keeping.draw(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [f"map-{keeping.version()}.json"]


def test_every_conversation_has_a_name_that_people_understand() -> None:
    folder = Path(chart.__file__).parents[2] / "callflows"
    asking = {path.stem for path in folder.glob("*.py") if "@step" in path.read_text(encoding="utf-8")}
    assert asking - set(CONVERSATIONS) == set()


def test_steps_are_found_by_what_is_said_and_all_is_readable_on_any_screen(office: Board, page: Page) -> None:
    keep(office)
    called(office)
    sign_in(page, Role.SUPERVISOR).goto(MAP)
    page.get_by_label("Buscar un paso").fill("filtracion AGUA")
    expect(page.get_by_text("1 paso calza")).to_be_visible()
    expect(page.locator("svg .place.hit")).to_have_count(1)
    expect(page.locator(".flow:visible")).to_have_count(1)
    page.get_by_label("Buscar un paso").fill("")
    expect(page.locator(".flow:visible")).to_have_count(4)
    assert not is_too_wide(page, 1280)
    assert faults(page) == []
    assert not is_too_wide(page)
    assert faults(page) == []
