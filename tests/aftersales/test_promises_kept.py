"""Broken promises are counted, each once and in its time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.aftersales import cases, promises_kept
from ivr.aftersales.events import LINE
from ivr.aftersales.life import Channel, UrgentKind
from ivr.aftersales.promises_kept import Broken
from ivr.clock import MovableClock
from ivr.store.session import Store
from tests.making import at
from tests.outgoing import FIXED, Outgoing, open_outgoing

NOVEMBER, DECEMBER, JANUARY = at("2026-11-01 00:00"), at("2026-12-01 00:00"), at("2027-01-01 00:00")


@pytest.fixture
def life(store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Outgoing]:
    with open_outgoing(store, tmp_path, clock) as opened:
        yield opened


def counted(life: Outgoing, month: int) -> dict[Broken, int]:
    """What a report of that month tells; zeros left out."""
    bounds = {11: (NOVEMBER, DECEMBER), 12: (DECEMBER, JANUARY)}[month]
    with life.store.reading() as session:
        told = promises_kept.broken(session, *bounds)
    assert list(told) == list(Broken)
    return {what: count for what, count in told.items() if count}


def test_where_everything_was_kept_every_line_is_zero(life: Outgoing) -> None:
    assert counted(life, 11) == {}


def test_each_alarm_is_a_line_in_the_month_in_which_it_was_raised(life: Outgoing) -> None:
    with life.store.transaction() as session:
        cases.open_urgent(
            session, UrgentKind.WATER, Channel.WEB, now=life.clock.now(), by=LINE, contacts=[FIXED]
        )
    life.works_done()
    life.inspected(True, contacts=())
    for wall in ("2026-11-24 10:06", "2026-11-24 10:40", "2026-11-24 14:45", "2026-11-25 10:01"):
        life.until(wall)
        life.unanswered()
    life.until("2026-11-30 12:00")
    november = {
        Broken.URGENT_5_MINUTES: 1,
        Broken.URGENT_15_MINUTES: 1,
        Broken.SURVEY_UNANSWERABLE: 1,
    }
    assert counted(life, 11) == november
    for wall in ("2026-12-10 12:00", "2026-12-17 12:00", "2026-12-24 12:00"):
        life.until(wall)
    assert counted(life, 11) == november
    assert counted(life, 12) == {
        Broken.VISIT_5_DAYS: 1,
        Broken.WORKS_10_DAYS: 1,
        Broken.WORKS_15_DAYS: 1,
        Broken.WORKS_20_DAYS: 1,
    }
