"""Every refusal in one shape: ``{"error": {"code", "message", "fields"?}}``.

========  ==================================================================================
400       the body cannot be read
401       no token, or a wrong one
403       the token lacks the scope
404       what the path names does not exist
405       the path knows no such method
409       at odds with what is stored: duplicate, full, move not allowed, stale
413       the body is too large
415       the body is not JSON
422       a field is wrong, or names something unknown
429       too many requests, or too many wrong tokens: to be tried again
500       our fault: logged, and told without details
503       the database does not answer: to be tried again
========  ==================================================================================
"""

from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException, InternalServerError

from ivr.errors import Conflict, Invalid, NotFound, RuleError
from ivr.telephony.deadline import TooLate

log = structlog.get_logger()

_STATUS = ((NotFound, 404), (Conflict, 409), (Invalid, 422))
#: Seconds after which a database that did not answer may be asked again.
_TRY_AGAIN = "5"


class ErrorDetail(BaseModel):
    """What was wrong: ``code`` is stable and for programs, ``message`` for people."""

    code: str
    message: str
    #: The reason for each field that is wrong, by its path.
    fields: dict[str, str] | None = None


class Error(BaseModel):
    """Any answer that is no success."""

    error: ErrorDetail


def shape(routes: Blueprint, prefix: str) -> None:
    """Give every refusal of ``routes`` the shape, and those of unknown paths and methods under ``prefix``."""
    routes.register_error_handler(RuleError, _rule)
    routes.register_error_handler(HTTPException, _http)
    routes.register_error_handler(OperationalError, _unavailable)
    routes.register_error_handler(PoolExhausted, _unavailable)
    routes.register_error_handler(TooLate, _unavailable)
    routes.register_error_handler(Exception, _unexpected)

    def unrouted(error: HTTPException) -> Response | HTTPException:
        """No blueprint is asked about a path that nobody has: it is ours by its beginning."""
        ours = request.path == prefix or request.path.startswith(f"{prefix}/")
        return _http(error) if ours else error

    for status in (404, 405):
        routes.app_errorhandler(status)(unrouted)


def faults(error: ValidationError) -> Invalid:
    """The same as `Invalid`, with a reason for every field."""
    return Invalid("the request has wrong fields", _reasons(error.errors(include_url=False)))


def _reasons(details: Iterable[Any]) -> dict[str, str]:
    worded = {"missing": "is required", "extra_forbidden": "is no field of this request"}
    return {
        ".".join(map(str, detail["loc"])) or "body": worded.get(
            detail["type"], detail["msg"].removeprefix("Value error, ")
        )
        for detail in details
    }


def _rule(error: RuleError) -> Response:
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 422)
    return _answer(status, error.code, str(error), error.fields if isinstance(error, Invalid) else None)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    answer = _answer(status, error.name.lower().replace(" ", "_"), error.description or error.name)
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:  # such as Allow and WWW-Authenticate
            answer.headers[name] = value
    return answer


def _unavailable(error: Exception) -> Response:
    log.warning("api cannot use the database", endpoint=request.endpoint, exc_info=error)
    answer = _answer(503, "unavailable", "the database does not answer: try again")
    answer.headers["Retry-After"] = _TRY_AGAIN
    return answer


def _unexpected(error: Exception) -> Response:
    log.error("api failed", endpoint=request.endpoint, exc_info=error)
    return _http(InternalServerError())


def _answer(status: int, code: str, message: str, fields: Mapping[str, str] | None = None) -> Response:
    detail: dict[str, object] = {"code": code, "message": message}
    if fields:
        detail["fields"] = dict(fields)
    answer = jsonify(error=detail)
    answer.status_code = status
    return answer
