"""/projects/{code}/slots"""

from ivr.aftersales import cases, projects, visits, works
from ivr.aftersales.life import AppointmentKind
from ivr.api.clients import Scope
from ivr.api.fields import Answer, LocalMoment, Query, Text, local
from ivr.api.operations import Operations, Request
from ivr.errors import Invalid, NotFound
from ivr.store.tables import Case, Project

operations = Operations("slots")

#: Where the dates of each kind come from, and where they are booked.
ROOMS = {AppointmentKind.VISIT: visits, AppointmentKind.WORKS: works}


class SlotQuery(Query):
    kind: AppointmentKind
    case: Text | None = None


class Slot(Answer):
    start: LocalMoment
    end: LocalMoment
    free: int
    substitute: bool


class Slots(Answer):
    slots: list[Slot]


@operations.add("GET", "/projects/<code>/slots", scope=Scope.READ, given=SlotQuery, gives=Slots)
def offered(request: Request[SlotQuery], code: str) -> Slots:
    """All that a call at this moment would be offered one after another.

    Works without ``case``: as if it had been inspected today.
    """
    project = projects.get(request.session, code)
    case = _case(request, project)
    offers = ROOMS[request.given.kind].all_slots(request.session, project, now=request.now, case=case)
    zone = project.timezone
    return Slots(
        slots=[
            Slot(
                start=local(offer.start, zone),
                end=local(offer.end, zone),
                free=offer.free,
                substitute=offer.substitute,
            )
            for offer in offers
        ]
    )


def _case(request: Request[SlotQuery], project: Project) -> Case | None:
    number = request.given.case
    if number is None:
        return None
    try:
        case = cases.get(request.session, number)
    except NotFound as error:
        raise Invalid("the query names something unknown", {"case": str(error)}) from None
    if case.project_id != project.id:
        raise Invalid("the query is at odds with itself", {"case": f"is not of project {project.code}"})
    return case
