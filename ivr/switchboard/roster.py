"""Who is on call when: shifts of every week, shifts of certain dates, and swaps.

While the roster has no shift at all, and wherever nobody has one, the agents' own levels count: a gap in the
roster silences nobody.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from ivr.aftersales import pages
from ivr.errors import Invalid, NotFound
from ivr.settings import Settings
from ivr.store.tables import Agent, RosterEntry

_LOWEST_LEVEL = 99
_WEEK = range(1, 8)


class EntryKind(StrEnum):
    """What a line of the roster says."""

    WEEKLY = "weekly"  #: on one weekday of every week, from a time to a time
    DATED = "dated"  #: from a moment to a moment
    SWAP = "swap"  #: from a moment to a moment, one agent instead of another


def add_weekly(
    session: Session, agent_id: int, *, level: int, weekday: int, begins: time, ends: time, now: datetime
) -> RosterEntry:
    """An agent is on call every ``weekday`` (1 Monday … 7 Sunday), by the office's clocks.

    An end that is not after the beginning is the next day's. Raises Invalid with all faults.
    """
    faults = _level_faults(level) | ({} if weekday in _WEEK else {"weekday": "expected 1 to 7"})
    return _add(
        session,
        faults,
        EntryKind.WEEKLY,
        agent_id,
        now,
        level=level,
        weekday=weekday,
        begins=begins,
        ends=ends,
    )


def add_dated(
    session: Session, agent_id: int, *, level: int, starts_at: datetime, ends_at: datetime, now: datetime
) -> RosterEntry:
    """An agent is on call from a moment to a moment. Raises Invalid with all faults."""
    faults = _level_faults(level) | _span_faults(starts_at, ends_at)
    return _add(
        session, faults, EntryKind.DATED, agent_id, now, level=level, starts_at=starts_at, ends_at=ends_at
    )


def add_swap(
    session: Session,
    agent_id: int,
    *,
    instead_of: int,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> RosterEntry:
    """From a moment to a moment, an agent has the shifts of another, with their levels.

    Raises Invalid with all faults.
    """
    faults = _span_faults(starts_at, ends_at)
    if agent_id == instead_of:
        faults["instead_of"] = "is the same agent"
    elif session.get(Agent, instead_of) is None:
        faults["instead_of"] = "there is no such agent"
    span = {"starts_at": starts_at, "ends_at": ends_at}
    return _add(session, faults, EntryKind.SWAP, agent_id, now, instead_of_id=instead_of, **span)


def remove(session: Session, entry_id: int) -> None:
    """That line counts no more. Raises NotFound."""
    removed = session.execute(delete(RosterEntry).where(RosterEntry.id == entry_id).returning(RosterEntry.id))
    if removed.one_or_none() is None:
        raise NotFound(f"the roster has no entry {entry_id}")


def page(
    session: Session, cursor: str | None = None, limit: int = 50
) -> tuple[list[RosterEntry], str | None]:
    """The roster's lines in the order in which they were written, and the cursor of the next page."""
    return pages.read(session, select(RosterEntry), (RosterEntry.id,), cursor, limit)


def levels(session: Session, settings: Settings, now: datetime) -> dict[int, int] | None:
    """The ids of those who are on call at this moment, with their levels; None: the agents' own levels."""
    wanted = select(RosterEntry).where(or_(RosterEntry.ends_at.is_(None), RosterEntry.ends_at > now))
    found = on_call(session.scalars(wanted.order_by(RosterEntry.id)).all(), now, settings.timezone)
    return found or None


def on_call(entries: Iterable[RosterEntry], now: datetime, timezone: str) -> dict[int, int]:
    """Who is on call at ``now`` by these lines, with their levels: the best one of several shifts.

    Swaps are made in the order in which they were written, so that what was swapped can be swapped again.
    """
    current = [entry for entry in entries if _counts(entry, now, ZoneInfo(timezone))]
    found: dict[int, int] = {}
    for entry in current:
        if entry.level is not None:
            found[entry.agent_id] = min(entry.level, found.get(entry.agent_id, _LOWEST_LEVEL))
    for entry in current:
        if entry.instead_of_id in found:
            level = found.pop(entry.instead_of_id)
            found[entry.agent_id] = min(level, found.get(entry.agent_id, _LOWEST_LEVEL))
    return found


def _counts(entry: RosterEntry, now: datetime, zone: ZoneInfo) -> bool:
    if entry.starts_at is not None and entry.ends_at is not None:
        return entry.starts_at <= now < entry.ends_at
    return any(begins <= now < ends for begins, ends in _shifts(entry, now, zone))


def _shifts(entry: RosterEntry, now: datetime, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """The weekly shift as it falls on today, and on yesterday, whose night may go on."""
    if entry.weekday is None or entry.begins is None or entry.ends is None:
        return []
    today = now.astimezone(zone).date()
    shifts = []
    for day in (today - timedelta(days=1), today):
        if day.isoweekday() == entry.weekday:
            last = day if entry.ends > entry.begins else day + timedelta(days=1)
            begins = datetime.combine(day, entry.begins, zone).astimezone(UTC)
            shifts.append((begins, datetime.combine(last, entry.ends, zone).astimezone(UTC)))
    return shifts


def _add(
    session: Session,
    faults: Mapping[str, str],
    kind: EntryKind,
    agent_id: int,
    now: datetime,
    **columns: object,
) -> RosterEntry:
    agent = session.get(Agent, agent_id)
    if agent is None or agent.deactivated_at is not None:
        faults = {**faults, "agent": "there is no such agent"}
    if faults:
        raise Invalid("the entry has wrong fields", faults)
    entry = RosterEntry(kind=kind, agent_id=agent_id, created_at=now, **columns)
    session.add(entry)
    session.flush()
    return entry


def _level_faults(level: int) -> dict[str, str]:
    return {} if 1 <= level <= _LOWEST_LEVEL else {"level": f"expected 1 to {_LOWEST_LEVEL}"}


def _span_faults(starts_at: datetime, ends_at: datetime) -> dict[str, str]:
    return {} if starts_at < ends_at else {"ends_at": "is not after its beginning"}
