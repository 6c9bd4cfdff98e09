"""What a page of the case list costs at two sizes of the database, on a PostgreSQL of its own.

``python -m tests.console.bench [10000 1000000]`` prints for each search the best of both, and the ratio.
"""

import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from ivr.aftersales import case_search
from ivr.aftersales.case_search import Wanted
from ivr.aftersales.life import Channel, Priority, Status
from ivr.store.session import Store
from tests.bench.two_sizes import compare

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
_ROUNDS = 30

#: A tenth as many homes as cases; a few cases in a hundred go on; each has a requirement and a contact.
_FILL = """
INSERT INTO projects (id, code, name, keypad_name, weekday, region, timezone, slot_minutes,
                      inspectors, crews, created_at)
SELECT i, i::text, 'Proyecto ' || i, '7', 4, 'RM', 'America/Santiago', 30, 1, 1, now()
FROM generate_series(1, 40) i;
INSERT INTO homes (id, project_id, number, digits, owner, verified, created_at)
SELECT i, 1 + i % 40, i::text, i::text,
       (ARRAY['José','Camila','Hernán','María','Pedro','Ana'])[1 + i % 6] || ' '
       || (ARRAY['Rojas','Muñoz','Díaz','Soto','Pérez'])[1 + i % 5] || ' '
       || translate(substr(md5(i::text), 1, 7), '0123456789', 'ghijklmnop'), true, now()
FROM generate_series(1, {n} / 10) i;
INSERT INTO home_phones (home_id, phone)
SELECT i, '+569' || (20000000 + i) FROM generate_series(1, {n} / 10) i;
INSERT INTO cases (id, number, status, priority, channel, project_id, home_id, created_at, closed_at)
SELECT i, (1000000 + i)::text,
       CASE WHEN i % 100 = 0 THEN 'open' WHEN i % 50 = 1 THEN 'visit_scheduled' ELSE 'closed' END,
       CASE WHEN i % 40 = 0 THEN 'urgent' ELSE 'standard' END,
       (ARRAY['phone','mobile','email','web'])[1 + i % 4], 1 + (i % ({n} / 10)) % 40, 1 + i % ({n} / 10),
       now() - i * interval '1 minute',
       CASE WHEN i % 100 = 0 OR i % 50 = 1 THEN NULL ELSE now() END
FROM generate_series(1, {n}) i;
INSERT INTO requirements (case_id, category, status, disputes)
SELECT i, 'damp', 'reported', 0 FROM generate_series(1, {n}) i;
INSERT INTO case_contacts (case_id, phone)
SELECT i, '+569' || (30000000 + i) FROM generate_series(1, {n}) i;
INSERT INTO tasks (kind, state, case_id, due, detail, created_at)
SELECT 'visit_late', CASE WHEN i % 1000 = 0 THEN 'open' ELSE 'done' END, i, now(), '', now()
FROM generate_series(100, {n}, 100) i;
"""

#: Of home 498, whose owner is a José.
_SURNAME = "glfpnhb"

SEARCHES: Mapping[str, Wanted] = {
    "vigentes": Wanted(unended=True),
    "todas": Wanted(),
    "abiertas": Wanted(status=Status.OPEN),
    "anuladas (ninguna)": Wanted(status=Status.CANCELLED),
    "urgentes": Wanted(priority=Priority.URGENT),
    "correo": Wanted(channel=Channel.EMAIL),
    "un proyecto": Wanted(project="7"),
    "un proyecto, abiertas": Wanted(project="20", status=Status.OPEN),
    "un proyecto, vigentes": Wanted(project="20", unended=True),
    "vigentes y urgentes": Wanted(unended=True, priority=Priority.URGENT),
    "atrasadas": Wanted(overdue=True),
    "número": Wanted(words="1009000"),
    "comienzo de un número": Wanted(words="10090"),
    "teléfono del contacto": Wanted(words="9 3000 5000"),
    "teléfono de la vivienda": Wanted(words="+56 9 2000 0500"),
    "nombre frecuente": Wanted(words="rojas"),
    "nombre raro": Wanted(words=f"jose {_SURNAME}"),
    "nombre que nadie tiene": Wanted(words="zzzz"),
    "proyecto por nombre": Wanted(words="proyecto 13"),
    "el mismo, vigentes": Wanted(words="proyecto 13", unended=True),
}


def page(store: Store, wanted: Wanted) -> float:
    """Milliseconds of one page."""
    began = time.perf_counter()
    with store.reading() as session:
        case_search.page(session, wanted, now=NOW)
    return (time.perf_counter() - began) * 1000


def main(sizes: Sequence[int]) -> None:
    """Print the table."""
    works = {name: partial(page, wanted=wanted) for name, wanted in SEARCHES.items()}
    compare("búsqueda", sizes, lambda n: _FILL.format(n=n), works, _ROUNDS)


if __name__ == "__main__":
    main([int(given) for given in sys.argv[1:]] or [10_000, 1_000_000])
