"""What leaves the line besides calls and texts, its log and what Sentry is told, holds nobody."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ivr import fault_reports
from ivr.errors import CarrierError
from tests.line import KNOWN, LINE, settings
from tests.telling import WORDS

ROOT = Path(__file__).parents[1]
#: Enough of a number to find out whose it is.
NUMBER = KNOWN[4:]


@dataclass(frozen=True)
class Told:
    """What one process told of one call that went well and one that failed."""

    lines: list[dict[str, Any]]
    log: str
    reports: list[dict[str, Any]]
    well: str
    failed: str

    def of(self, call: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line.get("call") == call]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    done = subprocess.run(
        [sys.executable, "-m", "tests.telling", str(tmp_path_factory.mktemp("told"))],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *reports, calls = [json.loads(line) for line in done.stdout.splitlines()]
    return Told(
        [json.loads(line) for line in done.stderr.splitlines()], done.stderr, reports, *calls["calls"]
    )


def test_no_line_of_the_log_holds_a_number_and_none_but_a_traceback_what_somebody_said(told: Told) -> None:
    """A traceback ends in the words of whatever failed: they help to mend it, and the log stays at home."""
    assert len(told.lines) > 5
    for number in (NUMBER, LINE[1:]):
        assert number not in told.log
    assert WORDS not in json.dumps([line | {"exception": ""} for line in told.lines], ensure_ascii=False)


def test_every_line_of_a_webhook_names_its_call_also_those_of_libraries(told: Told) -> None:
    said = [(line["event"], line["level"]) for line in told.of(told.failed)]
    assert ("cannot use …67", "warning") in said  # in the thread that works against the deadline
    assert ("step failed", "error") in said
    assert all("call" in line for line in told.lines if line["event"] in {"cannot use …67", "step failed"})


def test_every_line_of_a_job_names_it_and_the_call_that_it_is_about(told: Told) -> None:
    jobs = [line for line in told.lines if line["event"].startswith("job_")]
    assert {"announce", "recording"} <= {line["kind"] for line in jobs}
    assert all({"kind", "key"} <= line.keys() for line in jobs)
    assert {line.get("call") for line in jobs if line["kind"] == "recording"} == {told.well}
    assert {line.get("call") for line in jobs if line["kind"] == "purge"} == {None}


def test_what_sentry_is_told_says_where_and_holds_nobody(told: Told) -> None:
    (report,) = [each for each in told.reports if each.get("tags", {}).get("event") == "step failed"]
    assert report["tags"]["call"] == told.failed
    (fault,) = report["exception"]["values"][-1:]
    assert (fault["type"], fault["value"]) == ("ValueError", "")
    assert fault["stacktrace"]["frames"][-1]["function"] == "fail"
    assert "vars" not in fault["stacktrace"]["frames"][-1]
    assert report["release"].startswith("postventa@")
    assert not {"request", "user", "breadcrumbs", "extra", "server_name", "modules"} & report.keys()
    everything = json.dumps(told.reports)
    for secret in (NUMBER, WORDS, LINE[1:]):
        assert secret not in everything


def test_our_own_message_is_told_without_its_number() -> None:
    fault = {"type": CarrierError.__name__, "value": f"refuses {KNOWN}"}
    other = {"type": "KeyError", "value": f"'{KNOWN}'"}
    event: Any = {"exception": {"values": [fault, other]}, "request": {"data": WORDS}, "contexts": {}}
    scrubbed: Any = fault_reports.scrub(event, {})
    assert [each["value"] for each in scrubbed["exception"]["values"]] == ["refuses …67", ""]
    assert scrubbed.keys() == {"exception"}


def test_where_nobody_is_told_nothing_is_loaded() -> None:
    program = (
        "import sys; from ivr import fault_reports; from tests.line import settings;"
        "fault_reports.start(settings('sqlite://')); print('sentry_sdk' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
    assert settings("sqlite://").sentry_dsn is None
