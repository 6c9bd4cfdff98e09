"""One task: taken, given back, put off, done; and the owner rung because of it."""

from datetime import date, datetime, time, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ivr.aftersales import tasks
from ivr.aftersales.tasks import LONGEST_NOTE
from ivr.console import words
from ivr.console.access import Visit, allowed
from ivr.console.fields import (
    DateField,
    InputRequired,
    Length,
    Optional,
    RadioField,
    TextAreaField,
    ValidationError,
)
from ivr.console.forms import VersionedForm
from ivr.console.show import zone
from ivr.console.tasks.pages import Shown, pages, shown
from ivr.errors import Conflict, RuleError
from ivr.store.tables import Task
from ivr.switchboard import calling_out, office
from ivr.switchboard.accounts import Role

_HOUR, _NEXT_DAY, _THAT_DAY = "hour", "next_day", "that_day"


class DoneForm(VersionedForm):
    """It is done."""

    note = TextAreaField(
        "Qué resultó",
        [Length(max=LONGEST_NOTE, message=f"Use hasta {LONGEST_NOTE} caracteres.")],
        description="Para quien mire la tarea después.",
    )


class SnoozeForm(VersionedForm):
    """Not now."""

    until = RadioField(
        "Hasta cuándo",
        [InputRequired("Elija hasta cuándo.")],
        choices=[
            (_HOUR, "Una hora más"),
            (_NEXT_DAY, "El próximo día hábil, cuando abra la oficina"),
            (_THAT_DAY, "El día que indico"),
        ],
        default=_HOUR,
    )
    day = DateField("Día", [Optional()], description="Si no es hábil, el hábil siguiente.")

    def validate_until(self, field: RadioField) -> None:
        """A day is needed where one is meant."""
        if field.data == _THAT_DAY and self.day.data is None:
            raise ValidationError("Indique el día.")


@pages.get("/<int:task_id>")
@allowed(Role.AGENT)
def show(visit: Visit, task_id: int) -> ResponseReturnValue:
    """One task."""
    task = tasks.get(visit.session, task_id)
    return _page(visit, task, DoneForm(prefix="done-"), SnoozeForm(prefix="snooze-"))


@pages.post("/<int:task_id>/tomar")
@allowed(Role.AGENT)
def take(visit: Visit, task_id: int) -> ResponseReturnValue:
    """See to it oneself."""
    task = tasks.get(visit.session, task_id, locked=True)
    try:
        tasks.take(visit.session, task, visit.agent, visit.now)
    except RuleError as refusal:
        return _refused(visit, task_id, refusal)
    visit.record("take", f"task:{task_id}")
    return redirect(url_for(".show", task_id=task_id), 303)


@pages.post("/<int:task_id>/soltar")
@allowed(Role.AGENT)
def give_back(visit: Visit, task_id: int) -> ResponseReturnValue:
    """Leave it to anybody; what somebody else has taken, only a supervisor."""
    task = tasks.get(visit.session, task_id, locked=True)
    try:
        if task.taken_by_id != visit.agent.id and not visit.may(Role.SUPERVISOR):
            raise Conflict("somebody else sees to this task", code="taken")
        tasks.give_back(visit.session, task)
    except RuleError as refusal:
        return _refused(visit, task_id, refusal)
    visit.record("give_back", f"task:{task_id}")
    flash("La tarea quedó libre para otra persona.", "success")
    return redirect(url_for(".show", task_id=task_id), 303)


@pages.post("/<int:task_id>/llamar")
@allowed(Role.AGENT)
def call(visit: Visit, task_id: int) -> ResponseReturnValue:
    """Take the task, and ring: the agent's telephone first, and on their key the owner's."""
    task = tasks.get(visit.session, task_id, locked=True)
    about = shown(visit.session, [task])[0]
    try:
        tasks.take(visit.session, task, visit.agent, visit.now)
        calling_out.ring(
            visit.session,
            visit.agent,
            about.phone or "",
            case=about.case,
            settings=visit.context.settings,
            now=visit.now,
        )
    except RuleError as refusal:
        return _refused(visit, task_id, refusal)
    visit.record("call", f"task:{task_id}")
    flash("Está sonando su teléfono: conteste y marque 1 para llamar al propietario.", "success")
    return redirect(url_for(".show", task_id=task_id), 303)


@pages.post("/<int:task_id>/hecha")
@allowed(Role.AGENT)
def done(visit: Visit, task_id: int) -> ResponseReturnValue:
    """It is done, with a note."""
    task = tasks.get(visit.session, task_id, locked=True)
    form = DoneForm(prefix="done-")
    if form.validate_on_submit() and form.still(_standing(shown(visit.session, [task])[0])):
        with visit.attempt(form):
            tasks.done(visit.session, task, visit.agent.name, visit.now, form.note.data or "")
            visit.record("done", f"task:{task_id}")
            flash("Tarea hecha.", "success")
            return redirect(url_for(".index"), 303)
    return _page(visit, task, form, SnoozeForm(prefix="snooze-", formdata=None))


@pages.post("/<int:task_id>/posponer")
@allowed(Role.AGENT)
def snooze(visit: Visit, task_id: int) -> ResponseReturnValue:
    """Put it off."""
    task = tasks.get(visit.session, task_id, locked=True)
    form = SnoozeForm(prefix="snooze-")
    if form.validate_on_submit() and form.still(_standing(shown(visit.session, [task])[0])):
        with visit.attempt(form):
            until = _until(visit, form.until.data, form.day.data)
            tasks.snooze(visit.session, task, until, visit.now)
            visit.record("snooze", f"task:{task_id}", until=until.isoformat())
            flash("Tarea pospuesta.", "success")
            return redirect(url_for(".index"), 303)
    return _page(visit, task, DoneForm(prefix="done-", formdata=None), form)


def _until(visit: Visit, choice: str, day: date | None) -> datetime:
    if choice == _HOUR:
        return visit.now + timedelta(hours=1)
    here = zone()
    wanted = day if choice == _THAT_DAY and day is not None else _today(visit) + timedelta(days=1)
    begins = datetime.combine(wanted, time(), here)
    return office.next_open(visit.session, visit.context.settings, begins)


def _today(visit: Visit) -> date:
    return visit.now.astimezone(zone()).date()


def _refused(visit: Visit, task_id: int, refusal: RuleError) -> ResponseReturnValue:
    """Nothing was done, and the task's page says why."""
    visit.session.rollback()
    flash(words.refusal(refusal), "danger")
    return redirect(url_for(".show", task_id=task_id), 303)


def _standing(it: Shown) -> dict[str, object]:
    """How the task stands: what somebody else may have changed meanwhile."""
    task = it.task
    return {
        "Estado": f"hecha por {task.done_by}" if task.done_at is not None else "por hacer",
        "La tomó": it.taken_by or "nadie",
        "Pospuesta hasta": f"{task.snoozed_until.astimezone(zone()):%d-%m-%Y %H:%M}"
        if task.snoozed_until is not None
        else "no",
    }


def _page(visit: Visit, task: Task, done_form: DoneForm, snooze_form: SnoozeForm) -> ResponseReturnValue:
    about = shown(visit.session, [task])[0]
    for form in (done_form, snooze_form):
        if form.version.data is None or request.method == "GET":
            form.showing(_standing(about))
    content = render_template(
        "tasks/show.html",
        it=about,
        done_form=done_form,
        snooze_form=snooze_form,
        now=visit.now,
        agent=visit.agent,
        today=_today(visit),
    )
    return content, max(done_form.status, snooze_form.status)
