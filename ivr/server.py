"""The web process as in production: gunicorn with threads, put together after the fork."""

import shutil
import signal
import tempfile
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker

from ivr.settings import Settings, put_into_environment

#: Seconds that a running webhook may take to end when the server is told to stop.
GRACE = 15


class Worker(ThreadWorker):
    """A process of threads that ends promptly when it is told to."""

    app: "Server"

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Told to end what goes on and then stop."""
        self._leave()
        super().handle_exit(sig, frame)

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """Told to stop now. Ctrl-C says so twice, once to every process of the terminal and once by way of
        the first of them; the second word is not needed.

        Gunicorn's own way takes locks of the pool, which whatever is interrupted here may hold: it comes a
        moment later, between two requests.
        """
        for word in (signal.SIGINT, signal.SIGQUIT):
            signal.signal(word, signal.SIG_IGN)
        self._leave()
        self.method_queue.defer(super().handle_quit, sig, frame)

    def _leave(self) -> None:
        # In a thread: a signal must not wait for what it has interrupted.
        threading.Thread(target=self.app.leave, name="leaving", daemon=True).start()


class Server(BaseApplication):
    """Serves the application that ``make`` puts together in each worker process.

    ``waiting`` threads come on top of the settings' for requests that only wait: long polls. ``leave`` is
    called in a worker process that is told to stop, and ends those waits: nothing else would for a while.
    """

    def __init__(
        self,
        settings: Settings,
        make: Callable[[], Flask],
        ready: Callable[[], None],
        *,
        waiting: int = 0,
        leave: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._waiting = waiting
        self._make = make
        self._ready = ready
        self.leave = leave
        # Where the processes count together: `prometheus_client` looks there when loaded, after the fork.
        self._counts = tempfile.mkdtemp(prefix="postventa-counts-")
        put_into_environment("PROMETHEUS_MULTIPROC_DIR", self._counts)
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        options: dict[str, Any] = {
            "bind": f"{settings.host}:{settings.port}",
            "workers": settings.workers,
            "worker_class": Worker,
            "threads": settings.threads + self._waiting,
            "preload_app": False,
            "keepalive": 30,
            "graceful_timeout": GRACE,
            "timeout": 60,
            "accesslog": None,
            "loglevel": "warning",
            "control_socket_disable": True,
            "post_worker_init": lambda _worker: self._ready(),
            "on_exit": lambda _arbiter: shutil.rmtree(self._counts, ignore_errors=True),
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        return self._make()
