"""What is too old goes, part by part, and is counted; what is not stays."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ivr.aftersales import retention, tasks
from ivr.aftersales.tasks import TaskKind
from ivr.settings import Settings
from ivr.store.session import Store
from ivr.store.tables import (
    CallRow,
    Job,
    PurgeRow,
    Recording,
    StoredAnswer,
    Task,
    TextRow,
    Tries,
    TurnRow,
    Wait,
)
from tests.aftersales.a_person import ANA, BENJA, SECRETS, dumped, live
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
        assert str(removed) == (
            "1 recordings, 0 traces, 1 texts, 0 cases, 0 tasks, 0 replies, 1 answers, 0 tries, 0 sessions,"
            " 1 jobs"
        )
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


def test_the_people_of_a_case_go_years_after_its_end_and_its_figures_stay(
    store: Store, chosen: Settings
) -> None:
    with store.transaction() as session:
        old = live(session, ANA, "101", "Ana Díaz")
        fresh = live(session, BENJA, "202", "Benjamín Soto")
        open_case = live(session, "+56987654323", "303", "Clara Paz")
        old.closed_at = NOW - timedelta(days=3654)
        fresh.closed_at = NOW - timedelta(days=3652)
        session.flush()
        assert purge(session, chosen).cases == 1
        session.expire_all()
        assert old.forgotten_at == NOW
        assert (fresh.forgotten_at, open_case.forgotten_at) == (None, None)
        assert [requirement.description for requirement in old.requirements] == [None]
        assert [requirement.category for requirement in old.requirements] == ["damp"]
        assert [requirement.description for requirement in fresh.requirements] == ["Gotea"]
        assert old.contacts == []
        assert [contact.phone for contact in fresh.contacts] == [BENJA]
        assert purge(session, chosen).cases == 0


def test_what_was_done_long_ago_loses_its_words_and_what_is_to_be_done_keeps_them(
    store: Store, chosen: Settings
) -> None:
    with store.transaction() as session:
        for days, state in ((731, "done"), (729, "done"), (731, "open")):
            task = tasks.open_task(session, TaskKind.CALLBACK, now=NOW, phone=OWNER, detail="Llamar")
            task.created_at = NOW - timedelta(days=days)
            task.state = state
            task.done_at = task.created_at if state == "done" else None
        session.flush()
        assert purge(session, chosen).tasks == 1
        session.expire_all()
        kept = session.execute(select(Task.phone, Task.detail).order_by(Task.id)).all()
        assert [tuple(each) for each in kept] == [(None, ""), (OWNER, "Llamar"), (OWNER, "Llamar")]


def test_tries_of_other_days_go(store: Store, chosen: Settings) -> None:
    with store.transaction() as session:
        session.add_all(
            Tries(subject=OWNER, day=(NOW - timedelta(days=days)).date(), count=1) for days in (0, 3)
        )
        session.flush()
        assert purge(session, chosen).tries == 1
        assert session.scalars(select(Tries.day)).all() == [NOW.date()]


def test_after_all_terms_a_dump_says_nothing_of_the_person_but_in_the_register(
    store: Store, chosen: Settings
) -> None:
    """Eleven years on. The register is the operator's, and an objection has no age."""
    with store.transaction() as session:
        case = live(session, ANA, "101", "Ana Díaz")
        case.closed_at = NOW
        for task in session.scalars(select(Task)):
            tasks.done(session, task, "Marcela", NOW)
    later = NOW + timedelta(days=4000)
    with store.transaction() as session:
        retention.purge(session, settings=chosen, now=later)
    with store.reading() as session:
        left = {name for name, words in dumped(session).items() if any(word in words for word in SECRETS)}
        assert left == {"homes", "home_phones", "refusals", "audit_entries"}


def test_a_purge_is_put_on_record_with_what_went(store: Store) -> None:
    with store.transaction() as session:
        retention.report(session, retention.NOTHING, NOW)
        retention.report(session, retention.Removed(recordings=3, cases=1), NOW)
        session.flush()
        (row,) = session.scalars(select(PurgeRow)).all()
        assert row.at == NOW
        assert (row.removed["recordings"], row.removed["cases"], row.removed["texts"]) == (3, 1, 0)
