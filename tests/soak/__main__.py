"""``python -m tests.soak --calls 5000 --at-once 50 --seed 1``: exits 0 only if nothing failed."""

import sys
import tempfile
from pathlib import Path

import click
from rich.console import Console

from tests import servers
from tests.soak import soak
from tests.soak.callers import callers


@click.command()
@click.option("--calls", default=5000, show_default=True)
@click.option("--at-once", default=50, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(calls: int, at_once: int, seed: int) -> None:
    """Call the line that often, on a real PostgreSQL."""
    console = Console(soft_wrap=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.postgres() as postgres,
        postgres.database(empty=True) as url,
    ):
        report = soak.run([*callers(calls, seed)], at_once, url, Path(folder))
    console.print(f"{report.calls} calls, {at_once} at a time, in {report.seconds:.0f} s (seed {seed})")
    console.print(f"outcomes: {report.outcomes}")
    console.print(f"memory, KB: {report.memory}: {report.growth:.2f} of the warm server's")
    for failure in report.failures:
        console.print(f"failed: {failure}", markup=False)
    sys.exit(1 if report.failures or report.growth > soak.GROWTH else 0)


if __name__ == "__main__":
    main()
