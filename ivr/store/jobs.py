"""Due work: asked for in the transaction that makes it necessary; the clock finds what a lost nudge left."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from ivr.store.session import nudge
from ivr.store.tables import Base, Job
from ivr.store.types import MomentOrPlace


class JobKind(StrEnum):
    """What may be owed. The key of each is the id of the row it is about."""

    RING = "ring"  #: wait → find the next agent and ring them
    TEXT = "text"  #: text → send it
    RECORDING = "recording"  #: recording → copy it to our storage, then delete it at the carrier
    PHOTO = "photo"  #: dropped photo → delete it from our storage
    CONNECT = "connect"  #: wait → move the caller out of the queue to the agent who accepted
    PLACE = "place"  #: planned outbound call → place the next attempt
    MACHINE = "machine"  #: automated call that a machine answered → say who called, or hang up
    REMIND = "remind"  #: appointment → remind the owner of it
    WATCH = "watch"  #: case → see whether a deadline has passed
    DIAL = "dial"  #: call of an agent to an owner → place it
    CALL_OUT = "call_out"  #: call to an agent who wants to ring an owner → place it
    GUEST = "guest"  #: somebody who is to come into a talk → ring them
    ROOM = "room"  #: leg → make its talk's conference what the records say
    HANG_UP = "hang_up"  #: call → end it
    WRAP_UP = "wrap_up"  #: agent → available again
    POST = "post"  #: case → tell the CRM its events
    NAME = "name"  #: project → render its name, so that sentences with it are played


class Priority(IntEnum):
    """Outbound pacing serves in this order."""

    URGENT = 0
    AGENT = 1
    CALLBACK = 2
    ROUTINE = 3


@dataclass(frozen=True)
class Done:
    """A job has come to its end; ``outcome`` says in a word how."""

    outcome: str


@dataclass(frozen=True)
class Again:
    """A job wants to look again at ``at``, unless somebody asks for it before."""

    at: datetime
    outcome: str


def insert_for(session: Session, table: type[Base]):  # type: ignore[no-untyped-def]
    """An INSERT of the session's own dialect, which knows ``ON CONFLICT``."""
    return insert_into(session.get_bind().dialect.name, table)


def insert_into(dialect: str, table: type[Base]):  # type: ignore[no-untyped-def]
    """The same for a dialect by its name."""
    return (sqlite_insert if dialect == "sqlite" else postgresql_insert)(table)


def schedule(
    session: Session, kind: JobKind, key: int | str, due: datetime, priority: Priority = Priority.ROUTINE
) -> None:
    """Ask for a piece of work at ``due``. Asked for again, it is due anew (also while it is being done)."""
    schedule_all(session, kind, [key], due, priority)


def schedule_all(
    session: Session,
    kind: JobKind,
    keys: Iterable[int | str],
    due: datetime,
    priority: Priority = Priority.ROUTINE,
) -> None:
    """Ask for the same piece of work about several rows at once, in an order that all who ask share."""
    rows = [
        {
            "kind": kind,
            "key": key,
            "state": "due",
            "priority": priority,
            "due_at": due,
            "version": 1,
            "attempts": 0,
        }
        for key in sorted(map(str, keys))
    ]
    if not rows:
        return
    session.execute(
        insert_for(session, Job)
        .values(rows)
        .on_conflict_do_update(
            index_elements=["kind", "key"],
            set_={
                "state": "due",
                "priority": priority,
                "due_at": due,
                "version": Job.version + 1,
                "attempts": 0,
                "leased_until": None,
                "finished_at": None,
            },
        )
    )
    nudge(session)


def call_off(session: Session, kind: JobKind, key: int | str, now: datetime) -> None:
    """It is no longer needed: nobody takes it up any more."""
    session.execute(
        update(Job)
        .where(Job.kind == kind, Job.key == str(key), Job.state == "due")
        .values(state="done", outcome="called off", finished_at=now, version=Job.version + 1)
    )


def free(now: MomentOrPlace) -> ColumnElement[bool]:
    """Due at ``now`` and nobody's."""
    return and_(
        Job.state == "due", Job.due_at <= now, or_(Job.leased_until.is_(None), Job.leased_until <= now)
    )


def lateness(session: Session, now: datetime) -> tuple[int, float]:
    """How many jobs are due, and the age of the oldest in seconds."""
    count, oldest = session.execute(
        select(func.count(), func.min(Job.due_at)).where(Job.state == "due", Job.due_at <= now)
    ).one()
    return count, (now - oldest).total_seconds() if oldest else 0.0
