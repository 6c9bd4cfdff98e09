"""What the console works with, and how its modules come by it."""

from dataclasses import dataclass
from typing import Protocol

from flask import Request, current_app

from ivr.clock import Clock
from ivr.console.live import Live
from ivr.present import Present
from ivr.settings import Settings
from ivr.store.session import Store

#: Where the console begins on the public address.
PREFIX = "/console"

_KEY = "console"


class Storage(Protocol):
    """Where recordings and photographs are kept, by key. Raises OSError while it is out of reach."""

    def put(self, key: str, content: bytes) -> None:
        """Keep ``content`` instead of what was kept under that key."""

    def get(self, key: str) -> bytes:
        """What is kept under that key. Raises FileNotFoundError if nothing is."""


@dataclass(frozen=True)
class ConsoleContext:
    """The database, the time, the operator's choices, where recordings are kept, and the open streams."""

    store: Store
    clock: Clock
    present: Present
    storage: Storage
    live: Live

    @property
    def settings(self) -> Settings:
        """As they are now."""
        return self.present.settings

    def address_of(self, request: Request) -> str:
        """Where the request comes from: what the first proxy that is believed says, else the other end."""
        forwarded = request.access_route
        believed = self.settings.proxies
        if believed and len(forwarded) >= believed:
            return forwarded[-believed]
        return request.remote_addr or ""


def put(app_extensions: dict[str, object], context: ConsoleContext) -> None:
    """Make ``context`` the one that `here` finds in this application."""
    app_extensions[_KEY] = context


def here() -> ConsoleContext:
    """The context of the application that answers now."""
    context = current_app.extensions[_KEY]
    assert isinstance(context, ConsoleContext)  # noqa: S101 -- for the type checker: `put` is the only writer
    return context
