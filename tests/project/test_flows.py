"""The map of all calls equals the code: every step is on it and can be left; and it counts those who pass."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from rich.console import Console
from sqlalchemy import event

import ivr.app
from audio import phrases
from audio.wording import Phrase
from callflows import booking, inbound
from ivr import cli_flows
from ivr.clock import MovableClock
from ivr.dialogue import engine
from ivr.dialogue.call import Call
from ivr.dialogue.engine import step
from ivr.dialogue.turns import Goto, Menu, Step, Turn
from ivr.flows import Edge, FlowMap, counts, map_of_calls
from ivr.flows.chart import ENTRY, GIVE_UP, HANG_UP, HUNG_UP, RECORDING, SILENCE, WRONG, Kind, Node
from ivr.flows.drawing import svg
from ivr.flows.occasions import OCCASIONS
from tests.conftest import TUESDAY_AT_TEN
from tests.line import KNOWN, STRANGER, TestLine, open_test_line
from tests.making import make_home, make_project

assert ivr.app  # brings all conversations in

#: In one process: the map is drawn once.
pytestmark = pytest.mark.xdist_group("flows")


@pytest.fixture(scope="session")
def drawn() -> FlowMap:
    return map_of_calls()


def registered() -> set[str]:
    steps = {**engine.all_steps(), **engine._WAITS}
    return {name for name, found in steps.items() if found.run.__module__.startswith("callflows.")}


def test_every_step_is_reached(drawn: FlowMap) -> None:
    assert registered() - drawn.steps == set()


def test_every_place_can_be_left(drawn: FlowMap) -> None:
    assert drawn.stuck() == []


def test_every_place_is_a_step_and_every_edge_lies_between_two(drawn: FlowMap) -> None:
    assert set(drawn.nodes) - {HUNG_UP} <= registered()
    assert {name for edge in drawn.edges for name in (edge.source, edge.target)} <= set(drawn.nodes)


def test_the_keys_of_the_main_menu_lead_where_the_contract_says(drawn: FlowMap) -> None:
    leads = {(edge.key, edge.target) for edge in drawn.leaving("inbound.main_menu")}
    assert ("1", "urgent.kind") in leads
    assert ("2", "identify.home") in leads or ("2", "identify.project") in leads
    assert ("3", "existing.number") in leads
    assert ("*", "inbound.main_menu") in leads
    assert (GIVE_UP, "waiting.person") in leads
    assert (HANG_UP, HUNG_UP) in leads


def test_every_question_can_be_failed_and_hung_up(drawn: FlowMap) -> None:
    asked = [node for node in drawn.nodes.values() if node.kind in {Kind.MENU, Kind.ENTRY}]
    assert len(asked) > 30
    for node in asked:
        keys = {edge.key for edge in drawn.leaving(node.name)}
        assert keys & {SILENCE, GIVE_UP}, node.name
        assert HANG_UP in keys, node.name


@pytest.fixture
def parking() -> Iterator[None]:
    """A main menu with one key, which leads to a step that the line does not have otherwise."""

    alone: dict[str, Any] = {"failed": booking.goodbye, "operator": False, "fresh": True}

    def ask_parking(_call: Call) -> Turn:
        said = Phrase("parking", "Si tiene estacionamiento, marque uno.")
        return Menu(said, keys={"1": booking.goodbye}, **alone)

    added: Step = step(ask_parking)
    before = inbound.main_menu
    keys = {"7": added}
    small = Step(before.name, lambda _call: Menu(phrases.MAIN_MENU, keys=keys, **alone))
    engine._STEPS[before.name] = small
    yield
    engine._STEPS[before.name] = before
    del engine._STEPS[added.name]


def test_a_step_that_is_added_is_seen_in_the_map(parking: None, monkeypatch: pytest.MonkeyPatch) -> None:
    welcome = Step("inbound.welcome", lambda _call: Goto(engine.find("inbound.main_menu")))
    monkeypatch.setitem(engine._STEPS, welcome.name, welcome)
    drawn = map_of_calls(OCCASIONS[:1])
    assert drawn.nodes["test_flows.ask_parking"].says == "Si tiene estacionamiento, marque uno."
    assert Edge("inbound.main_menu", "7", "test_flows.ask_parking") in drawn.edges
    assert Edge("test_flows.ask_parking", "1", "booking.goodbye") in drawn.edges
    assert "test_flows.ask_parking" in svg(drawn)


def test_a_step_that_nothing_leads_to_is_missed(drawn: FlowMap) -> None:
    def nowhere(_call: Call) -> Turn:
        return Goto(inbound.main_menu)

    lost = step(nowhere)
    try:
        assert lost.name in engine.all_steps()
        assert lost.name not in drawn.steps
    finally:
        del engine._STEPS[lost.name]


def test_a_place_without_a_way_out_is_named() -> None:
    closed = FlowMap()
    for name in ("a.question", "a.other"):
        closed.add(Node(name, Kind.MENU))
    closed.connect(Edge("a.question", "1", "a.other"))
    closed.connect(Edge("a.other", WRONG, "a.other"))
    closed.connect(Edge("a.other", HANG_UP, HUNG_UP))
    assert closed.stuck() == ["a.other"]


@pytest.fixture(params=["sqlite", "postgresql"])
def line(request: pytest.FixtureRequest, tmp_path: Path, clock: MovableClock) -> Iterator[TestLine]:
    with open_test_line(request.getfixturevalue(f"{request.param}_url"), tmp_path, clock) as opened:
        with opened.store.transaction() as session:
            make_home(session, make_project(session), "1204")
        yield opened


def test_counts_equal_the_calls_of_a_run(drawn: FlowMap, line: TestLine) -> None:
    line.dial(KNOWN).press("2", "101#", "1", "1204#", "1", "1").record(7).hang_up()
    line.dial(STRANGER).press("8", "2", "999#").hang_up()
    line.dial("+56933334445").press("*", "*", "2").hang_up()
    never = line.dial("+56933334446")  # goes on still: nobody knows what comes next
    assert not never.over
    since = TUESDAY_AT_TEN - timedelta(minutes=1)
    with line.store.reading() as session:
        found = counts(session, drawn, since)
        later = counts(session, drawn, since + timedelta(days=1))
    assert later == {}
    assert dict(found) == {
        Edge("inbound.main_menu", "2", "identify.project"): 3,
        Edge("inbound.main_menu", WRONG, "inbound.main_menu"): 1,
        Edge("inbound.main_menu", "*", "inbound.main_menu"): 1,
        Edge("identify.project", ENTRY, "identify.confirm_project"): 1,
        Edge("identify.project", ENTRY, "identify.project"): 1,
        Edge("identify.project", HANG_UP, HUNG_UP): 2,
        Edge("identify.confirm_project", "1", "identify.apartment"): 1,
        Edge("identify.apartment", ENTRY, "identify.confirm_apartment"): 1,
        Edge("identify.confirm_apartment", "1", "intake.category"): 1,
        Edge("intake.category", "1", "intake.describe"): 1,
        Edge("intake.describe", RECORDING, "intake.review_description"): 1,
        Edge("intake.review_description", HANG_UP, HUNG_UP): 1,
    }


def test_counting_is_one_query(drawn: FlowMap, line: TestLine) -> None:
    line.dial(STRANGER).press("2").hang_up()
    asked: list[str] = []
    event.listen(line.store.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    with line.store.reading() as session:
        assert counts(session, drawn, TUESDAY_AT_TEN - timedelta(minutes=1))
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 1


def test_the_picture_is_an_svg_of_its_own_with_every_place_and_its_counts(drawn: FlowMap) -> None:
    passed = Edge("identify.project", ENTRY, "identify.confirm_project")
    picture = svg(drawn, {passed: 12345})
    root = ET.fromstring(picture)  # noqa: S314 -- our own picture
    titles = {found.text or "" for found in root.iter("{http://www.w3.org/2000/svg}title")}
    for name in set(drawn.nodes) - {HUNG_UP}:
        assert any(title.startswith(f"{name}: ") for title in titles), name
    assert "12345" in picture
    assert "href" not in picture


def test_the_command_prints_the_map_and_writes_the_picture(
    drawn: FlowMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_flows, "map_of_calls", lambda: drawn)
    monkeypatch.setattr(cli_flows.logs, "configure", lambda _: None)
    console = Console(record=True, width=160)
    file = tmp_path / "map.svg"
    assert CliRunner().invoke(cli_flows.command(console), ["--svg", str(file)]).exit_code == 0
    assert file.read_text().startswith("<svg")
    assert CliRunner().invoke(cli_flows.command(console), []).exit_code == 0
    told = console.export_text()
    assert "inbound.main_menu" in told
    assert "1  urgent.kind" in told
