"""What is held about a person, by telephone number: given out, or erased (Ley 21.719, of 1 December 2026).

Erasing leaves the case's figures: what was wrong where, when somebody came, how it ended. The person goes:
numbers, names, free text, what was keyed and said in calls, texts, recordings.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Text, cast, delete, func, or_, select, union_all, update
from sqlalchemy.orm import Session

from ivr.aftersales import forgetting, photos, refusals
from ivr.aftersales.life import Priority
from ivr.aftersales.tasks import DONE, OPEN
from ivr.aftersales.texts import State
from ivr.errors import NotFound
from ivr.settings import Settings
from ivr.store.session import nudge
from ivr.store.tables import (
    AuditEntry,
    Base,
    CallRow,
    Case,
    CaseContact,
    CaseEvent,
    Guest,
    Home,
    HomePhone,
    Leg,
    Photo,
    PlannedCall,
    Recording,
    Refusal,
    Requirement,
    StoredAnswer,
    Survey,
    SurveyAnswer,
    Task,
    TextRow,
    Tries,
    TurnRow,
    Wait,
)

#: Why data are held and who else gets them, as an export must say (Ley 21.719, art. 4 and 5).
PURPOSE = "Atención de postventa de la vivienda: garantía legal (art. 18 LGUC) y ejecución del contrato."
RECIPIENTS = ("La empresa de telecomunicaciones que transmite llamadas y mensajes.",)
CRM = "El sistema de gestión de clientes de la inmobiliaria, que recibe lo que ocurre con las solicitudes."
#: Where they come from.
ORIGIN = (
    "El registro de propietarios de la inmobiliaria.",
    "Lo que la persona dijo, marcó y escribió al llamar o al recibir llamadas y mensajes.",
    "Las solicitudes ingresadas por correo o por la web.",
)

#: What stands in a call where a number was.
ERASED = "erased"
#: The state of a wait whose caller wants no person any more: `ivr.switchboard.waits.WaitState.LEFT`.
_LEFT = "left"


@dataclass(frozen=True)
class _Person:
    """The ids of what is tied to a telephone number."""

    phone: str
    homes: list[int]
    cases: list[int]
    #: Calls with the number, and others about the person's cases.
    own_calls: list[int]
    calls: list[int]

    @property
    def texts(self) -> ColumnElement[bool]:
        return or_(TextRow.phone == self.phone, TextRow.case_id.in_(self.cases))

    @property
    def waits(self) -> ColumnElement[bool]:
        return or_(Wait.phone == self.phone, Wait.case_id.in_(self.cases), Wait.call_id.in_(self.own_calls))

    @property
    def tasks(self) -> ColumnElement[bool]:
        return or_(Task.phone == self.phone, Task.case_id.in_(self.cases), Task.call_id.in_(self.calls))


def export(session: Session, phone: str, *, settings: Settings) -> dict[str, Any]:
    """Everything held about the person of that number, as JSON values, and for how long each kind is kept.

    Raises NotFound if nothing is held. An objection that outlived its person's erasure is.
    """
    person = _found(session, phone)
    held = {
        "homes": _rows(session, Home, Home.id.in_(person.homes)),
        "home_phones": _rows(session, HomePhone, HomePhone.phone == phone),
        "cases": _rows(session, Case, Case.id.in_(person.cases)),
        "contacts": _rows(session, CaseContact, CaseContact.phone == phone),
        "requirements": _rows(session, Requirement, Requirement.case_id.in_(person.cases)),
        "photos": _rows(session, Photo, Photo.case_id.in_(person.cases) & Photo.dropped_at.is_(None)),
        "surveys": _rows(session, Survey, Survey.case_id.in_(person.cases)),
        "survey_answers": _rows(
            session,
            SurveyAnswer,
            SurveyAnswer.survey_id.in_(select(Survey.id).where(Survey.case_id.in_(person.cases))),
        ),
        "events": _rows(session, CaseEvent, CaseEvent.case_id.in_(person.cases)),
        "calls": _rows(session, CallRow, CallRow.id.in_(person.own_calls)),
        "turns": _rows(session, TurnRow, TurnRow.call_id.in_(person.own_calls)),
        "recordings": _rows(session, Recording, Recording.call_id.in_(person.own_calls)),
        "waits": _rows(session, Wait, person.waits),
        "talks": _rows(session, Leg, Leg.wait_id.in_(select(Wait.id).where(person.waits))),
        "guests": _rows(session, Guest, Guest.wait_id.in_(select(Wait.id).where(person.waits))),
        "planned_calls": _rows(session, PlannedCall, PlannedCall.case_id.in_(person.cases)),
        "texts": _rows(session, TextRow, TextRow.phone == phone),
        "tasks": _rows(session, Task, person.tasks),
        "refusals": _rows(session, Refusal, Refusal.phone.in_(refusals.names(phone, settings))),
        "tries": _rows(session, Tries, Tries.subject == phone),
    }
    if not any(held.values()):
        raise NotFound("nothing is held about that number")
    return {
        "phone": phone,
        "purpose": PURPOSE,
        "origin": list(ORIGIN),
        "recipients": [*RECIPIENTS, *([CRM] if settings.events_url else [])],
        "kept_days": {
            "cases": settings.cases_days,
            "calls": settings.calls_days,
            "texts": settings.texts_days,
            "recordings": settings.recordings_days,
        },
        **held,
    }


def erase(session: Session, phone: str, now: datetime, *, settings: Settings) -> None:
    """Let the person of that number go; the figures of their cases stay. Nothing held is no error.

    That they object to calls or texts stays too, without their number (see `refusals`). Recordings are
    deleted, here and at the carrier, by the jobs that this leaves. A call that is going on loses its thread,
    and apologises. Open tasks that are only about the number have no more object: done.
    """
    person = _found(session, phone)
    _erase_places(session, person)
    _erase_cases(session, person, now)
    _erase_calls(session, person, now)
    _erase_messages(session, person, now)
    refusals.forget_number(session, phone, settings=settings)
    _erase_answers(session, person)
    _erase_deeds(session, person)
    session.expire_all()
    nudge(session)


def _found(session: Session, phone: str) -> _Person:
    """What is tied to the number: homes; cases by contact, call, text or task; calls by number or case."""
    homes = session.scalars(select(HomePhone.home_id).where(HomePhone.phone == phone)).all()
    mine = or_(CallRow.caller == phone, CallRow.from_number == phone, CallRow.to_number == phone)
    own_calls = session.execute(select(CallRow.id, CallRow.case_id).where(mine)).all()
    named: CompoundSelect[tuple[int]] = union_all(
        select(CaseContact.case_id).where(CaseContact.phone == phone),
        *(
            select(table.case_id).where(table.phone == phone, table.case_id.is_not(None))
            for table in (TextRow, Task, Wait)
        ),
    )
    cases = sorted({*session.scalars(named), *(row.case_id for row in own_calls if row.case_id is not None)})
    about = session.scalars(select(CallRow.id).where(CallRow.case_id.in_(cases))).all()
    own = [row.id for row in own_calls]
    return _Person(phone, list(homes), cases, own, sorted({*own, *about}))


def _erase_places(session: Session, person: _Person) -> None:
    session.execute(delete(HomePhone).where(HomePhone.phone == person.phone))
    session.execute(update(Home).where(Home.id.in_(person.homes)).values(owner=None))


def _erase_cases(session: Session, person: _Person, now: datetime) -> None:
    session.execute(delete(CaseContact).where(CaseContact.phone == person.phone))
    forgetting.words_of_cases(session, person.cases)
    photos.drop_of_cases(session, person.cases, now)


def _erase_calls(session: Session, person: _Person, now: datetime) -> None:
    for column in (CallRow.from_number, CallRow.to_number):
        mine = update(CallRow).where(column == person.phone)
        session.execute(mine.values({column: ERASED}))
    session.execute(update(CallRow).where(CallRow.caller == person.phone).values(caller=None))
    forgetting.words_of_calls(session, person.calls, now)
    # What an agent said of the talk to whom they asked into it; and whoever was asked at this number.
    talks = Guest.wait_id.in_(select(Wait.id).where(person.waits))
    session.execute(update(Guest).where(talks).values(reason=None))
    said = Leg.wait_id.in_(select(Wait.id).where(person.waits))
    session.execute(update(Leg).where(said).values(note=None))
    session.execute(update(Guest).where(Guest.phone == person.phone).values(phone=ERASED))
    # Nobody is rung for a place in the queue that was kept for that number: it has none to ring.
    kept = update(Wait).where(Wait.phone == person.phone)
    waiting = kept.where(Wait.priority == Priority.STANDARD, Wait.ended_at.is_(None))
    session.execute(waiting.values(state=_LEFT, ended_at=now))
    session.execute(kept.values(phone=None))


def _erase_messages(session: Session, person: _Person, now: datetime) -> None:
    pending = update(TextRow).where(person.texts, TextRow.state == State.DUE)
    session.execute(pending.values(state=State.REFUSED))
    session.execute(update(TextRow).where(person.texts).values(body=""))
    session.execute(update(TextRow).where(TextRow.phone == person.phone).values(phone=ERASED))
    session.execute(update(Task).where(person.tasks).values(detail="", note=None, recording_id=None))
    moot = update(Task).where(Task.phone == person.phone, Task.case_id.is_(None), Task.state == OPEN)
    session.execute(moot.values(state=DONE, done_at=now, done_by=ERASED))
    session.execute(update(Task).where(Task.phone == person.phone).values(phone=None))
    session.execute(delete(Tries).where(Tries.subject == person.phone))


def _erase_answers(session: Session, person: _Person) -> None:
    """Answers kept for repeated requests hold what was sent in about the number, or about a case."""
    numbers = session.scalars(select(Case.number).where(Case.id.in_(person.cases))).all()
    words = [person.phone, *(f'"{number}"' for number in numbers)]
    mine = or_(*(StoredAnswer.body.contains(word, autoescape=True) for word in words))
    session.execute(delete(StoredAnswer).where(mine))


def _erase_deeds(session: Session, person: _Person) -> None:
    """Agents did what they did, but not to this number."""
    forgetting.words_at_the_console(session, person.cases)
    named = (AuditEntry.subject, cast(AuditEntry.detail, Text))
    mine = update(AuditEntry).where(or_(*(each.contains(person.phone, autoescape=True) for each in named)))
    anonymous = func.replace(AuditEntry.subject, person.phone, ERASED)
    session.execute(mine.values(subject=anonymous, detail={}))


def _rows(session: Session, table: type[Base], which: ColumnElement[bool]) -> list[dict[str, Any]]:
    """The rows as they stand in the table, but for its own keys."""
    columns = [column for column in table.__table__.columns if column.name != "id"]
    found: Iterable[Any] = session.execute(select(*columns).where(which)).mappings()
    return [{name: _plain(value) for name, value in row.items()} for row in found]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
