"""One date: seen, booked, moved, cancelled, or noted as missed. What follows is told before it is done."""

from itertools import groupby

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ivr.aftersales import agenda, cases, foreseen, life, projects
from ivr.aftersales.agenda import Offer
from ivr.aftersales.foreseen import Deed, Foreseen
from ivr.aftersales.life import AppointmentKind
from ivr.console import words
from ivr.console.access import Visit, allowed
from ivr.console.agenda.pages import ROOMS, found, kind_of, pages, spoken, status_and_dates
from ivr.console.fields import HiddenField, InputRequired, RadioField
from ivr.console.forms import VersionedForm
from ivr.store.tables import Appointment, Case
from ivr.switchboard import queue
from ivr.switchboard.accounts import Role


class BookForm(VersionedForm):
    """Book the date that was chosen."""

    start = HiddenField(validators=[InputRequired("Elija una hora.")])


class CancelForm(VersionedForm):
    """Cancel this date."""


class MissedForm(VersionedForm):
    """Nobody came, or nobody was at home."""

    by = RadioField(
        "¿Por qué no se realizó?",
        [InputRequired("Indique quién faltó.")],
        choices=[("owner", "No había nadie en la vivienda"), ("company", "Nuestro equipo no llegó")],
    )


@pages.get("/citas/<int:appointment_id>")
@allowed(Role.AGENT)
def date(visit: Visit, appointment_id: int) -> ResponseReturnValue:
    """Who is visited when and why, and what can be done about it."""
    appointment = found(visit, appointment_id)
    case = visit.session.get_one(Case, appointment.case_id)
    return render_template(
        "agenda/date.html",
        appointment=appointment,
        case=case,
    )


@pages.route("/casos/<number>/fecha/<kind>", methods=["GET", "POST"])
@allowed(Role.AGENT)
def book(visit: Visit, number: str, kind: str) -> ResponseReturnValue:
    """Choose one of the dates that the line would offer now, see what the owner will be told, and book it."""
    wanted = kind_of(kind)
    case = cases.get(visit.session, number, locked=request.method == "POST")
    form = BookForm()
    own = agenda.booked(case, wanted)
    if form.validate_on_submit() and form.still(status_and_dates(case)):
        with visit.attempt(form):
            booked = ROOMS[wanted].book(
                visit.session, case, form.start.data, now=visit.now, by=visit.agent.name
            )
            queue.stop_rounds_if_settled(visit.session, case, now=visit.now)
            visit.record(
                "move_date" if own else "book_date",
                f"case:{number}",
                kind=kind,
                start=booked.start.isoformat(),
            )
            flash(f"{words.APPOINTMENT_KINDS[wanted]}: {spoken(booked.start, case)}.", "success")
            return redirect(url_for(".date", appointment_id=booked.id), 303)
    if request.method == "GET":
        form.showing(status_and_dates(case))
    offers = (
        ROOMS[wanted].all_slots(visit.session, case.project, now=visit.now, case=case) if case.project else []
    )
    chosen = _chosen(offers, request.values.get("start"))
    form.start.data = chosen.key if chosen else ""
    return render_template(
        "agenda/book.html",
        form=form,
        case=case,
        kind=wanted,
        own=own,
        days=_by_day(offers, case),
        offers=offers,
        chosen=chosen,
        lost=request.args.get("start") is not None and chosen is None,
        foreseen=_told(visit, case, wanted, chosen, own) if chosen else None,
        now=visit.now,
        ended=case.status in life.ENDED,
    ), form.status


@pages.route("/citas/<int:appointment_id>/anular", methods=["GET", "POST"])
@allowed(Role.AGENT)
def cancel(visit: Visit, appointment_id: int) -> ResponseReturnValue:
    """Cancel a date; the owner is told, and an agent is to agree on another one."""
    appointment, case = _locked(visit, appointment_id)
    form = CancelForm()
    if form.validate_on_submit() and form.still(status_and_dates(case)):
        with visit.attempt(form):
            agenda.cancel(visit.session, case, appointment, by=visit.agent.name, now=visit.now)
            visit.record("cancel_date", f"case:{case.number}", appointment=appointment.id)
            flash("La fecha quedó anulada. Hay una tarea para acordar otra.", "success")
            return redirect(url_for(".date", appointment_id=appointment.id), 303)
    if request.method == "GET":
        form.showing(status_and_dates(case))
    told = foreseen.told(
        visit.session, case, appointment, Deed.CANCEL, settings=visit.context.settings, now=visit.now
    )
    content = render_template(
        "agenda/cancel.html", form=form, appointment=appointment, case=case, foreseen=told, now=visit.now
    )
    return content, form.status


@pages.route("/citas/<int:appointment_id>/no-realizada", methods=["GET", "POST"])
@allowed(Role.AGENT)
def missed(visit: Visit, appointment_id: int) -> ResponseReturnValue:
    """A date did not take place: whose fault it was."""
    appointment, case = _locked(visit, appointment_id)
    form = MissedForm()
    if form.validate_on_submit() and form.still(status_and_dates(case)):
        with visit.attempt(form):
            agenda.missed(
                visit.session, case, appointment, by=form.by.data, now=visit.now, noted_by=visit.agent.name
            )
            visit.record(
                "missed_date", f"case:{case.number}", appointment=appointment.id, missed_by=form.by.data
            )
            flash("Anotado. Hay una tarea para acordar otra fecha.", "success")
            return redirect(url_for(".date", appointment_id=appointment.id), 303)
    if request.method == "GET":
        form.showing(status_and_dates(case))
    return render_template("agenda/missed.html", form=form, appointment=appointment, case=case), form.status


def _locked(visit: Visit, appointment_id: int) -> tuple[Appointment, Case]:
    """The appointment, and its case, which is locked where something is to be written."""
    appointment = found(visit, appointment_id)
    if request.method == "GET":
        return appointment, visit.session.get_one(Case, appointment.case_id)
    case = cases.lock(visit.session, appointment.case_id)
    visit.session.refresh(appointment)
    return appointment, case


def _chosen(offers: list[Offer], key: str | None) -> Offer | None:
    return next((offer for offer in offers if offer.key == key), None)


def _by_day(offers: list[Offer], case: Case) -> list[tuple[object, list[Offer]]]:
    """The offers under their days, by the project's clocks."""
    zone = projects.zone(case.project)
    return [(day, list(those)) for day, those in groupby(offers, lambda it: it.start.astimezone(zone).date())]


def _told(
    visit: Visit, case: Case, kind: AppointmentKind, chosen: Offer, own: Appointment | None
) -> Foreseen:
    """What the owner will be told of the date that is not booked yet."""
    planned = Appointment(kind=kind, start=chosen.start, end=chosen.end)
    return foreseen.told(
        visit.session,
        case,
        planned,
        Deed.CHANGE if own else Deed.BOOK,
        settings=visit.context.settings,
        now=visit.now,
    )
