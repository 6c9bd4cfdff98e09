"""Works that were executed: who received them."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ivr.aftersales import agenda, cases, inspection, works
from ivr.aftersales.life import AppointmentKind
from ivr.console.access import Visit, allowed
from ivr.console.agenda.pages import pages, status_and_dates
from ivr.console.fields import InputRequired, Length, StringField, TextAreaField
from ivr.console.forms import VersionedForm
from ivr.switchboard import queue
from ivr.switchboard.accounts import Role


class WorksDoneForm(VersionedForm):
    """Who was at home, and what is worth knowing."""

    received_by = StringField(
        "Quién recibió los trabajos",
        [
            InputRequired("Escriba el nombre de quien los recibió."),
            Length(max=120, message="Use hasta 120 caracteres."),
        ],
        description="Nombre y apellido de quien estaba en la vivienda.",
    )
    note = TextAreaField("Nota", [Length(max=2000, message="Use hasta 2000 caracteres.")])


@pages.route("/casos/<number>/trabajos-ejecutados", methods=["GET", "POST"])
@allowed(Role.AGENT)
def works_done(visit: Visit, number: str) -> ResponseReturnValue:
    """Write down works that were executed; the satisfaction call follows."""
    case = cases.get(visit.session, number, locked=request.method == "POST")
    form = WorksDoneForm()
    if form.validate_on_submit() and form.still(status_and_dates(case)):
        with visit.attempt(form):
            inspection.works_done(
                visit.session,
                case,
                form.received_by.data,
                form.note.data or None,
                by=visit.agent.name,
                now=visit.now,
            )
            queue.stop_rounds_if_settled(visit.session, case, now=visit.now)
            visit.record("works_done", f"case:{number}")
            flash(
                "Trabajos anotados como ejecutados. La línea llamará al propietario por su conformidad.",
                "success",
            )
            return redirect(url_for(".works_done", number=number), 303)
    if request.method == "GET":
        form.showing(status_and_dates(case))
    return render_template(
        "agenda/works_done.html",
        form=form,
        case=case,
        waiting=works.waiting(case),
        date=agenda.booked(case, AppointmentKind.WORKS),
    ), form.status
