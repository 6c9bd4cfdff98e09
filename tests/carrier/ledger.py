"""What the mocked carrier remembers: calls, texts, queues, conferences, recordings, numbers."""

import io
import re
import uuid
import wave
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from tests.carrier.rest import OPERATIONS, Request

Resource = dict[str, Any]
ENDED = {"completed", "busy", "failed", "no-answer", "canceled"}
SID_PREFIXES = {
    "Call": "CA",
    "Message": "SM",
    "Queue": "QU",
    "Conference": "CF",
    "Recording": "RE",
    "IncomingPhoneNumber": "PN",
}
DEFAULTS: dict[str, Resource] = {
    "Call": {"status": "queued", "direction": "outbound-api", "api_version": "2010-04-01"},
    "Message": {"status": "queued", "direction": "outbound-api", "num_media": "0", "num_segments": "1"},
    "Queue": {"current_size": 0, "average_wait_time": 0, "max_size": 1000},
    "Member": {"wait_time": 0},
    "Conference": {"status": "in-progress"},
    "Participant": {
        "status": "queued",
        "muted": False,
        "hold": False,
        "coaching": False,
        "start_conference_on_enter": True,
        "end_conference_on_exit": False,
    },
    "Recording": {"status": "completed", "source": "RecordVerb", "channels": 1},
    "IncomingPhoneNumber": {"status": "in-use", "voice_method": "POST"},
}


