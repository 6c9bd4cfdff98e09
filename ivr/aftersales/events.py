"""What happens to cases, written down as it happens: a trace to read, and what all consequences come from."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import insert
from sqlalchemy.orm import Session

from ivr.store.kept import Kept, Rows
from ivr.store.session import nudge
from ivr.store.tables import Case, CaseEvent

#: ``by`` of what an owner, the line itself, or a program did; anybody else stands there by name.
OWNER = "owner"
LINE = "line"
API = "api"


class EventKind(StrEnum):
    """Everything that can happen to a case. Integrators read these words."""

    OPENED = "opened"
    REQUIREMENT_ADDED = "requirement_added"
    REQUIREMENT_DESCRIBED = "requirement_described"
    COMMENT = "comment"
    HOME_CONFIRMED = "home_confirmed"
    CONTACTS_SET = "contacts_set"
    VISIT_BOOKED = "visit_booked"
    VISIT_CHANGED = "visit_changed"
    VISIT_CANCELLED = "visit_cancelled"
    VISIT_MISSED = "visit_missed"
    WORKS_BOOKED = "works_booked"
    WORKS_CHANGED = "works_changed"
    WORKS_CANCELLED = "works_cancelled"
    WORKS_MISSED = "works_missed"
    ACKNOWLEDGED = "acknowledged"
    INSPECTED = "inspected"
    REJECTED = "rejected"
    WORKS_DONE = "works_done"
    SURVEY_ANSWERED = "survey_answered"
    DISPUTED = "disputed"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    URGENT_NUMBER_GIVEN = "urgent_number_given"
    HANDED_OVER = "handed_over"
    CALL_ENDED = "call_ended"


_INSERT = Kept(insert(Rows(CaseEvent).table).inline(), ["case_id", "at", "kind", "by", "detail"])


def record(
    session: Session, case: Case, kind: EventKind, *, by: str, now: datetime, **detail: object
) -> None:
    """Write down that ``kind`` happened to ``case``; ``detail`` holds JSON values (no rows, no datetimes).

    Nothing follows within this transaction: what is owed to owner, agents and CRM is worked off after it.
    """
    _INSERT.run(session, case_id=case.id, at=now, kind=kind, by=by, detail=detail)
    nudge(session)
