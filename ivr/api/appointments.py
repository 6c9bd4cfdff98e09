"""/cases/{number}/appointments"""

from typing import Any, Literal

from ivr.aftersales import agenda
from ivr.aftersales.life import AppointmentKind
from ivr.api.case_moves import as_seen, moved
from ivr.api.case_view import AppointmentOut, CaseOut, appointment_shown, timezone_of
from ivr.api.clients import Scope
from ivr.api.fields import Body, Moment, example
from ivr.api.operations import Nothing, Operations, Request
from ivr.api.precedence import fields_last
from ivr.api.slots import ROOMS
from ivr.errors import MoveNotAllowed, NotFound, SlotTaken
from ivr.store.tables import Appointment, Case
from ivr.switchboard import queue

operations = Operations("appointments")

_ONE = "/cases/<number>/appointments/<int:appointment_id>"


class AppointmentIn(Body):
    model_config = example(kind="visit", start="2026-11-26T09:00:00-03:00")

    kind: AppointmentKind
    start: Moment


class MissedIn(Body):
    """Because of whom it did not take place."""

    model_config = example(by="owner")

    by: Literal["owner", "company"]


@operations.add(
    "POST",
    "/cases/<number>/appointments",
    scope=Scope.WRITE,
    given=AppointmentIn,
    gives=AppointmentOut,
    status=201,
    conditional=True,
)
def book(request: Request[AppointmentIn], number: str) -> AppointmentOut:
    """Book a visit or works, or change the date that is booked: the old one is freed together with it."""
    case = as_seen(request, number)
    given = fields_last(lambda: request.given, lambda: _attempt(request, case))
    appointment = ROOMS[given.kind].book(
        request.session, case, given.start, now=request.now, by=request.client.name
    )
    queue.stop_rounds_if_settled(request.session, case, now=request.now)
    return appointment_shown(appointment, timezone_of(case, request.office_timezone))


@operations.add("DELETE", _ONE, scope=Scope.WRITE, given=Nothing, gives=None, status=204, conditional=True)
def cancel(request: Request[Nothing], number: str, appointment_id: int) -> None:
    """Cancel a date. The case goes back to where it was without it, and an agent gets a task."""
    case = as_seen(request, number)
    appointment = _of_case(case, appointment_id)
    agenda.cancel(request.session, case, appointment, by=request.client.name, now=request.now)


@operations.add(
    "POST", f"{_ONE}/missed", scope=Scope.WRITE, given=MissedIn, gives=CaseOut, tagged=True, conditional=True
)
def missed(request: Request[MissedIn], number: str, appointment_id: int) -> CaseOut:
    """It did not take place. The case goes back to where it was without it, and an agent gets a task."""
    case = as_seen(request, number)
    appointment = _of_case(case, appointment_id)

    def miss(by: Literal["owner", "company"]) -> None:
        agenda.missed(
            request.session, case, appointment, by=by, now=request.now, noted_by=request.client.name
        )

    miss(fields_last(lambda: request.given.by, lambda: miss("company")))
    return moved(request, case)


def _of_case(case: Case, appointment_id: int) -> Appointment:
    """Raises NotFound for another case's appointment too: this path leads to none."""
    for appointment in case.appointments:
        if appointment.id == appointment_id:
            return appointment
    raise NotFound(f"case {case.number} has no appointment {appointment_id}")


def _attempt(request: Request[Any], case: Case) -> None:
    """Book at a moment that cannot be had.

    Raises MoveNotAllowed if no date of the kind that is named may be booked; where none is, of neither kind.
    """
    named = request.raw.get("kind")
    refusals = []
    for kind in [each for each in AppointmentKind if each == named] or list(AppointmentKind):
        try:
            ROOMS[kind].book(request.session, case, request.now, now=request.now, by=request.client.name)
        except MoveNotAllowed as error:
            refusals.append(error)
        except SlotTaken:
            return
    raise refusals[0]
