"""A date that was taken: all or none of its three writes, and the same on either database."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ivr.aftersales import bookings, cases
from ivr.aftersales.events import EventKind
from ivr.aftersales.life import AppointmentKind, AppointmentStatus, Status
from ivr.store.session import Store
from ivr.store.tables import Appointment, Case, CaseEvent
from tests.making import at, make_case, make_home, make_project

NINE, NOW = at("2026-11-26 09:00"), at("2026-11-24 10:00")


@pytest.fixture
def case_id(store: Store) -> int:
    with store.transaction() as session:
        return make_case(session, make_home(session, make_project(session)), Status.OPEN).id


def write(session: Session, case: Case, kind: AppointmentKind = AppointmentKind.VISIT) -> Appointment:
    return bookings.write(
        session,
        case,
        kind,
        start=NINE,
        end=NINE + timedelta(minutes=30),
        substitute=True,
        shows=Status.VISIT_SCHEDULED,
        event=EventKind.VISIT_BOOKED,
        detail={"start": NINE.isoformat(), "previous": None},
        by="Marcela Soto",
        now=NOW,
    )


def test_appointment_case_and_event_are_written_and_whoever_does_the_work_is_told(
    store: Store, case_id: int
) -> None:
    told = []
    store.on_due = lambda: told.append(True)
    with store.transaction() as session:
        case = cases.lock(session, case_id)
        made = write(session, case)
        assert (case.status, case.appointments) == (Status.VISIT_SCHEDULED, [made])
        session.expunge(made)
    assert told == [True]

    with store.reading() as session:
        kept = session.get_one(Appointment, made.id)
        for column in Appointment.__table__.columns:
            assert getattr(kept, column.name) == getattr(made, column.name), column
        assert (kept.start, kept.end, kept.substitute) == (NINE, NINE + timedelta(minutes=30), True)
        assert (kept.case_id, kept.status, kept.created_at) == (case_id, AppointmentStatus.BOOKED, NOW)
        assert session.get_one(Case, case_id).status == Status.VISIT_SCHEDULED
        event = session.query(CaseEvent).filter_by(kind=EventKind.VISIT_BOOKED).one()
        assert (event.case_id, event.at, event.by) == (case_id, NOW, "Marcela Soto")
        assert event.detail == {"appointment": made.id, "start": NINE.isoformat(), "previous": None}
        assert (event.announced_at, event.posted_at) == (None, None)


def test_where_one_cannot_be_written_none_is(store: Store, case_id: int) -> None:
    with store.transaction() as session:
        case = cases.lock(session, case_id)
        with pytest.raises(IntegrityError), session.begin_nested():
            write(session, case, kind=None)  # type: ignore[arg-type] -- refused by the database
        assert case.status == Status.OPEN
        session.expire(case)
        assert (case.status, case.appointments) == (Status.OPEN, [])
        assert session.query(CaseEvent).filter_by(kind=EventKind.VISIT_BOOKED).all() == []
