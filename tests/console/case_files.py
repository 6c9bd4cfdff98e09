"""Cases with a past, for the pages that show them."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from ivr.aftersales import cases, events, inspection, tasks, visits, works
from ivr.aftersales.cases import Reported
from ivr.aftersales.events import EventKind
from ivr.aftersales.inspection import Result
from ivr.aftersales.recordings import State
from ivr.aftersales.tasks import TaskKind
from ivr.store.tables import CallRow, Case, Recording, Survey, SurveyAnswer, Task, TextRow, TurnRow
from tests.board import Board

CAMILA = "+56991234567"
#: What somebody with bad intentions writes wherever they may write.
MARKUP = "<script>alert(1)</script> & <b>negrita</b>"


def open_case(office: Board, **given: Any) -> str:
    """A case from outside, of Camila's home unless told otherwise; its number."""
    fields: dict[str, Any] = {
        "project": "101",
        "apartment": "1204",
        "channel": "email",
        "priority": "standard",
        "urgent_kind": None,
        "contacts": [CAMILA],
        "requirements": [Reported("damp", "Mancha en el muro del baño")],
    }
    with office.store.transaction() as session:
        case = cases.create_from_outside(
            session, **fields | given, by="api", now=office.clock.now(), own=office.line.settings.line_numbers
        )
        return case.number


def urgent(office: Board, **given: Any) -> str:
    """An urgent case about gas, which nobody has taken."""
    return open_case(office, priority="urgent", urgent_kind="gas", requirements=[], **given)


def add_call(session: Session, case: Case, now: datetime) -> CallRow:
    """Somebody called about it, and pressed keys; what they said was recorded."""
    begun = now - timedelta(hours=2)
    call = CallRow(
        sid=f"CA{case.number:0>32}",
        direction="inbound",
        purpose="inbound",
        from_number=CAMILA,
        to_number="+56800422727",
        caller=CAMILA,
        channel="phone",
        case_id=case.id,
        status="completed",
        outcome="booked",
        started_at=begun,
        answered_at=begun,
        ended_at=begun + timedelta(seconds=95),
    )
    session.add(call)
    session.flush()
    for turn, (step, heard, pressed) in enumerate(
        [
            ("inbound.menu", "Para urgencias, marque uno. Para una solicitud nueva, marque dos.", None),
            ("intake.category", "Humedad y filtraciones, marque uno. Gasfitería, marque dos.", "2"),
            ("booking.booked", "Su visita quedó para el jueves 26 de noviembre.", "1"),
        ]
    ):
        session.add(
            TurnRow(
                call_id=call.id,
                turn=turn,
                at=begun + timedelta(seconds=10 * turn),
                step=step,
                asks=step,
                question={},
                pressed=pressed,
                heard=[heard],
                reply="",
                stack=[],
                trail=[],
                notes={},
            )
        )
    recording = Recording(
        sid=f"RE{case.number:0>32}",
        call_id=call.id,
        purpose="description",
        status=State.KEPT,
        duration=14,
        storage_key="sound.wav",
        created_at=begun,
    )
    session.add(recording)
    session.flush()
    case.requirements[0].recording_id = recording.id
    return call


def whole_life(office: Board) -> str:
    """A case that was visited, inspected, mended and asked about; its number."""
    reported = [Reported("damp", f"Mancha en el muro. {MARKUP}"), Reported("doors", "La puerta roza")]
    number = open_case(office, requirements=reported)
    now = office.clock.now()
    with office.store.transaction() as session:
        case = cases.get(session, number, locked=True)
        add_call(session, case, now)
        visits.book(session, case, visits.offers(session, case, now=now)[0].key, now=now, by="owner")
        first, second = case.requirements
        later = case.appointments[0].end
        results = [Result(first.id, True), Result(second.id, False, "Falta de mantención")]
        inspection.record(session, case, results, by="Marcela Soto", now=later)
        works.book(session, case, works.offers(session, case, now=later)[0].key, now=later, by="owner")
        over = case.appointments[-1].end
        note = "Se selló y pintó"
        inspection.works_done(session, case, "Camila Rojas", note, by="Marcela Soto", now=over)
        cases.comment(session, case, MARKUP, by="Ricardo Pino", now=over)
        survey = Survey(case_id=case.id, attempts=2, outcome="disputed", score=3, created_at=over)
        survey.answers.append(SurveyAnswer(requirement_id=first.id, satisfied=False, remedy="works"))
        session.add(survey)
        disputed = {str(first.id): "works"}
        detail = {"requirements": [first.id], "remedy": disputed}
        events.record(session, case, EventKind.DISPUTED, by="owner", now=over, **detail)
        for direction, body in (("out", "Postventa: su visita queda para el jueves."), ("in", MARKUP)):
            session.add(
                TextRow(
                    direction=direction,
                    phone=CAMILA,
                    body=body,
                    purpose="booking",
                    case_id=case.id,
                    state="delivered" if direction == "out" else "received",
                    segments=1,
                    created_at=now,
                )
            )
        task = tasks.open_task(session, TaskKind.OVERDUE_WORKS, now=now, case=case, detail=MARKUP)
        assert task.id
    return number


def voicemail(office: Board, **given: Any) -> int:
    """A message that somebody left, as a task; its id."""
    now = office.clock.now()
    with office.store.transaction() as session:
        call = CallRow(
            sid="CA" + "7" * 32,
            direction="inbound",
            purpose="inbound",
            from_number=CAMILA,
            to_number="+56800422727",
            caller=CAMILA,
            channel="phone",
            status="completed",
            started_at=now,
        )
        session.add(call)
        session.flush()
        recording = Recording(
            call_id=call.id,
            purpose="message",
            status=State.KEPT,
            duration=20,
            storage_key="m.wav",
            created_at=now,
        )
        session.add(recording)
        session.flush()
        fields: dict[str, Any] = {"phone": CAMILA, "detail": "Dejó un mensaje.", **given}
        task = tasks.open_task(session, TaskKind.VOICEMAIL, now=now, call=call, recording=recording, **fields)
        return task.id


def the_case(office: Board, number: str) -> Case:
    """As it stands, with all that belongs to it."""
    with office.store.reading() as session:
        wanted = select(Case).where(Case.number == number).options(selectinload("*"))
        return session.scalars(wanted).one()


def the_task(office: Board, task_id: int) -> Task:
    """As it stands."""
    with office.store.reading() as session:
        return session.scalars(select(Task).where(Task.id == task_id)).one()
