"""The blueprint of cases, and what its pages have in common."""

from flask import Blueprint

from ivr.console import words
from ivr.console.agenda.pages import status_and_dates
from ivr.store.tables import Case

pages = Blueprint("cases", __name__, url_prefix="/solicitudes", template_folder="templates")

UNKNOWN_HOME = "por confirmar"


def place(case: Case) -> str:
    """``Los Aromos, 1204``, as far as it is known."""
    if case.project is None:
        return UNKNOWN_HOME
    return f"{case.project.name}, {case.home.number if case.home is not None else UNKNOWN_HOME}"


def standing(case: Case) -> dict[str, object]:
    """How the case stands, by the names that people know: what somebody else may have changed meanwhile."""
    return status_and_dates(case) | {
        "La tomó": case.acknowledged_by or "nadie",
        "Vivienda": place(case) + ("" if case.home is None or case.home.verified else " (sin verificar)"),
        "Contactos": ", ".join(contact.phone for contact in case.contacts) or "ninguno",
        "Requerimientos": ", ".join(
            f"{words.of(words.CATEGORIES, each.category)}: "
            f"{words.of(words.REQUIREMENT_STATUSES, each.status).lower()}"
            for each in case.requirements
        ),
    }
