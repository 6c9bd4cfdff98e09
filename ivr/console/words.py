"""What the console calls things: Spanish for values that are stored, and for what business rules say."""

from collections.abc import Mapping

from ivr.aftersales.life import (
    AppointmentKind,
    AppointmentStatus,
    Category,
    Channel,
    Priority,
    RequirementStatus,
    Status,
    UrgentKind,
)
from ivr.aftersales.photos import LARGEST as LARGEST_PHOTO
from ivr.aftersales.photos import MOST as MOST_PHOTOS
from ivr.aftersales.recordings import Purpose
from ivr.aftersales.tasks import TaskKind
from ivr.console import audit_words
from ivr.errors import Conflict, Duplicate, MoveNotAllowed, NotFound, RuleError, SlotTaken
from ivr.switchboard.accounts import LONGEST_PASSWORD, SHORTEST_PASSWORD, Role
from ivr.switchboard.agent_fields import Skill
from ivr.switchboard.guests import GuestState
from ivr.switchboard.guests import Role as GuestRole
from ivr.switchboard.presence import Presence
from ivr.switchboard.wrapping_up import Result

DEEDS, DETAILS = audit_words.DEEDS, audit_words.DETAILS

ROLES: Mapping[str, str] = {
    Role.AGENT: "Atención",
    Role.SUPERVISOR: "Supervisión",
    Role.ADMINISTRATOR: "Administración",
}

PRESENCES: Mapping[str, str] = {
    Presence.AVAILABLE: "Disponible",
    Presence.RINGING: "Sonando",
    Presence.TALKING: "En llamada",
    Presence.WRAP_UP: "Cerrando gestión",
    Presence.AWAY: "Ausente",
    Presence.OFFLINE: "Fuera de turno",
}

SKILLS: Mapping[str, str] = {Skill.STANDARD: "Consultas", Skill.URGENT: "Urgencias"}

STATUSES: Mapping[str, str] = {
    Status.OPEN: "Abierta",
    Status.ATTENDING: "En atención",
    Status.VISIT_SCHEDULED: "Visita agendada",
    Status.INSPECTED: "Inspeccionada",
    Status.WORKS_SCHEDULED: "Trabajos agendados",
    Status.WORKS_DONE: "Trabajos ejecutados",
    Status.CLOSED: "Cerrada",
    Status.REJECTED: "Sin garantía",
    Status.CANCELLED: "Anulada",
}

PRIORITIES: Mapping[str, str] = {Priority.STANDARD: "Normal", Priority.URGENT: "Urgente"}

URGENT_KINDS: Mapping[str, str] = {
    UrgentKind.WATER: "Filtración de agua potable",
    UrgentKind.GAS: "Fuga de gas",
    UrgentKind.ELECTRICITY: "Sin energía eléctrica",
}

CHANNELS: Mapping[str, str] = {
    Channel.PHONE: "Línea 800",
    Channel.MOBILE: "Celular",
    Channel.EMAIL: "Correo",
    Channel.WEB: "Web",
}

CATEGORIES: Mapping[str, str] = {
    Category.DAMP: "Humedad y filtraciones",
    Category.PLUMBING: "Gasfitería y sanitarios",
    Category.ELECTRICITY: "Electricidad y citofonía",
    Category.DOORS: "Puertas y cerraduras",
    Category.WINDOWS: "Ventanas",
    Category.FLOORS: "Pisos y cerámicas",
    Category.WALLS: "Muros, pintura y cielos",
    Category.FURNITURE: "Muebles y cubiertas",
    Category.OTHER: "Otro",
    Category.WATER: "Filtración de agua potable",
    Category.GAS: "Fuga de gas",
}

REQUIREMENT_STATUSES: Mapping[str, str] = {
    RequirementStatus.REPORTED: "Informado",
    RequirementStatus.COVERED: "Con garantía",
    RequirementStatus.NOT_COVERED: "Sin garantía",
    RequirementStatus.DONE: "Ejecutado",
    RequirementStatus.ACCEPTED: "Conforme",
    RequirementStatus.DISPUTED: "Disconforme",
}

