"""What a test sees of the database's work."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, select

from ivr.store.session import Store
from ivr.store.tables import Base


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """Every statement that the store sends meanwhile, in order; BEGIN and COMMIT are none."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


def contents(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table: two of them are equal if nothing was changed in between."""
    with store.reading() as session:
        tables = Base.metadata.tables.values()
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
            for table in tables
        }
