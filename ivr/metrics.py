"""What a web process counts while it works: requests and their seconds, steps of calls, errors.

The web processes of one server count together, in files of a folder that `ivr.server` makes before it forks:
whichever of them is asked tells the counts of all. What can be counted in the database is not counted here
(`ivr.measures`).
"""

import time

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, multiprocess
from prometheus_client.values import ValueClass

from ivr import logs

#: The blueprints that somebody outside waits for: the carrier, and integrators.
_MEASURED = frozenset({"voice", "hooks", "api"})
#: Seconds; the carrier is answered within five, and a caller hears any silence over one.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 5.0)

_own = CollectorRegistry()
_REQUESTS = Histogram(
    "postventa_request_seconds",
    "seconds that requests of the carrier and of integrators took",
    ["endpoint", "status"],
    registry=_own,
    buckets=_SECONDS,
)
_STEPS = Counter("postventa_steps", "answers that a step of a call gave", ["step"], registry=_own)
_ERRORS = Counter("postventa_errors", "errors that were logged, by their name", ["event"], registry=_own)


def counted() -> CollectorRegistry:
    """The counts of all web processes of this server, or of this process where it is alone."""
    if ValueClass.__name__ != "MmapedValue":
        return _own
    shared = CollectorRegistry()
    multiprocess.MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    return shared


def count_requests(app: Flask) -> None:
    """Count what this application answers, and the errors that its process logs."""

    def begin() -> None:
        g.began = time.perf_counter()

    def end(answer: Response) -> Response:
        if request.blueprint in _MEASURED and "began" in g:
            seconds = time.perf_counter() - g.began
            _REQUESTS.labels(str(request.endpoint), str(answer.status_code)).observe(seconds)
        if answer.status_code == 200 and (step := _step()):
            _STEPS.labels(step).inc()
        return answer

    app.before_request(begin)
    app.after_request(end)
    logs.on_error(_count_error)


def _step() -> str | None:
    """The step that this request of the carrier's named; its signature says that the name is ours."""
    if request.endpoint == "voice.inbound":
        return "inbound.welcome"
    if request.endpoint != "voice.step" or not request.view_args:
        return None
    return f"{request.view_args['flow']}.{request.view_args['name']}"


def _count_error(event: logs.Event) -> None:
    """Our own errors have names to be counted by; a library's are sentences, so its name stands for them."""
    record = event.get("_record")
    _ERRORS.labels(record.name if record is not None else str(event.get("event"))).inc()
