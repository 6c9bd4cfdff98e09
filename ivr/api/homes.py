"""/homes"""

from typing import Annotated

from ivr.aftersales import homes, projects
from ivr.api.clients import Scope
from ivr.api.fields import Answer, Body, Day, Page, Phone, QueryPhone, Text, documented, example
from ivr.api.operations import Operations, Request
from ivr.errors import Invalid, NotFound
from ivr.store.tables import Home

operations = Operations("homes")

HomeNumber = Annotated[Text, documented(minLength=1, maxLength=40, examples=["1204"])]


class HomeIn(Body):
    model_config = example(project="101", number="Torre B 304", owner="Ana Díaz", phones=["+56987654321"])

    project: Text
    number: HomeNumber
    owner: Annotated[Text, documented(maxLength=120)] | None = None
    phones: list[Phone]
    verified: bool = True
    registered_on: Day | None = None


class HomeOut(Answer):
    project: str
    number: str
    owner: str | None
    phones: list[str]
    verified: bool
    registered_on: Day | None


class HomePage(Answer):
    homes: list[HomeOut]
    next: str | None


class HomeQuery(Page):
    project: Text | None = None
    phone: QueryPhone | None = None


@operations.add("POST", "/homes", scope=Scope.WRITE, given=HomeIn, gives=HomeOut, status=201)
def create(request: Request[HomeIn]) -> HomeOut:
    """A new home of the register, or one that a caller's keys named and that is confirmed by this."""
    given = request.given
    try:
        project = projects.get(request.session, given.project)
    except NotFound as error:
        raise Invalid("the home has wrong fields", {"project": str(error)}) from None
    home = homes.create(
        request.session,
        project=project,
        number=given.number,
        owner=given.owner,
        phones=given.phones,
        verified=given.verified,
        registered_on=given.registered_on,
        now=request.now,
        own=request.context.settings.line_numbers,
    )
    return _shown(home)


@operations.add("GET", "/homes", scope=Scope.READ, given=HomeQuery, gives=HomePage)
def page(request: Request[HomeQuery]) -> HomePage:
    """Homes, those of a project or a telephone number if one is named."""
    given = request.given
    found, cursor = homes.page(
        request.session, project=given.project, phone=given.phone, cursor=given.cursor, limit=given.limit
    )
    return HomePage(homes=[_shown(home) for home in found], next=cursor)


def _shown(home: Home) -> HomeOut:
    return HomeOut(
        project=home.project.code,
        number=home.number,
        owner=home.owner,
        phones=[phone.phone for phone in home.phones],
        verified=home.verified,
        registered_on=home.registered_on,
    )
