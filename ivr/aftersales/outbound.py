"""Calls that the line owes to owners: planned, tried by a plan, and brought to a final answer.

A plan is `PLANNED` until its turn comes, is `PICKED` by whoever places calls (see ``dialling``), and is
`CALLING` while its call goes on; then it has ended, or is planned anew. Lock order: call, case, plan.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import agenda, cases, deadlines, numbers, refusals, surveys, tasks, works
from ivr.aftersales.calling_times import CallingTimes, Later
from ivr.aftersales.events import OWNER
from ivr.aftersales.life import AppointmentKind, AppointmentStatus, Status
from ivr.aftersales.tasks import TaskKind
from ivr.settings import Settings
from ivr.store.jobs import JobKind, Priority, insert_for, schedule
from ivr.store.session import nudge
from ivr.store.tables import Appointment, CallRow, Case, PlannedCall, Survey


class CallPurpose(StrEnum):
    """Why the line calls by itself; also the purpose of the calls."""

    WORKS = "works"  #: a date for what the inspection found covered
    SATISFACTION = "satisfaction"  #: whether the works are in order
    REMINDER = "reminder"  #: the business day before, where the number takes no texts


class PlanState(StrEnum):
    """How far a planned call has come."""

    PLANNED = "planned"
    PICKED = "picked"
    CALLING = "calling"
    ENDED = "ended"


class FinalAnswer(StrEnum):
    """After which the owner is not called again for it."""

    ANSWERED = "answered"
    UNREACHABLE = "unreachable"  #: every attempt failed
    REFUSED = "refused"  #: ``9``: no more automated calls of this purpose
    WRONG_NUMBER = "wrong_number"  #: ``3``, and no other contact is left
    NO_NUMBER = "no_number"  #: there is no contact that may be dialled
    PERSON = "person"  #: they wanted to talk to somebody instead
    NOT_ALLOWED = "not_allowed"  #: there is no caller ID that automated calls may show
    OVERTAKEN = "overtaken"  #: what it was about has come about in another way, or is off


#: What an agent must do where the line comes to no end by itself.
_TASKS: Mapping[FinalAnswer, TaskKind] = {
    FinalAnswer.UNREACHABLE: TaskKind.UNREACHABLE,
    FinalAnswer.REFUSED: TaskKind.DO_NOT_CALL,
    FinalAnswer.WRONG_NUMBER: TaskKind.WRONG_NUMBER,
    FinalAnswer.NO_NUMBER: TaskKind.UNREACHABLE,
    FinalAnswer.PERSON: TaskKind.RING_OWNER,
    FinalAnswer.NOT_ALLOWED: TaskKind.RING_OWNER,
}
_REASONS: Mapping[FinalAnswer, str] = {
    FinalAnswer.UNREACHABLE: "No contestó ninguna de las llamadas automáticas.",
    FinalAnswer.REFUSED: "No quiere más llamadas automáticas.",
    FinalAnswer.WRONG_NUMBER: "El número no es de esa propiedad, y no hay otro.",
    FinalAnswer.NO_NUMBER: "No hay un teléfono al que llamar.",
    FinalAnswer.PERSON: "En la llamada automática pidió hablar con una persona.",
    FinalAnswer.NOT_ALLOWED: "No hay un número 600 u 809 para llamar automáticamente.",
}
_TODO: Mapping[CallPurpose, str] = {
    CallPurpose.WORKS: "Acuerde la fecha de los trabajos.",
    CallPurpose.SATISFACTION: "Pregunte si quedó conforme con los trabajos.",
    CallPurpose.REMINDER: "Recuérdele la fecha que tiene.",
}

#: Somebody at that number is on the line with us, or the call never left: another look soon.
SOON = timedelta(minutes=5)


@dataclass(frozen=True)
class _Planned:
    """A plan with its case, both locked."""

    session: Session
    plan: PlannedCall
    case: Case
    settings: Settings
    now: datetime


def plan(
    session: Session,
    purpose: CallPurpose,
    case: Case,
    *,
    settings: Settings,
    now: datetime,
    appointment: Appointment | None = None,
) -> PlannedCall | None:
    """Have the owner called as soon as calls may go out. None if a call of that purpose is open already.

    Where no automated call may be placed (no 600 or 809 number), it ends at once, as a task for an agent.
    """
    values = {
        "purpose": purpose,
        "case_id": case.id,
        "appointment_id": appointment.id if appointment else None,
        "state": PlanState.PLANNED,
        "due_at": CallingTimes.of(session, case.project, settings=settings, now=now).allowed(now),
        "attempts": 0,
        "created_at": now,
    }
    fresh = insert_for(session, PlannedCall).values(**values).on_conflict_do_nothing()
    made: PlannedCall | None = session.scalars(fresh.returning(PlannedCall)).one_or_none()
    if made is None:
        return None
    if purpose == CallPurpose.SATISFACTION:
        made.survey_id = surveys.begin(session, case, now).id
    if not settings.automated_calls_allowed:
        _hand_over(_Planned(session, made, case, settings, now), FinalAnswer.NOT_ALLOWED)
    nudge(session)
    return made


def of_call(session: Session, call: CallRow) -> PlannedCall | None:
    """The plan whose present attempt this call is, locked; its case must be locked already."""
    wanted = select(PlannedCall).where(PlannedCall.call_id == call.id).with_for_update(key_share=True)
    return session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def survey_of(session: Session, call: CallRow) -> int | None:
    """The survey that this call is to fill in."""
    return session.scalar(select(PlannedCall.survey_id).where(PlannedCall.call_id == call.id))


def appointment_of(session: Session, call: CallRow) -> int | None:
    """The date that this call reminds of."""
    return session.scalar(select(PlannedCall.appointment_id).where(PlannedCall.call_id == call.id))


def message_left(session: Session, call: CallRow, now: datetime) -> None:
    """A machine is told who called: the next one of this case will not be."""
    found = of_call(session, call)
    if found is not None:
        found.message_left_at = now


def wanted(case: Case, plan: PlannedCall, appointment: Appointment | None, now: datetime) -> bool:
    """Whether there still is a reason to call."""
    match CallPurpose(plan.purpose):
        case CallPurpose.WORKS:
            undated = agenda.booked(case, AppointmentKind.WORKS) is None
            return case.status == Status.INSPECTED and undated and bool(works.waiting(case))
        case CallPurpose.SATISFACTION:
            return case.status == Status.WORKS_DONE
        case CallPurpose.REMINDER:
            return (
                appointment is not None
                and appointment.status == AppointmentStatus.BOOKED
                and appointment.confirmed_at is None
                and appointment.start > now
            )


def call_off(session: Session, case: Case, now: datetime) -> None:
    """End the case's plans that have lost their reason and are not being talked about at this moment."""
    open_plans = select(PlannedCall).where(
        PlannedCall.case_id == case.id, PlannedCall.state.not_in([PlanState.ENDED, PlanState.CALLING])
    )
    locked = open_plans.order_by(PlannedCall.id).with_for_update(key_share=True)
    dates = {appointment.id: appointment for appointment in case.appointments}
    for each in session.scalars(locked.execution_options(populate_existing=True)):
        if not wanted(case, each, dates.get(each.appointment_id or 0), now):
            end(session, each, FinalAnswer.OVERTAKEN, now)