APPOINTMENT_KINDS: Mapping[str, str] = {
    AppointmentKind.VISIT: "Visita de inspección",
    AppointmentKind.WORKS: "Trabajos",
}

APPOINTMENT_STATUSES: Mapping[str, str] = {
    AppointmentStatus.BOOKED: "Agendada",
    AppointmentStatus.DONE: "Realizada",
    AppointmentStatus.CANCELLED: "Anulada",
    AppointmentStatus.MISSED: "No se realizó",
}

TASK_KINDS: Mapping[str, str] = {
    TaskKind.CALLBACK: "Devolver la llamada",
    TaskKind.VOICEMAIL: "Escuchar el mensaje",
    TaskKind.UNSCHEDULED: "Agendar la visita",
    TaskKind.RING_OWNER: "Llamar y agendar",
    TaskKind.NO_TEXT: "Avisar por teléfono: no recibe mensajes",
    TaskKind.UNREACHABLE: "Propietario inubicable",
    TaskKind.OVERDUE_WORKS: "Trabajos atrasados",
    TaskKind.VISIT_LATE: "Visita fuera de plazo",
    TaskKind.WRONG_NUMBER: "Número equivocado",
    TaskKind.DO_NOT_CALL: "No quiere llamadas automáticas",
    TaskKind.DISAGREEMENT: "No está de acuerdo",
    TaskKind.TEXT_ANSWER: "Responder un mensaje",
    TaskKind.TEXT_FAILED: "Mensaje no entregado",
    TaskKind.URGENT_UNACKNOWLEDGED: "Urgencia sin tomar",
    TaskKind.THIRD_DISPUTE: "Tercera disconformidad",
    TaskKind.WORKS_UNSCHEDULED: "Agendar los trabajos",
    TaskKind.CALL_LOST: "Llamada cortada",
}

RESULTS: Mapping[str, str] = {
    Result.SOLVED: "Resuelto en la llamada",
    Result.VISIT: "Visita agendada",
    Result.CALLBACK: "Hay que volver a llamar",
    Result.TRANSFERRED: "Traspasado a otra persona",
    Result.UNREACHED: "No se pudo conversar",
    Result.OTHER: "Otro",
}

GUEST_ROLES: Mapping[str, str] = {
    GuestRole.COLLEAGUE: "Colega en consulta",
    GuestRole.TECHNICIAN: "Técnico",
    GuestRole.OUTSIDE: "Número externo",
    GuestRole.SUPERVISOR: "Supervisión",
}

GUEST_STATES: Mapping[str, str] = {
    GuestState.RINGING: "sonando",
    GuestState.GREETED: "contestó",
    GuestState.PRESENT: "en la llamada",
}

RECORDING_PURPOSES: Mapping[str, str] = {
    Purpose.DESCRIPTION: "Descripción del problema",
    Purpose.MESSAGE: "Mensaje",
    Purpose.COMMENT: "Comentario",
    Purpose.TALK: "Conversación",
}

_HOURS = "Desde y hasta, del mismo día: por ejemplo 09:00-18:30."
_SECONDS, _DAYS = "De 1 a 86400 segundos.", "De 1 a 36525 días."
#: How each setting is written that may be changed while the line runs.
CHOICES: Mapping[str, str] = {
    "office_hours": _HOURS,
    "calling_hours": _HOURS,
    "text_hours": _HOURS,
    "reminder_time": "Una hora, por ejemplo 10:00.",
    "retry_plan": "Hasta 10, separados por espacios: una demora (30m, 4h) o una hora (10:00).",
    "concurrent_calls": "De 1 a 100000 llamadas.",
    "text_before_call": "De 0 a 3600 segundos.",
    "callback_first": "Al propietario lo llama una máquina: solo si hay un número para llamadas automáticas.",
    "longest_wait": _SECONDS,
    "wait_notice": _SECONDS,
    "ring_seconds": "De 5 a 120 segundos.",
    "round_seconds": _SECONDS,
    "wrap_up_seconds": _SECONDS,
    "recordings_days": _DAYS,
    "calls_days": _DAYS,
    "texts_days": _DAYS,
    "cases_days": _DAYS,
}

