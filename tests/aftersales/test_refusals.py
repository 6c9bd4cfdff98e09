from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from sqlalchemy import select

from ivr.aftersales import refusals
from ivr.store.session import Store
from ivr.store.tables import Refusal
from tests.line import settings

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
ANA, BENJA = "+56987654321", "+56223456789"
CHOSEN = settings("sqlite://")


def test_no_texts_means_texts_only(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        refusals.no_texts(session, ANA, NOW)
        assert refusals.texts_refused(session, [ANA, BENJA], settings=CHOSEN) == {ANA}
        assert refusals.calls_refused(session, [ANA, BENJA], "works", 1, settings=CHOSEN) == set()
        assert refusals.texts_refused(session, [], settings=CHOSEN) == set()


def test_no_calls_means_one_purpose(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        refusals.no_calls(session, ANA, "works", NOW)
        assert refusals.calls_refused(session, [ANA, BENJA], "works", None, settings=CHOSEN) == {ANA}
        assert refusals.calls_refused(session, [ANA], "satisfaction", None, settings=CHOSEN) == set()


def test_a_wrong_number_is_wrong_for_its_home_whatever_the_purpose(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        refusals.not_of_home(session, ANA, 7, NOW)
        assert refusals.calls_refused(session, [ANA], "works", 7, settings=CHOSEN) == {ANA}
        assert refusals.calls_refused(session, [ANA], "satisfaction", 7, settings=CHOSEN) == {ANA}
        assert refusals.calls_refused(session, [ANA], "works", 8, settings=CHOSEN) == set()
        assert refusals.calls_refused(session, [ANA], "works", None, settings=CHOSEN) == set()


def test_said_many_times_it_stands_once(store: Store) -> None:
    def refuse(_n: int) -> None:
        with store.transaction() as session:
            refusals.no_texts(session, ANA, NOW)

    with ThreadPoolExecutor(4) as owners:
        list(owners.map(refuse, range(8)))
    with store.reading() as session:
        assert session.scalars(select(Refusal)).one().phone == ANA


def test_an_objection_outlives_the_erasure_of_its_person(store: Store) -> None:
    """By a hash, from which the number cannot be read."""
    with store.transaction() as session:
        refusals.no_texts(session, ANA, NOW)
        refusals.no_calls(session, ANA, "works", NOW)
        refusals.no_texts(session, BENJA, NOW)
        refusals.forget_number(session, ANA, settings=CHOSEN)
        held = session.scalars(select(Refusal.phone).order_by(Refusal.phone)).all()
        assert held[0] == BENJA
        assert held[1] == held[2] != ANA
        assert "987654321" not in held[1]
        assert refusals.texts_refused(session, [ANA, BENJA], settings=CHOSEN) == {ANA, BENJA}
        assert refusals.calls_refused(session, [ANA], "works", None, settings=CHOSEN) == {ANA}
        assert refusals.calls_refused(session, [ANA], "satisfaction", None, settings=CHOSEN) == set()


def test_who_objects_again_after_the_erasure_and_is_erased_again_has_objected_once(store: Store) -> None:
    with store.transaction() as session:
        for _ in range(2):
            refusals.no_texts(session, ANA, NOW)
            refusals.forget_number(session, ANA, settings=CHOSEN)
        assert len(session.scalars(select(Refusal)).all()) == 1


def test_nobody_without_the_secret_finds_the_number_by_trying_all_of_them(sqlite_store: Store) -> None:
    other = settings("sqlite://", secret_key="another")
    assert refusals.names(ANA, CHOSEN)[1] != refusals.names(ANA, other)[1]
