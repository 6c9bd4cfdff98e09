"""/cases: opened from outside, listed, and shown."""

from typing import Annotated

from ivr.aftersales import cases
from ivr.aftersales.life import Category, Channel, Priority, Status, UrgentKind
from ivr.api.case_view import CaseOut, shown, shown_all
from ivr.api.clients import Scope
from ivr.api.fields import Answer, Body, Page, Phone, QueryPhone, Text, documented, example
from ivr.api.homes import HomeNumber
from ivr.api.operations import Nothing, Operations, Request
from ivr.switchboard import queue

operations = Operations("cases")


class RequirementIn(Body):
    category: Category
    description: Annotated[Text, documented(minLength=1, maxLength=4000)] | None = None


class CaseIn(Body):
    """``contacts`` may be empty: then the home's own telephones are meant.

    ``requirements`` may be left out of an urgent case, which has one made from its ``urgent_kind``.
    """

    model_config = example(
        project="101",
        apartment="1204",
        channel="email",
        priority="standard",
        contacts=["+56991234567"],
        requirements=[{"category": "damp", "description": "Mancha en el muro del baño"}],
    )

    project: Text
    apartment: HomeNumber
    channel: Channel
    priority: Priority
    urgent_kind: UrgentKind | None = None
    contacts: list[Phone]
    requirements: tuple[RequirementIn, ...] = ()


class CaseQuery(Page):
    """``q`` begins a case number, is an apartment's number, or is part of an owner's name."""

    status: Status | None = None
    project: Text | None = None
    phone: QueryPhone | None = None
    q: Text | None = None


class CasePage(Answer):
    cases: list[CaseOut]
    next: str | None


@operations.add("POST", "/cases", scope=Scope.WRITE, given=CaseIn, gives=CaseOut, status=201)
def create(request: Request[CaseIn]) -> CaseOut:
    """A new case. The rounds of an urgent one start at once."""
    given = request.given
    case = cases.create_from_outside(
        request.session,
        project=given.project,
        apartment=given.apartment,
        channel=given.channel,
        priority=given.priority,
        urgent_kind=given.urgent_kind,
        contacts=given.contacts,
        requirements=[cases.Reported(each.category, each.description) for each in given.requirements],
        by=request.client.name,
        now=request.now,
        own=request.context.settings.line_numbers,
    )
    if case.priority == Priority.URGENT:
        queue.start_rounds(request.session, case, now=request.now)
    return shown(request.session, case, request.office_timezone)


@operations.add("GET", "/cases", scope=Scope.READ, given=CaseQuery, gives=CasePage)
def page(request: Request[CaseQuery]) -> CasePage:
    """Cases, newest first."""
    given = request.given
    found, cursor = cases.page(
        request.session,
        status=given.status,
        project=given.project,
        phone=given.phone,
        q=given.q,
        cursor=given.cursor,
        limit=given.limit,
    )
    return CasePage(cases=shown_all(request.session, found, request.office_timezone), next=cursor)


@operations.add("GET", "/cases/<number>", scope=Scope.READ, given=Nothing, gives=CaseOut, tagged=True)
def get(request: Request[Nothing], number: str) -> CaseOut:
    """One case, with all that happened to it."""
    return shown(request.session, cases.get(request.session, number), request.office_timezone)
