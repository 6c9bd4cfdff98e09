"""What it costs to pick the next calls among 1,000 that are due, and among 100,000.

    python -m tests.bench.picking

The same batch is picked again and again, in turn on the short queue and on the long one, in a PostgreSQL of
its own. Then four workers empty the long one together. Ends with 1 if the long queue costs over 1.3 times as
much, or if two workers shared a call.
"""

import statistics
import sys
import threading
import time
from collections import Counter
from datetime import timedelta

from rich.console import Console
from sqlalchemy import insert, text

from ivr.aftersales import dialling
from ivr.settings import Settings
from ivr.store.session import Store
from ivr.store.tables import Case, PlannedCall
from tests import servers
from tests.line import settings
from tests.making import at

NOW = at("2026-11-24 10:00")
FEW, MANY, ROUNDS, BATCH, WORKERS, LIMIT = 1_000, 100_000, 100, 10, 4, 1.3


def main() -> int:
    chosen = settings(
        "sqlite://",
        outbound_number="+56600123456",
        calls_per_second=BATCH,
        concurrent_calls=MANY,
        text_before_call=0,
    )
    with servers.postgres() as server, server.database() as short, server.database() as long:
        queues = {FEW: Store(short, patience=120), MANY: Store(long, patience=120)}
        for count, store in queues.items():
            owe(store, count)
        for store in queues.values():  # the first ones load what all others find
            seconds(store, chosen)
        taken: dict[int, list[float]] = {count: [] for count in queues}
        for _ in range(ROUNDS):
            for count, store in queues.items():
                taken[count].append(seconds(store, chosen))
        few, many = (statistics.median(taken[count]) * 1000 for count in (FEW, MANY))
        shared = together(queues[MANY], chosen)
        for store in queues.values():
            store.close()
    console = Console(highlight=False)
    console.print(f"a batch among {FEW:>7,}: {few:6.2f} ms\na batch among {MANY:>7,}: {many:6.2f} ms")
    console.print(f"ratio {many / few:.2f} (at most {LIMIT})\n{WORKERS} workers: {shared} calls shared")
    return int(many / few > LIMIT or shared > 0)


def owe(store: Store, count: int) -> None:
    """So many calls are due, of a case each."""
    columns = {"status": "inspected", "priority": "standard", "channel": "phone", "created_at": NOW}
    plan = {"purpose": "works", "state": "planned", "announced": False, "attempts": 0, "created_at": NOW}
    with store.transaction() as session:
        session.execute(insert(Case), [{"number": f"{each}", **columns} for each in range(count)])
        first = session.scalar(text("SELECT min(id) FROM cases"))
        session.execute(
            insert(PlannedCall),
            [
                {"case_id": first + each, "due_at": NOW - timedelta(seconds=count - each), **plan}
                for each in range(count)
            ],
        )
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def seconds(store: Store, chosen: Settings) -> float:
    """To pick one batch and to see whether there is more, which is then undone."""
    with store.engine.connect():
        begun = time.perf_counter()
        with store.reading() as session:
            session.execute(text("DELETE FROM paces"))
            picked = dialling.pick(session, settings=chosen, now=NOW)
            assert len(picked) == 1
            session.execute(text("UPDATE paces SET next_at = next_at - interval '2 seconds'"))
            session.expire_all()
            picked += dialling.pick(session, settings=chosen, now=NOW)
            assert len(picked) > BATCH
            assert dialling.more_due(session, NOW)
            taken = time.perf_counter() - begun
            session.rollback()
    return taken


def together(store: Store, chosen: Settings) -> int:
    """Four workers pick at the same time, a second after another; how many calls two of them got."""
    picked: Counter[int] = Counter()
    begin = threading.Barrier(WORKERS)

    def work() -> None:
        begin.wait()
        for turn in range(50):
            with store.transaction() as session:
                now = NOW + timedelta(seconds=turn)
                picked.update(dialling.pick(session, settings=chosen, now=now))

    workers = [threading.Thread(target=work) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(picked) >= 40 * BATCH
    return sum(1 for count in picked.values() if count > 1)


if __name__ == "__main__":
    sys.exit(main())
