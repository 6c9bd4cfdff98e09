import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import cases, homes, privacy, recordings, refusals, tasks
from ivr.aftersales.events import OWNER, EventKind, record
from ivr.aftersales.life import Category, Channel
from ivr.aftersales.recordings import Purpose
from ivr.aftersales.tasks import TaskKind
from ivr.errors import NotFound
from ivr.store.session import Store
from ivr.store.tables import (
    Base,
    CallRow,
    Case,
    CaseEvent,
    Job,
    PlannedCall,
    Recording,
    Requirement,
    StoredAnswer,
    Survey,
    Task,
    TextRow,
    Tries,
    TurnRow,
    Wait,
)
from tests.making import make_project

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
ANA, BENJA = "+56987654321", "+56987654322"
NATIONAL = ANA.removeprefix("+56")
SECRETS = (NATIONAL, "Ana Díaz", "Gotea", "mantención", "porque sí", "don Luis", "Quiere hablar", "Hola Ana")


def live(session: Session, phone: str, number: str, name: str) -> Case:
    """Everything that the line comes to know about a person."""
    project = make_project(session, code=number)
    home = homes.create(session, project=project, number=number, owner=name, phones=[phone], now=NOW)
    case = cases.open_standard(session, home, Channel.PHONE, now=NOW, by=OWNER, contacts=[phone])
    call = CallRow(
        sid=f"CA{number}",
        direction="inbound",
        purpose="inbound",
        from_number=phone,
        to_number="+56800422727",
        channel="phone",
        caller=phone,
        case_id=case.id,
        status="completed",
        started_at=NOW,
    )
    session.add(call)
    session.flush()
    session.add(
        TurnRow(
            call_id=call.id,
            turn=0,
            at=NOW,
            step="contact.keep",
            question={},
            pressed=phone[3:],
            speech="Gotea",
            heard=[f"Su número es {phone[3:]}"],
            reply=f"<Response><Say>{phone}</Say></Response>",
            stack=[],
            trail=[],
            notes={"contacts": [phone]},
        )
    )
    recording = recordings.expect(session, call, Purpose.DESCRIPTION, now=NOW, sid=f"RE{number}")
    recordings.completed(session, recording, duration=5, now=NOW)
    requirement = cases.add_requirement(
        session, case, Category.DAMP, by=OWNER, now=NOW, description="Gotea", recording=recording
    )
    requirement.note = "Falta de mantención"
    cases.comment(session, case, f"{name} llamó", by="Marta", now=NOW)
    record(session, case, EventKind.WORKS_DONE, by="api", now=NOW, requirements=[1], received_by="don Luis")
    record(session, case, EventKind.CANCELLED, by="api", now=NOW, reason="porque sí", appointments=[])
    session.add(Survey(case_id=case.id, score=4, comment_id=recording.id, created_at=NOW))
    session.add(
        TextRow(
            direction="out",
            phone=phone,
            body=f"Hola {name.split(maxsplit=1)[0]}",
            purpose="closed",
            case_id=case.id,
            state="due",
            segments=1,
            created_at=NOW,
        )
    )
    tasks.open_task(session, TaskKind.CALLBACK, now=NOW, phone=phone, call=call, detail="Quiere hablar")
    tasks.open_task(session, TaskKind.RING_OWNER, now=NOW, phone=phone, case=case, recording=recording)
    session.add(
        Wait(
            call_id=call.id,
            priority="standard",
            state="waiting",
            since=NOW,
            in_queue=False,
            phone=phone,
            round=1,
            round_since=NOW,
        )
    )
    session.add(PlannedCall(purpose="works", case_id=case.id, state="planned", due_at=NOW, created_at=NOW))
    refusals.no_calls(session, phone, "works", NOW)
    session.add(Tries(subject=phone, day=NOW.date(), count=2))
    session.add(
        StoredAnswer(
            key=number, fingerprint="x", status=201, body=json.dumps({"contacts": [phone]}), created_at=NOW
        )
    )
    session.flush()
    return case


