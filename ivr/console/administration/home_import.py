"""Homes from a CSV file: first what it would change, line by line; then all of it, or nothing."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ivr import home_register
from ivr.aftersales import numbers
from ivr.console import words
from ivr.console.access import Visit, allowed
from ivr.console.administration.homes import pages
from ivr.console.fields import FileField, FileRequired, HiddenField
from ivr.console.forms import ConsoleForm, VersionedForm
from ivr.errors import Invalid
from ivr.home_register import Plan, Planned, Verdict
from ivr.imports import ImportFault
from ivr.switchboard.accounts import Role

#: Letters of a file. A larger one would keep callers waiting while it is written: that is `ivr import`'s.
_LARGEST = 200_000
#: Rows of each kind that are shown; all that are wrong.
_MOST_SHOWN = 100
_COLUMNS = {
    "project": "Proyecto",
    "number": "Número",
    "owner": "Propietario",
    "phones": "Teléfonos",
    "verified": "Verificada",
    "registered_on": "Inscripción",
}


class UploadForm(ConsoleForm):
    """A file."""

    file = FileField("Archivo CSV", [FileRequired("Elija un archivo que no esté vacío.")])


class TakeInForm(VersionedForm):
    """The file whose changes were shown."""

    content = HiddenField()
    filename = HiddenField()


@pages.route("/importar", methods=["GET", "POST"])
@allowed(Role.ADMINISTRATOR)
def preview(visit: Visit) -> ResponseReturnValue:
    """Choose a file, and see what it would change."""
    form = UploadForm()
    confirm = TakeInForm(formdata=None) if request.method == "POST" else TakeInForm()
    if form.validate_on_submit():
        _read_into(confirm, form)
    plan = _plan(visit, confirm, form) if confirm.content.data else None
    return _page(form, confirm, plan), form.status


@pages.post("/importar/guardar")
@allowed(Role.ADMINISTRATOR)
def take_in(visit: Visit) -> ResponseReturnValue:
    """Do what was shown; if it would be something else by now, that is shown first."""
    confirm = TakeInForm()
    plan = _plan(visit, confirm, confirm)
    if plan is not None and confirm.validate() and confirm.still(_counted(plan)):
        with visit.attempt(confirm):
            own = visit.context.settings.line_numbers
            home_register.carry_out(visit.session, plan, now=visit.now, own=own)
            new, changed = len(plan.of(Verdict.NEW)), len(plan.of(Verdict.CHANGED))
            visit.record("import_homes", "homes", new=new, changed=changed)
            flash(f"Listo: {new} viviendas nuevas y {changed} cambiadas.", "success")
            return redirect(url_for(".index"), 303)
    return _page(UploadForm(formdata=None), confirm, plan), confirm.status


def _read_into(confirm: TakeInForm, form: UploadForm) -> None:
    """Take over the file that was sent; or tell beside it why not."""
    sent = request.files.get("file")
    content = sent.read(_LARGEST * 4) if sent else b""
    try:
        words_ = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        form.file.errors = ["No está en UTF-8: guárdelo como «CSV UTF-8»."]
        return
    if not words_.strip():
        form.file.errors = ["Elija un archivo que no esté vacío."]
    elif len(words_) > _LARGEST:
        form.file.errors = ["Es demasiado grande para la consola: divídalo, o use «ivr import homes»."]
    else:
        confirm.content.data, confirm.filename.data = words_, sent.filename if sent else ""


def _page(form: UploadForm, confirm: TakeInForm, plan: Plan | None) -> str:
    """The file's form, or what the file would do."""
    if plan is not None and not confirm.version.data:
        confirm.showing(_counted(plan))
    return render_template(
        "administration/home_import.html",
        form=form,
        confirm=confirm,
        plan=plan,
        verdicts=Verdict,
        columns=_COLUMNS,
        written=_written,
        faults=_faults,
        most=_MOST_SHOWN,
    )


def _plan(visit: Visit, confirm: TakeInForm, teller: ConsoleForm) -> Plan | None:
    """What the file would do now; None, and told in the form ``teller``, where it is no such file."""
    content, own = (confirm.content.data or "").encode(), visit.context.settings.line_numbers
    try:
        return home_register.plan(visit.session, content, confirm.filename.data or "", own=own)
    except ImportFault:
        columns = ", ".join(_COLUMNS)
        teller.faults.append(f"La primera línea nombra las columnas: {columns}. No faltan project y number.")
        return None


def _counted(plan: Plan) -> dict[str, object]:
    names = {
        Verdict.NEW: "Nuevas",
        Verdict.CHANGED: "Cambian",
        Verdict.SAME: "Iguales",
        Verdict.WRONG: "Con errores",
    }
    return {name: len(plan.of(verdict)) for verdict, name in names.items()}


def _faults(row: Planned) -> list[str]:
    """What is wrong with a row, in Spanish, column by column."""
    if row.fault is None:
        return ["No tiene las mismas columnas que la primera línea, o sus comillas no se cierran."]
    if isinstance(row.fault, Invalid) and row.fault.fields:
        return [
            f"{_COLUMNS.get(name, name)}: {words.refusal(row.fault, name, reason)}"
            for name, reason in row.fault.fields.items()
        ]
    return ["Esta vivienda ya está en otra línea del archivo."]


def _written(value: object) -> str:
    """A field's value as a person reads it."""
    if isinstance(value, bool):
        return "sí" if value else "no"
    if isinstance(value, list):
        return ", ".join(numbers.national(phone) for phone in value) or "–"
    return str(value) if value is not None else "–"
