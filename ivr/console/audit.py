"""Who did what, and when: written with the deed, in its transaction."""

from datetime import datetime

from sqlalchemy.orm import Session

from ivr.store.tables import Agent, AuditEntry

#: Who works at the command line.
OPERATOR = "operator"


def record(
    session: Session, agent: Agent | None, action: str, subject: str, *, now: datetime, **detail: object
) -> None:
    """``agent`` (none: the operator at the command line) did ``action`` to ``subject``.

    ``action``: a verb in English such as ``cancel`` or ``change_password``; ``subject``: a kind and a key,
    such as ``case:1234567`` or ``agent:3``; ``detail``: what else is worth knowing, as JSON holds it, never
    secrets.
    """
    session.add(
        AuditEntry(
            at=now,
            agent_id=agent.id if agent is not None else None,
            who=agent.name if agent is not None else OPERATOR,
            action=action,
            subject=subject,
            detail=detail,
        )
    )
