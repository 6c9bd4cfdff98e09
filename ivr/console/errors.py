"""Error pages: what went wrong in Spanish, and a way on. Data (streams, sounds, JSON) gets a line of text."""

import structlog
from flask import Blueprint, Response, current_app, g, make_response, render_template, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException

from ivr.console import access, words
from ivr.errors import Conflict, NotFound, RuleError

log = structlog.get_logger(__name__)

#: Status → what happened, and what to do.
_PAGES = {
    400: ("No entendimos la solicitud", "Vuelva a la página anterior e inténtelo otra vez."),
    403: (
        "No tiene permiso para esto",
        "Su rol no incluye esta página o acción. Si la necesita, pídala a un administrador.",
    ),
    404: (
        "Aquí no hay nada",
        "La dirección está mal escrita, o lo que buscaba ya no existe.",
    ),
    405: ("No entendimos la solicitud", "Vuelva a la página anterior e inténtelo otra vez."),
    409: ("Alguien se adelantó", ""),
    413: (
        "Es demasiado grande",
        "El archivo o el texto supera lo que se puede enviar. Pruebe con uno más pequeño.",
    ),
    429: ("Demasiados intentos", "Espere 15 minutos e inténtelo otra vez."),
    500: (
        "Algo falló de nuestro lado",
        "No se guardó nada. El error quedó registrado; inténtelo otra vez en un momento.",
    ),
    503: ("La base de datos no responde", "No se guardó nada. Inténtelo otra vez en unos segundos."),
}
_RULES = ((NotFound, 404), (Conflict, 409))


def show(pages: Blueprint) -> None:
    """Answer every fault of the console's views with a page."""
    pages.register_error_handler(RuleError, _rule)
    for status in _PAGES:  # one by one: another room's handler of a status would come before a general one
        pages.register_error_handler(status, _http)
    pages.register_error_handler(HTTPException, _http)
    pages.register_error_handler(OperationalError, _unavailable)
    pages.register_error_handler(PoolExhausted, _unavailable)
    pages.register_error_handler(Exception, _unexpected)


def page(status: int, told: str | None = None) -> Response:
    """The page for that status; ``told`` instead of its usual explanation."""
    title, usual = _PAGES.get(status, _PAGES[400 if status < 500 else 500])
    view = current_app.view_functions.get(request.endpoint or "")
    if access.is_data(view):
        return Response(f"{title}\n", status=status, mimetype="text/plain")
    content = render_template("console/error.html", status=status, title=title, told=told or usual)
    return make_response(content, status)


def _rule(error: RuleError) -> Response:
    status = next((status for kind, status in _RULES if isinstance(error, kind)), 400)
    return page(status, words.refusal(error) if status == 409 else None)


def _http(error: HTTPException) -> Response:
    return page(error.code or 500)


def _unavailable(error: Exception) -> Response:
    log.warning("console cannot use the database", endpoint=request.endpoint, exc_info=error)
    answer = page(503)
    answer.headers["Retry-After"] = "5"
    return answer


def _unexpected(error: Exception) -> Response:
    log.error("console failed", endpoint=request.endpoint, agent=_agent(), exc_info=error)
    return page(500)


def _agent() -> int | None:
    return g.signed_in.id if "signed_in" in g else None
