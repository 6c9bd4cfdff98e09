"""What the clock finds to do by itself: a purge every hour, and deadlines that wait in the database."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import Job, TextRow
from tests.making import at
from tests.outgoing import Outgoing, open_outgoing
from worker.clock import look


@pytest.fixture
def life(store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Outgoing]:
    with open_outgoing(store, tmp_path, clock) as opened:
        yield opened


def job(life: Outgoing, kind: str) -> Job:
    with life.store.reading() as session:
        return session.scalars(select(Job).where(Job.kind == kind)).one()


def test_a_purge_takes_place_every_hour_and_says_what_went(life: Outgoing) -> None:
    life.work()
    assert job(life, "purge").outcome.startswith("0 recordings")
    with life.store.transaction() as session:
        session.add(
            TextRow(
                direction="in",
                phone="+56961234567",
                body="Gracias",
                purpose="received",
                state="received",
                segments=1,
                created_at=life.clock.now() - timedelta(days=731),
            )
        )
    life.later(minutes=59)
    assert [text.body for text in life.rows(TextRow)] == ["Gracias"]
    life.later(minutes=2)
    assert [text.body for text in life.rows(TextRow)] == [""]
    assert "1 texts" in job(life, "purge").outcome


def test_a_purge_that_has_more_to_do_goes_on_at_once(life: Outgoing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.promises._PARTS", 1)
    life.work()
    with life.store.transaction() as session:
        session.add_all(
            TextRow(
                direction="in",
                phone=f"+5696123{number:04}",
                body="Gracias",
                purpose="received",
                state="received",
                segments=1,
                created_at=life.clock.now() - timedelta(days=731),
            )
            for number in range(3)
        )
    life.later(minutes=61)
    assert [text.body for text in life.rows(TextRow)] == ["", "", ""]


def test_the_terms_of_a_case_wait_as_one_job_until_the_first_runs_out(life: Outgoing) -> None:
    life.clock.set(at("2026-12-14 12:00"))
    life.inspected(True, contacts=())
    assert job(life, "watch").due_at == at("2026-12-29 09:00")
    assert look(life.context, 10) == []
    life.until("2026-12-29 09:01")
    assert job(life, "watch").due_at == at("2027-01-06 09:00")


def test_a_case_that_has_ended_is_watched_no_more(life: Outgoing) -> None:
    case_id = life.inspected(True)
    rung = life.rings()
    rung.answer().press("1", "1", "1")
    life.over(rung)
    life.do_works(case_id)
    rung = life.rings()
    rung.answer().press("1", "1")
    life.over(rung)
    assert (life.status(case_id), job(life, "watch").state) == ("closed", "due")
    life.later(days=40)
    assert job(life, "watch").state == "done"
    assert life.open_tasks() == []
