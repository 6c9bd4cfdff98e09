"""A hand-made fake at the carrier seam: the REST API on a free port of the loopback, in a thread.

    with MockCarrier(account_sid, auth_token) as carrier:
        carrier.url                                    # what IVR_CARRIER_URL is set to
        carrier.fail_next(Fault.LOSE_REPLY)
        ...
        carrier.calls[0]["to"], carrier.sent("CreateCall")[0].get("Url")

Every request is checked by `check_rest`. One that the carrier would refuse is answered with 400 and kept in
`refused`; leaving the `with` block raises if any is left there.
"""

import json
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum, auto
from types import TracebackType
from typing import Any, Self

from werkzeug import Request as HttpRequest
from werkzeug import Response
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.carrier.ledger import Ledger, Refusal, Resource, gone
from tests.carrier.rest import OPERATIONS, Request, check_rest
from tests.carrier.values import CarrierRefuses


class Fault(Enum):
    """How a request goes wrong. Only `LOSE_REPLY` is a request that the carrier has carried out."""

    TOO_MANY = auto()
    """429 with code 20429."""
    BROKEN = auto()
    """500."""
    SILENCE = auto()
    """No answer at all, until the client gives up or the mock is closed."""
    LOSE_REPLY = auto()
    """Accepted and carried out, but the connection closes before the answer."""


class _QuietHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's own name
        """Say nothing: what was asked stands in `MockCarrier.requests`."""


class MockCarrier:
    """The carrier's REST API as one account sees it. `now` is the carrier's own clock."""

    def __init__(
        self, account_sid: str, auth_token: str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._credentials = (account_sid, auth_token)
        self._ledger = Ledger(account_sid, now)
        self._faults: list[tuple[Fault, str | None]] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self.requests: list[Request] = []
        """Every authenticated, well-formed request in the order of arrival, failed ones too."""
        self.refused: list[CarrierRefuses] = []
        self._server = make_server("127.0.0.1", 0, self._serve, threaded=True, request_handler=_QuietHandler)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.01},
            name="mock carrier",
            daemon=True,
        )
        self.url = f"http://127.0.0.1:{self._server.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if self.refused and error is None:
            raise self.refused[0]

    @property
    def calls(self) -> list[Resource]:
        """The calls, oldest first, as the API shows them; a test may change them, such as their `status`."""
        return self._ledger.kinds["Call"]

    @property
    def messages(self) -> list[Resource]:
        """The texts, oldest first."""
        return self._ledger.kinds["Message"]

    @property
    def recordings(self) -> list[Resource]:
        """The recordings that have not been deleted."""
        return self._ledger.kinds["Recording"]

    def sent(self, operation: str) -> list[Request]:
        """The requests for one operation, such as `UpdateMember`, in the order of arrival."""
        return [request for request in self.requests if request.operation == operation]

    def fail_next(self, fault: Fault, *, times: int = 1, operation: str | None = None) -> None:
        """Let the next requests fail; with `operation` (such as `CreateCall`) only those for it."""
        with self._lock:
            self._faults += [(fault, operation)] * times

    def put_call(self, sid: str, **fields: Any) -> None:
        """A call that the application did not place: inbound and in progress, unless `fields` differ."""
        self._put("Call", **{"sid": sid, "direction": "inbound", "status": "in-progress"} | fields)

    def put_member(self, queue: str, call_sid: str) -> str:
        """A caller at the end of a queue, which is made if need be; returns the queue's SID."""
        with self._lock:
            found = [entry["sid"] for entry in self._ledger.kinds["Queue"] if entry["friendly_name"] == queue]
        queue_sid = found[0] if found else self._put("Queue", friendly_name=queue)
        waiting = sum(member["queue_sid"] == queue_sid for member in self._ledger.kinds["Member"])
        self._put("Member", queue_sid=queue_sid, call_sid=call_sid, position=waiting + 1)
        return queue_sid

    def remove_member(self, call_sid: str) -> None:
        """The caller has left the queue: asking for them is answered 404 (20404) from now on."""
        with self._lock:
            self._ledger.kinds["Member"].remove(self._ledger.find("Member", call_sid=call_sid))

    def put_conference(self, name: str, *call_sids: str) -> str:
        """A running conference with these calls in it; returns its SID."""
        sid = self._put("Conference", friendly_name=name)
        for call_sid in call_sids:
            self._put("Participant", conference_sid=sid, call_sid=call_sid, status="connected")
        return sid

    def put_number(self, phone_number: str, **fields: Any) -> str:
        """A number of the account, with such fields as `voice_url`; returns its SID."""
        return self._put("IncomingPhoneNumber", phone_number=phone_number, **fields)

    def put_recording(self, call_sid: str, wav: bytes, **fields: Any) -> str:
        """A finished recording, to be fetched at `/Recordings/{sid}.wav`; returns its SID."""
        with self._lock:
            return str(self._ledger.put_recording(call_sid, wav, **fields)["sid"])

    def _put(self, kind: str, **fields: Any) -> str:
        with self._lock:
            return str(self._ledger.put(kind, **fields).get("sid"))

    def _serve(self, environ: dict[str, Any], start_response: Any) -> Any:
        http = HttpRequest(environ)
        response, fault = self._respond(http)
        if fault is Fault.SILENCE:
            self._closing.wait()
        if fault in {Fault.SILENCE, Fault.LOSE_REPLY}:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return response(environ, start_response)

    def _respond(self, http: HttpRequest) -> tuple[Response, Fault | None]:
        login = http.authorization
        if login is None or (login.username, login.password) != self._credentials:
            return _error(401, 20003, "Authenticate"), None
        try:
            pairs = list(http.form.items(multi=True))
            request = check_rest(http.method, http.full_path.rstrip("?"), pairs)
        except CarrierRefuses as refusal:
            self.refused.append(refusal)
            return _error(400, 20001, str(refusal)), None
        with self._lock:
            self.requests.append(request)
            fault = self._take_fault(request.operation)
            if fault is Fault.TOO_MANY:
                return _error(429, 20429, "Too Many Requests"), fault
            if fault is Fault.BROKEN:
                return _error(500, 20500, "Internal Server Error"), fault
            if fault is Fault.SILENCE:
                return Response(), fault
            return self._carry_out(request), fault

    def _take_fault(self, operation: str) -> Fault | None:
        for position, (fault, wanted) in enumerate(self._faults):
            if wanted in {None, operation}:
                del self._faults[position]
                return fault
        return None

    def _carry_out(self, request: Request) -> Response:
        status = OPERATIONS[request.operation]["answer"]["status"]
        owner = request.segments.get("AccountSid", request.segments.get("Sid"))
        try:
            if owner != self._credentials[0]:
                raise gone(f"account {owner}")
            if request.operation == "FetchRecordingMedia":
                sid = self._ledger.find("Recording", sid=request.segments["Sid"])["sid"]
                return Response(self._ledger.sounds[sid], status, mimetype="audio/wav")
            answer = self._ledger.answer(request)
        except Refusal as refusal:
            return _error(refusal.status, refusal.code, refusal.message)
        body = "" if answer is None else json.dumps(answer)
        return Response(body, status, mimetype="application/json")


def _error(status: int, code: int, message: str) -> Response:
    """An error as the carrier words it; 429, 404 and 401 carry the codes of its dictionary."""
    body = {"code": code, "message": message, "status": status}
    body["more_info"] = f"https://www.twilio.com/docs/errors/{code}"
    return Response(json.dumps(body), status, mimetype="application/json")
