"""What it costs to offer the times of a visit among 1,000 cases, and among 1,000,000 in 2,000 projects.

    python -m tests.bench.offering

The projects are alike in both: as many cases each, as many visits ahead. The offer is asked for in turn in
the small database and in the large one, each a PostgreSQL of its own. Ends with 1 if the large one costs over
1.3 times as much.
"""

import statistics
import sys
import time
from collections.abc import Mapping

from rich.console import Console
from rich.progress import track
from sqlalchemy import select

from ivr.aftersales import visits
from ivr.aftersales.life import Status
from ivr.store.session import Store
from ivr.store.tables import Case, Project
from tests import servers
from tests.bench.two_sizes import filled
from tests.making import at

NOW = at("2026-11-24 10:00")
SMALL, LARGE, OF_PROJECT, ROUNDS, ASKED, LIMIT = 1_000, 1_000_000, 500, 40, 50, 1.3

#: Of a project's 500 cases 20 have a visit ahead, on its Thursday; all others had theirs.
_FILL = """
INSERT INTO projects (id, code, name, keypad_name, weekday, region, timezone, slot_minutes,
                      inspectors, crews, created_at)
SELECT i, i::text, 'Proyecto ' || i, '7', 4, 'RM', 'America/Santiago', 30, 2, 1, '2026-01-05'
FROM generate_series(1, {projects}) i;
INSERT INTO cases (id, number, status, priority, channel, project_id, created_at)
SELECT i, (1000000 + i)::text, CASE WHEN i / {projects} < 20 THEN 'visit_scheduled' ELSE 'open' END,
       'standard', 'phone', 1 + i % {projects}, '2026-11-20'
FROM generate_series(0, {cases} - 1) i;
INSERT INTO requirements (case_id, category, status, disputes)
SELECT i, 'damp', 'reported', 0 FROM generate_series(0, {cases} - 1) i;
INSERT INTO appointments (case_id, project_id, kind, start, "end", status, substitute, created_at)
SELECT i, 1 + i % {projects}, 'visit', begins, begins + interval '30 minutes',
       CASE WHEN begins > '2026-11-24' THEN 'booked' ELSE 'done' END, false, '2026-11-20'
FROM generate_series(0, {cases} - 1) i,
     LATERAL (SELECT CASE WHEN i / {projects} < 20
                     THEN timestamptz '2026-11-26 12:00+00' + (i / {projects} / 2) * interval '30 minutes'
                     ELSE timestamptz '2026-01-08 12:00+00' + (i / {projects}) * interval '12 hours'
                     END AS begins) b;
"""


def fill(cases: int) -> str:
    """So many cases, and a project for every 500 of them."""
    return _FILL.format(cases=cases, projects=cases // OF_PROJECT)


def milliseconds(store: Store, of_cases: list[int]) -> float:
    """To offer a visit to each of these cases, one after another; the median."""
    taken = []
    for case_id in of_cases:
        with store.reading() as session:
            case = session.scalars(select(Case).where(Case.id == case_id).join(Case.project)).one()
            assert isinstance(case.project, Project)
            begun = time.perf_counter()
            offers = visits.offers(session, case, now=NOW)
            taken.append((time.perf_counter() - begun) * 1000)
        assert len(offers) == 3
    return statistics.median(taken)


def asked(store: Store, turn: int) -> list[int]:
    """Cases without a date, of different projects, others in each turn."""
    with store.reading() as session:
        wanted = select(Case.id).where(Case.status == Status.OPEN).order_by(Case.id)
        return list(session.scalars(wanted.offset(turn * 7).limit(ASKED)))


def main() -> int:
    """Measure, and print what came out; 1 if the large database costs too much."""
    with (
        servers.postgres() as server,
        filled(server, fill(SMALL)) as small,
        filled(server, fill(LARGE)) as large,
    ):
        stores: Mapping[int, Store] = {SMALL: small, LARGE: large}
        for store in stores.values():
            milliseconds(store, asked(store, 0))  # the first ones load what all others find
        found: dict[int, list[float]] = {cases: [] for cases in stores}
        for turn in track(range(ROUNDS), "offering"):
            for cases, store in stores.items():
                found[cases].append(milliseconds(store, asked(store, turn)))
    ratio = statistics.median(large / small for small, large in zip(found[SMALL], found[LARGE], strict=True))
    console = Console(highlight=False)
    for cases, figures in found.items():
        console.print(f"an offer among {cases:>9,} cases: {statistics.median(figures):6.2f} ms")
    console.print(f"ratio {ratio:.2f} (at most {LIMIT})")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
