"""Errors, told to Sentry (or whatever speaks its protocol) where ``IVR_SENTRY_DSN`` names one.

What leaves the house says where the code failed, in which call and in which job. It holds no telephone
number, no word or key of anybody: no variables, headers, cookies, queries or bodies; and the message of an
exception only if it is one of ours, as that of any other may repeat what somebody said.
"""

import sys
from collections.abc import Mapping
from importlib.metadata import version
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ivr import logs
from ivr.errors import PostventaError
from ivr.settings import Settings

if TYPE_CHECKING:
    from sentry_sdk.transport import Transport
    from sentry_sdk.types import Event

#: What tells where it happened, and nothing of anybody.
_TAGS = ("call", "text", "step", "kind", "key", "part", "path")
#: Of an event, what is told besides the exception; everything else stays here.
_TOLD = frozenset(
    {
        "event_id", "timestamp", "level", "platform", "release", "environment", "logger", "message",
        "logentry", "exception", "tags", "fingerprint", "sdk", "type", "transaction",
    }
)  # fmt: skip

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def start(settings: Settings, *, transport: "Transport | None" = None) -> None:
    """Report every error that this process logs from now on, where anybody is told. Call it after a fork."""
    if settings.sentry_dsn is None:
        return
    import sentry_sdk  # noqa: PLC0415 -- only where somebody is told

    sentry_sdk.init(
        dsn=settings.sentry_dsn.get_secret_value(),
        release=f"postventa@{version('postventa')}",
        transport=transport,
        default_integrations=False,  # what they add are bodies, headers, variables and breadcrumbs
        auto_enabling_integrations=False,
        send_default_pii=False,
        include_local_variables=False,
        max_breadcrumbs=0,
        server_name="",
        before_send=scrub,
    )
    logs.on_error(_report)


def scrub(event: "Event", _hint: Mapping[str, Any]) -> "Event":
    """The same event without anything that is somebody's."""
    kept: Any = {name: value for name, value in event.items() if name in _TOLD}
    for fault in kept.get("exception", {}).get("values", []):
        if fault.get("type") not in _OURS:
            fault["value"] = ""
    return logs.masked(kept)  # type: ignore[no-any-return]


def _names(kind: type[BaseException]) -> set[str]:
    return {kind.__name__}.union(*(_names(each) for each in kind.__subclasses__()))


#: The names of our own exceptions, whose messages are written to be shown.
_OURS = _names(PostventaError)


def _report(line: logs.Event) -> None:
    """Tell of one line of the log."""
    import sentry_sdk  # noqa: PLC0415 -- loaded by `start`

    with sentry_sdk.new_scope() as scope:
        for name in _TAGS:
            if line.get(name) is not None:
                scope.set_tag(name, str(logs.masked(str(line[name]))))
        scope.set_tag("event", str(logs.masked(str(line.get("event", "")))))
        fault = _exception_of(line)
        if fault is not None:
            sentry_sdk.capture_exception(fault)
        else:
            sentry_sdk.capture_message(str(line.get("event", "")), level="error")


def _exception_of(line: logs.Event) -> _ExcInfo | BaseException | None:
    """What a line carries as ``exc_info``: an exception, the parts of one, or that it is the present one."""
    given = line.get("exc_info")
    if given is True:
        given = sys.exc_info()
    if isinstance(given, tuple):
        return given if given[0] is not None else None
    return given if isinstance(given, BaseException) else None
