"""The servers that other tests rely on are the real ones."""

from redis import Redis
from sqlalchemy import inspect, text

from ivr.store.session import Store
from ivr.store.tables import Base
from tests import servers
from tests.making import make_home, make_project


def test_the_store_is_empty_and_has_every_table(store: Store) -> None:
    with store.transaction() as session:
        assert set(inspect(session.connection()).get_table_names()) == set(Base.metadata.tables)
        make_home(session, make_project(session))
    with store.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM homes")) == 1


def test_postgresql_gives_each_test_a_database_of_its_own(postgres: servers.Postgres) -> None:
    with postgres.database() as one, postgres.database(empty=True) as other:
        assert one != other
        first, second = Store(one), Store(other)
        with first.reading() as a, second.reading() as b:
            assert a.scalar(text("SELECT count(*) FROM homes")) == 0
            assert inspect(b.connection()).get_table_names() == []
        first.close()
        second.close()


def test_redis_is_reached_over_loopback_and_starts_empty(redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("postventa", "sí")
        assert client.get("postventa") == "sí".encode()


def test_redis_is_empty_again_for_the_next_test(redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
