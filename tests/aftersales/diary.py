"""How the tests of dates speak of them: by the day of the month and the hour on Santiago's clocks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from ivr.store.tables import Case, Project


class _Dated(Protocol):
    @property
    def start(self) -> datetime: ...


def wall(dated: _Dated) -> str:
    """The start, as ``26 10:00``."""
    return dated.start.astimezone(ZoneInfo("America/Santiago")).strftime("%d %H:%M")


def walls(dates: Iterable[_Dated]) -> list[str]:
    return [wall(each) for each in dates]


def days(dates: Iterable[_Dated]) -> list[str]:
    """The days of the month, each once, in order."""
    return list(dict.fromkeys(wall(each)[:2] for each in dates))


def project_of(case: Case) -> Project:
    """The project of a case whose home is known."""
    assert case.project is not None
    return case.project
