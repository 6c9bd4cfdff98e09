"""Statements that every webhook runs: translated once for each database, then sent by its driver as they are.

SQLAlchemy takes longer to prepare a short statement, and to turn its rows into objects, than PostgreSQL to
answer it, and a caller waits for both. What is kept is still a statement of SQLAlchemy's, with its types and
its errors. PostgreSQL keeps it too, and plans it once for all values, so each of its conditions must suit an
index whatever the values are. All other statements are planned for theirs (`ivr.store.session`).
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Generic, NamedTuple, TypeVar, cast

from sqlalchemy import ColumnElement, CompoundSelect, Dialect, Select, Table, inspect
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key
from sqlalchemy.sql.dml import UpdateBase

from ivr.store.tables import Base

Row = Sequence[Any]
Convert = Callable[[Any], Any]


class Result(NamedTuple):
    """What a statement did: the rows that it gave back, and the count of those that it touched."""

    rows: list[Row]
    touched: int


class _Translated(NamedTuple):
    """A statement as one database understands it."""

    sql: str
    #: Names of the values that must be given, and what else is sent, which is in the statement itself.
    wanted: frozenset[str]
    constants: dict[str, Any]
    #: All those names in the order in which they are sent; None where each is sent by its name.
    order: Sequence[str] | None
    #: How values are changed that cannot be sent as they are, and those that cannot be read so.
    before: list[tuple[str, Convert]]
    after: list[tuple[int, Convert]]
    #: What else the driver is told.
    options: dict[str, Any]


class Kept:
    """A statement over columns of tables, with places for its values (`sqlalchemy.bindparam`).

    ``columns`` are those that an INSERT or UPDATE fills; their values are given by these names.
    """

    def __init__(
        self,
        statement: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]] | UpdateBase,
        columns: Collection[str] | None = None,
    ) -> None:
        self._statement = statement
        self._columns = list(columns) if columns is not None else None
        self._gives: list[ColumnElement[Any]] = list(statement.exported_columns)
        self._known: dict[str, _Translated] = {}

    def run(self, session: Session, **values: Any) -> Result:
        """Run it in the session's transaction. Unless it fills columns, the session is flushed first.

        Raises:
            TypeError: a value is missing, or has no place.
            ValueError: a moment without a time zone.
            sqlalchemy.exc.DBAPIError: as any statement of the session; a broken connection is given up.
        """
        if self._columns is None:
            session.flush()
        connection = session.connection()
        statement = self._known.get(connection.dialect.name) or self._translate(connection.dialect)
        if values.keys() != statement.wanted:
            raise TypeError(f"values for {sorted(statement.wanted)}, not {sorted(values)}")
        sent = {**statement.constants, **values}
        for name, convert in statement.before:
            sent[name] = convert(sent[name])
        parameters: Any = sent if statement.order is None else tuple(sent[name] for name in statement.order)
        cursor: Any = None
        try:
            cursor = connection.connection.cursor()
            for listener in connection.dispatch.before_cursor_execute:
                listener(connection, cursor, statement.sql, parameters, None, False)
            cursor.execute(statement.sql, parameters, **statement.options)
            rows: list[Row] = list(cursor.fetchall()) if self._gives else []
            touched = cursor.rowcount
            cursor.close()
        except BaseException as fault:
            # What SQLAlchemy does itself with whatever a driver raises. It always raises.
            connection._handle_dbapi_exception(fault, statement.sql, parameters, cursor, None)
            raise
        if statement.after:
            rows = [_converted(row, statement.after) for row in rows]
        return Result(rows, touched)

    def _translate(self, dialect: Dialect) -> _Translated:
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._columns)
        if compiled.insert_prefetch or compiled.update_prefetch or compiled.post_compile_params:
            raise TypeError(f"nobody would fill in a column's default, or a list: {compiled}")
        places = {name: bound for bound, name in compiled.bind_names.items()}
        sent = {name: bound.type.dialect_impl(dialect) for name, bound in places.items()}
        gives = [column.type.dialect_impl(dialect) for column in self._gives]
        self._known[dialect.name] = statement = _Translated(
            sql=compiled.string,
            wanted=frozenset(name for name, bound in places.items() if bound.required),
            constants={name: bound.value for name, bound in places.items() if not bound.required},
            order=compiled.positiontup if dialect.positional else None,
            before=[(name, how) for name, kind in sent.items() if (how := kind.bind_processor(dialect))],
            after=[(n, how) for n, kind in enumerate(gives) if (how := kind.result_processor(dialect, None))],
            options={"prepare": True} if dialect.driver == "psycopg" else {},
        )
        return statement


def _converted(row: Row, after: list[tuple[int, Convert]]) -> Row:
    cells = list(row)
    for place, convert in after:
        cells[place] = convert(cells[place])
    return cells


T = TypeVar("T", bound=Base)


class Rows(Generic[T]):
    """Turns rows of one table, all its columns in their order, into the session's objects. A table of ours
    begins with its one key.
    """

    def __init__(self, entity: type[T]) -> None:
        mapper = inspect(entity)
        self._entity = entity
        self.table = cast("Table", mapper.local_table)
        self.columns = tuple(self.table.columns)
        self._names = [mapper.get_property_by_column(column).key for column in self.columns]
        self._related = [related.key for related in mapper.relationships]

    def place(self, session: Session, row: Row) -> T:
        """The session's object of that row; one that it has already is refreshed. ``row`` may be longer than
        the table is wide.
        """
        key = identity_key(self._entity, row[0])
        known: T | None = session.identity_map.get(key)
        if known is None:
            made = self._entity()
            made.__dict__.update(zip(self._names, row, strict=False))
            inspect(made).key = key  # it has its row; what it is related to is read when it is asked for
            session.add(made)
            return made
        for name, value in zip(self._names, row, strict=False):
            set_committed_value(known, name, value)
        if self._related:
            session.expire(known, self._related)
        return known

    def place_if(self, session: Session, row: Row) -> T | None:
        """The same; None where an outer join found no row."""
        return self.place(session, row) if row[0] is not None else None
