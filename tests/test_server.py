"""The web process that is told to stop: it ends what only waits, and is not told in vain a second time."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import free_port

#: A server whose requests wait until the process is told to stop.
WAITS = """
import sys, threading
from flask import Flask
from ivr.server import Server
from ivr.settings import Settings

told, app = threading.Event(), Flask("waits")

@app.get("/")
def wait():
    print("waits", flush=True)
    told.wait(60)
    return "told"

chosen = Settings(demo=True, port=int(sys.argv[1]), _env_file=None)
Server(chosen, lambda: app, lambda: print("ready", flush=True), leave=told.set).run()
"""


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def server(port: int, tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", WAITS, str(port)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM])
def test_what_only_waits_is_ended_when_the_server_is_told_to_stop(
    server: "subprocess.Popen[str]", port: int, word: signal.Signals
) -> None:
    """Ctrl-C goes to every process of the terminal, and the first tells the others once more."""
    assert server.stdout is not None
    with socket.create_connection(("127.0.0.1", port)) as visitor:
        visitor.sendall(b"GET / HTTP/1.1\r\nHost: line\r\nConnection: close\r\n\r\n")
        assert server.stdout.readline() == "waits\n"
        os.killpg(server.pid, word)
        _, said = server.communicate(timeout=30)
        with visitor.makefile("rb") as answer:
            assert answer.read().endswith(b"told")
    assert server.returncode == 0
    assert "SIGKILL" not in said
