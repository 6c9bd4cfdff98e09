"""A small run of the soak test: nothing fails, and every call has an end and an outcome."""

from pathlib import Path

from tests.soak import soak
from tests.soak.callers import callers


def test_a_hundred_mixed_calls(sqlite_url: str, tmp_path: Path) -> None:
    Path(sqlite_url.removeprefix("sqlite:///")).unlink()  # the server's own migrations make it

    report = soak.run([*callers(100, seed=7)], at_once=8, database_url=sqlite_url, folder=tmp_path)

    assert report.failures == []
    assert sum(report.outcomes.values()) == 100
