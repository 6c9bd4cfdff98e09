"""/roster: who is on call when."""

from collections.abc import Callable, Mapping
from datetime import time
from typing import Annotated

from pydantic import Field

from ivr.api.clients import Scope
from ivr.api.fields import Answer, Body, LocalMoment, Moment, Page, RowId, documented, example, local_if
from ivr.api.operations import Nothing, Operations, Request
from ivr.errors import Invalid
from ivr.store.tables import RosterEntry
from ivr.switchboard import roster
from ivr.switchboard.roster import EntryKind

operations = Operations("roster")

Rank = Annotated[int, documented(minimum=1, maximum=99, description="1 is rung first")]
Weekday = Annotated[int, documented(minimum=1, maximum=7, description="1 Monday … 7 Sunday")]
Wall = Annotated[time, Field(strict=False), documented(description="by the office's clocks, such as 18:30")]
Kind = Annotated[EntryKind, documented(enum=sorted(EntryKind))]

#: The fields of each kind of entry, beside kind and agent: all of them, and no others.
_FIELDS: dict[EntryKind, frozenset[str]] = {
    EntryKind.WEEKLY: frozenset({"level", "weekday", "begins", "ends"}),
    EntryKind.DATED: frozenset({"level", "starts_at", "ends_at"}),
    EntryKind.SWAP: frozenset({"instead_of", "starts_at", "ends_at"}),
}
_ADD: Mapping[EntryKind, Callable[..., RosterEntry]] = {
    EntryKind.WEEKLY: roster.add_weekly,
    EntryKind.DATED: roster.add_dated,
    EntryKind.SWAP: roster.add_swap,
}


class RosterIn(Body):
    """A shift of every week, a shift from a moment to a moment, or a swap of two agents meanwhile."""

    model_config = example(kind="weekly", agent=1, level=1, weekday=5, begins="18:30", ends="23:00")

    kind: Kind
    agent: RowId
    level: Rank | None = None
    weekday: Weekday | None = None
    begins: Wall | None = None
    ends: Wall | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    instead_of: RowId | None = None


class RosterOut(Answer):
    id: int
    kind: EntryKind
    agent: int
    level: int | None
    weekday: int | None
    begins: str | None
    ends: str | None
    starts_at: LocalMoment | None
    ends_at: LocalMoment | None
    instead_of: int | None


class RosterPage(Answer):
    roster: list[RosterOut]
    next: str | None


@operations.add("POST", "/roster", scope=Scope.ADMIN, given=RosterIn, gives=RosterOut, status=201)
def add(request: Request[RosterIn]) -> RosterOut:
    """A line more. While there is no shift at any moment, the agents' own levels count."""
    given = request.given
    wanted = _FIELDS[given.kind]
    values = given.model_dump(exclude={"kind", "agent"}, exclude_none=True)
    faults = dict.fromkeys(sorted(wanted - values.keys()), f"is needed in a {given.kind} entry")
    faults |= dict.fromkeys(sorted(values.keys() - wanted), f"has no place in a {given.kind} entry")
    if faults:
        raise Invalid("the entry has wrong fields", faults)
    entry = _ADD[given.kind](request.session, given.agent, **values, now=request.now)
    return _shown(entry, request.office_timezone)


@operations.add("GET", "/roster", scope=Scope.READ, given=Page, gives=RosterPage)
def page(request: Request[Page]) -> RosterPage:
    """The roster's lines in the order in which they were written."""
    found, cursor = roster.page(request.session, request.given.cursor, request.given.limit)
    return RosterPage(roster=[_shown(entry, request.office_timezone) for entry in found], next=cursor)


@operations.add("DELETE", "/roster/<int:entry_id>", scope=Scope.ADMIN, given=Nothing, gives=None, status=204)
def remove(request: Request[Nothing], entry_id: int) -> None:
    """That line counts no more."""
    roster.remove(request.session, entry_id)


def _shown(entry: RosterEntry, office_timezone: str) -> RosterOut:
    return RosterOut(
        id=entry.id,
        kind=EntryKind(entry.kind),
        agent=entry.agent_id,
        level=entry.level,
        weekday=entry.weekday,
        begins=f"{entry.begins:%H:%M}" if entry.begins is not None else None,
        ends=f"{entry.ends:%H:%M}" if entry.ends is not None else None,
        starts_at=local_if(entry.starts_at, office_timezone),
        ends_at=local_if(entry.ends_at, office_timezone),
        instead_of=entry.instead_of_id,
    )
