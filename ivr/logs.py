"""Structured logs: one line an event, and no telephone number, name, key or word of anybody in it."""

import logging
import re
import sys
from collections.abc import Callable, MutableMapping
from typing import Any, Literal

import structlog
from flask import Flask, request

Event = MutableMapping[str, Any]

#: Fields that are somebody's: shown by their last two characters only.
_PERSONAL = frozenset(
    {"phone", "caller", "from_", "to", "owner", "name", "body", "digits", "pressed", "speech"}
)
#: A telephone number wherever else it slipped in; and the carrier's name of a call or text, which is shown.
_NUMBER = re.compile(r"\b(?:[A-Z]{2}[0-9a-f]{32})\b|\+?\d{8,15}")

_error_watchers: list[Callable[[Event], None]] = []


def configure(style: Literal["json", "console"]) -> None:
    """Send every log of this process, ours and the libraries', to stderr in one style."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _tell_watchers,
        structlog.processors.format_exc_info,
        mask,
    ]
    renderer = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for chatty in ("httpx", "httpcore", "twilio.http_client", "urllib3", "botocore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def on_error(watcher: Callable[[Event], None]) -> None:
    """Tell ``watcher`` of every error that this process logs from now on, before its exception is text."""
    if watcher not in _error_watchers:
        _error_watchers.append(watcher)


def follow_webhooks(app: Flask) -> None:
    """Every line that is logged while a request of the carrier is answered names its call or its text."""

    def name_it() -> None:
        form = request.form if request.path.startswith(("/voice/", "/messages/")) else {}
        named = {"call": form.get("CallSid"), "text": form.get("MessageSid")}
        structlog.contextvars.bind_contextvars(**{name: sid for name, sid in named.items() if sid})

    def forget(_fault: BaseException | None) -> None:
        structlog.contextvars.clear_contextvars()

    app.before_request(name_it)
    app.teardown_request(forget)


def mask(_logger: Any, _method: str, event: Event) -> Event:
    """Hide what is personal: named fields, and anything that looks like a telephone number."""
    for field, value in event.items():
        if field == "timestamp":
            continue
        event[field] = f"…{value[-2:]}" if field in _PERSONAL and isinstance(value, str) else masked(value)
    return event


def masked(value: Any) -> Any:
    """The same without telephone numbers, however deep in lists and mappings they stand."""
    match value:
        case str():
            return _NUMBER.sub(_hidden, value)
        case dict():
            return {name: mask(None, "", {name: each})[name] for name, each in value.items()}
        case list() | tuple():
            return [masked(each) for each in value]
        case _:
            return value


def _hidden(found: re.Match[str]) -> str:
    text = found.group()
    return text if text[0].isupper() else f"…{text[-2:]}"


def _tell_watchers(_logger: Any, _method: str, event: Event) -> Event:
    if event.get("level") in {"error", "critical"}:
        for watcher in _error_watchers:
            watcher(event)
    return event