def answered(session: Session, call: CallRow, now: datetime) -> None:
    """What the call was about is settled: the owner is not called for it again. The case is locked."""
    found = of_call(session, call)
    if found is not None:
        end(session, found, FinalAnswer.ANSWERED, now)


def put_off(
    session: Session, call: CallRow, case: Case, asked: Later, *, settings: Settings, now: datetime
) -> datetime:
    """They have no time now: when they will be called, which costs no attempt."""
    times = CallingTimes.of(session, case.project, settings=settings, now=now)
    at = times.later(asked, now)
    found = of_call(session, call)
    if found is not None:
        count(session, found, -1)
        plan_anew(found, at)
    return at


def wrong_number(session: Session, call: CallRow, case: Case, *, settings: Settings, now: datetime) -> None:
    """Nobody of the home is there: the number is no contact any more, and the next one is called."""
    phone = call.to_number
    if case.home_id is not None:
        refusals.not_of_home(session, phone, case.home_id, now)
    left = [contact.phone for contact in case.contacts if contact.phone != phone]
    cases.set_contacts(session, case, left, by=OWNER, now=now)
    found = of_call(session, call)
    if found is None:
        return
    it = _Planned(session, found, case, settings, now)
    if next_number(session, case, CallPurpose(found.purpose), settings) is None:
        _hand_over(it, FinalAnswer.WRONG_NUMBER, phone)
    else:
        count(session, found, -1)
        found.announced = False
        plan_anew(found, CallingTimes.of(session, case.project, settings=settings, now=now).allowed(now))


def no_more(session: Session, call: CallRow, case: Case, *, settings: Settings, now: datetime) -> None:
    """That number gets no more automated calls of this purpose; an agent takes over."""
    refusals.no_calls(session, call.to_number, call.purpose, now)
    found = of_call(session, call)
    if found is not None:
        _hand_over(_Planned(session, found, case, settings, now), FinalAnswer.REFUSED, call.to_number)


