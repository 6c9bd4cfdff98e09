"""Who may see and do what: every view of the console carries `allowed`.

================  ===================================================================================
a stranger        a page leads to the sign-in and back again; a stream, JSON or a sound is 401
a role too small  403
a stale form      nothing is done: its fields are kept, and it is shown again, filled in (`forms`)
================  ===================================================================================
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlsplit

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import Forbidden

from ivr.console import audit, sessions, words
from ivr.console.context import PREFIX, ConsoleContext, here
from ivr.console.fields import ValidationError, validate_csrf
from ivr.console.forms import FORM_NAME, SHOWN_AT, ConsoleForm
from ivr.errors import RuleError
from ivr.store.tables import Agent, AgentSession
from ivr.switchboard import accounts, attendance
from ivr.switchboard.accounts import Role

_READING = frozenset({"GET", "HEAD"})

Given = ParamSpec("Given")


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in, as every page shows it, whatever becomes of the transaction."""

    id: int
    name: str
    role: Role
    presence: str

    def may(self, role: Role) -> bool:
        """Whether they may do what is allowed to ``role``."""
        return role in accounts.COVERS[self.role]


@dataclass(frozen=True)
class Visit:
    """One request of somebody signed in, and the transaction that it runs in.

    A GET reads. A POST is committed when its view answers with a status below 400; any other answer, and any
    exception, undoes everything since it began, or since it `let_go`.
    """

    context: ConsoleContext
    session: Session
    running: AgentSession
    agent: Agent
    now: datetime

    def may(self, role: Role) -> bool:
        """Whether the agent may do what is allowed to ``role``."""
        return accounts.may(self.agent, role)

    def record(self, action: str, subject: str, **detail: object) -> None:
        """Write down that the agent did it: see `ivr.console.audit`."""
        audit.record(self.session, self.agent, action, subject, now=self.now, **detail)

    def let_go(self) -> None:
        """Commit what was done so far, so that nothing is locked while something slow is done.

        The next query begins another transaction and reads all rows anew; only that one can be undone then.
        """
        self.session.commit()
        self.session.expire_all()

    @contextmanager
    def attempt(self, form: ConsoleForm) -> Iterator[None]:
        """What the form asks for is tried: a `RuleError` undoes everything and is told in the form."""
        try:
            yield
        except RuleError as refusal:
            self.session.rollback()
            form.refuse(refusal)

    def carry_out(self, deed: Callable[[], object], said: str, to: str) -> ResponseReturnValue:
        """Do what a button asks for; then the page ``to``, which tells ``said``, or why a rule says no."""
        try:
            deed()
        except RuleError as refusal:
            self.session.rollback()
            flash(words.refusal(refusal), "danger")
        else:
            flash(said, "success")
        return redirect(to, 303)


View = Callable[Concatenate[Visit, Given], ResponseReturnValue]


def allowed(
    role: Role, *, data: bool = False, background: bool = False
) -> Callable[[View[Given]], Callable[Given, Response]]:
    """Let only those who have at least ``role`` to the view, and give it their `Visit`.

    ``data``: what it answers is no page. ``background``: a page asks by itself, so that the agent does not
    count as doing something.
    """

    def guard(view: View[Given]) -> Callable[Given, Response]:
        @wraps(view)
        def serve(*args: Given.args, **kwargs: Given.kwargs) -> Response:
            def answer(visit: Visit) -> Response:
                return make_response(view(visit, *args, **kwargs))

            return _admit(role, answer, data=data, background=background)

        serve.allowed_to = role  # type: ignore[attr-defined]
        serve.is_data = data  # type: ignore[attr-defined]
        return serve

    return guard


def role_of(view: Any) -> Role | None:
    """The role that the view was given by `allowed`; None: it is open to strangers, or was forgotten."""
    return getattr(view, "allowed_to", None)


def is_data(view: Any) -> bool:
    """Whether what the view answers is no page."""
    return bool(getattr(view, "is_data", False))


def _admit(role: Role, answer: Callable[[Visit], Response], *, data: bool, background: bool) -> Response:
    context = here()
    now = context.clock.now()
    writes = request.method not in _READING
    if writes:
        _ = request.form  # all of it is here before anything is locked, however slowly it is sent
    with context.store.transaction() if writes else context.store.reading() as session:
        running = sessions.found(session)
        if running is None or not sessions.is_running(running, context.settings, now):
            return _stranger(session, running, data=data, writes=writes)
        visit = Visit(context, session, running, running.agent, now)
        g.visit = visit
        g.signed_in = SignedIn(visit.agent.id, visit.agent.name, Role(visit.agent.role), visit.agent.presence)
        acting = running.id if sessions.is_stale(running, now) and not background else None
        missed = attendance.is_missed(visit.agent, now)
        if not visit.may(role):
            raise Forbidden
        if writes and not _is_genuine():
            return _stale_form(visit)
        response = answer(visit)
        if writes and response.status_code >= 400:
            session.rollback()
        elif writes and running.kept:
            sessions.drop_kept(session, running)
    if acting is not None or missed:
        _note(context, acting, now)
    return response


def _note(context: ConsoleContext, acting: int | None, now: datetime) -> None:
    """Write down, in a transaction of its own and at most once a while, that the agent is there.

    ``acting``: the id of the session in which they do something; None where a page asks by itself.
    """
    with context.store.transaction() as session:
        if acting is not None:
            sessions.touch(session, acting, now)
        attendance.seen(session, [g.signed_in.id], now)


def _is_genuine() -> bool:
    """Whether the form was sent from one of our own pages, in this session. Its fields may have a prefix."""
    tokens = [value for name, value in request.form.items() if name.endswith("csrf_token")]
    try:
        validate_csrf(tokens[0] if tokens else request.headers.get("X-CSRFToken"))
    except ValidationError:
        return False
    g.csrf_valid = True  # Flask-WTF: the form itself need not look again
    return True


def _stranger(session: Session, ended: AgentSession | None, *, data: bool, writes: bool) -> Response:
    """Nobody is signed in: what they wrote is kept if they were."""
    if data:
        return Response("sign in first\n", status=401, mimetype="text/plain")
    page = shown_at() if writes else request.full_path.rstrip("?")
    kept = writes and ended is not None and _keep(session, ended, page)
    signing_in = url_for("console.account.sign_in", next=page, kept=1 if kept else None)
    return make_response(redirect(signing_in, 303))


def _stale_form(visit: Visit) -> Response:
    page = shown_at()
    kept = _keep(visit.session, visit.running, page)
    content = render_template("console/stale_form.html", page=page, kept=kept)
    return make_response(content, 400)


def _keep(session: Session, running: AgentSession, page: str) -> bool:
    fields = {name: values for name, values in request.form.lists() if name not in {SHOWN_AT, FORM_NAME}}
    return sessions.keep(session, running, page, request.form.get(FORM_NAME, ""), fields)


def shown_at() -> str:
    """The page that the form which was sent stands on; the desk if it does not say, or says anything else."""
    return local(request.form.get(SHOWN_AT, "")) or url_for("console.desk.index")


def local(target: str) -> str | None:
    """``target`` if it is a path, with or without a query, of the console itself; nothing else is led to."""
    parts = urlsplit(target)
    inside = parts.path == PREFIX or parts.path.startswith(f"{PREFIX}/")
    foreign = parts.scheme or parts.netloc or target.startswith("//") or "\\" in target
    return target if inside and not foreign and target.isprintable() else None
