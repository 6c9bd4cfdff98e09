"""Rows that a test starts from, written straight into the tables: each needs only what the test is about."""

from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ivr.aftersales.life import Category, Channel, Priority, RequirementStatus, Status
from ivr.store.tables import Case, Home, Project, Requirement

_LONG_AGO = datetime(2026, 1, 5, 12, tzinfo=UTC)

Row = TypeVar("Row")


def at(wall: str) -> datetime:
    """The moment, in UTC, when clocks in Santiago show ``wall``, such as ``2026-11-26 10:00``."""
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo("America/Santiago")).astimezone(UTC)


def make_project(session: Session, **columns: Any) -> Project:
    """A project in Santiago, visits on Thursdays, one inspector, one crew, unless ``columns`` differ."""
    values: dict[str, Any] = {
        "code": "101",
        "name": "Los Aromos",
        "keypad_name": "56727667",
        "weekday": 4,
        "region": "RM",
        "timezone": "America/Santiago",
        "slot_minutes": 30,
        "inspectors": 1,
        "crews": 1,
        "received_on": None,
        "created_at": _LONG_AGO,
    }
    return _added(session, Project(**values | columns))


def make_home(session: Session, project: Project, number: str = "1204", **columns: Any) -> Home:
    """A verified home of ``project``; its keypad digits are those of its number."""
    values: dict[str, Any] = {
        "project": project,
        "number": number,
        "digits": "".join(filter(str.isdigit, number)),
        "owner": "Camila Rojas",
        "verified": True,
        "registered_on": None,
        "created_at": _LONG_AGO,
    }
    return _added(session, Home(**values | columns))


def make_case(
    session: Session,
    home: Home | None,
    status: Status = Status.OPEN,
    requirements: tuple[RequirementStatus, ...] = (RequirementStatus.REPORTED,),
    **columns: Any,
) -> Case:
    """A case of ``home`` (or unknown) as if it had come as far as ``status``, with these requirements.

    Numbers just count up, so that many can be made; numbers as the line draws them come from
    ``ivr.aftersales.cases``.
    """
    taken = session.scalar(select(func.count()).select_from(Case)) or 0
    values: dict[str, Any] = {
        "number": str(5_000_000 + taken),
        "status": status,
        "priority": Priority.STANDARD,
        "channel": Channel.PHONE,
        "project_id": home.project_id if home is not None else None,
        "home_id": home.id if home is not None else None,
        "created_at": _LONG_AGO,
        "requirements": [Requirement(category=Category.DAMP, status=each) for each in requirements],
    }
    return _added(session, Case(**values | columns))


def _added(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row
