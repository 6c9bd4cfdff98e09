"""What the operator has set: read only, because every process reads its environment once, when it starts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time, timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from pydantic import SecretStr
from sqlalchemy import make_url

from ivr.console.access import Visit, allowed
from ivr.console.administration.meanings import MEANINGS
from ivr.console.administration.naming import GROUP, PREFIX
from ivr.console.area import Area, Entry
from ivr.settings import Settings
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
            *("backup_number", "supervisor_number", "countries"),
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
            *("text_before_call", "calls_per_second", "concurrent_calls", "settle_after"),
            *("case_tries_per_call", "case_tries_per_day"),
        ),
    ),
    ("Voz", ("voice", "carrier_voice", "voice_command", "audio_folder")),
    ("Conservación", ("recordings_days", "calls_days", "texts_days", "cases_days")),
    ("Consola", ("company", "session_idle", "session_longest", "proxies")),
)
_REST = "Sistema"
#: Addresses that may carry a password.
_ADDRESSES = frozenset({"database_url", "redis_url", "events_url"})


@dataclass(frozen=True)
class Shown:
    """One setting: its variable, what it means, how it is set, and whether somebody did."""

    variable: str
    meaning: str
    value: str
    chosen: bool
    secret: bool


@pages.get("/")
@allowed(Role.ADMINISTRATOR)
def index(visit: Visit) -> ResponseReturnValue:
    """Every setting with its variable; secrets are hidden."""
    return render_template("administration/settings.html", groups=_grouped(visit.context.settings))


def _grouped(settings: Settings) -> Iterator[tuple[str, list[Shown]]]:
    left = dict.fromkeys(Settings.model_fields)
    for title, names in _GROUPS:
        yield title, [_shown(settings, name) for name in names]
        for name in names:
            del left[name]
    yield _REST, [_shown(settings, name) for name in left]


def _shown(settings: Settings, name: str) -> Shown:
    field, value = Settings.model_fields[name], getattr(settings, name)
    secret = isinstance(value, SecretStr) or "SecretStr" in str(field.annotation)
    return Shown(
        variable=str(field.validation_alias),
        meaning=MEANINGS[name],
        value=("puesto" if value else "sin poner") if secret else _written(name, value),
        chosen=name in settings.model_fields_set,
        secret=secret,
    )


def _written(name: str, value: object) -> str:
    """A value as a person reads it; of an address, not the password in it."""
    if value is None or value in ("", ()):
        return "–"
    if name in _ADDRESSES:
        return make_url(str(value)).render_as_string(hide_password=True)
    if isinstance(value, bool):
        return "sí" if value else "no"
    if isinstance(value, timedelta):
        return f"{int(value.total_seconds() // 60)} min"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, tuple):
        mark = "–" if len(value) == 2 and all(isinstance(part, time) for part in value) else ", "
        return mark.join(_written("", part) for part in value)
    return str(value)
