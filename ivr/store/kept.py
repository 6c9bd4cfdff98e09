"""Statements that every webhook runs: translated once for each database, then sent by its driver as they are.

SQLAlchemy takes longer to prepare a short statement, and to make its rows objects, than PostgreSQL to answer
it, and a caller waits for both. What is kept is still a statement of SQLAlchemy's, with its types, its errors
and its listeners.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Generic, NamedTuple, TypeVar, cast

from sqlalchemy import ColumnElement, CompoundSelect, Dialect, Select, Table, inspect
from sqlalchemy.orm import Session, make_transient_to_detached
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
    #: What is in the statement from the beginning.
    constants: dict[str, Any]
    #: Names of its values in the order in which they are sent; None where each is sent by its name.
    order: Sequence[str] | None
    #: How values are changed that cannot be sent as they are, and those that are not read as they are.
    sent: list[tuple[str, Convert]]
    read: list[tuple[int, Convert]]


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
        """Run it in the session's transaction; what reads, after what the session has not written yet.

        Raises:
            sqlalchemy.exc.DBAPIError: as any statement of the session; a broken connection is given up.
        """
        if self._columns is None:
            session.flush()
        connection = session.connection()
        words = self._known.get(connection.dialect.name) or self._translate(connection.dialect)
        sent = {**words.constants, **values}
        for name, convert in words.sent:
            sent[name] = convert(sent[name])
        parameters: Any = sent if words.order is None else tuple(sent[name] for name in words.order)
        cursor = connection.connection.cursor()
        try:
            for told in connection.dispatch.before_cursor_execute:
                told(connection, cursor, words.sql, parameters, None, False)
            cursor.execute(words.sql, parameters)
            result = Result(list(cursor.fetchall()) if self._gives else [], cursor.rowcount)
        except Exception as fault:
            connection._handle_dbapi_exception(fault, words.sql, parameters, cursor, None)
            raise  # it never comes back
        finally:
            cursor.close()
        if not words.read:
            return result
        return result._replace(rows=[_converted(row, words.read) for row in result.rows])

    def _translate(self, dialect: Dialect) -> _Translated:
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._columns)
        if compiled.insert_prefetch or compiled.update_prefetch or compiled.post_compile_params:
            raise TypeError(f"nobody would fill in a column's default, or a list: {compiled}")
        sent = {name: bound.type.dialect_impl(dialect) for name, bound in compiled.binds.items()}
        gives = [column.type.dialect_impl(dialect) for column in self._gives]
        self._known[dialect.name] = words = _Translated(
            sql=compiled.string,
            constants={name: bound.value for name, bound in compiled.binds.items()},
            order=compiled.positiontup if dialect.positional else None,
            sent=[(name, how) for name, kind in sent.items() if (how := kind.bind_processor(dialect))],
            read=[(n, how) for n, kind in enumerate(gives) if (how := kind.result_processor(dialect, None))],
        )
        return words


def _converted(row: Row, read: list[tuple[int, Convert]]) -> Row:
    cells = list(row)
    for place, convert in read:
        cells[place] = convert(cells[place])
    return cells


T = TypeVar("T", bound=Base)


class Rows(Generic[T]):
    """Makes rows of one table, all its columns in their order, the session's objects. A table of ours begins
    with its one key.
    """

    def __init__(self, entity: type[T]) -> None:
        mapper = inspect(entity)
        self._entity = entity
        self.table = cast("Table", mapper.local_table)
        self.columns = tuple(self.table.columns)
        self._names = [mapper.get_property_by_column(column).key for column in self.columns]
        self._related = [related.key for related in mapper.relationships]

    def place(self, session: Session, row: Row) -> T:
        """The object of the row that begins with its key; one that the session has already is as fresh.

        ``row`` may be longer than the table is wide.
        """
        known: T | None = session.identity_map.get(identity_key(self._entity, row[0]))
        if known is None:
            made = self._entity()
            made.__dict__.update(zip(self._names, row, strict=False))
            make_transient_to_detached(made)
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
