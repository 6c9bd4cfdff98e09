from datetime import UTC, datetime

from sqlalchemy import select

from ivr.aftersales import events
from ivr.aftersales.events import EventKind
from ivr.store.session import Store
from ivr.store.tables import CaseEvent
from tests.making import make_case, make_home, make_project

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)


def test_an_event_is_written_down_and_asks_that_somebody_looks(store: Store) -> None:
    looked: list[bool] = []
    store.on_due = lambda: looked.append(True)
    with store.transaction() as session:
        case = make_case(session, make_home(session, make_project(session)))
        events.record(session, case, EventKind.COMMENT, by=events.OWNER, now=NOW, text="Hola", of=[1, None])
        assert looked == []
    assert looked == [True]
    with store.reading() as session:
        event = session.scalars(select(CaseEvent)).one()
        assert (event.kind, event.by, event.at) == ("comment", "owner", NOW)
        assert event.detail == {"text": "Hola", "of": [1, None]}
        assert event.announced_at is None
        assert event.posted_at is None
