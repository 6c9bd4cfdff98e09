"""A date that was taken, written down: the appointment, what its case shows, and the event that tells of it.

PostgreSQL writes the three with one statement, for a caller waits for every exchange with it. SQLite knows no
such statement, and is no exchange away.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from ivr.aftersales import events
from ivr.aftersales.case_lookup import CASES
from ivr.aftersales.events import EventKind
from ivr.aftersales.life import AppointmentKind, AppointmentStatus, Status
from ivr.store.kept import Kept, Rows
from ivr.store.session import nudge
from ivr.store.tables import Appointment, Case, CaseEvent
from ivr.store.types import Json

_APPOINTMENTS = Rows(Appointment)
_GIVEN = ("case_id", "project_id", "kind", "start", "end", "status", "substitute", "created_at")


def write(
    session: Session,
    case: Case,
    kind: AppointmentKind,
    *,
    start: datetime,
    end: datetime,
    substitute: bool,
    shows: Status,
    event: EventKind,
    detail: Mapping[str, object],
    by: str,
    now: datetime,
) -> Appointment:
    """Write it down. ``shows`` is the status of the case from now on; the event's ``detail`` gets the
    appointment's id besides.

    The caller has locked the case. Whoever undoes a savepoint after this expires ``case``: the object has
    the new status already.
    """
    given = (case.id, case.project_id, kind, start, end, AppointmentStatus.BOOKED, substitute, now)
    appointment = dict(zip(_GIVEN, given, strict=True))
    moves = case.status != shows
    if session.get_bind().dialect.name == "postgresql":
        new = {f"new_{column}": value for column, value in appointment.items()}
        told = {"event": event, "by": by, "detail": dict(detail)}
        row = _TOGETHER.run(session, case=case.id, shows=shows, **new, **told).rows[0]
        nudge(session)
    else:
        if moves:
            _SHOW.run(session, case=case.id, status=shows)
        row = _INSERT.run(session, **appointment).rows[0]
        events.record(session, case, event, by=by, now=now, appointment=row[0], **detail)
    if moves:
        set_committed_value(case, "status", shows)
    session.expire(case, ["appointments"])
    return _APPOINTMENTS.place(session, row)


_SHOW = Kept(update(CASES.table).where(Case.id == bindparam("case")), ["status"])
_INSERT = Kept(insert(_APPOINTMENTS.table).returning(*_APPOINTMENTS.columns), _GIVEN)

_new = (
    insert(_APPOINTMENTS.table)
    .values({column: bindparam(f"new_{column}") for column in _GIVEN})
    .returning(*_APPOINTMENTS.columns)
    .cte("new")
)
_shown = (
    update(CASES.table)
    .where(Case.id == bindparam("case"), Case.status != bindparam("shows"))
    .values(status=bindparam("shows"))
)
_told = insert(Rows(CaseEvent).table).from_select(
    ["case_id", "at", "kind", "by", "detail"],
    select(
        _new.c.case_id,
        _new.c.created_at,
        bindparam("event"),
        bindparam("by"),
        func.jsonb_build_object("appointment", _new.c.id).op("||")(bindparam("detail", type_=Json)),
    ),
)
_TOGETHER = Kept(select(_new).add_cte(_shown.cte("shown"), _told.cte("told")))
