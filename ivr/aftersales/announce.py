"""What follows from what happened to a case: the one place that turns events into texts and tasks.

Events are written where things happen; what they entail is owed until it is written down here: texts, tasks,
calls that the line makes, reminders, and the terms that are watched.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ivr.aftersales import agenda, cases, deadlines, outbound, reminders, tasks, texts
from ivr.aftersales.events import LINE, OWNER, EventKind
from ivr.aftersales.life import AppointmentKind, AppointmentStatus, Priority, RequirementStatus, Status
from ivr.aftersales.outbound import CallPurpose
from ivr.aftersales.tasks import TaskKind
from ivr.aftersales.text_bodies import Sender
from ivr.aftersales.texts import Purpose
from ivr.settings import Settings
from ivr.store.tables import Appointment, CallRow, Case, CaseEvent, TextRow

#: Times that the same requirement is disputed before somebody must look at it as a whole.
TOO_MANY_DISPUTES = 3

#: Tasks that have no more reason once a date of that kind is booked.
_SETTLED_BY = {
    AppointmentKind.VISIT: (TaskKind.UNSCHEDULED, TaskKind.RING_OWNER, TaskKind.VISIT_LATE),
    AppointmentKind.WORKS: (TaskKind.WORKS_UNSCHEDULED, TaskKind.UNREACHABLE, TaskKind.RING_OWNER),
}


@dataclass(frozen=True)
class _Happened:
    """An event, with what its consequences need to know."""

    session: Session
    event: CaseEvent
    case: Case
    settings: Settings
    now: datetime

    @property
    def sender(self) -> Sender:
        return Sender.of(self.settings)

    def appointment(self, name: str = "appointment") -> Appointment:
        return self.session.get_one(Appointment, self.event.detail[name])

    def tell(
        self, purpose: Purpose, body: str, *, appointment: Appointment | None = None, once: str | None = None
    ) -> None:
        """Text the owner, at any hour about what they have just done themselves in a call."""
        texts.tell(
            self.session,
            purpose,
            self.case,
            body,
            settings=self.settings,
            now=self.now,
            appointment=appointment,
            once=once or f"{purpose}:{self.event.id}",
            at_once=self._just_done(),
            known=self.event.by == OWNER,
        )

    def _just_done(self) -> bool:
        """Whether the owner did it themselves, in a call, minutes ago: they are awake and expect the text."""
        if self.event.by != OWNER or self.now - self.event.at > texts.JUST_DONE:
            return False
        at = self.event.at
        in_a_call = select(CallRow.id).where(
            CallRow.case_id == self.case.id,
            CallRow.started_at <= at,
            or_(CallRow.ended_at.is_(None), CallRow.ended_at >= at),
        )
        return self.session.scalars(in_a_call.limit(1)).first() is not None

    def call(self, purpose: CallPurpose) -> None:
        """Have the line call the owner."""
        outbound.plan(self.session, purpose, self.case, settings=self.settings, now=self.now)

    def remind_of(self, appointment: Appointment) -> None:
        """On the business day before."""
        reminders.arrange(self.session, self.case, appointment, settings=self.settings, now=self.now)

    def take_back(self, appointment: Appointment) -> None:
        """Nobody is told any more of a date that is off."""
        texts.take_back(self.session, TextRow.appointment_id == appointment.id)


def owed(session: Session, limit: int) -> list[CaseEvent]:
    """Events whose consequences are not written down yet, oldest first."""
    wanted = select(CaseEvent).where(CaseEvent.announced_at.is_(None)).order_by(CaseEvent.id).limit(limit)
    return list(session.scalars(wanted))


def consequences(session: Session, event: CaseEvent, *, settings: Settings, now: datetime) -> None:
    """Write down the texts and tasks that follow from ``event``; asked for again, nothing follows.

    Locks the case.
    """
    case = cases.lock(session, event.case_id)
    session.refresh(event)
    if event.announced_at is not None:
        return
    follow = _CONSEQUENCES.get(EventKind(event.kind))
    if follow is not None:
        follow(_Happened(session, event, case, settings, now))
    if event.kind in deadlines.WATCHED:
        deadlines.watch(session, case, now)
    outbound.call_off(session, case, now)
    event.announced_at = now
    session.flush()


def _opened(it: _Happened) -> None:
    _urgent_number(it)
    if it.case.follows is not None and it.case.follows.status == Status.REJECTED:
        tasks.open_task(
            it.session,
            TaskKind.DISAGREEMENT,
            now=it.now,
            case=it.case,
            detail=f"No está de acuerdo con el rechazo de la solicitud {it.case.follows.number}.",
            once=f"disagreement:{it.case.id}",
        )


def _urgent_number(it: _Happened) -> None:
    """Once, as soon as there is a number to text to: perhaps only when the contacts are set."""
    if it.case.priority == Priority.URGENT and it.case.status in {Status.OPEN, Status.ATTENDING}:
        it.tell(
            Purpose.URGENT_NUMBER,
            it.sender.urgent_number(it.case),
            once=f"{Purpose.URGENT_NUMBER}:{it.case.id}",
        )


def _booked(it: _Happened) -> None:
    appointment = it.appointment()
    if appointment.status != AppointmentStatus.BOOKED:
        return  # changed or cancelled since: the later event tells
    tasks.settle(it.session, it.case, _SETTLED_BY[AppointmentKind(appointment.kind)], LINE, it.now)
    it.tell(Purpose.BOOKING, it.sender.booking(it.case, appointment), appointment=appointment)
    it.remind_of(appointment)


def _changed(it: _Happened) -> None:
    it.take_back(it.appointment("previous"))
    appointment = it.appointment()
    if appointment.status == AppointmentStatus.BOOKED:
        it.tell(Purpose.CHANGE, it.sender.change(it.case, appointment), appointment=appointment)
        it.remind_of(appointment)


def _date_cancelled(it: _Happened) -> None:
    appointment = it.appointment()
    it.take_back(appointment)
    it.tell(Purpose.CANCELLING, it.sender.cancelling(it.case, appointment), appointment=appointment)


def _date_missed(it: _Happened) -> None:
    it.take_back(it.appointment())


def _acknowledged(it: _Happened) -> None:
    tasks.settle(it.session, it.case, (TaskKind.URGENT_UNACKNOWLEDGED,), it.event.by, it.now)


def _inspected(it: _Happened) -> None:
    tasks.settle(it.session, it.case, _SETTLED_BY[AppointmentKind.VISIT], LINE, it.now)
    refused = [
        requirement
        for requirement in it.case.requirements
        if requirement.status == RequirementStatus.NOT_COVERED
        and requirement.id in it.event.detail["not_covered"]
    ]
    if refused:
        it.tell(Purpose.NOT_COVERED, it.sender.not_covered(it.case, refused))
    if it.case.status == Status.INSPECTED and agenda.booked(it.case, AppointmentKind.WORKS) is None:
        it.call(CallPurpose.WORKS)
    _perhaps_ask(it)


def _works_done(it: _Happened) -> None:
    overtaken = (*_SETTLED_BY[AppointmentKind.WORKS], TaskKind.OVERDUE_WORKS)
    tasks.settle(it.session, it.case, overtaken, LINE, it.now)
    _perhaps_ask(it)


def _perhaps_ask(it: _Happened) -> None:
    """The owner is asked once nothing waits any more: after disputes of both kinds, with the last."""
    if it.case.status == Status.WORKS_DONE:
        it.call(CallPurpose.SATISFACTION)


def _disputed(it: _Happened) -> None:
    for requirement in it.case.requirements:
        if requirement.status == RequirementStatus.DISPUTED and requirement.disputes >= TOO_MANY_DISPUTES:
            tasks.open_task(
                it.session,
                TaskKind.THIRD_DISPUTE,
                now=it.now,
                case=it.case,
                detail=f"El propietario ha rechazado los trabajos {requirement.disputes} veces.",
                once=f"{TaskKind.THIRD_DISPUTE}:{requirement.id}:{requirement.disputes}",
            )


def _closed(it: _Happened) -> None:
    tasks.settle(it.session, it.case, (TaskKind.UNREACHABLE, TaskKind.RING_OWNER), LINE, it.now)
    it.tell(Purpose.CLOSED, it.sender.closed(it.case))


def _cancelled(it: _Happened) -> None:
    texts.take_back(it.session, TextRow.case_id == it.case.id)
    tasks.settle(
        it.session,
        it.case,
        (*_SETTLED_BY[AppointmentKind.VISIT], *_SETTLED_BY[AppointmentKind.WORKS]),
        LINE,
        it.now,
    )
    it.tell(Purpose.CANCELLING, it.sender.cancelled(it.case))


_CONSEQUENCES: Mapping[EventKind, Callable[[_Happened], None]] = {
    EventKind.OPENED: _opened,
    EventKind.CONTACTS_SET: _urgent_number,
    EventKind.URGENT_NUMBER_GIVEN: _urgent_number,
    EventKind.VISIT_BOOKED: _booked,
    EventKind.WORKS_BOOKED: _booked,
    EventKind.VISIT_CHANGED: _changed,
    EventKind.WORKS_CHANGED: _changed,
    EventKind.VISIT_CANCELLED: _date_cancelled,
    EventKind.WORKS_CANCELLED: _date_cancelled,
    EventKind.VISIT_MISSED: _date_missed,
    EventKind.WORKS_MISSED: _date_missed,
    EventKind.ACKNOWLEDGED: _acknowledged,
    EventKind.INSPECTED: _inspected,
    EventKind.REJECTED: _inspected,
    EventKind.WORKS_DONE: _works_done,
    EventKind.DISPUTED: _disputed,
    EventKind.CLOSED: _closed,
    EventKind.CANCELLED: _cancelled,
}
