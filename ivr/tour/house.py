"""A line of the tour's own: the real web process with the simulated carrier, in a temporary folder.

It is started as `make run` starts it and spoken to over HTTP only, so that nothing in it can tell the
difference. It takes a free port, and none of the settings of whoever plays the tour.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from ivr.errors import PostventaError
from ivr.settings import environment_of
from ivr.simulator.terminal import RemoteTelephone

#: Seconds until a process that was started answers; the machine may be busy.
_PATIENCE = 90.0
_POLL = 0.1
#: Lines of the log that are shown when something failed.
_LAST_LINES = 25


class TourFailed(PostventaError):
    """Something did not go as it should; the message says what."""


@dataclass
class House:
    """The running line, as somebody outside of it can use it."""

    url: str
    folder: Path
    process: "subprocess.Popen[bytes]"
    api_token: str = field(repr=False)

    def __post_init__(self) -> None:
        self._http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)

    def telephone(self, number: str) -> RemoteTelephone:
        """A telephone of the simulated carrier."""
        return RemoteTelephone(f"{self.url}/carrier", number)

    def api(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask the JSON API. Raises TourFailed where it refuses."""
        headers = {"Authorization": f"Bearer {self.api_token}"}
        return self._ask(method, f"/api/v1{path}", json=body, headers=headers)

    def travel(self, **move: object) -> str:
        """Move the demonstration's clock: ``forward`` seconds or ``to`` a moment; what it says."""
        return str(self._ask("POST", "/demo/clock", json=move)["said"])

    def step(self, name: str) -> str:
        """Play a step of the time machine; what it says."""
        return str(self._ask("POST", f"/demo/steps/{name}", json={})["said"])

    @property
    def now(self) -> datetime:
        """The moment that the line's clock shows, with the office's offset."""
        return datetime.fromisoformat(self._ask("GET", "/demo/clock")["now"])

    @property
    def faults(self) -> list[str]:
        """The lines of the log that tell of something that should not happen."""
        return [line for line in self._log() if '"level": "error"' in line or "Traceback" in line]

    def last_words(self) -> str:
        """The end of the log."""
        return "\n".join(self._log()[-_LAST_LINES:])

    def close(self) -> None:
        """Stop the line, with all its processes."""
        self._http.close()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGQUIT)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def until_ready(self) -> None:
        """Wait until it answers. Raises TourFailed with its last words."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self._http.get("/readyz").is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(_POLL)
        raise TourFailed(f"the line did not start:\n{self.last_words()}")

    def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        try:
            answer = self._http.request(method, path, **request)
        except httpx.HTTPError as error:
            raise TourFailed(f"{method} {path}: {error}") from error
        if answer.is_error:
            raise TourFailed(f"{method} {path} was answered with {answer.status_code}: {answer.text}")
        return dict(answer.json())

    def _log(self) -> list[str]:
        return _log_of(self.folder).read_text(errors="replace").splitlines()


@contextmanager
def open_house(audio: Path | None = None) -> Iterator[House]:
    """Start a line with the demonstration's data, and stop it at the end.

    ``audio``: where rendered sounds are, to play them; without it the carrier says all words itself.
    """
    with tempfile.TemporaryDirectory(prefix="postventa-tour-") as made:
        folder, port, token = Path(made), _free_port(), secrets.token_hex(16)
        environment = environment_of(
            IVR_DEMO="1",
            PORT=str(port),
            IVR_DATABASE_URL=f"sqlite:///{folder / 'tour.db'}",
            IVR_API_TOKEN=token,
            IVR_LOG_FORMAT="json",
            IVR_VOICE="files" if audio else "carrier",
            IVR_AUDIO=str(audio.absolute()) if audio else str(folder / "audio"),
        )
        with _log_of(folder).open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "ivr.cli", "demo"],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        house = House(f"http://127.0.0.1:{port}", folder, process, token)
        try:
            house.until_ready()
            yield house
        finally:
            house.close()


def _log_of(folder: Path) -> Path:
    return folder / "line.log"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
