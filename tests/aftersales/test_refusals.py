from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from sqlalchemy import select

from ivr.aftersales import refusals
from ivr.store.session import Store
from ivr.store.tables import Refusal

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
ANA, BENJA = "+56987654321", "+56223456789"


def test_no_texts_means_texts_only(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        refusals.no_texts(session, ANA, NOW)
        assert refusals.texts_refused(session, [ANA, BENJA]) == {ANA}
        assert refusals.calls_refused(session, [ANA, BENJA], "works", 1) == set()
        assert refusals.texts_refused(session, []) == set()


def test_no_calls_means_one_purpose(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        refusals.no_calls(session, ANA, "works", NOW)
        assert refusals.calls_refused(session, [ANA, BENJA], "works", None) == {ANA}
        assert refusals.calls_refused(session, [ANA], "satisfaction", None) == set()


def test_a_wrong_number_is_wrong_for_its_home_whatever_the_purpose(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        refusals.not_of_home(session, ANA, 7, NOW)
        assert refusals.calls_refused(session, [ANA], "works", 7) == {ANA}
        assert refusals.calls_refused(session, [ANA], "satisfaction", 7) == {ANA}
        assert refusals.calls_refused(session, [ANA], "works", 8) == set()
        assert refusals.calls_refused(session, [ANA], "works", None) == set()


def test_said_many_times_it_stands_once(store: Store) -> None:
    def refuse(_n: int) -> None:
        with store.transaction() as session:
            refusals.no_texts(session, ANA, NOW)

    with ThreadPoolExecutor(4) as owners:
        list(owners.map(refuse, range(8)))
    with store.reading() as session:
        assert session.scalars(select(Refusal)).one().phone == ANA
