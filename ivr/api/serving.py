"""How an operation is served: the request read, its handler run in one transaction, the answer written."""

from collections.abc import Callable
from typing import Any

from flask import Response
from flask import request as http
from pydantic_core import from_json
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from ivr.api.auth import client_within
from ivr.api.context import ApiContext
from ivr.api.fields import LAST_ID
from ivr.api.idempotency import once
from ivr.api.operations import Operation, Request, entity_tag, written
from ivr.errors import Invalid, NotFound

_READING = frozenset({"GET"})


def view(operation: Operation, context: ApiContext) -> Callable[..., Response]:
    """The Flask view of the operation."""

    def serve(**path: Any) -> Response:
        client = client_within(operation.scope)
        if not all(_can_be(value) for value in path.values()):
            raise NotFound("nothing is called that")
        content = _body() if operation.has_body else _query()
        store, target = context.store, http.path
        key, if_match = http.headers.get("Idempotency-Key"), http.headers.get("If-Match")

        def work(before_commit: Callable[[], None]) -> bytes | None:
            reads = operation.method in _READING
            with store.reading() if reads else store.transaction(before_commit=before_commit) as session:
                request: Request[Any] = Request(
                    context=context,
                    session=session,
                    now=context.clock.now(),
                    client=client,
                    model=operation.given,
                    content=content,
                    key=key,
                    if_match=if_match,
                )
                if operation.repeatable:
                    return once(request, target, lambda: operation.handler(request, **path))
                answer = operation.handler(request, **path)
                return answer if answer is None or isinstance(answer, bytes) else written(answer)

        return _respond(operation, context.deadline.run(work, context.deadline.start()))

    return serve


def _can_be(name: str | int) -> bool:
    """Whether the database could hold something of that name, or of that key."""
    return "\0" not in name if isinstance(name, str) else 1 <= name <= LAST_ID


def _respond(operation: Operation, content: bytes | None) -> Response:
    if content is None:
        return Response(status=204)
    response = Response(content, status=operation.status, content_type=operation.media)
    if operation.tagged:
        response.headers["ETag"] = entity_tag(content)
    return response


def _body() -> bytes:
    """The JSON document, which is readable; whether it is an object, and of which fields, is not known yet.

    Raises UnsupportedMediaType, BadRequest, and RequestEntityTooLarge.
    """
    if not http.is_json or http.content_encoding not in {None, "identity"}:
        raise UnsupportedMediaType("expected application/json, not compressed")
    content = http.get_data()
    try:
        from_json(content, allow_inf_nan=False)
    except ValueError as error:
        raise BadRequest(f"the body is no JSON: {error}") from None
    return content


def _query() -> dict[str, str]:
    """The words of the query; an empty one counts as left out. Raises Invalid for one given twice."""
    twice = {name: "is given more than once" for name, values in http.args.lists() if len(values) > 1}
    if twice:
        raise Invalid("the query is not clear", twice)
    return {name: value for name, value in http.args.items() if value}
