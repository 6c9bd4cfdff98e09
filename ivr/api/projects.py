"""/projects"""

from typing import Annotated

from ivr.aftersales import projects
from ivr.api.clients import Scope
from ivr.api.fields import Answer, Body, Day, Name, Page, Text, documented, example, left_out
from ivr.api.operations import Nothing, Operations, Request
from ivr.store.tables import Project

operations = Operations("projects")

Code = Annotated[Text, documented(pattern="^[0-9]{1,6}$", examples=["101"])]
Weekday = Annotated[int, documented(minimum=1, maximum=5, description="of the visits: 1 is Monday")]
Region = Annotated[
    Text, documented(pattern="^[A-Z]{2}$", description="ISO 3166-2:CL without its prefix", examples=["RM"])
]
Timezone = Annotated[Text, documented(description="of the IANA database", examples=["America/Santiago"])]
Minutes = Annotated[int, documented(minimum=5, maximum=270)]
Capacity = Annotated[int, documented(minimum=1, maximum=100, description="how many at a time")]


class ProjectIn(Body):
    model_config = example(code="102", name="Los Boldos", weekday=3, region="RM", inspectors=2)

    code: Code
    name: Name
    weekday: Weekday
    region: Region | None = None
    timezone: Timezone | None = None
    slot_minutes: Minutes = 30
    inspectors: Capacity = 1
    crews: Capacity = 1
    received_on: Day | None = None


class ProjectChange(Body):
    """What is left out stays."""

    model_config = example(weekday=2, crews=3)

    name: Name = left_out()
    weekday: Weekday = left_out()
    region: Region | None = left_out()
    timezone: Timezone = left_out()
    slot_minutes: Minutes = left_out()
    inspectors: Capacity = left_out()
    crews: Capacity = left_out()
    received_on: Day | None = left_out()


class ProjectOut(Answer):
    code: str
    name: str
    weekday: int
    region: str | None
    timezone: str
    slot_minutes: int
    inspectors: int
    crews: int
    received_on: Day | None


class ProjectPage(Answer):
    projects: list[ProjectOut]
    next: str | None


@operations.add("POST", "/projects", scope=Scope.ADMIN, given=ProjectIn, gives=ProjectOut, status=201)
def create(request: Request[ProjectIn]) -> ProjectOut:
    """A new project."""
    fields = request.given.model_dump()
    return shown(projects.create(request.session, **fields, now=request.now))


@operations.add("GET", "/projects", scope=Scope.READ, given=Page, gives=ProjectPage)
def page(request: Request[Page]) -> ProjectPage:
    """Projects in the order in which they were created."""
    found, cursor = projects.page(request.session, request.given.cursor, request.given.limit)
    return ProjectPage(projects=[shown(project) for project in found], next=cursor)


@operations.add("GET", "/projects/<code>", scope=Scope.READ, given=Nothing, gives=ProjectOut, tagged=True)
def get(request: Request[Nothing], code: str) -> ProjectOut:
    """One project."""
    return shown(projects.get(request.session, code))


@operations.add(
    "PATCH",
    "/projects/<code>",
    scope=Scope.ADMIN,
    given=ProjectChange,
    gives=ProjectOut,
    tagged=True,
    conditional=True,
)
def change(request: Request[ProjectChange], code: str) -> ProjectOut:
    """Change a project. A lower capacity keeps what is booked."""
    project = projects.get(request.session, code)
    request.session.refresh(project, with_for_update={"key_share": True})
    request.require_unchanged(lambda: shown(project))
    projects.update(request.session, project, now=request.now, **request.given.model_dump(exclude_unset=True))
    return shown(project)


def shown(project: Project) -> ProjectOut:
    """The project as the API shows it."""
    return ProjectOut.model_validate(project, from_attributes=True)
