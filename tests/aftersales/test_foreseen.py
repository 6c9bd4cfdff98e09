"""What an agent is told beforehand is what the owner is told afterwards."""

import pytest
from sqlalchemy import select

from ivr.aftersales import announce, cases, foreseen, refusals, visits
from ivr.aftersales.events import OWNER
from ivr.aftersales.foreseen import Deed
from ivr.store.session import Store
from ivr.store.tables import Appointment, TextRow
from tests.line import settings
from tests.making import at, make_case, make_home, make_project

SETTINGS, PHONE = settings("sqlite://"), "+56991234567"
NOW = at("2026-11-24 10:00")


@pytest.mark.parametrize("late", [False, True])
def test_the_text_is_the_one_that_follows(sqlite_store: Store, late: bool) -> None:
    now = at("2026-11-24 22:00") if late else NOW
    with sqlite_store.transaction() as session:
        case = make_case(session, make_home(session, make_project(session)))
        cases.set_contacts(session, case, ["+56223456789", PHONE], by=OWNER, now=now)
        offer = visits.offers(session, cases.lock(session, case.id), now=now)[0]
        planned = Appointment(kind="visit", start=offer.start, end=offer.end)
        told = foreseen.told(session, case, planned, Deed.BOOK, settings=SETTINGS, now=now)
        visits.book(session, case, offer.key, now=now, by="Marcela")
        for event in announce.owed(session, 9):
            announce.consequences(session, event, settings=SETTINGS, now=now)
        text = session.scalars(select(TextRow).where(TextRow.purpose == "booking")).one()
        assert (told.phone, told.body) == (text.phone, text.body) == (PHONE, text.body)
        assert told.at == (at("2026-11-25 08:00") if late else now)


def test_nobody_who_takes_texts_is_nobody_to_text(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        case = make_case(session, make_home(session, make_project(session)))
        cases.set_contacts(session, case, [PHONE], by=OWNER, now=NOW)
        refusals.no_texts(session, PHONE, NOW)
        planned = Appointment(kind="works", start=at("2026-11-26 09:00"), end=at("2026-11-26 13:00"))
        for deed in Deed:
            assert foreseen.told(session, case, planned, deed, settings=SETTINGS, now=NOW).phone is None
