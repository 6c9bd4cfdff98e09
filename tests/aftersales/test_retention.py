"""What is too old goes, part by part, and is counted; what is not stays."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ivr.aftersales import retention
from ivr.settings import Settings
from ivr.store.session import Store
from ivr.store.tables import CallRow, Job, Recording, StoredAnswer, TextRow, TurnRow, Wait
from tests.line import settings
from tests.making import at

NOW = at("2026-11-24 03:00")
OWNER = "+56961234567"


@pytest.fixture
def chosen() -> Settings:
    return settings("sqlite://", recordings_days=180, calls_days=730, texts_days=730)


def call(session: Session, started_at: datetime, *, ended_at: datetime | None = None) -> CallRow:
    made = CallRow(
        sid=f"CA{session.scalar(select(func.count()).select_from(CallRow)):032}",
        direction="inbound",
        purpose="inbound",
        from_number=OWNER,
        to_number="+56800422727",
        caller=OWNER,
        channel="phone",
        status="completed",
        started_at=started_at,
        ended_at=ended_at or started_at,
    )
    session.add(made)
    session.flush()
    session.add(
        TurnRow(
            call_id=made.id,
            turn=0,
            at=started_at,
            step="inbound.welcome",
            asks="inbound.main_menu",
            question={},
            pressed="1",
            heard=["Hola"],
            reply="<Response/>",
            stack=[],
            trail=[],
            notes={"contacts": [OWNER]},
        )
    )
    session.flush()
    return made


def purge(session: Session, chosen: Settings, **more: Any) -> retention.Removed:
    return retention.purge(session, settings=chosen, now=NOW, **more)


def test_the_trace_of_an_old_call_goes_with_its_numbers_and_the_call_stays(
    store: Store, chosen: Settings
) -> None:
    with store.transaction() as session:
        old = call(session, NOW - timedelta(days=731))
        fresh = call(session, NOW - timedelta(days=729))
        waits = [
            Wait(
                call_id=each.id,
                priority="standard",
                state="served",
                since=each.started_at,
                in_queue=False,
                phone=OWNER,
                round=1,
                round_since=each.started_at,
            )
            for each in (old, fresh)
        ]
        session.add_all(waits)
        session.flush()
        assert purge(session, chosen).traces == 1
        session.expire_all()
        assert [wait.phone for wait in waits] == [None, OWNER]
        assert (old.from_number, old.to_number, old.caller) == ("removed", "removed", None)
        assert fresh.caller == OWNER
        assert session.scalars(select(TurnRow.call_id)).all() == [fresh.id]
        assert purge(session, chosen) == retention.NOTHING


def test_a_stored_reply_goes_an_hour_after_the_call_and_the_trace_stays(
    store: Store, chosen: Settings
) -> None:
    with store.transaction() as session:
        over = call(session, NOW - timedelta(hours=3), ended_at=NOW - timedelta(minutes=61))
        just_over = call(session, NOW - timedelta(hours=3), ended_at=NOW - timedelta(minutes=59))
        assert purge(session, chosen).replies == 1
        session.expire_all()
        replies = {turn.call_id: turn.reply for turn in session.scalars(select(TurnRow))}
        assert replies == {over.id: "", just_over.id: "<Response/>"}
        assert session.scalars(select(TurnRow.pressed)).all() == ["1", "1"]


def test_old_recordings_texts_answers_and_done_jobs_go(store: Store, chosen: Settings) -> None:
    with store.transaction() as session:
        recent = call(session, NOW - timedelta(minutes=5))
        session.add_all(
            Recording(
                sid=f"RE{days}",
                call_id=recent.id,
                purpose="comment",
                status="kept",
                storage_key=f"{days}.wav",
                created_at=NOW - timedelta(days=days),
            )
            for days in (181, 179)
        )
        session.add_all(
            TextRow(
                direction="out",
                phone=OWNER,
                body="Su visita",
                purpose="booking",
                state="delivered",
                segments=1,
                created_at=NOW - timedelta(days=days),
            )
            for days in (731, 729)
        )
        session.add_all(
            StoredAnswer(
                key=f"k{days}",
                fingerprint="f",
                status=201,
                body=OWNER,
                created_at=NOW - timedelta(days=days),
            )
            for days in (3, 1)
        )
        session.add_all(
            Job(
                kind="text",
                key=f"{state}{days}",
                state=state,
                priority=3,
                due_at=NOW,
                finished_at=NOW - timedelta(days=days),
            )
            for state, days in (("done", 31), ("done", 29), ("failed", 31))
        )
        session.flush()
        removed = purge(session, chosen)
        assert str(removed) == "1 recordings, 0 traces, 1 texts, 0 replies, 1 answers, 1 jobs"
        session.expire_all()
        assert session.scalars(select(TextRow.body).order_by(TextRow.id)).all() == ["", "Su visita"]
        assert session.scalars(select(Recording.status).order_by(Recording.id)).all() == ["dropped", "kept"]
        kept = session.scalars(select(Job.key).where(Job.kind == "text").order_by(Job.id)).all()
        assert kept == ["done29", "failed31"]


def test_it_goes_in_parts_and_the_parts_add_up(store: Store, chosen: Settings) -> None:
    with store.transaction() as session:
        for days in (800, 801, 802):
            call(session, NOW - timedelta(days=days))
        parts = [purge(session, chosen, limit=2) for _ in range(3)]
        assert [part.traces for part in parts] == [2, 1, 0]
        assert sum(parts, retention.NOTHING).traces == 3
        assert [part.anything for part in parts] == [True, True, False]
