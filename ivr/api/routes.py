"""All operations together, as one blueprint."""

from functools import cache

from flask import Blueprint, Response, request

from ivr.api import (
    agents,
    appointments,
    auth,
    calls,
    case_moves,
    cases,
    closures,
    errors,
    events,
    homes,
    outbound,
    owners,
    projects,
    recordings,
    roster,
    slots,
    talks,
    tasks,
)
from ivr.api.context import PREFIX, ApiContext
from ivr.api.document import describe
from ivr.api.serving import view

#: Bytes of a body at most: nine descriptions of the greatest length, every letter of them escaped, and more.
LARGEST_BODY = 512 * 1024

#: All of them, in the order of the document.
OPERATIONS = [
    operation
    for module in (
        projects,
        slots,
        homes,
        cases,
        case_moves,
        appointments,
        agents,
        roster,
        calls,
        talks,
        recordings,
        closures,
        tasks,
        outbound,
        events,
        owners,
    )
    for operation in module.operations
]


def blueprint(context: ApiContext) -> Blueprint:
    """The routes of the API. Every answer that is no success has the error's shape, unknown paths too."""
    routes = Blueprint("api", __name__, url_prefix=PREFIX)
    for operation in OPERATIONS:
        routes.add_url_rule(
            operation.rule,
            endpoint=operation.name,
            view_func=view(operation, context),
            methods=[operation.method],
        )

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return Response(_document(), mimetype="application/json")

    routes.before_request(auth.guard(context, free={f"{routes.name}.openapi"}))
    routes.before_request(_limit_body)
    errors.shape(routes, PREFIX)
    return routes


@cache
def _document() -> str:
    """Made when it is asked for: it takes longer than all else that an application begins with."""
    return describe(OPERATIONS)


def _limit_body() -> None:
    request.max_content_length = LARGEST_BODY
