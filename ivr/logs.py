"""Structured logs: one line an event, and no telephone number, name, key or word of anybody in it."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

#: Fields that are somebody's: shown by their last two characters only.
_PERSONAL = frozenset(
    {"phone", "caller", "from_", "to", "owner", "name", "body", "digits", "pressed", "speech"}
)
#: A telephone number wherever else it slipped in.
_NUMBER = re.compile(r"\+?\d{8,15}")


def configure(style: Literal["json", "console"]) -> None:
    """Send every log of this process, ours and the libraries', to stderr in one style."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
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


def mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide what is personal: named fields, and anything that looks like a telephone number."""
    for field, value in event.items():
        if field == "timestamp" or not isinstance(value, str):
            continue
        event[field] = f"…{value[-2:]}" if field in _PERSONAL else _NUMBER.sub(_hidden, value)
    return event


def _hidden(found: re.Match[str]) -> str:
    return f"…{found.group()[-2:]}"
