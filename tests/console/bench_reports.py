"""What a report of 30 days costs at two sizes of the database, on a PostgreSQL of its own.

``python -m tests.console.bench_reports [10000 1000000]``: that many cases and calls, 2,000 of them of the
30 days, all others older; prints the best of both for each figure, and the ratio.
"""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from ivr.aftersales import reports
from ivr.aftersales.report_scope import Scope
from ivr.console.reports import made
from ivr.store.session import Store
from ivr.switchboard import traffic
from tests.bench.two_sizes import compare

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
SCOPE = Scope(date(2026, 10, 26), date(2026, 11, 24), ZoneInfo("America/Santiago"))
_ROUNDS = 15

#: The i-th newest: 2,000 within 30 days, then one a minute.
_AT = (
    "(timestamptz '2026-11-24 12:00+00' - CASE WHEN i <= 2000 THEN interval '29 days' * i / 2000.0 "
    "ELSE interval '30 days' + interval '1 minute' * (i - 2000) END)"
)
_FILL = """
INSERT INTO projects (id, code, name, keypad_name, weekday, region, timezone, slot_minutes,
                      inspectors, crews, created_at)
SELECT i, i::text, 'Proyecto ' || i, '7', 4, 'RM', 'America/Santiago', 30, 1, 1, now()
FROM generate_series(1, 40) i;
INSERT INTO cases (id, number, status, priority, channel, project_id, created_at, closed_at)
SELECT i, (1000000 + i)::text, 'closed', 'standard', 'phone', 1 + i % 40, {at}, now()
FROM generate_series(1, {n}) i;
INSERT INTO requirements (id, case_id, category, status, disputes)
SELECT i, i, 'damp', 'accepted', 0 FROM generate_series(1, {n}) i;
INSERT INTO appointments (case_id, project_id, kind, start, "end", status, substitute, created_at)
SELECT id, project_id, 'visit', created_at + interval '3 days', created_at + interval '3 days', 'done', false,
       created_at FROM cases;
INSERT INTO case_events (case_id, at, kind, by, detail, announced_at, posted_at)
SELECT id, created_at + interval '1 day' * days, kind, 'x', '{{}}', now(), now()
FROM cases, (VALUES ('inspected', 1), ('works_done', 5), ('disputed', 6)) AS happened (kind, days);
INSERT INTO surveys (id, case_id, attempts, outcome, score, created_at)
SELECT id, id, 1, 'satisfied', 5, created_at + interval '6 days' FROM cases;
INSERT INTO survey_answers (survey_id, requirement_id, satisfied) SELECT id, id, true FROM cases;
INSERT INTO tasks (kind, state, case_id, due, detail, once, created_at)
SELECT 'visit_late', 'done', id, now(), '', 'visit_late/' || id, created_at
FROM cases WHERE id % 10 = 0;
INSERT INTO calls (id, direction, purpose, from_number, to_number, channel, caller, urgent, outcome, status,
                   sequence, room_sequence, in_room, started_at, ended_at)
SELECT i, 'inbound', 'inbound', 'x', 'y', 'phone', '+569' || (10000000 + i % ({n} / 3)), false,
       (ARRAY['booked', 'informed', 'talked', 'cut_short'])[1 + i % 4], 'completed', 0, 0, false, {at}, {at}
FROM generate_series(1, {n}) i;
INSERT INTO waits (call_id, priority, state, since, in_queue, attempts, round, round_since, talking_since,
                   ended_at)
SELECT id, 'standard', 'served', started_at, true, 0, 1, started_at,
       started_at + interval '1 second' * (id % 200), started_at + interval '1 hour'
FROM calls WHERE id % 4 = 2;
"""

FIGURES: Mapping[str, Callable[[Session], object]] = {
    "llamadas": lambda session: traffic.calls(session, SCOPE),
    "contención": lambda session: traffic.containment(session, SCOPE, NOW),
    "esperas": lambda session: traffic.waits(session, SCOPE),
    "visitas": lambda session: reports.visits(session, SCOPE, NOW),
    "trabajos": lambda session: reports.works(session, SCOPE, NOW),
    "satisfacción": lambda session: reports.opinions(session, SCOPE),
    "por categoría": lambda session: reports.opinions_by_category(session, SCOPE),
    "disconformidades": lambda session: reports.disputes(session, SCOPE),
    "plazos vencidos": lambda session: reports.missed(session, SCOPE),
    "el informe": lambda session: made.make(session, SCOPE, NOW),
}


def cost(store: Store, figure: Callable[[Session], object]) -> float:
    """Milliseconds of one figure."""
    began = time.perf_counter()
    with store.reading() as session:
        figure(session)
    return (time.perf_counter() - began) * 1000


def main(sizes: Sequence[int]) -> None:
    """Print the table."""
    works = {name: partial(cost, figure=figure) for name, figure in FIGURES.items()}
    compare("cifra", sizes, lambda n: _FILL.format(n=n, at=_AT), works, _ROUNDS)


if __name__ == "__main__":
    main([int(given) for given in sys.argv[1:]] or [10_000, 1_000_000])
