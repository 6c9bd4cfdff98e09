"""`ivr carrier connect`: the line's numbers at the carrier, over its REST API."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from ivr import cli_carrier
from ivr.at_carrier import wanted
from ivr.settings import Settings
from ivr.simulator.carrier import SimulatedCarrier
from ivr.simulator.telephones import Reply, ScriptedTelephone
from tests.line import settings
from tests.simulator.conftest import ACCOUNT, LINE, MOBILE, OWNER, TOKEN, Application

ELSEWHERE = "https://fallback.example/document.xml"


@pytest.fixture
def chosen(app: Application, carrier: SimulatedCarrier, tmp_path: Path) -> Settings:
    """The settings of a line whose account is at the simulated carrier."""
    assert carrier.public_url == app.url
    return settings(
        "sqlite://",
        tmp_path,
        public_url=app.url,
        carrier_url=f"{app.url}/carrier",
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        line_numbers=(LINE, MOBILE),
    )


def connect(chosen: Settings, *options: str) -> tuple[Result, str]:
    """Run the command; its result, and what it showed."""
    console = Console(record=True, width=300)
    commands = cli_carrier.commands(lambda: chosen, console)
    result = CliRunner().invoke(commands, ["connect", *options])
    return result, console.export_text()


def addresses(carrier: SimulatedCarrier, number: str) -> dict[str, str]:
    line: Any = carrier.do(lambda: carrier.exchange.lines[number])
    return {
        "voice": line.voice_url,
        "fallback": line.fallback_url,
        "status": line.status_url,
        "texts": line.message_url,
    }


def forget(carrier: SimulatedCarrier) -> None:
    """The numbers are as the carrier sells them."""
    for number in (LINE, MOBILE):
        line = carrier.do(lambda number=number: carrier.exchange.lines[number])
        carrier.do(
            lambda line=line: carrier.exchange.set_line(
                line, voice_url="https://demo.example/welcome", fallback_url="", status_url="", message_url=""
            )
        )


def test_all_addresses_are_set_and_read_back(chosen: Settings, carrier: SimulatedCarrier) -> None:
    forget(carrier)
    result, told = connect(chosen)
    assert result.exit_code == 0
    for number in (LINE, MOBILE):
        assert addresses(carrier, number) == wanted(chosen)
    assert told.count("✓") == 8
    assert wanted(chosen)["status"].endswith("/voice/status#rc=5&rp=5xx,ct,rt")


def test_a_dry_run_shows_what_it_would_set_and_sets_nothing(
    chosen: Settings, carrier: SimulatedCarrier
) -> None:
    forget(carrier)
    before = addresses(carrier, LINE)
    result, told = connect(chosen, "--dry-run")
    assert result.exit_code == 0
    assert addresses(carrier, LINE) == before
    assert "https://demo.example/welcome" in told
    assert told.count(wanted(chosen)["voice"]) == 2
    assert "✓" not in told


def test_a_fallback_document_may_be_hosted_elsewhere(chosen: Settings, carrier: SimulatedCarrier) -> None:
    result, _ = connect(chosen, "--fallback-url", ELSEWHERE)
    assert result.exit_code == 0
    assert addresses(carrier, LINE) == wanted(chosen) | {"fallback": ELSEWHERE}


def test_a_number_that_the_account_does_not_own_is_a_fault(chosen: Settings) -> None:
    foreign = chosen.model_copy(update={"line_numbers": ("+56988887777",)})
    result, _ = connect(foreign)
    assert result.exit_code == 1
    assert "owns no such number" in str(result.exception)


def test_a_test_call_lets_oneself_hear_the_line(
    app: Application, chosen: Settings, carrier: SimulatedCarrier
) -> None:
    app.replies |= {"/voice/inbound": "<Say>Le damos la bienvenida.</Say>", "/voice/status": ""}
    telephone = ScriptedTelephone(OWNER)
    carrier.connect(telephone)
    result, told = connect(chosen, "--test-call", OWNER)
    assert result.exit_code == 0
    assert "✓ the test call is" in told
    carrier.settle()
    assert [call.record().status for call in carrier.calls_to(OWNER)] == ["completed"]
    assert app.forms("/voice/inbound")[0]["From"] == chosen.agent_caller_id
    assert not app.forged


def test_a_test_call_that_nobody_answers_is_told(
    app: Application, chosen: Settings, carrier: SimulatedCarrier
) -> None:
    app.replies |= {"/voice/status": ""}
    carrier.connect(ScriptedTelephone(OWNER, reply=Reply.BUSY))
    result, told = connect(chosen, "--test-call", OWNER)
    assert result.exit_code == 1
    assert "✗ the test call is busy" in told


def test_a_test_call_goes_only_where_the_line_may_dial(chosen: Settings, carrier: SimulatedCarrier) -> None:
    forget(carrier)
    before = addresses(carrier, LINE)
    result, _ = connect(chosen, "--test-call", "+12125550100")
    assert result.exit_code == 1
    assert "may dial" in str(result.exception)
    assert addresses(carrier, LINE) == before
