"""All areas of the console together, as one blueprint."""

from flask import Blueprint, Flask, Response, abort, current_app, g, redirect, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_bootstrap import Bootstrap5  # type: ignore[import-untyped]
from werkzeug.exceptions import NotFound

from ivr.console import (
    access,
    account,
    administration,
    agenda,
    board,
    cases,
    context,
    desk,
    errors,
    flow_map,
    live_pages,
    reports,
    show,
    sounds,
    tasks,
)
from ivr.console.access import Visit, allowed
from ivr.console.area import Area
from ivr.console.context import PREFIX, ConsoleContext
from ivr.console.fields import generate_csrf
from ivr.switchboard.accounts import Role

#: In the order of the navigation. A new area is one line here.
AREAS: tuple[Area, ...] = (
    desk.AREA,
    board.AREA,
    tasks.AREA,
    cases.AREA,
    agenda.AREA,
    reports.AREA,
    flow_map.AREA,
    *administration.AREAS,
    account.AREA,
    live_pages.AREA,
    sounds.AREA,
)

#: Endpoints that strangers may ask for; every other view carries `allowed`.
OPEN = frozenset({"console.static", "console.account.sign_in"})

#: Only what we serve ourselves runs or is shown. Bootstrap's own stylesheet draws some signs by ``data:``
#: images.
_CONTENT = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _CONTENT,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
#: Seconds that a browser keeps our own stylesheet and scripts.
_STATIC_KEPT = 3600


def blueprint(given: ConsoleContext) -> Blueprint:
    """The console's pages, all below `PREFIX`."""
    pages = Blueprint(
        "console", __name__, url_prefix=PREFIX, static_folder="static", template_folder="templates"
    )
    pages.record(lambda state: _settle_in(state, given))
    pages.before_request(_only_known_views)
    pages.after_request(protect)
    pages.app_context_processor(_for_templates)
    show.register(pages)
    errors.show(pages)
    for area in AREAS:
        pages.register_blueprint(area.pages)
    pages.add_url_rule("/<path:_unknown>", "unknown", _unknown, methods=["GET", "POST"])
    return pages


def _settle_in(state: BlueprintSetupState, given: ConsoleContext) -> None:
    app = state.app
    assert isinstance(app, Flask)  # noqa: S101 -- for the type checker
    app.config.update(
        BOOTSTRAP_SERVE_LOCAL=True,
        SESSION_COOKIE_NAME="postventa",
        SESSION_COOKIE_PATH=PREFIX,
        WTF_CSRF_TIME_LIMIT=None,  # a token is as old as its session
    )
    context.put(app.extensions, given)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Bootstrap5(app)
    app.add_url_rule("/", "home", lambda: redirect(PREFIX))


def _only_known_views() -> None:
    """A view that says nothing about who may see it is seen by nobody."""
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method == "OPTIONS":
        abort(405)
    if request.endpoint not in OPEN and access.role_of(view) is None:
        raise NotFound


def protect(response: Response) -> Response:
    """What a page of the console tells the browser that shows it."""
    response.headers.update(_HEADERS)
    if request.endpoint == "console.static" and response.status_code == 200:
        response.headers["Cache-Control"] = f"public, max-age={_STATIC_KEPT}"
    else:
        response.headers["Cache-Control"] = "no-store"
    return response


def _for_templates() -> dict[str, object]:
    if request.blueprint is None or not request.blueprint.startswith("console"):
        return {}
    return {
        "areas": AREAS,
        "signed_in": g.get("signed_in"),
        "csrf_token": generate_csrf,
        "company": context.here().settings.company,
    }


@allowed(Role.AGENT)
def _unknown(_visit: Visit, _unknown: str) -> ResponseReturnValue:
    raise NotFound
