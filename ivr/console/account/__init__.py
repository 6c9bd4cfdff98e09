"""Signing in and out, and the agent's own password."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ivr.console import access, sessions
from ivr.console.access import Visit, allowed
from ivr.console.area import Area
from ivr.console.context import here
from ivr.console.fields import EmailField, EqualTo, HiddenField, InputRequired, Length, PasswordField
from ivr.console.forms import ConsoleForm
from ivr.store.tables import Agent
from ivr.switchboard import accounts, attendance
from ivr.switchboard.accounts import LONGEST_PASSWORD, SHORTEST_PASSWORD, Role, TooManyTries

pages = Blueprint("account", __name__, template_folder="templates")
AREA = Area(pages)

_WRONG = "El correo o la clave no coinciden."
_PAUSED = "Demasiados intentos fallidos. Espere 15 minutos e inténtelo otra vez."
_STALE = "La página llevaba mucho tiempo abierta. Escriba su clave otra vez."


class SignInForm(ConsoleForm):
    """Who are you?"""

    email = EmailField("Correo", [InputRequired("Escriba su correo.")])
    password = PasswordField("Clave", [InputRequired("Escriba su clave.")])
    next = HiddenField()


class PasswordForm(ConsoleForm):
    """A new password for oneself."""

    old_password = PasswordField("Clave actual", [InputRequired("Escriba su clave actual.")])
    password = PasswordField(
        "Clave nueva",
        [
            InputRequired("Escriba la clave nueva."),
            Length(
                SHORTEST_PASSWORD,
                LONGEST_PASSWORD,
                f"Use entre {SHORTEST_PASSWORD} y {LONGEST_PASSWORD} caracteres.",
            ),
        ],
        description=f"Al menos {SHORTEST_PASSWORD} caracteres. Una frase que solo usted conozca es lo mejor.",
    )
    again_password = PasswordField(
        "Clave nueva, otra vez",
        [
            InputRequired("Escriba otra vez la clave nueva."),
            EqualTo("password", "Las dos claves nuevas no son iguales."),
        ],
    )


@pages.route("/entrar", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Sign in, and go on where one wanted to go."""
    form = SignInForm()
    if request.method == "GET":
        form.next.data = access.local(request.args.get("next", "")) or ""
        return render_template("account/sign_in.html", form=form, kept=request.args.get("kept"))
    status = 422
    if form.validate():
        context, now = here(), here().clock.now()
        try:
            agent_id = accounts.authenticate(
                context.store,
                email=form.email.data,
                password=form.password.data,
                address=context.address_of(request),
                now=now,
            )
        except TooManyTries:
            form.faults.append(_PAUSED)
            status = 429
        else:
            if agent_id is not None:
                with context.store.transaction() as session:
                    agent = session.get_one(Agent, agent_id)
                    sessions.begin(session, agent, now)
                    attendance.seen(session, [agent_id], now)
                return redirect(access.local(form.next.data or "") or url_for("console.desk.index"), 303)
            form.faults.append(_WRONG)
    elif "csrf_token" in form.errors:
        form.faults.append(_STALE)
    return render_template("account/sign_in.html", form=form, kept=None), status


@pages.post("/salir")
@allowed(Role.AGENT)
def sign_out(visit: Visit) -> ResponseReturnValue:
    """Sign out in this browser; whoever was available is away."""
    attendance.left(visit.session, visit.agent, visit.now)
    sessions.end(visit.session, visit.running, visit.now)
    flash("Sesión cerrada.", "success")
    return redirect(url_for("console.account.sign_in"), 303)


@pages.route("/cuenta", methods=["GET", "POST"])
@allowed(Role.AGENT)
def own(visit: Visit) -> ResponseReturnValue:
    """One's own data and password. A new password ends all other sessions."""
    form = PasswordForm()
    if form.validate_on_submit():
        if accounts.has_password(visit.agent, form.old_password.data):
            accounts.set_password(
                visit.session, visit.agent, form.password.data, now=visit.now, but=visit.running.id
            )
            visit.record("change_password", f"agent:{visit.agent.id}")
            flash("Clave cambiada. Se cerró la sesión en los demás equipos.", "success")
            return redirect(url_for("console.account.own"), 303)
        form.old_password.errors = ["Esta no es su clave actual."]
    return render_template("account/own.html", form=form, agent=visit.agent), form.status
