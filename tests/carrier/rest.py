"""Would the carrier's REST API accept this request?"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.carrier import limits
from tests.carrier.documents import Context, check_twiml
from tests.carrier.values import CarrierRefuses, check_boolean, check_integer, check_telephone, check_url

Pairs = list[tuple[str, str]]
Parameters = Sequence[tuple[str, object]] | Mapping[str, object]

TABLE: dict[str, Any] = json.loads((Path(__file__).parent / "rest.json").read_text(encoding="utf-8"))
MEDIA = {
    "method": "GET",
    "path": "/2010-04-01/Accounts/{AccountSid}/Recordings/{Sid}.wav",
    "segments": TABLE["operations"]["FetchRecording"]["segments"],
    "query": {},
    "form": {},
    "answer": {"status": 200},
}
"""A recording's sound, at its RecordingUrl and `.wav`: on the page of recordings, not in the OpenAPI file."""
OPERATIONS: dict[str, dict[str, Any]] = TABLE["operations"] | {"FetchRecordingMedia": MEDIA}
DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z)?")


@dataclass(frozen=True)
class Request:
    """A request that names an operation of the API: its id, the path's variable segments, its parameters."""

    operation: str
    segments: dict[str, str]
    params: Pairs

    def get(self, name: str) -> str | None:
        """The parameter's first value, if it was sent."""
        return next((value for key, value in self.params if key == name), None)

    def all(self, name: str) -> list[str]:
        """Every value of a parameter that may be repeated, in order."""
        return [value for key, value in self.params if key == name]


def check_rest(method: str, path: str, params: Parameters = ()) -> Request:
    """Raise `CarrierRefuses` unless the API accepts the request whole; return what it asks for.

    `path` is the request's path or full URL, with or without a query. Unknown parameters, which the API
    silently ignores, are refused: they are somebody's mistake.
    """
    request = _identify(method, path, _pairs(params))
    operation = OPERATIONS[request.operation]
    for name, value in request.segments.items():
        _check_value(request.operation, name, value, operation["segments"][name])
    known = operation["query"] if method == "GET" else operation["form"]
    for name, value in request.params:
        if name not in known:
            raise CarrierRefuses(f"{request.operation} knows no parameter {name!r}")
        if len(request.all(name)) > 1 and not known[name].get("array"):
            raise CarrierRefuses(f"{request.operation}: {name} stands more than once")
        _check_value(request.operation, name, value, known[name])
    for name, described in known.items():
        if described.get("required") and not request.get(name):
            raise CarrierRefuses(f"{request.operation} needs {name}")
    if request.operation in TOGETHER:
        TOGETHER[request.operation](request)
    return request


def _pairs(params: Parameters) -> Pairs:
    pairs: Pairs = []
    for name, value in params.items() if isinstance(params, Mapping) else params:
        for single in value if isinstance(value, list | tuple) else [value]:
            pairs.append((name, str(single).lower() if isinstance(single, bool) else str(single)))
    return pairs


def _identify(method: str, path: str, params: Pairs) -> Request:
    parts = urlsplit(path)
    for name, operation in OPERATIONS.items():
        template = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(operation["path"]))
        found = re.fullmatch(template, parts.path)
        if found and operation["method"] == method:
            query = parse_qsl(parts.query, keep_blank_values=True)
            return Request(
                name, {key: unquote(value) for key, value in found.groupdict().items()}, query + params
            )
    raise CarrierRefuses(f"{method} {parts.path} is no request of the API")


def _check_value(operation: str, name: str, value: str, described: dict[str, Any]) -> None:
    key = f"{operation}.{name}"
    pattern = limits.REST_PATTERNS.get(key) or described.get("pattern")
    if pattern and not re.fullmatch(pattern, value):
        raise CarrierRefuses(f"{key}={value!r} does not fit {pattern}")
    if "enum" in described and value not in described["enum"]:
        raise CarrierRefuses(f"{key}={value!r} is not one of {described['enum']}")
    if described.get("type") == "integer":
        low, high = limits.REST_RANGES.get(key, (described.get("minimum", 0), described.get("maximum")))
        check_integer(value, low, high, name=key)
    elif described.get("type") == "boolean":
        check_boolean(value, name=key)
    _check_format(key, value, described.get("format", ""))


def _check_format(key: str, value: str, form: str) -> None:
    if form == "uri" or key.endswith(("Url", "Callback")):
        check_url(value, absolute=True)
    elif form in {"endpoint", "phone-number"}:
        # Lists of calls are searched by any endpoint, whatever the file calls its format.
        check_telephone(value, name=key, other_endpoints=form == "endpoint" or key.startswith("List"))
    elif form in {"date", "date-time"} and not DATE.fullmatch(value):
        raise CarrierRefuses(f"{key}={value!r} is no date")
    elif form == "twiml":
        check_twiml(value, Context.INLINE)


def _check_create_call(request: Request) -> None:
    if sum(request.get(name) is not None for name in ("Url", "Twiml", "ApplicationSid")) != 1:
        raise CarrierRefuses("CreateCall needs exactly one of Url, Twiml and ApplicationSid (21205, 32019)")
    detects = request.get("MachineDetection") is not None
    if detects and request.get("SendDigits") is not None:
        raise CarrierRefuses("SendDigits makes the carrier ignore MachineDetection")
    if request.get("AsyncAmd") == "true":
        if not detects:
            raise CarrierRefuses("AsyncAmd without MachineDetection detects nothing")
        if request.get("AsyncAmdStatusCallback") is None:
            raise CarrierRefuses("AsyncAmd without AsyncAmdStatusCallback tells nobody (21262)")


def _check_update_call(request: Request) -> None:
    if not request.params:
        raise CarrierRefuses("UpdateCall changes nothing")
    if request.get("Url") is not None and request.get("Twiml") is not None:
        raise CarrierRefuses("UpdateCall takes Url or Twiml, not both (32019)")


def _check_create_message(request: Request) -> None:
    if (request.get("From") is None) == (request.get("MessagingServiceSid") is None):
        raise CarrierRefuses("CreateMessage needs From or MessagingServiceSid")
    body = request.get("Body") or ""
    if not body and not request.all("MediaUrl") and request.get("ContentSid") is None:
        raise CarrierRefuses("CreateMessage has nothing to say")
    if len(body) > limits.MESSAGE_CHARACTERS:
        raise CarrierRefuses(f"the text has {len(body)} characters, at most {limits.MESSAGE_CHARACTERS}")
    if len(request.get("StatusCallback") or "") > limits.MESSAGE_CALLBACK_CHARACTERS:
        raise CarrierRefuses("the text's StatusCallback is too long (21609)")


TOGETHER = {
    "CreateCall": _check_create_call,
    "UpdateCall": _check_update_call,
    "CreateMessage": _check_create_message,
}
