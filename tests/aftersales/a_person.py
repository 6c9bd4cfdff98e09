"""A person as the line comes to know one, in every table where it may write down something of theirs."""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import cases, homes, photos, recordings, refusals, tasks
from ivr.aftersales.events import OWNER, EventKind, record
from ivr.aftersales.life import Category, Channel
from ivr.aftersales.recordings import Purpose
from ivr.aftersales.tasks import TaskKind
from ivr.store.tables import (
    Agent,
    AgentSession,
    AuditEntry,
    Base,
    CallRow,
    Case,
    Guest,
    Leg,
    PlannedCall,
    StoredAnswer,
    Survey,
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
    photo = photos.expect(
        session,
        case,
        requirement.id,
        key=f"photos/{number}.jpg",
        found="image/jpeg",
        size=5,
        by="Marcela Soto",
        now=NOW,
    )
    photos.keep(session, case, [photo.id])
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
    tasks.open_task(
        session, TaskKind.CALLBACK, now=NOW, phone=phone, call=call, detail="Quiere hablar"
    ).note = "Gotea"
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
    agent = Agent(
        name="Marcela Soto",
        phone=f"+5699001{number:0>4}",
        email=f"{number}@example.com",
        skills=["standard"],
        presence="available",
        presence_since=NOW,
        idle_since=NOW,
        created_at=NOW,
    )
    session.add(agent)
    session.flush()
    leg_call = CallRow(
        direction="outbound",
        purpose="agent",
        from_number="+56988894612",
        to_number=agent.phone,
        channel="phone",
        case_id=case.id,
        status="completed",
        started_at=NOW,
    )
    session.add(leg_call)
    wait = session.scalars(select(Wait).where(Wait.call_id == call.id)).one()
    session.flush()
    leg = Leg(
        wait_id=wait.id, call_id=leg_call.id, round=1, state="talked", note="Quiere hablar", created_at=NOW
    )
    session.add(leg)
    session.flush()
    asked_in = {"role": "colleague", "phone": phone, "state": "declined", "reason": f"{name} llamó"}
    session.add(Guest(wait_id=wait.id, leg_id=leg.id, call_id=call.id, created_at=NOW, **asked_in))
    kept = {"page": "case", "form": "comment", "fields": {"text": f"{name} llamó"}}
    session.add(AgentSession(key_hash=number * 8, agent_id=agent.id, created_at=NOW, seen_at=NOW, kept=kept))
    session.add_all(
        AuditEntry(at=NOW, agent_id=agent.id, who=agent.name, action=action, subject=subject, detail=detail)
        for action, subject, detail in (
            ("comment", f"case:{case.number}", {"text": f"{name} llamó"}),
            ("export", f"owner:{phone}", {}),
            ("search", "homes", {"phone": phone}),
        )
    )
    session.flush()
    return case


def everything(session: Session) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    return {
        table.name: [dict(row) for row in session.execute(select(table)).mappings()]
        for table in Base.metadata.sorted_tables
    }


def dumped(session: Session) -> dict[str, str]:
    """What a dump of each table says."""
    return {
        name: json.dumps(rows, default=str, ensure_ascii=False) for name, rows in everything(session).items()
    }
