"""``ivr import``: projects, homes and agents from a CSV file, all rows or none.

The first line names the columns, which are the fields of the API. UTF-8, with or without a byte order mark;
commas or semicolons, as spreadsheets in Chile write them. An empty cell is a field left out. Several
telephones in a cell are kept apart by a comma, a slash, or the plus that each begins with.
"""

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import homes, projects
from ivr.clock import Clock
from ivr.errors import Invalid, PostventaError, RuleError
from ivr.store.session import Store
from ivr.store.tables import Project
from ivr.switchboard import presence

_SEVERAL = re.compile(r"[,;/|]|\s+(?=\+)")
_TRUTH = {"1": True, "true": True, "si": True, "sí": True, "0": False, "false": False, "no": False}


class ImportFault(PostventaError):
    """The file cannot be taken in; the message has a line for each faulty row, with its number."""


@dataclass(frozen=True)
class Row:
    """One record of the file: the line that it begins on, and its cells by column; empty ones left out."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class _Table:
    """What a file of one kind may hold, and how a row of it is taken in."""

    required: Collection[str]
    readers: Mapping[str, Callable[[str], object]]
    #: Gets the session, everything that a row may refer to, and the fields of one row.
    create: Callable[["_Taking", dict[str, Any]], object]


@dataclass(frozen=True)
class _Taking:
    """One import, inside its transaction."""

    session: Session
    now: datetime
    own: Collection[str]
    countries: Collection[str]
    projects: Mapping[str, Project]


def load(
    store: Store,
    kind: str,
    path: Path,
    clock: Clock,
    *,
    own: Collection[str] = (),
    countries: Collection[str] = (),
) -> int:
    """Take in all rows of the file, or none; how many they were.

    ``kind`` is ``projects``, ``homes`` or ``agents``; ``own`` are the line's own numbers, no owner's, and
    agents may be rung in ``countries`` besides Chile.

    Raises:
        ImportFault: the file cannot be read, or rows are wrong; nothing has changed.
    """
    table = _TABLES[kind]
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ImportFault(f"{path.name} cannot be read: {error.strerror}") from None
    rows, faults = read(content, kind, path.name)
    with store.transaction() as session:
        known = {project.code: project for project in session.scalars(select(Project))}
        taking = _Taking(session, clock.now(), own, countries, known)
        for row in rows:
            try:
                table.create(taking, fields(row, kind))
            except RuleError as error:
                faults[row.line] = explained(error)
        if faults:
            lines = [f"line {line}: {why}" for line, why in sorted(faults.items())]
            raise ImportFault("\n".join([f"nothing was taken in from {path.name}:", *lines]))
    return len(rows)


def read(content: bytes, kind: str, name: str) -> tuple[list[Row], dict[int, str]]:
    """The rows that have the form of one, and what is wrong with the others, by line.

    Raises ImportFault, which gives the file's ``name``, where there is nothing to be read line by line.
    """
    table = _TABLES[kind]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ImportFault(f"{name} is not UTF-8: save it as CSV UTF-8") from None
    records = _records(text)
    _, names = next(records, (1, []))
    if isinstance(names, csv.Error):
        raise ImportFault(f"line 1: {names}")
    header = [name.strip().lower() for name in names]
    unknown = [name for name in header if name not in table.readers]
    missing = [name for name in table.readers if name in table.required and name not in header]
    if unknown or missing or len(set(header)) != len(header):
        raise ImportFault(
            f"line 1: expected the columns {', '.join(table.readers)}, of which "
            f"{', '.join(table.required)} at least, each once; got {', '.join(header) or 'nothing'}"
        )
    rows, faults = [], {}
    for line, record in records:
        if isinstance(record, csv.Error):
            faults[line] = f"{record}: nothing from here on was read"
        elif len(record) == len(header):
            cells = {name: cell.strip() for name, cell in zip(header, record, strict=True)}
            rows.append(Row(line, {name: cell for name, cell in cells.items() if cell}))
        else:
            faults[line] = f"{len(record)} cells where line 1 has {len(header)}"
    return rows, faults


def _records(text: str) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Each record that is not blank, with the line that it begins on; a broken one is the last."""
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                yield line, record
            line = reader.line_num + 1
    except csv.Error as error:
        yield line, error


def fields(row: Row, kind: str) -> dict[str, Any]:
    """The row's fields as the business takes them. Raises Invalid with all faults."""
    table = _TABLES[kind]
    faults = {name: "is required" for name in table.required if name not in row.cells}
    taken = {}
    for name, cell in row.cells.items():
        try:
            taken[name] = table.readers[name](cell)
        except ValueError as error:
            faults[name] = str(error)
    if faults:
        raise Invalid("the row has wrong cells", faults)
    return taken


def explained(error: RuleError) -> str:
    """Why a row is refused, in one line."""
    if isinstance(error, Invalid) and error.fields:
        return "; ".join(f"{field}: {why}" for field, why in error.fields.items())
    return str(error)


def _create_project(taking: _Taking, fields: dict[str, Any]) -> object:
    return projects.create(taking.session, **fields, now=taking.now)


def _create_home(taking: _Taking, fields: dict[str, Any]) -> object:
    code = fields.pop("project")
    if code not in taking.projects:
        raise Invalid("the row has wrong cells", {"project": f"there is no project {code}"})
    return homes.create(
        taking.session, project=taking.projects[code], **fields, now=taking.now, own=taking.own
    )


def _create_agent(taking: _Taking, fields: dict[str, Any]) -> object:
    return presence.create(taking.session, **fields, now=taking.now, countries=taking.countries)


def _text(cell: str) -> str:
    if "\0" in cell:
        raise ValueError("holds a character that no text has")
    return cell


def _number(cell: str) -> int:
    if not (cell.isascii() and cell.isdigit()):
        raise ValueError(f"expected a whole number, not {cell!r}")
    return int(cell)


def _day(cell: str) -> date:
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"expected a date such as 2026-11-26, not {cell!r}") from None


def _truth(cell: str) -> bool:
    if cell.lower() not in _TRUTH:
        raise ValueError(f"expected one of {', '.join(_TRUTH)}, not {cell!r}")
    return _TRUTH[cell.lower()]


def _phones(cell: str) -> list[str]:
    """As people write them: blanks, brackets and dashes inside a number mean nothing."""
    return [re.sub(r"[\s().-]", "", part) for part in _SEVERAL.split(_text(cell)) if part.strip()]


def _words(cell: str) -> list[str]:
    return [word for word in re.split(r"[\s,;/|]+", cell) if word]


_TABLES: Mapping[str, _Table] = {
    "projects": _Table(
        required=("code", "name", "weekday"),
        readers={
            "code": _text,
            "name": _text,
            "weekday": _number,
            "region": _text,
            "timezone": _text,
            "slot_minutes": _number,
            "inspectors": _number,
            "crews": _number,
            "received_on": _day,
        },
        create=_create_project,
    ),
    "homes": _Table(
        required=("project", "number"),
        readers={
            "project": _text,
            "number": _text,
            "owner": _text,
            "phones": _phones,
            "verified": _truth,
            "registered_on": _day,
        },
        create=_create_home,
    ),
    "agents": _Table(
        required=("name", "phone", "email", "skills"),
        readers={
            "name": _text,
            "phone": _text,
            "email": _text,
            "skills": _words,
            "on_call_level": _number,
        },
        create=_create_agent,
    ),
}
