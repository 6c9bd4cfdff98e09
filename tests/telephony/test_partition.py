"""A network that swallows what is sent: connections die in silence, and new ones work once it is mended."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from select import select as readable
from threading import Event, Thread, get_ident

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from audio import phrases
from ivr.store.session import Store
from ivr.telephony.deadline import Deadline, TooLate
from tests import tiny
from tests.servers import Postgres
from tests.telephony.tiny_line import tiny_line

SHORT = 0.4
#: Seconds after which a test that waits for what never comes has failed.
NEVER = 10


class Network:
    """A way to PostgreSQL by TCP. Cut, it carries nothing; mended, it carries only connections made since."""

    def __init__(self, target: str) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self._target = target
        self._swallowed = Event()
        self._over = Event()
        self._cut = False
        self._threads = [Thread(target=self._accept)]
        self._threads[0].start()

    def cut(self) -> None:
        self._cut = True
        self._swallowed.set()

    def mend(self) -> None:
        """Connections from before stay as they are: dead, and nobody says so."""
        self._cut = False
        self._swallowed = Event()

    def close(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        self.listener.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            if not readable([self.listener], [], [], 0.05)[0]:
                continue
            near, _ = self.listener.accept()
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._target)
            self._threads.append(Thread(target=self._carry, args=(near, far, self._swallowed)))
            self._threads[-1].start()

    def _carry(self, near: socket.socket, far: socket.socket, swallowed: Event) -> None:
        with closing(near), closing(far):
            while not self._over.is_set():
                if swallowed.is_set():
                    self._over.wait()
                    return
                for source in readable([near, far], [], [], 0.05)[0]:
                    if swallowed.is_set():
                        break
                    sent = source.recv(65536)
                    if not sent:
                        return
                    (far if source is near else near).sendall(sent)


@contextmanager
def network_to(url: str) -> Iterator[tuple[Network, str]]:
    """A network, and the URL of the database behind it."""
    parsed = make_url(url)
    folder = Path(str(parsed.query["host"]))
    target = next(path for path in folder.glob(".s.PGSQL.*") if path.suffix != ".lock")
    network = Network(str(target))
    through = parsed.set(host="127.0.0.1", port=network.port, query={})
    try:
        yield network, through.render_as_string(hide_password=False)
    finally:
        network.close()


def test_after_a_broken_network_threads_and_connections_are_as_good_as_before(postgresql_url: str) -> None:
    with network_to(postgresql_url) as (network, url):
        store = Store(url, pool_size=4)
        line = tiny_line(store)
        cut_off = tiny_line(store, patience=SHORT)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: line.dial(), range(2)))
            network.cut()
            lost = [call.heard for call in pool.map(lambda _: cut_off.dial(), range(2))]
        assert lost == [[phrases.LAST_RESORT.words, phrases.LAST_RESORT_OVER.words]] * 2
        network.mend()
        assert tiny.WELCOME.words in line.dial().heard
        assert "Current Checked out connections: 0" in store.engine.pool.status()
        store.close()


def test_work_that_came_too_late_ends_by_the_loss_of_its_connection(postgresql_url: str) -> None:
    store = Store(postgresql_url, patience=NEVER)
    deadline = Deadline(patience=SHORT, cut=store.cut)

    def work(_commit: object) -> None:
        with store.reading() as session:
            session.execute(text(f"SELECT pg_sleep({NEVER})"))

    began = time.monotonic()
    with pytest.raises(TooLate) as late:
        deadline.run(work, deadline.start())
    assert isinstance(late.value.__cause__, OperationalError)
    assert time.monotonic() - began < NEVER / 2
    with store.reading() as session:
        assert session.scalar(text("SELECT 1")) == 1
    store.close()


def test_the_connections_of_other_threads_are_not_cut(postgresql_url: str) -> None:
    store = Store(postgresql_url)
    with store.reading() as session, ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: store.cut(get_ident())).result()
        assert session.scalar(text("SELECT 1")) == 1
    store.close()


def test_a_connection_that_nobody_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where the driver itself would wait on, as it does for a name server."""
    resolved, came = Event(), []

    class Late:
        def close(self) -> None:
            came.append("closed")

    def connect(*_: object, **__: object) -> Late:
        resolved.wait(NEVER)
        return Late()

    store = Store("postgresql://nobody@127.0.0.1:9/nothing")
    monkeypatch.setattr(store.engine.dialect, "connect", connect)
    deadline = Deadline(patience=SHORT, cut=store.cut)
    with pytest.raises(TooLate):
        deadline.run(lambda _commit: store.engine.connect(), deadline.start())
    resolved.set()
    until = time.monotonic() + NEVER
    while not came:
        assert time.monotonic() < until, "the connection that came too late was left open"
        time.sleep(0.01)
    store.close()


def test_the_driver_is_told_to_notice_a_broken_network(postgres: Postgres, postgresql_url: str) -> None:
    """libpq's own words: https://www.postgresql.org/docs/current/libpq-connect.html"""
    assert postgres.address
    store = Store(postgresql_url)
    with store.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        told = raw.info.get_parameters()
    store.close()
    wanted = {"keepalives": "1", "keepalives_idle": "5", "keepalives_interval": "2", "keepalives_count": "2"}
    assert {name: told.get(name, "1") for name in wanted} == wanted
    assert told["tcp_user_timeout"] == "4000"