def attempt_over(
    session: Session, call: CallRow, *, wants_person: bool = False, settings: Settings, now: datetime
) -> None:
    """The call has ended. Without a final answer it is tried again by the plan, or an agent takes over.

    A call that never reached the carrier was no attempt. Told twice, the second time changes nothing.
    """
    case_id = session.scalar(select(PlannedCall.case_id).where(PlannedCall.call_id == call.id))
    if case_id is None:
        return
    case = cases.lock(session, case_id)  # the plan's: whoever came to the main menu may speak of another
    found = of_call(session, call)
    if found is None or found.state != PlanState.CALLING:
        return
    it = _Planned(session, found, case, settings, now)
    appointment = session.get(Appointment, found.appointment_id) if found.appointment_id else None
    if not wanted(case, found, appointment, now):
        end(session, found, FinalAnswer.ANSWERED if call.answered_at else FinalAnswer.OVERTAKEN, now)
    elif wants_person:
        _hand_over(it, FinalAnswer.PERSON)
    else:
        _try_again(it)


def never_left(session: Session, call: CallRow, *, settings: Settings, now: datetime) -> None:
    """The call was not placed after all, and nobody's telephone rang: it was no attempt."""
    case = cases.lock(session, int(call.case_id or 0))
    found = of_call(session, call)
    if found is not None and found.state == PlanState.CALLING:
        count(session, found, -1)
        times = CallingTimes.of(session, case.project, settings=settings, now=now)
        plan_anew(found, times.allowed(now + SOON))


def next_number(session: Session, case: Case, purpose: CallPurpose, settings: Settings) -> str | None:
    """The first contact that may be called for this; None if there is none left."""
    phones = [contact.phone for contact in case.contacts]
    refused = refusals.calls_refused(session, phones, purpose, case.home_id, settings=settings)
    return next(
        (each for each in phones if each not in refused and numbers.may_dial(each, settings.countries)), None
    )


def nobody_to_call(
    session: Session, plan: PlannedCall, case: Case, *, settings: Settings, now: datetime
) -> None:
    """No contact may be called for this: an agent takes over."""
    answer = FinalAnswer.REFUSED if case.contacts else FinalAnswer.NO_NUMBER
    _hand_over(_Planned(session, plan, case, settings, now), answer)


def machine_answered(session: Session, call: CallRow, answered_by: str, now: datetime) -> None:
    """The carrier's verdict on who answered: a machine is told who called, or the call is ended."""
    if call.purpose in set(CallPurpose) and answered_by.startswith(("machine", "fax")):
        schedule(session, JobKind.MACHINE, call.id, now, Priority.AGENT)


def plan_anew(plan: PlannedCall, at: datetime) -> None:
    """Its turn comes at ``at``."""
    plan.state, plan.due_at, plan.call_id = PlanState.PLANNED, at, None


def count(session: Session, plan: PlannedCall, by: int) -> None:
    """One attempt more, or one that does not count after all."""
    plan.attempts += by
    if plan.survey_id is not None:
        session.get_one(Survey, plan.survey_id).attempts = plan.attempts


def end(session: Session, plan: PlannedCall, answer: FinalAnswer, now: datetime) -> None:
    """It is over. A survey without the owner's answers says why."""
    if plan.state == PlanState.ENDED:
        return
    plan.state, plan.answer, plan.ended_at = PlanState.ENDED, answer, now
    if plan.survey_id is not None and answer != FinalAnswer.ANSWERED:
        survey = session.get_one(Survey, plan.survey_id)
        survey.outcome = survey.outcome or answer


def _try_again(it: _Planned) -> None:
    times = CallingTimes.of(it.session, it.case.project, settings=it.settings, now=it.now)
    at = times.after(it.plan.attempts, it.now)
    if at is None:
        _hand_over(it, FinalAnswer.UNREACHABLE)
    else:
        plan_anew(it.plan, at)


def _hand_over(it: _Planned, answer: FinalAnswer, phone: str | None = None) -> None:
    """The line gives up, and an agent gets the task; that nobody is reached, the supervisor hears too."""
    end(it.session, it.plan, answer, it.now)
    kind, purpose = _TASKS[answer], CallPurpose(it.plan.purpose)
    detail = f"{_REASONS[answer]} {_TODO[purpose]}"
    once = f"{kind}:plan:{it.plan.id}"
    tasks.open_task(it.session, kind, now=it.now, case=it.case, phone=phone, detail=detail, once=once)
    if answer == FinalAnswer.UNREACHABLE and purpose != CallPurpose.REMINDER:
        deadlines.escalate(it.session, it.case, detail, once, settings=it.settings, now=it.now)
