"""One of the two servers of the benchmark, under the same gunicorn settings: ``floor`` or ``line``."""

import os
import sys

from flask import Flask

from ivr.app import create_app, open_line
from ivr.server import Server
from ivr.settings import Settings
from tests.bench import floor

ANSWER = "BENCH_ANSWER"


def make(which: str, settings: Settings) -> Flask:
    """The application of a web process."""
    if which == "line":
        return create_app(open_line(settings))
    return floor.create_app(
        settings.database_url.replace("+psycopg", ""),
        settings.public_url,
        settings.auth_token.get_secret_value(),
        os.environ[ANSWER],
        settings.threads,
    )


if __name__ == "__main__":
    chosen = Settings.load(_env_file=None)
    Server(chosen, lambda: make(sys.argv[1], chosen), lambda: None).run()
