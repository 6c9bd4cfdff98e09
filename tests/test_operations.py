"""What stands in `ivr/operations` speaks of what there is: metrics, labels, runbook lines, commands."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from ivr import logs, metrics
from ivr.cli import main
from ivr.clock import MovableClock
from ivr.settings import Settings
from ivr.store.jobs import JobKind, schedule
from ivr.store.session import Store
from ivr.store.tables import CallRow, Job, Task, Wait
from tests.line import TestLine, open_test_line
from tests.making import make_case

ROOT = Path(__file__).parents[1]
OPERATIONS = ROOT / "ivr" / "operations"
RULES: list[dict[str, Any]] = yaml.safe_load((OPERATIONS / "alerts.yml").read_text())["groups"][0]["rules"]
PANELS = json.loads((OPERATIONS / "grafana.json").read_text())["panels"]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
EXAMPLE = (ROOT / ".env.example").read_text()
#: What Prometheus itself adds to each metric, or makes of it.
ITS_OWN = {"job", "instance", "le"}

EXPRESSIONS = [
    *(pytest.param(rule["expr"], id=rule["alert"]) for rule in RULES),
    *(pytest.param(target["expr"], id=panel["title"]) for panel in PANELS for target in panel["targets"]),
]


@pytest.fixture
def line(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[TestLine]:
    crm = {"events_url": "https://crm.example/events", "events_secret": "secret"}
    with open_test_line(sqlite_url, tmp_path, clock, **crm) as opened:
        yield opened


def exported(line: TestLine) -> dict[str, set[str]]:
    """The labels of each metric that the line tells after a day on which everything happened once."""
    line.dial().press("1", "1").hang_up()
    line.app.test_client().get("/api/v1/cases")
    logs._tell_watchers(None, "error", {"level": "error", "event": "last resort"})
    now = line.clock.now()
    with line.store.transaction() as session:
        make_case(session, None)
        call = session.query(CallRow).first()
        assert call is not None
        schedule(session, JobKind.RING, 1, now)
        given_up = {"priority": 0, "due_at": now, "finished_at": now, "version": 1, "attempts": 9}
        session.add(Job(kind="text", key="1", state="failed", **given_up))
        session.add(Task(kind="callback", state="open", due=now, detail="", created_at=now))
        waiting = {"call_id": call.id, "in_queue": True, "round_since": now}
        session.add(Wait(priority="standard", state="waiting", since=now, **waiting))
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(line.app.test_client().get("/metrics").text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def test_each_metric_and_label_that_a_dashboard_or_an_alert_names_is_exported(line: TestLine) -> None:
    known = exported(line) | {"up": set()}
    for expression in (each.values[0] for each in EXPRESSIONS):
        assert isinstance(expression, str)
        named = set(re.findall(r"\b(?:postventa_\w+|up)\b", expression))
        assert named
        assert named <= known.keys(), expression
        selectors = re.findall(r"\{([^}]*)\}", expression)
        labels = {label for each in selectors for label in re.findall(r"(\w+)\s*=?[=~!]", each)}
        labels.update(re.findall(r"\w+", " ".join(re.findall(r"\bby \(([^)]*)\)", expression))))
        assert labels - ITS_OWN <= set.union(*(known[name] for name in named)), expression


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_each_alert_has_a_runbook_line(rule: dict[str, Any]) -> None:
    anchor = rule["annotations"]["runbook"].removeprefix("ivr/operations/README.md#")
    assert anchor == rule["alert"].lower()
    section = (OPERATIONS / "README.md").read_text().split(f"### {rule['alert']}\n")
    assert len(section) == 2, "one heading of that name"
    assert len(section[1].partition("\n#")[0].split()) > 15
    assert rule["labels"]["severity"] in {"page", "ticket"}


def test_the_runbook_has_no_line_for_an_alert_that_is_gone() -> None:
    headings = re.findall(r"^### (\w+)$", (OPERATIONS / "README.md").read_text(), re.MULTILINE)
    assert sorted(headings) == sorted(rule["alert"] for rule in RULES)


def test_the_errors_that_alerts_wait_for_are_logged_somewhere() -> None:
    named = {
        event
        for rule in RULES
        for match in re.findall(r'event=~?"([^"]+)"', rule["expr"])
        for event in match.split("|")
    }
    code = "".join(path.read_text() for path in (ROOT / "ivr" / "telephony").glob("*.py"))
    assert {event for event in named if f'"{event}"' not in code} == set()


def test_what_is_counted_is_counted_once_for_each_request(line: TestLine) -> None:
    def steps() -> float:
        found = metrics._own.get_sample_value("postventa_steps_total", {"step": "inbound.welcome"})
        return found or 0.0

    before = steps()
    call = line.dial()
    call.again()
    line.post("/voice/inbound", call.form(), signature="wrong")
    assert steps() == before + 2


def test_a_queue_that_is_empty_is_told_as_empty(store: Store, clock: MovableClock, tmp_path: Path) -> None:
    url = store.url.render_as_string(hide_password=False)
    with open_test_line(url, tmp_path, clock) as line:
        told = line.app.test_client().get("/metrics").text
    assert 'postventa_callers_waiting{priority="urgent"} 0.0' in told
    assert "postventa_events_unposted" not in told  # nobody is to be told


# --- The containers ----------------------------------------------------------------------------------------


def test_every_variable_of_the_containers_is_in_the_example() -> None:
    compose = (ROOT / "docker-compose.yml").read_text()
    proxy = (OPERATIONS / "Caddyfile").read_text()
    used = set(re.findall(r"\$\{(\w+)", compose)) | set(re.findall(r"\{\$(\w+)\}", proxy))
    offered = set(re.findall(r"^(\w+)=", EXAMPLE, re.MULTILINE))
    assert used <= offered
    settings = {str(field.validation_alias): field for field in Settings.model_fields.values()}
    required = {name for name, field in settings.items() if field.is_required()}
    assert required <= offered
    own = {"POSTVENTA_DOMAIN", "POSTVENTA_EMAIL", "POSTVENTA_VERSION", "POSTGRES_PASSWORD", "BACKUP_DAYS"}
    assert offered - own <= settings.keys()
    given = {name for service in COMPOSE["services"].values() for name in service.get("environment", {})}
    assert {name for name in given if name.startswith("IVR_")} <= settings.keys()


def test_the_example_filled_in_is_a_line_that_starts(tmp_path: Path) -> None:
    fill = dict.fromkeys(re.findall(r"^(\w+)=$", EXAMPLE, re.MULTILINE), "x")
    numbers = {"IVR_LINE_NUMBERS": "+56800422727", "IVR_OUTBOUND_NUMBER": "+56600123456",
               "IVR_BACKUP_NUMBER": "+56922223333", "IVR_SUPERVISOR_NUMBER": "+56922223334",
               "IVR_EVENTS_URL": "", "IVR_EVENTS_SECRET": "", "IVR_SENTRY_DSN": ""}  # fmt: skip
    path = tmp_path / "env"
    path.write_text("\n".join(f"{name}={value}" for name, value in (fill | numbers).items()))
    settings = Settings(_env_file=path)
    assert settings.line_numbers == ("+56800422727",)
    assert settings.automated_calls_allowed


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_each_container_is_safe_limited_and_of_a_named_version(name: str) -> None:
    service = COMPOSE["services"][name]
    assert re.fullmatch(r"[a-z]+:(\d[\w.-]*|\$\{POSTVENTA_VERSION:-local\})", service["image"])
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"cpus", "memory"} <= service["deploy"]["resources"]["limits"].keys()
    assert ("user" in service) == (name != "proxy")
    assert ("healthcheck" in service) == (name not in {"migrate", "worker"})
    assert ("ports" in service) == (name == "proxy")


def test_every_command_of_the_containers_exists() -> None:
    written = [" ".join(each.get("command", [])) for each in COMPOSE["services"].values()]
    commands = {
        tuple(found.split()) for each in written for found in re.findall(r"ivr ((?:[a-z]+ ?)+)", each)
    }
    assert {("serve",), ("worker",), ("db", "upgrade"), ("backup",)} <= commands
    for command in commands:
        result = CliRunner().invoke(main, [*command, "--help"])
        assert result.exit_code == 0, command
    (backup,) = (each["command"] for name, each in COMPOSE["services"].items() if name == "backup")
    offered = CliRunner().invoke(main, ["backup", "--help"]).output
    assert all(option in offered for option in backup if option.startswith("--"))


def test_what_the_image_is_built_of_is_there_and_let_through() -> None:
    image = (ROOT / "Dockerfile").read_text()
    copied = [
        name for line in re.findall(r"^COPY (?!--)(.*)$", image, re.MULTILINE) for name in line.split()[:-1]
    ]
    let_through = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert set(copied) == let_through
    assert all((ROOT / name).exists() for name in copied)
    assert re.findall(r"^FROM (\S+)", image, re.MULTILINE) == ["python:3.11-slim-trixie"] * 2
    assert "\nUSER postventa\n" in image
    server = COMPOSE["services"]["postgres"]["image"].split(":")[1].split("-")[0]
    assert f"postgresql-client-{server}" in image
