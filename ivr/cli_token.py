"""``ivr token``: which programs may use the API, and what each may do there."""

from collections.abc import Callable
from datetime import datetime

import click
from rich.console import Console
from rich.table import Table

from ivr.api import clients
from ivr.api.clients import Scope
from ivr.clock import Clock, WallClock
from ivr.console import audit
from ivr.settings import Settings
from ivr.store import schema
from ivr.store.session import Store


def commands(load_settings: Callable[[], Settings], console: Console) -> click.Group:
    """The group of commands. ``load_settings`` is asked only once one of them runs."""
    clock: Clock = WallClock()

    def opened() -> Store:
        store = Store(load_settings().database_url)
        schema.require_current(store)
        return store

    @click.group()
    def token() -> None:
        """Which programs may use the API, besides the bearer of IVR_API_TOKEN."""

    @token.command("add")
    @click.argument("name")
    @click.option(
        "--scope",
        "scopes",
        type=click.Choice([scope.value for scope in Scope]),
        multiple=True,
        required=True,
        help="What it may do; may be given several times.",
    )
    def add(name: str, scopes: tuple[str, ...]) -> None:
        """Make a token for the client NAME, and print it: it is shown this once."""
        now = clock.now()
        with opened().transaction() as session:
            made = clients.issue(session, name, scopes, by=audit.OPERATOR, now=now)
            audit.record(session, None, "add_token", f"token:{name}", now=now, scopes=sorted(set(scopes)))
        click.echo(made)

    @token.command("list")
    def list_() -> None:
        """All tokens that there ever were; the tokens themselves nobody knows but their bearers."""
        table = Table("client", "scopes", "made", "by", "last used", "revoked")
        with opened().reading() as session:
            for each in clients.issued(session):
                made, used, revoked = map(_minute, (each.created_at, each.last_used_at, each.revoked_at))
                table.add_row(each.name, " ".join(each.scopes), made, each.created_by, used, revoked)
        console.print(table)

    @token.command("revoke")
    @click.argument("name")
    def revoke(name: str) -> None:
        """End the token of the client NAME, from its next request on."""
        now = clock.now()
        with opened().transaction() as session:
            clients.revoke(session, name, now)
            audit.record(session, None, "revoke_token", f"token:{name}", now=now)
        console.print(f"{name} cannot use the API any more")

    return token


def _minute(moment: datetime | None) -> str:
    """To the minute, in UTC."""
    return f"{moment:%Y-%m-%d %H:%MZ}" if moment is not None else "–"
