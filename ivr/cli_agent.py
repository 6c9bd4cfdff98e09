"""``ivr agent``: who may sign in at the console. The first administrator comes from here."""

import sys
from collections.abc import Callable

import click
from rich.console import Console
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ivr.clock import Clock, WallClock
from ivr.console import audit
from ivr.errors import NotFound
from ivr.settings import Settings
from ivr.store import schema
from ivr.store.session import Store
from ivr.store.tables import Agent
from ivr.switchboard import accounts, presence
from ivr.switchboard.accounts import Role
from ivr.switchboard.agent_fields import Skill

_ROLES = [role.value for role in Role]
_SKILLS = [skill.value for skill in Skill]


def commands(load_settings: Callable[[], Settings], console: Console) -> click.Group:
    """The group of commands. ``load_settings`` is asked only once one of them runs."""
    clock: Clock = WallClock()

    @click.group()
    def agent() -> None:
        """Who answers calls and signs in at the console."""

    @agent.command("add")
    @click.option("--name", prompt=True, help="As owners hear it and colleagues read it.")
    @click.option("--email", prompt=True, help="With which they sign in.")
    @click.option("--phone", prompt=True, help="Which rings: +56…, sip:user@host or client:name.")
    @click.option(
        "--role",
        type=click.Choice(_ROLES),
        default=Role.AGENT.value,
        show_default=True,
    )
    @click.option(
        "--skill",
        "skills",
        type=click.Choice(_SKILLS),
        multiple=True,
        help="Default: all of them.",
    )
    @click.option(
        "--on-call-level", type=int, default=None, help="Rank in the on-call list; none: not on it."
    )
    @click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
    def add(
        *,
        name: str,
        email: str,
        phone: str,
        role: str,
        skills: tuple[str, ...],
        on_call_level: int | None,
        password_stdin: bool,
    ) -> None:
        """Add an agent with access to the console."""
        settings = load_settings()
        store = _opened(settings)
        password, now = _password(from_stdin=password_stdin), clock.now()
        with store.transaction() as session:
            made = presence.create(
                session,
                name=name,
                email=email,
                phone=phone,
                skills=skills or list(Skill),
                on_call_level=on_call_level,
                now=now,
                countries=settings.countries,
            )
            accounts.give_role(made, role)
            accounts.set_password(session, made, password, now=now)
            audit.record(session, None, "add", f"agent:{made.id}", now=now, role=role)
        console.print(f"{name} may sign in as {email}: {settings.public_url}/console/")

    @agent.command("password")
    @click.argument("email")
    @click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
    def password(email: str, *, password_stdin: bool) -> None:
        """Give an agent a new password: it ends all their sessions, and any pause after wrong tries."""
        store = _opened(load_settings())
        with store.reading() as session:
            _find(session, email)
        given, now = _password(from_stdin=password_stdin), clock.now()
        with store.transaction() as session:
            found = _find(session, email)
            accounts.set_password(session, found, given, now=now)
            accounts.open_again(session, found)
            audit.record(session, None, "change_password", f"agent:{found.id}", now=now)
        console.print(f"{found.name} has a new password")

    return agent


def _opened(settings: Settings) -> Store:
    store = Store(settings.database_url)
    schema.require_current(store)
    return store


def _find(session: Session, email: str) -> Agent:
    wanted = select(Agent).where(func.lower(Agent.email) == email.strip().lower())
    found = session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(f"there is no agent with the e-mail {email}")
    return found


def _password(*, from_stdin: bool) -> str:
    """Asked for twice and not shown; or the first line of standard input."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt="The same again")
    return asked
