"""The same work in a small database and in a large one, each on a PostgreSQL of the benchmark's own."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import text

from ivr.store.session import Store
from tests import servers


@contextmanager
def filled(server: servers.Postgres, statements: str) -> Iterator[Store]:
    """A database after these statements, with its statistics up to date."""
    with server.database() as url:
        store = Store(url, patience=900)
        with store.engine.begin() as connection:
            for statement in filter(str.strip, statements.split(";\n")):
                connection.execute(text(statement))
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
        yield store
        store.close()


def compare(
    heading: str,
    sizes: Sequence[int],
    fill: Callable[[int], str],
    works: Mapping[str, Callable[[Store], float]],
    rounds: int,
) -> None:
    """Print for each work its milliseconds at both sizes, and the ratio.

    Both take turns, and the best of many counts: what else runs matters little.
    """
    small_size, large_size = sizes
    sys.stdout.write(f"{heading:28}{small_size:>12}{large_size:>12}  ratio\n")
    with (
        servers.postgres() as server,
        filled(server, fill(small_size)) as small,
        filled(server, fill(large_size)) as large,
    ):
        for name, cost in works.items():
            turns = [(cost(small), cost(large)) for _ in range(rounds)]
            before, after = min(turn[0] for turn in turns), min(turn[1] for turn in turns)
            sys.stdout.write(f"{name:28}{before:10.1f}ms{after:10.1f}ms{after / before:7.2f}\n")
            sys.stdout.flush()