def everything(session: Session) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table but the jobs, which hold ids only."""
    return {
        table.name: [dict(row) for row in session.execute(select(table)).mappings()]
        for table in Base.metadata.sorted_tables
        if table.name != "jobs"
    }


def test_everything_that_is_held_is_given_out(store: Store) -> None:
    with store.transaction() as session:
        case = live(session, ANA, "101", "Ana Díaz")
        live(session, BENJA, "202", "Benjamín Soto")
        held = privacy.export(session, ANA)
        written = json.dumps(held, ensure_ascii=False)
        for word in ("Ana Díaz", "Gotea", "Quiere hablar", "Hola Ana", case.number, "porque sí", NATIONAL):
            assert word in written
        assert "Benjamín" not in written
        assert BENJA not in written
        assert {name for name, rows in held.items() if not rows} == {"survey_answers"}
        assert held["purpose"]
        assert held["recipients"]


def test_nothing_held_is_not_found_and_no_error_to_erase(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        with pytest.raises(NotFound):
            privacy.export(session, ANA)
        privacy.erase(session, ANA, NOW)


def test_the_person_goes_and_the_figures_stay(store: Store) -> None:
    with store.transaction() as session:
        case = live(session, ANA, "101", "Ana Díaz")
        number = case.number
        privacy.erase(session, ANA, NOW)
    with store.transaction() as session:
        kept = repr(everything(session))
        assert [secret for secret in SECRETS if secret in kept] == []
        case = cases.get(session, number)
        assert case.home is not None
        assert (case.home.number, case.home.owner, case.contacts) == ("101", None, [])
        assert [(r.category, r.status) for r in case.requirements] == [("damp", "reported")]
        assert [survey.score for survey in case.surveys] == [4]
        kinds = ["opened", "requirement_added", "comment", "works_done", "cancelled"]
        assert [event.kind for event in case.events] == kinds
        assert case.events[0].detail["channel"] == "phone"
        assert case.events[3].detail == {"requirements": [1]}
        with pytest.raises(NotFound):
            privacy.export(session, ANA)


def test_recordings_are_to_be_deleted_and_texts_are_not_sent(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        live(session, ANA, "101", "Ana Díaz")
        privacy.erase(session, ANA, NOW)
        recording = session.scalars(select(Recording)).one()
        assert recording.status == "dropped"
        assert session.scalars(select(Recording).where(recordings.owed(NOW))).all() == [recording]
        job = session.scalars(select(Job).where(Job.kind == "recording")).one()
        assert (job.key, job.state, job.due_at) == (str(recording.id), "due", NOW)
        assert session.scalars(select(Requirement.recording_id)).one() is None
        assert session.scalars(select(TextRow.state)).one() == "refused"


def test_a_callback_to_nobody_is_done_and_a_cases_task_stays(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        live(session, ANA, "101", "Ana Díaz")
        privacy.erase(session, ANA, NOW)
        found = session.scalars(select(Task).order_by(Task.id)).all()
        assert [(task.kind, task.state) for task in found] == [("callback", "done"), ("ring_owner", "open")]


def test_nobody_is_rung_for_a_place_in_the_queue_that_was_kept(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        live(session, ANA, "101", "Ana Díaz")
        live(session, BENJA, "202", "Benjamín Soto")
        privacy.erase(session, ANA, NOW)
        found = session.scalars(select(Wait).order_by(Wait.id)).all()
        assert [(wait.state, wait.phone) for wait in found] == [("left", None), ("waiting", BENJA)]


def test_nobody_else_loses_anything(store: Store) -> None:
    with store.transaction() as session:
        live(session, BENJA, "202", "Benjamín Soto")
        before = everything(session)
        live(session, ANA, "101", "Ana Díaz")
        privacy.erase(session, ANA, NOW)
        after = everything(session)
    for table, rows in before.items():
        assert [row for row in rows if row not in after[table]] == []


def test_a_case_of_two_people_keeps_the_other_ones_number(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        case = live(session, ANA, "101", "Ana Díaz")
        cases.set_contacts(session, case, [ANA, BENJA], by=OWNER, now=NOW)
        privacy.erase(session, ANA, NOW)
        assert [contact.phone for contact in case.contacts] == [BENJA]
        details = session.scalars(select(CaseEvent.detail).where(CaseEvent.kind == "comment")).all()
        assert details == [{}]
