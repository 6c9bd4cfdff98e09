"""An area of the console: what a module of pages hands to `ivr.console.routes`."""

from dataclasses import dataclass

from flask import Blueprint

from ivr.switchboard.accounts import Role


@dataclass(frozen=True)
class Entry:
    """A line of the navigation: ``endpoint`` is relative to the console, such as ``desk.index``."""

    title: str
    endpoint: str
    role: Role = Role.AGENT


@dataclass(frozen=True)
class Area:
    """Pages that belong together, with their place in the navigation; none: no line there."""

    pages: Blueprint
    group: str = ""
    entries: tuple[Entry, ...] = ()
