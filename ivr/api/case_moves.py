"""What is done to a case: inspected, mended, taken, cancelled."""

from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema
from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import cases, inspection
from ivr.aftersales.inspection import Result
from ivr.api.case_view import CaseOut, shown
from ivr.api.clients import Scope
from ivr.api.fields import LAST_ID, Body, Text, example
from ivr.api.operations import Operations, Request
from ivr.api.precedence import fields_last
from ivr.errors import Invalid
from ivr.store.tables import Agent, Case
from ivr.switchboard import queue

operations = Operations("cases")


def _id_or_name(value: object) -> object:
    if isinstance(value, str) and value.strip() and "\0" not in value:
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LAST_ID:
        return value
    raise ValueError("expected an agent's id, or their name")


AgentNamed = Annotated[
    int | str,
    PlainValidator(_id_or_name),
    WithJsonSchema({"type": ["integer", "string"], "description": "an agent's id, or their name"}),
]
#: Who did something, or received somebody.
Person = Annotated[Text, Field(min_length=1, max_length=120)]
Words = Annotated[Text, Field(max_length=4000)]


class ResultIn(Body):
    requirement: int
    covered: bool
    note: Words | None = None


class InspectionIn(Body):
    """Every requirement that waits for an inspection, once."""

    model_config = example(results=[{"requirement": 1, "covered": True, "note": "Filtra la ducha de arriba"}])

    results: list[ResultIn]


class WorksDoneIn(Body):
    model_config = example(received_by="Camila Rojas", note="Queda una mano de pintura")

    received_by: Person
    note: Words | None = None


class AcknowledgeIn(Body):
    model_config = example(agent="Marcela Soto")

    agent: AgentNamed


class CancelIn(Body):
    model_config = example(by="Marcela Soto", reason="Es la misma que otra")

    by: Person
    reason: Annotated[Words, Field(min_length=1)]


@operations.add(
    "POST",
    "/cases/<number>/inspection",
    scope=Scope.WRITE,
    given=InspectionIn,
    gives=CaseOut,
    tagged=True,
    conditional=True,
)
def inspected(request: Request[InspectionIn], number: str) -> CaseOut:
    """What an inspector found. The case is ``inspected``, or ``rejected`` where nothing is covered."""
    case = as_seen(request, number)

    def write_down(results: list[Result]) -> None:
        inspection.record(request.session, case, results, by=request.client.name, now=request.now)

    given = fields_last(lambda: request.given, lambda: write_down([]))
    write_down([Result(each.requirement, each.covered, each.note) for each in given.results])
    return moved(request, case)


@operations.add(
    "POST",
    "/cases/<number>/works-done",
    scope=Scope.WRITE,
    given=WorksDoneIn,
    gives=CaseOut,
    tagged=True,
    conditional=True,
)
def works_done(request: Request[WorksDoneIn], number: str) -> CaseOut:
    """The works are executed and were received. The satisfaction call is due."""
    case = as_seen(request, number)

    def write_down(received_by: str, note: str | None) -> None:
        inspection.works_done(
            request.session, case, received_by, note, by=request.client.name, now=request.now
        )

    given = fields_last(lambda: request.given, lambda: write_down("", None))
    write_down(given.received_by, given.note)
    return moved(request, case)


@operations.add(
    "POST",
    "/cases/<number>/acknowledge",
    scope=Scope.WRITE,
    given=AcknowledgeIn,
    gives=CaseOut,
    tagged=True,
    conditional=True,
)
def acknowledged(request: Request[AcknowledgeIn], number: str) -> CaseOut:
    """An agent takes an urgent case in hand: it is ``attending``, and the rounds stop."""
    case = as_seen(request, number)

    def take(name: str) -> None:
        cases.acknowledge(request.session, case, name, now=request.now)

    take(fields_last(lambda: _agent_name(request.session, request.given.agent), lambda: take("")))
    return moved(request, case)


@operations.add(
    "POST",
    "/cases/<number>/cancel",
    scope=Scope.WRITE,
    given=CancelIn,
    gives=CaseOut,
    tagged=True,
    conditional=True,
)
def cancelled(request: Request[CancelIn], number: str) -> CaseOut:
    """Nobody wants it any more. Its booked dates are free again."""
    case = as_seen(request, number)

    def cancel(by: str, reason: str) -> None:
        cases.cancel(request.session, case, by=by, reason=reason, now=request.now)

    given = fields_last(lambda: request.given, lambda: cancel("", ""))
    cancel(given.by, given.reason)
    return moved(request, case)


def as_seen(request: Request[Any], number: str) -> Case:
    """The case, locked. Raises NotFound, and Conflict where it is not what ``If-Match`` names."""
    case = cases.get(request.session, number, locked=True)
    request.require_unchanged(lambda: shown(request.session, case, request.office_timezone))
    return case


def moved(request: Request[Any], case: Case) -> CaseOut:
    """The case as it is shown after a move."""
    queue.stop_rounds_if_settled(request.session, case, now=request.now)
    return shown(request.session, case, request.office_timezone)


def _agent_name(session: Session, named: int | str) -> str:
    """Raises Invalid for an agent that there is not, or a name that several have."""
    known = Agent.id == named if isinstance(named, int) else Agent.name == named
    found = session.scalars(select(Agent.name).where(known).limit(2)).all()
    if len(found) != 1:
        reason = "several agents have this name: name the id" if found else f"there is no agent {named!r}"
        raise Invalid("the agent is not known", {"agent": reason})
    return found[0]
