"""The production shape on one machine: started by one command, called by HTTP, stopped as a whole."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from ivr import demo, made_up
from tests.e2e.test_booking import KEYS
from tests.line import LINE
from tests.servers import free_port

ROOT = Path(__file__).parents[1]
#: Seconds; the machine may be busy.
PATIENCE = 120
OWNER = demo.CAMILA


def until(is_so: Callable[[], Any], otherwise: Callable[[], str]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := is_so()):
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.1)
    return found


class Running:
    """``ivr run-full`` in a folder, as from a terminal of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.carrier_port = free_port(), free_port()
        self.line, self.carrier = (f"http://127.0.0.1:{port}" for port in (self.port, self.carrier_port))
        self.out = folder / "out.txt"
        ports = ("--port", str(self.port), "--carrier-port", str(self.carrier_port))
        with self.out.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ivr.cli", "run-full", *ports, "--voice", "carrier"],
                cwd=folder,
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "IVR_TEXT_BEFORE_CALL": "0"},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        until(lambda: self.process.poll() is not None or "Stop with Ctrl-C" in self.said, lambda: self.said)

    @property
    def said(self) -> str:
        return self.out.read_text()

    @property
    def logs(self) -> str:
        found = self.folder / "var" / "full" / "logs"
        return "\n".join(f"== {path.name}\n{path.read_text()}" for path in sorted(found.glob("*.log")))

    def ask(self, path: str) -> Any:
        token = made_up_in(self.folder)["IVR_API_TOKEN"]
        answer = httpx.get(
            f"{self.line}/api/v1{path}", headers={"Authorization": f"Bearer {token}"}, trust_env=False
        )
        return answer.raise_for_status().json()

    def dial(self, keys: str) -> None:
        """The owner's telephone, at the carrier's, dials the line and presses these keys."""
        telephone = f"{self.carrier}/carrier/phone/{OWNER}"
        for path, body in (("", {}), ("/dial", {"to": LINE, "keys": keys})):
            httpx.post(telephone + path, json=body, trust_env=False).raise_for_status()

    def family(self) -> list[psutil.Process]:
        """All processes below the one that was started, and PostgreSQL, which is nobody's child."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        server = self.folder / "var" / "full" / "postgres" / "postmaster.pid"
        return [*found, psutil.Process(int(server.read_text().split()[0]))]

    def stop(self) -> list[psutil.Process]:
        """What Ctrl-C does; the processes that there were."""
        family = self.family()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE)
        return family


def running(family: list[psutil.Process]) -> list[psutil.Process]:
    """Which of them have not ended."""
    found = []
    for each in family:
        with suppress(psutil.NoSuchProcess):
            if each.is_running() and each.status() != psutil.STATUS_ZOMBIE:
                found.append(each)
    return found


def made_up_in(folder: Path) -> dict[str, str]:
    kept: dict[str, str] = json.loads((folder / made_up._KEPT).read_text())
    return kept


@pytest.fixture
def start() -> Iterator[Callable[[], Running]]:
    """Starts one; what a failed test leaves is ended.

    Not in pytest's own folder: as root PostgreSQL runs as somebody else, who may not look in there.
    """
    running: list[Running] = []
    folder = Path(tempfile.mkdtemp(prefix="postventa-"))

    def begin() -> Running:
        running.append(Running(folder))
        return running[-1]

    yield begin
    for each in running:
        if each.process.poll() is None:
            each.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_one_command_runs_a_line_that_books_a_visit_keeps_it_and_tells_which_part_died(
    start: Callable[[], Running],
) -> None:
    first = start()
    assert first.process.poll() is None, first.said + first.logs
    assert f"{first.carrier}/phone" in first.said
    assert f"{first.line}/console/" in first.said
    assert made_up_in(first.folder)["administrator"] in first.said
    assert (
        httpx.get(f"{first.line}/phone", trust_env=False).status_code == 404
    )  # the line knows no telephones
    assert (
        f"media-src 'self' blob: {first.line};"
        in (httpx.get(f"{first.carrier}/phone", trust_env=False).headers["Content-Security-Policy"])
    )

    first.dial(KEYS)
    (case,) = until(
        lambda: first.ask(f"/cases?phone={OWNER.replace('+', '%2B')}")["cases"], lambda: first.logs
    )
    until(lambda: first.ask(f"/cases/{case['number']}")["status"] == "visit_scheduled", lambda: first.logs)
    texts = f"{first.carrier}/carrier/phone/{OWNER}/events?after=0&wait=0"
    until(lambda: case["number"] in httpx.get(texts, trust_env=False).text, lambda: first.logs)
    assert counted(first) == {"inbound.welcome": 1.0}

    family = first.stop()
    assert first.process.returncode == 0, first.said
    assert len(family) >= 7  # PostgreSQL, Redis, carrier and its process, web and its two, worker
    assert running(family) == []
    assert OWNER.lstrip("+") not in first.logs

    again = start()
    assert [each["number"] for each in again.ask("/cases")["cases"]] == [case["number"]]
    family = again.family()
    (broker,) = [each for each in family if "redis" in each.name()]
    broker.kill()
    again.process.wait(PATIENCE)
    assert again.process.returncode == 1
    assert "Redis ended with status -9. The end of its log:" in again.said
    assert "Ready to accept connections" in again.said
    assert running(family) == []


def counted(running: Running) -> dict[str, float]:
    """What each of ten scrapes says, whichever of the two web processes answers: all say the same."""
    wanted = re.compile(r'^postventa_steps_total\{step="(inbound\.welcome)"\} (\S+)$', re.MULTILINE)
    scrapes = [
        {step: float(count) for step, count in wanted.findall(httpx.get(f"{running.line}/metrics").text)}
        for _ in range(10)
    ]
    assert all(each == scrapes[0] for each in scrapes)
    return scrapes[0]


def test_a_port_that_is_taken_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "ivr.cli", "run-full", "--port", port],
            cwd=tmp_path, capture_output=True, text=True, check=False,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    assert done.returncode == 1
    assert f"port {port} is taken" in done.stderr
    assert not (tmp_path / "var" / "full" / "postgres").exists()
