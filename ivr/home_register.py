"""The register of homes taken in from a CSV file, with what it would change told first.

The file has the form of ``ivr import homes`` (`ivr.imports`). Here a home that is known already is changed: a
cell that is empty, or a column that is not there, leaves that field as it is.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from ivr import imports
from ivr.aftersales import homes
from ivr.errors import Duplicate, Invalid, RuleError
from ivr.store.tables import Home, Project

_KIND = "homes"


class Verdict(StrEnum):
    """What a row does to the register."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    WRONG = "wrong"


@dataclass(frozen=True)
class Planned:
    """One row of the file, and what becomes of it."""

    line: int
    verdict: Verdict
    #: Code and number as the row names them.
    project: str
    number: str
    #: All fields of the home after it, as `homes.create` and `homes.update` take them.
    fields: Mapping[str, Any] = field(default_factory=dict)
    #: The home that is changed, and of each field that is: before and after.
    home: Home | None = None
    differences: Mapping[str, tuple[object, object]] = field(default_factory=dict)
    #: Why it is wrong; none where it has not even the cells that line 1 names.
    fault: RuleError | None = None


@dataclass(frozen=True)
class Plan:
    """What the file would do, row by row, in its order."""

    rows: Sequence[Planned]
    projects: Mapping[str, Project]

    def of(self, verdict: Verdict) -> list[Planned]:
        """The rows of that kind."""
        return [row for row in self.rows if row.verdict == verdict]


def plan(session: Session, content: bytes, name: str, *, own: Collection[str] = ()) -> Plan:
    """What the file of that ``name`` would do, and what is wrong with it; nothing is changed.

    ``own``: the line's own numbers, which are no owner's. Raises ImportFault for what is no such file.
    """
    rows, broken = imports.read(content, _KIND, name)
    projects = {project.code: project for project in session.scalars(select(Project))}
    known = _known(session, projects, {row.cells.get("project", "") for row in rows})
    planned = [Planned(line, Verdict.WRONG, "", "") for line in broken]
    seen: set[tuple[str, str]] = set()
    for row in rows:
        code, number = row.cells.get("project", ""), " ".join(row.cells.get("number", "").split())
        try:
            if (code, number) in seen:
                raise Duplicate(f"the home {number} of project {code} stands in the file twice")
            seen.add((code, number))
            if code and code not in projects:
                raise Invalid("the row has wrong cells", {"project": f"there is no project {code}"})
            planned.append(_planned(row, code, number, known.get((code, number)), own))
        except RuleError as fault:
            planned.append(Planned(row.line, Verdict.WRONG, code, number, fault=fault))
    return Plan(sorted(planned, key=lambda row: row.line), projects)


def carry_out(session: Session, wanted: Plan, *, now: datetime, own: Collection[str] = ()) -> None:
    """Do what was planned in this transaction. Raises Invalid if a row is wrong: all rows or none."""
    if wanted.of(Verdict.WRONG):
        raise Invalid("the file has wrong rows", {"rows": "expected none that is wrong"})
    for row in wanted.of(Verdict.NEW):
        homes.create(session, project=wanted.projects[row.project], **row.fields, now=now, own=own)
    for row in wanted.of(Verdict.CHANGED):
        if row.home is not None:
            homes.update(session, row.home, **row.fields, own=own)


def _known(
    session: Session, projects: Mapping[str, Project], codes: Collection[str]
) -> dict[tuple[str, str], Home]:
    ids = [projects[code].id for code in codes if code in projects]
    wanted = select(Home).where(Home.project_id.in_(ids)).options(selectinload(Home.phones))
    return {(home.project.code, home.number): home for home in session.scalars(wanted)}


def _planned(
    row: imports.Row,
    code: str,
    number: str,
    home: Home | None,
    own: Collection[str],
) -> Planned:
    """Raises Invalid with all faults of the row."""
    given = imports.fields(row, _KIND)
    del given["project"]
    before = _stored(home)
    after = before | given | {"number": number, "verified": given.get("verified", True)}
    homes.check(number, after["owner"], after["phones"], own)
    if home is None:
        return Planned(row.line, Verdict.NEW, code, number, after)
    differences = {name: (before[name], value) for name, value in after.items() if before[name] != value}
    verdict = Verdict.CHANGED if differences else Verdict.SAME
    return Planned(row.line, verdict, code, number, after, home, differences)


def _stored(home: Home | None) -> dict[str, Any]:
    """The fields of a home; of none, what a new one has where nothing is said."""
    registered_on: date | None = home.registered_on if home else None
    return {
        "number": home.number if home else "",
        "owner": home.owner if home else None,
        "phones": [phone.phone for phone in home.phones] if home else [],
        "verified": home.verified if home else True,
        "registered_on": registered_on,
    }
