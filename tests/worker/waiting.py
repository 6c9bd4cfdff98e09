"""Waiting for what other threads and processes do."""

import time
from collections.abc import Callable

PATIENCE = 60.0


def eventually(seen: Callable[[], object]) -> None:
    """Return as soon as ``seen`` says so; fail if it does not within `PATIENCE` seconds."""
    deadline = time.monotonic() + PATIENCE
    while not seen():
        assert time.monotonic() < deadline, f"never came true: {seen}"
        time.sleep(0.02)