_REFUSALS: Mapping[str, str] = {
    "last_administrator": "Es la única persona con rol de administración: nombre primero a otra.",
    "no_talk": "Esa llamada ya terminó.",
    "talking": "La llamada todavía no termina: guarde la gestión cuando cuelgue.",
    "busy": "Ese teléfono está ocupado en este momento.",
    "occupied": "Ya se invitó a alguien a esta llamada.",
    "own_talk": "Es su propia llamada.",
    "not_recorded": "Esta llamada no se está grabando.",
    "taken": "Otra persona ya tomó esta tarea.",
    "telephone_taken": "Su teléfono está sonando o en una llamada: termínela primero.",
    "done": "Otra persona ya la hizo.",
    "photos_full": f"Ya hay {MOST_PHOTOS} fotos de ese requerimiento.",
    "home_unknown": "Todavía no se sabe de qué vivienda se trata: indíquela primero.",
    "acknowledged": "Otra persona ya tomó esta urgencia.",
}
_BY_KIND: tuple[tuple[type[RuleError], str], ...] = (
    (NotFound, "Lo que buscaba ya no existe."),
    (SlotTaken, "Esa hora ya no está disponible: elija otra."),
    (Duplicate, "Ya existe uno igual: revise los datos."),
    (MoveNotAllowed, "Esto ya no se puede hacer: el estado cambió. Revise cómo está ahora."),
    (Conflict, "Esto contradice lo que está guardado. Revise cómo está ahora."),
)
_FIELDS: Mapping[str, str] = {
    "photo": f"Solo fotos JPEG, PNG o WebP de hasta {LARGEST_PHOTO // 1_000_000} MB.",
    "phone": "Escriba un teléfono válido con código de país, por ejemplo +56 9 8765 4321.",
    "phones": "Uno de los teléfonos no sirve: use el formato +56 9 8765 4321.",
    "contacts": "Uno de los teléfonos no sirve como contacto: use el formato +56 9 8765 4321.",
    "email": "Escriba un correo válido.",
    "password": f"Use entre {SHORTEST_PASSWORD} y {LONGEST_PASSWORD} caracteres.",
    "project": "No hay un proyecto con ese código.",
    "number": "Use de 1 a 40 caracteres.",
    "owner": "Use hasta 120 caracteres.",
    "registered_on": "Escriba la fecha como 2026-11-26.",
    "verified": "Escriba sí o no.",
    "name": "Use de 1 a 120 caracteres, con letras.",
    "slot_minutes": "Use de 5 a 270 minutos.",
    "inspectors": "Use de 1 a 100.",
    "crews": "Use de 1 a 100.",
    "reason": "Use de 1 a 200 caracteres.",
    "on_call_level": "Use de 1 a 99, o déjelo vacío.",
    "level": "Use de 1 a 99.",
    "ends_at": "Debe ser posterior al comienzo.",
    "instead_of": "Elija a otra persona.",
    "rows": "El archivo tiene líneas con errores: no se guardó nada.",
    "code": "El código tiene de 1 a 6 dígitos.",
    "text": "Escriba el comentario, en hasta 4000 caracteres.",
    "until": "Elija un momento que esté por venir, dentro de 60 días.",
    "cursor": "Esta página de la lista ya no existe: vuelva al principio.",
    **CHOICES,
}


def refusal(error: RuleError, field: str | None = None, reason: str = "") -> str:
    """Why a business rule says no, in Spanish: of one ``field`` if named, whose ``reason`` is English."""
    if field is not None:
        if reason == "is required":
            return "Falta este dato."
        return _FIELDS.get(field, "Este valor no se acepta: revíselo.")
    by_kind = next(
        (text for kind, text in _BY_KIND if isinstance(error, kind)), "Esto no se puede hacer así."
    )
    return _REFUSALS.get(error.code, by_kind)


def of(names: Mapping[str, str], value: str | None) -> str:
    """What ``value`` is called; itself, if a newer version stored it."""
    return names.get(value, value) if value else ""
