"""The OpenAPI document, drawn from the operations: the schemas by pydantic, the rest by apispec."""

import inspect
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from apispec import APISpec
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from ivr.api.clients import Scope
from ivr.api.context import PREFIX
from ivr.api.errors import Error
from ivr.api.fields import LAST_ID
from ivr.api.operations import Operation

Json = dict[str, Any]

_REFERENCE = "#/components/schemas/{model}"
_NAME_IN_PATH = re.compile(r"<(?:(?P<kind>\w+)(?:\([^)]*\))?:)?(?P<name>\w+)>")
_TAG: Json = {"ETag": {"description": "changes with every change", "schema": {"type": "string"}}}

_REASONS = {
    400: "the body cannot be read",
    401: "no token, or a wrong one",
    403: "the token lacks the scope",
    404: "what the path names does not exist",
    409: "at odds with what is stored",
    413: "the body is too large",
    415: "the body is not JSON",
    422: "a field is wrong, or names something unknown",
    429: "too many requests, or too many wrong tokens: to be tried again",
    500: "a fault of ours",
    503: "the database does not answer: to be tried again",
}


def describe(operations: Sequence[Operation]) -> str:
    """The OpenAPI 3.1 document as JSON."""
    document = APISpec(
        title="Postventa",
        version="1",
        openapi_version="3.1.0",
        info={"description": "The after-sales telephone line of a housing developer."},
        servers=[{"url": PREFIX}],
        security=[{"token": []}],
    )
    scopes = "A token has some of the scopes " + ", ".join(f"`{scope}`" for scope in Scope) + "."
    document.components.security_scheme("token", {"type": "http", "scheme": "bearer", "description": scopes})
    references, definitions = _schemas(operations)
    for name, schema in definitions.items():
        document.components.schema(name, schema)
    for operation in operations:
        document.path(
            path=_NAME_IN_PATH.sub(r"{\g<name>}", operation.rule),
            operations={operation.method.lower(): _operation(operation, references)},
        )
    return json.dumps(document.to_dict(), ensure_ascii=False)


def _schemas(operations: Sequence[Operation]) -> tuple[dict[type[BaseModel], Json], Json]:
    """Each model's reference, or a query's own schema; and what the references point at."""
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Error, "serialization"): None}
    for operation in operations:
        wanted[operation.given, "validation"] = None
        if operation.gives is not None:
            wanted[operation.gives, "serialization"] = None
    found, together = models_json_schema(list(wanted), ref_template=_REFERENCE)
    definitions: Json = together["$defs"]
    references: dict[type[BaseModel], Json] = {}
    for model, mode in wanted:
        references[model] = found[model, mode]
    for operation in operations:
        if not operation.has_body and "$ref" in references[operation.given]:
            name = references[operation.given]["$ref"].rsplit("/", 1)[1]
            references[operation.given] = definitions.pop(name)
    return references, definitions


def _operation(operation: Operation, references: dict[type[BaseModel], Json]) -> Json:
    summary, _, more = (inspect.getdoc(operation.handler) or "").partition("\n\n")
    described: Json = {
        "operationId": operation.name,
        "summary": summary.replace("\n", " "),
        "tags": [operation.name.partition("_")[0]],
        "security": [{"token": [operation.scope.value]}],
        "parameters": list(_parameters(operation, references[operation.given])),
        "responses": {
            str(operation.status): _success(operation, references),
            **{str(status): _refusal(status, references) for status in _refusals(operation)},
        },
    }
    if more:
        described["description"] = more
    if operation.has_body:
        content = {"application/json": {"schema": references[operation.given]}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _parameters(operation: Operation, given: Json) -> Iterator[Json]:
    for found in _NAME_IN_PATH.finditer(operation.rule):
        number = {"type": "integer", "minimum": 1, "maximum": LAST_ID}
        schema = number if found["kind"] == "int" else {"type": "string"}
        yield {"name": found["name"], "in": "path", "required": True, "schema": schema}
    if not operation.has_body:
        for name, schema in given.get("properties", {}).items():
            required = name in given.get("required", [])
            shown = schema if required else _or_empty(schema)
            yield {"name": name, "in": "query", "required": required, "schema": shown}
    if operation.repeatable:
        yield _header("Idempotency-Key", "A repeat with the same key gets the first answer.", maxLength=200)
    if operation.conditional:
        yield _header("If-Match", "The ETag of what is changed, as it was read: 409 if it has changed since.")


def _header(name: str, description: str, **schema: Any) -> Json:
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string", **schema}}


def _or_empty(schema: Json) -> Json:
    """Nobody can write null in a query: what is left out has no value, or an empty one."""
    known = {key: value for key, value in schema.items() if key != "default" or value is not None}
    kinds = [kind for kind in known.pop("anyOf", [{}]) if kind != {"type": "null"}]
    plain = known | kinds[0]
    return plain if plain.get("type") == "string" else {"anyOf": [plain, {"const": ""}]}


def _success(operation: Operation, references: dict[type[BaseModel], Json]) -> Json:
    if operation.status == 204:
        return {"description": "done"}
    schema = references[operation.gives] if operation.gives else {"type": "string", "format": "binary"}
    answer: Json = {"description": "done", "content": {operation.media: {"schema": schema}}}
    if operation.tagged:
        answer["headers"] = _TAG
    return answer


def _refusal(status: int, references: dict[type[BaseModel], Json]) -> Json:
    content = {"application/json": {"schema": references[Error]}}
    return {"description": _REASONS[status], "content": content}


def _refusals(operation: Operation) -> list[int]:
    possible = {401, 403, 404, 422, 429, 500, 503}
    if operation.has_body:
        possible |= {400, 413, 415}
    if operation.may_conflict:
        possible.add(409)
    if "<" not in operation.rule:
        possible.remove(404)
    return sorted(possible)