class Refusal(Exception):
    """The API's answer to a request that is well-formed but cannot be: HTTP status and the carrier's code."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def gone(what: str) -> Refusal:
    return Refusal(404, 20404, f"The requested resource {what} was not found")


class Ledger:
    """Resources by kind, each a dictionary with every field that the carrier's OpenAPI file names.

    `answer` does what a checked request asks and returns the JSON of the carrier's answer, or None for 204.
    `put` and `find` let a test set and read what happens on the carrier's side.
    """

    def __init__(self, account_sid: str, now: Callable[[], datetime]) -> None:
        self._account_sid = account_sid
        self._now = now
        self.kinds: dict[str, list[Resource]] = {kind: [] for kind in DEFAULTS}
        self.sounds: dict[str, bytes] = {}

    def put(self, kind: str, **fields: Any) -> Resource:
        """Add a resource; every field that is not given is null, or what a fresh one has."""
        operation = OPERATIONS.get(f"Fetch{kind}") or OPERATIONS[f"Create{kind}"]
        resource: Resource = dict.fromkeys(operation["answer"]["fields"])
        resource |= {
            "account_sid": self._account_sid,
            "date_created": self._stamp(),
            "date_updated": self._stamp(),
        }
        if kind in SID_PREFIXES:
            resource["sid"] = SID_PREFIXES[kind] + uuid.uuid4().hex
        resource |= DEFAULTS[kind] | fields
        self.kinds[kind].append(resource)
        return resource

    def find(self, kind: str, **fields: Any) -> Resource:
        """The first resource with these fields; `Refusal` 20404 if there is none."""
        for resource in self.kinds[kind]:
            if all(resource.get(name) == value for name, value in fields.items()):
                return resource
        raise gone(f"{kind} {fields}")

    def put_recording(self, call_sid: str, wav: bytes, **fields: Any) -> Resource:
        """A finished recording of a call; its duration (whole seconds, as text) is read from the sound."""
        with wave.open(io.BytesIO(wav)) as sound:
            seconds = sound.getnframes() / sound.getframerate()
        recording = self.put("Recording", call_sid=call_sid, duration=str(round(seconds)), **fields)
        self.sounds[recording["sid"]] = wav
        return recording

    def answer(self, request: Request) -> Resource | None:
        found = re.fullmatch(
            r"(Create|Update|Fetch|List|Delete)(?:(?:Call|Conference)(?=Recording))?(\w+)", request.operation
        )
        if found is None or found[2] not in {*DEFAULTS, "Account"}:
            raise gone(request.operation)
        verb, kind = found.groups()
        for queue in self.kinds["Queue"]:
            queue["current_size"] = sum(one["queue_sid"] == queue["sid"] for one in self.kinds["Member"])
        if verb == "List":
            return self._list(kind, request)
        if verb == "Create":
            return self._create(kind, request)
        if kind == "Account":
            return {"sid": self._account_sid, "status": "active", "type": "Full", "friendly_name": "mock"}
        resource = self._one(kind, request)
        if verb == "Update":
            self._update(kind, resource, request)
        elif verb == "Delete":
            self.kinds[kind].remove(resource)
            return None
        return resource

    def _parent(self, request: Request) -> Resource:
        """The fields that resources under this path have, such as the SID of their queue."""
        segments = request.segments
        if "QueueSid" in segments:
            return {"queue_sid": self.find("Queue", sid=segments["QueueSid"])["sid"]}
        if "ConferenceSid" in segments:
            name = segments["ConferenceSid"]
            key = "sid" if re.fullmatch("CF[0-9a-fA-F]{32}", name) else "friendly_name"
            return {"conference_sid": self.find("Conference", **{key: name})["sid"]}
        if "CallSid" in segments:
            return {"call_sid": self.find("Call", sid=segments["CallSid"])["sid"]}
        return {}

    def _one(self, kind: str, request: Request) -> Resource:
        segments = request.segments
        if "Sid" in segments:
            parent = {} if kind in {"Queue", "Conference"} else self._parent(request)
            if segments["Sid"] == "Twilio.CURRENT":
                return self._running(parent)
            return self.find(kind, sid=segments["Sid"], **parent)
        parent, call = self._parent(request), segments["CallSid"]
        if kind == "Member" and call == "Front":
            return self.find(kind, **parent)
        if kind == "Participant" and not re.fullmatch("CA[0-9a-fA-F]{32}", call):
            return self.find(kind, label=call, **parent)
        return self.find(kind, call_sid=call, **parent)

    def _running(self, parent: Resource) -> Resource:
        """The one recording of that call or conference that runs, or is paused."""
        for recording in self.kinds["Recording"]:
            of_it = all(recording.get(name) == value for name, value in parent.items())
            if of_it and recording["status"] in {"in-progress", "paused"}:
                return recording
        raise gone(f"a running recording of {parent}")

    def _create(self, kind: str, request: Request) -> Resource:
        fields = self._fields(request)
        if kind == "Participant":
            name = request.segments["ConferenceSid"]
            if not any(name in {room["sid"], room["friendly_name"]} for room in self.kinds["Conference"]):
                self.put("Conference", friendly_name=name)
            call = self.put("Call", to=request.get("To"), **{"from": request.get("From")})
            fields["call_sid"] = call["sid"]
        if kind == "Recording":
            fields |= {"status": "in-progress", "source": "StartCallRecordingAPI"}
        return self.put(kind, **fields, **self._parent(request))

    def _update(self, kind: str, resource: Resource, request: Request) -> None:
        if kind == "Member":
            self.kinds["Member"].remove(resource)
        if kind == "Call" and resource["status"] in ENDED:
            raise Refusal(400, 21220, "Call is not in-progress. Cannot redirect.")
        resource |= self._fields(request) | {"date_updated": self._stamp()}

    def _list(self, kind: str, request: Request) -> Resource:
        answer = OPERATIONS[request.operation]["answer"]
        wanted = [pair for pair in request.params if pair[0] not in {"Page", "PageSize", "PageToken"}]
        entries = [
            entry
            for entry in reversed(self.kinds[kind])
            if all(entry.get(name) == value for name, value in self._parent(request).items())
            and all(_matches(entry, name, value) for name, value in wanted)
        ]
        page, size = int(request.get("Page") or 0), int(request.get("PageSize") or 50)
        path = OPERATIONS[request.operation]["path"].format(**request.segments)
        uris = [f"{path}?PageSize={size}&Page={number}" for number in (page, page + 1)]
        return {
            answer["list"]: entries[page * size : (page + 1) * size],
            "page": page,
            "page_size": size,
            "uri": uris[0],
            "next_page_uri": uris[1] if len(entries) > (page + 1) * size else None,
        }

    def _fields(self, request: Request) -> Resource:
        """The request's parameters that are also fields of the resource, with the types of its JSON."""
        operation = OPERATIONS[request.operation]
        types: dict[str, Callable[[str], Any]] = {"boolean": lambda text: text == "true", "integer": int}
        return {
            _snake(name): types.get(operation["form"][name]["type"], str)(value)
            for name, value in request.params
            if _snake(name) in operation["answer"]["fields"]
        }

    def _stamp(self) -> str:
        return format_datetime(self._now().astimezone(UTC))


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _matches(entry: Resource, name: str, value: str) -> bool:
    """Does the entry pass one filter of a list: equal, or for times on, not after, or not before a moment?"""
    field = entry.get(_snake(name.rstrip("<>")))
    if not re.match("(Start|End)Time|Date", name):
        return bool(field == value)
    if field is None:
        return False
    moment, bound = parsedate_to_datetime(field), datetime.fromisoformat(value)
    bound = bound if bound.tzinfo else bound.replace(tzinfo=UTC)
    if name.endswith("<"):
        return moment <= bound
    return moment >= bound if name.endswith(">") else moment.date() == bound.date()
