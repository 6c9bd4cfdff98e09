"""The web process as in production: gunicorn with threads, put together after the fork."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from ivr.settings import Settings

#: Seconds that a running webhook may take to end when the server is told to stop.
GRACE = 15


class Server(BaseApplication):
    """Serves the application that ``make`` puts together in each worker process.

    ``waiting`` threads come on top of the settings' for requests that only wait: long polls.
    """

    def __init__(
        self, settings: Settings, make: Callable[[], Flask], ready: Callable[[], None], *, waiting: int = 0
    ) -> None:
        self._settings = settings
        self._waiting = waiting
        self._make = make
        self._ready = ready
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        options: dict[str, Any] = {
            "bind": f"{settings.host}:{settings.port}",
            "workers": settings.workers,
            "worker_class": "gthread",
            "threads": settings.threads + self._waiting,
            "preload_app": False,
            "keepalive": 30,
            "graceful_timeout": GRACE,
            "timeout": 60,
            "accesslog": None,
            "loglevel": "warning",
            "control_socket_disable": True,
            "post_worker_init": lambda _worker: self._ready(),
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        return self._make()
