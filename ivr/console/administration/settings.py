"""What the operator has set: `ivr.choices` are changed here while the line runs, the rest is shown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import SecretStr
from sqlalchemy import make_url, select

from ivr import choices, present
from ivr.choices import Choices
from ivr.console import words
from ivr.console.access import Visit, allowed
from ivr.console.administration.meanings import MEANINGS
from ivr.console.administration.naming import GROUP, PREFIX
from ivr.console.area import Area, Entry
from ivr.console.fields import InputRequired, Length, SelectField, StringField
from ivr.console.forms import VersionedForm
from ivr.errors import NotFound
from ivr.settings import Settings
from ivr.store.tables import Agent, SettingOverride
from ivr.switchboard.accounts import Role

pages = Blueprint("settings", __name__, url_prefix=f"{PREFIX}/ajustes", template_folder="templates")
AREA = Area(pages, GROUP, (Entry("Ajustes", "settings.index", Role.ADMINISTRATOR),))

#: Fields that stand together, in the order in which they are looked for; all others come last.
_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Horarios", ("timezone", "office_hours", "calling_hours", "text_hours", "reminder_time")),
    (
        "Números",
        (
            *("line_numbers", "outbound_number", "allow_other_caller_id", "agent_caller_id", "sms_from"),
            *("backup_number", "supervisor_number", "countries", "calls_per_number", "calls_per_agent"),
        ),
    ),
    (
        "Esperas y reintentos",
        (
            *(
                "longest_wait",
                "wait_notice",
                "ring_seconds",
                "round_seconds",
                "wrap_up_seconds",
                "retry_plan",
            ),
            *("callback_first", "text_before_call", "calls_per_second", "concurrent_calls", "settle_after"),
            *("case_tries_per_call", "case_tries_per_day"),
        ),
    ),
    ("Voz", ("voice", "carrier_voice", "voice_engine", "voice_command", "audio_folder")),
    ("Conservación", ("recordings_days", "calls_days", "texts_days", "cases_days")),
    ("Consola", ("company", "session_idle", "session_longest", "proxies")),
)
_REST = "Sistema"
#: Addresses that may carry a password.
_ADDRESSES = frozenset({"database_url", "redis_url", "events_url"})
#: What is one of a few, and what these are called.
_CHOSEN_AMONG: Mapping[str, Mapping[str, str]] = {
    "callback_first": {"agent": "Primero al agente", "owner": "Primero al propietario"}
}
_LONGEST = 120


@dataclass(frozen=True)
class Shown:
    """One setting: its variable, what it means, how it is set, and by whom."""

    name: str
    variable: str
    meaning: str
    value: str
    #: How it was set when the line was started.
    started_with: str
    #: Whether the environment says so, rather than the product.
    chosen: bool
    secret: bool
    changeable: bool
    #: What outranks the environment.
    changed: SettingOverride | None


@pages.get("/")
@allowed(Role.ADMINISTRATOR)
def index(visit: Visit) -> ResponseReturnValue:
    """Every setting with its variable; secrets are hidden."""
    changed = present.overrides(visit.session)
    who = select(Agent.id, Agent.name).where(Agent.id.in_({each.changed_by for each in changed.values()}))
    return render_template(
        "administration/settings.html",
        groups=_grouped(visit.context.present.environment, changed),
        names={row.id: row.name for row in visit.session.execute(who)},
    )


@pages.route("/<name>", methods=["GET", "POST"])
@allowed(Role.ADMINISTRATOR)
def change(visit: Visit, name: str) -> ResponseReturnValue:
    """Change a setting, for every process of the line."""
    setting = _find(visit, name, locked=request.method == "POST")
    form = _form(name, _text(visit, setting))
    seen: dict[str, object] = {setting.meaning: setting.value}
    if form.validate_on_submit() and form.still(seen):
        with visit.attempt(form):
            present.change(visit.session, name, form[name].data, by=visit.agent, now=visit.now)
            visit.record("change_setting", f"setting:{name}", value=form[name].data)
            flash("Guardado: en unos segundos vale para toda la línea.", "success")
            return redirect(url_for(".index", _anchor=name), 303)
    if request.method == "GET":
        form.showing(seen)
    return render_template("administration/setting.html", form=form, setting=setting), form.status


@pages.post("/<name>/volver")
@allowed(Role.ADMINISTRATOR)
def restore(visit: Visit, name: str) -> ResponseReturnValue:
    """What the line was started with holds again."""
    setting = _find(visit, name, locked=True)
    present.restore(visit.session, name)
    visit.record("restore_setting", f"setting:{name}", value=setting.started_with)
    flash(f"Vuelve a valer {setting.started_with}, en unos segundos y para toda la línea.", "success")
    return redirect(url_for(".index", _anchor=name), 303)


def _find(visit: Visit, name: str, *, locked: bool) -> Shown:
    """A setting that may be changed. Raises NotFound for any other."""
    if name not in Choices.model_fields:
        raise NotFound(f"{name} is not changed here")
    found = visit.session.get(SettingOverride, name, with_for_update=locked or None)
    return _shown(visit.context.present.environment, name, found)


def _now(environment: Settings, name: str, changed: SettingOverride | None) -> object:
    """The value that holds."""
    return getattr(present.under(environment, [changed] if changed else []), name)


def _text(visit: Visit, setting: Shown) -> str:
    """How it is set now, as it is written into the form."""
    return choices.written(_now(visit.context.present.environment, setting.name, setting.changed))


def _form(name: str, text: str) -> VersionedForm:
    """A form with one field, which is called as the setting, so that what is wrong stands beside it.

    What it may be is for `choices` alone to say.
    """
    label, hint, needed = MEANINGS[name].capitalize(), words.CHOICES[name], InputRequired("Falta este dato.")
    if name in _CHOSEN_AMONG:
        among = list(_CHOSEN_AMONG[name].items())
        field = SelectField(label, [needed], choices=among, description=hint)
    else:
        longest = Length(max=_LONGEST, message=f"Use hasta {_LONGEST} caracteres.")
        field = StringField(label, [needed, longest], description=hint)
    kind: type[VersionedForm] = type("SettingForm", (VersionedForm,), {name: field})
    return kind(data={name: text})


def _grouped(
    environment: Settings, changed: Mapping[str, SettingOverride]
) -> Iterator[tuple[str, list[Shown]]]:
    left = dict.fromkeys(Settings.model_fields)
    for title, names in _GROUPS:
        yield title, [_shown(environment, name, changed.get(name)) for name in names]
        for name in names:
            del left[name]
    yield _REST, [_shown(environment, name, None) for name in left]


def _shown(environment: Settings, name: str, changed: SettingOverride | None) -> Shown:
    field, value = Settings.model_fields[name], getattr(environment, name)
    secret = isinstance(value, SecretStr) or "SecretStr" in str(field.annotation)
    started_with = ("puesto" if value else "sin poner") if secret else _written(name, value)
    return Shown(
        name=name,
        variable=str(field.validation_alias),
        meaning=MEANINGS[name],
        value=started_with if changed is None else _written(name, _now(environment, name, changed)),
        started_with=started_with,
        chosen=name in environment.model_fields_set,
        secret=secret,
        changeable=name in Choices.model_fields,
        changed=changed,
    )


def _written(name: str, value: object) -> str:
    """A value as a person reads it; of an address, not the password in it."""
    if value is None or value in ("", ()):
        return "–"
    if name in _ADDRESSES:
        return make_url(str(value)).render_as_string(hide_password=True)
    if name in _CHOSEN_AMONG:
        return _CHOSEN_AMONG[name][str(value)]
    if isinstance(value, bool):
        return "sí" if value else "no"
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds() // 60)
        return f"{minutes} min" if minutes % 60 else f"{minutes // 60} h"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, tuple):
        return ("–" if isinstance(value, choices.Hours) else ", ").join(_written("", part) for part in value)
    return str(value)
