"""Who did what, and when: the audit, newest first."""

from collections.abc import Iterator, Mapping

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import pages as paging
from ivr.console import words
from ivr.console.access import Visit, allowed
from ivr.console.administration.naming import GROUP, PREFIX
from ivr.console.area import Area, Entry
from ivr.store.tables import Agent, AuditEntry
from ivr.switchboard.accounts import Role

pages = Blueprint("deeds", __name__, url_prefix=f"{PREFIX}/auditoria", template_folder="templates")
AREA = Area(pages, GROUP, (Entry("Auditoría", "deeds.index", Role.SUPERVISOR),))

#: Who works at the command line, as a choice of the filter.
_OPERATOR = "0"
#: No id has so many.
_DIGITS = 19
#: Details that are words of the program's own, and what these are called.
_NAMES: Mapping[str, Mapping[str, str]] = {
    "role": words.ROLES,
    "presence": words.PRESENCES,
    "skills": words.SKILLS,
    "kind": words.APPOINTMENT_KINDS,
    "channel": words.CHANNELS,
    "priority": words.PRIORITIES,
    "result": words.RESULTS,
}


@pages.get("/")
@allowed(Role.SUPERVISOR)
def index(visit: Visit) -> ResponseReturnValue:
    """What everybody did, or one agent, or to one thing."""
    who, subject = request.args.get("who", ""), request.args.get("subject", "").strip()
    found, cursor = entries(visit.session, who=who, subject=subject, cursor=request.args.get("cursor"))
    agents = visit.session.execute(select(Agent.id, Agent.name).order_by(Agent.name)).all()
    choices = [
        ("", "Todos"),
        *((str(agent_id), name) for agent_id, name in agents),
        (_OPERATOR, "Línea de comandos"),
    ]
    return render_template(
        "administration/deeds.html",
        entries=[(each, list(details(each))) for each in found],
        next=cursor,
        choices=choices,
        who=who,
        subject=subject,
    )


def details(entry: AuditEntry) -> Iterator[tuple[str, str]]:
    """What else is known of a deed, in words; what is empty is left out."""
    for name, value in entry.detail.items():
        values = value if isinstance(value, list) else [value]
        told = ", ".join(_told(name, each) for each in values if each is not None and each != "")
        if told:
            yield words.of(words.DETAILS, name), told


def _told(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "sí" if value else "no"
    return words.of(_NAMES.get(name, {}), str(value))


def entries(
    session: Session, *, who: str = "", subject: str = "", cursor: str | None = None, limit: int = 50
) -> tuple[list[AuditEntry], str | None]:
    """Entries newest first, of the agent with the id ``who``, about ``subject``; and the next page's cursor.

    ``subject`` is one as it is written down (``case:1234567``), or the number of a case alone.
    """
    wanted = select(AuditEntry)
    if who == _OPERATOR:
        wanted = wanted.where(AuditEntry.agent_id.is_(None))
    elif who.isdecimal() and len(who) < _DIGITS:
        wanted = wanted.where(AuditEntry.agent_id == int(who))
    if subject:
        wanted = wanted.where(AuditEntry.subject == (subject if ":" in subject else f"case:{subject}"))
    return paging.read(session, wanted, (AuditEntry.id,), cursor, limit, newest_first=True)
