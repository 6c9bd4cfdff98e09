"""The agenda's blueprint, and what its pages have in common."""

from collections.abc import Mapping
from datetime import datetime
from types import ModuleType
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask import Blueprint, request

from ivr.aftersales import agenda, photos, projects, visits, works
from ivr.aftersales.life import AppointmentKind
from ivr.console import words
from ivr.console.access import Visit
from ivr.errors import NotFound
from ivr.store.tables import Appointment, Case

pages = Blueprint("agenda", __name__, url_prefix="/agenda", template_folder="templates")

#: Where dates of each kind are asked for and booked.
ROOMS: Mapping[AppointmentKind, ModuleType] = {AppointmentKind.VISIT: visits, AppointmentKind.WORKS: works}
#: Bytes of a form with all photos of an inspection that a telephone sends without a script's help.
_LARGEST_FORM = 5 * photos.LARGEST


@pages.before_request
def _take_photos() -> None:
    """Forms with pictures may be larger than what the rest of the application takes."""
    if request.endpoint in {"console.agenda.inspect", "console.agenda.add_photo"}:
        request.max_content_length = _LARGEST_FORM


@pages.app_template_filter()
def hours(appointment: Appointment, timezone: str) -> str:
    """``10:00–10:30``, by the clocks of that zone."""
    zone = ZoneInfo(timezone)
    start, end = appointment.start.astimezone(zone), appointment.end.astimezone(zone)
    return f"{start:%H:%M}–{end:%H:%M}"


def kind_of(name: str) -> AppointmentKind:
    """The kind of date that an address names. Raises NotFound."""
    if name not in set(AppointmentKind):
        raise NotFound(f"no kind of appointment is called {name}")
    return AppointmentKind(name)


def found(visit: Visit, appointment_id: int) -> Appointment:
    """The appointment of that id. Raises NotFound."""
    appointment = visit.session.get(Appointment, appointment_id)
    if appointment is None:
        raise NotFound(f"there is no appointment {appointment_id}")
    return appointment


def spoken(moment: datetime, case: Case) -> str:
    """``jueves 26 de noviembre, 10:00``, by the project's clocks."""
    there = moment.astimezone(projects.zone(case.project))
    return format_datetime(there, "EEEE d 'de' MMMM, HH:mm", locale="es_CL")


def status_and_dates(case: Case) -> dict[str, object]:
    """Where the case is and its dates, by the names that people know: what others may change meanwhile."""
    shown: dict[str, object] = {"Estado": words.of(words.STATUSES, case.status)}
    for kind in AppointmentKind:
        date = agenda.booked(case, kind)
        shown[words.APPOINTMENT_KINDS[kind]] = spoken(date.start, case) if date else "sin fecha"
    return shown
