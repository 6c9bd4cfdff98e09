"""A line of a few documents behind a real server, and a simulated carrier that reaches it over HTTP."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from werkzeug import Response as WerkzeugResponse
from werkzeug.serving import WSGIRequestHandler, make_server

from ivr.simulator.blueprint import simulator_blueprint
from ivr.simulator.carrier import CallHandle, CallRecord, NumberConfig, SimulatedCarrier

LINE, MOBILE = "+56800422727", "+56988894612"
OWNER, AGENT = "+56911112222", "+56987654321"
ACCOUNT, TOKEN = "AC" + "0123456789abcdef" * 2, "a token that is long enough"

Form = dict[str, str]
Reply = str | bytes | WerkzeugResponse | Callable[[Form], "str | WerkzeugResponse"]


class KeepAlive(WSGIRequestHandler):
    """Connections stay open, as behind a real server."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - named by werkzeug
        """The tests look at `Application.asked` instead."""


@dataclass
class Application:
    """A stand-in for the line: each path has a document (or a function of the form that makes one).

    A text becomes the inside of `<Response>`. `asked` are the requests that came, all with a signature that
    the carrier's own library accepts (anything else is answered 403 and shows as `forged`).
    """

    url: str = ""
    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[tuple[str, Form]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)

    def serve(self, path: str) -> ResponseReturnValue:
        fields = request.form.to_dict()
        address = self.url + request.full_path.rstrip("?")
        if not RequestValidator(TOKEN).validate(address, fields, request.headers["X-Twilio-Signature"]):
            self.forged.append(address)
            return "forged", 403
        self.asked.append((f"/{path}", request.args.to_dict() | fields))
        self.headers.append(dict(request.headers))
        reply = self.replies.get(f"/{path}")
        if reply is None:
            return "", 404
        if callable(reply) and not isinstance(reply, WerkzeugResponse):
            reply = reply(request.args.to_dict() | fields)
        return document(reply) if isinstance(reply, str | bytes) else reply

    def forms(self, path: str) -> list[Form]:
        """What was asked of one path, in order."""
        return [form for asked, form in self.asked if asked == path]


def document(inside: str | bytes) -> Response:
    """TwiML around these verbs; bytes are taken as they are."""
    if isinstance(inside, str):
        inside = f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>'.encode()
    return Response(inside, content_type="text/xml; charset=utf-8")


@pytest.fixture
def application() -> Iterator[tuple[Application, Flask]]:
    """The stand-in and its Flask application, served on loopback by threads."""
    app, flask = Application(), Flask("line")
    flask.add_url_rule("/<path:path>", "line", app.serve, methods=["GET", "POST"])
    server = make_server("127.0.0.1", 0, flask, threaded=True, request_handler=KeepAlive)
    app.url = f"http://127.0.0.1:{server.server_port}"
    app.replies |= {"/voice/status": Response(status=204), "/news": Response(status=204)}
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield app, flask
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def app(application: tuple[Application, Flask]) -> Application:
    """The stand-in for the line."""
    return application[0]


@pytest.fixture
def carrier(application: tuple[Application, Flask]) -> Iterator[SimulatedCarrier]:
    """A started carrier, its API mounted at /carrier beside the line."""
    app, flask = application
    numbers = {LINE: NumberConfig(), MOBILE: NumberConfig()}
    carrier = SimulatedCarrier(ACCOUNT, TOKEN, app.url, numbers)
    flask.register_blueprint(simulator_blueprint(carrier), url_prefix="/carrier")
    carrier.start()
    yield carrier
    carrier.stop()
    assert not app.forged


@dataclass
class LocalHttpClient(TwilioHttpClient):  # type: ignore[misc]  # the library is not typed here
    """Sends the official client's requests to the simulator."""

    base: str

    def __post_init__(self) -> None:
        super().__init__(pool_connections=False, timeout=10)

    def request(self, method: str, url: str, *args: object, **kwargs: object) -> object:
        local = url.replace("https://api.twilio.com", self.base)
        return super().request(method, local, *args, **kwargs)


@pytest.fixture
def client(app: Application, carrier: SimulatedCarrier) -> Client:
    """The carrier's own Python client, talking to the simulator."""
    return Client(ACCOUNT, TOKEN, http_client=LocalHttpClient(f"{app.url}/carrier"))


@pytest.fixture
def dial(carrier: SimulatedCarrier) -> Callable[..., CallHandle]:
    """Dial the line from the owner's telephone."""

    def dial(keys: str = "", **options: object) -> CallHandle:
        return carrier.dial(OWNER, LINE, keys, **options)  # type: ignore[arg-type]

    return dial


@pytest.fixture
def call(dial: Callable[..., CallHandle]) -> Callable[..., CallRecord]:
    """Dial the line and wait for the end of the call."""

    def call(keys: str = "", **options: object) -> CallRecord:
        return dial(keys, **options).wait(10)

    return call
