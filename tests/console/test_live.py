"""The streams: told what concerns them within a second, ended with their session, and in nobody's way."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import event, select

from ivr import demo
from ivr.clock import WallClock
from ivr.console.live import Live
from ivr.store import schema
from ivr.store.session import Store
from ivr.store.tables import AgentSession, Wait
from ivr.switchboard import pulse
from ivr.switchboard.accounts import Role
from ivr.switchboard.presence import Presence
from tests.board import Board
from tests.console.browsing import Visitor, password
from tests.console.conftest import PASSWORDS
from tests.console.test_board import a_wait
from tests.console.test_desk import MARCELA, RICARDO, look_for_closed_consoles
from tests.line import ACCOUNT, TOKEN
from tests.servers import free_port

_PATIENCE = 60


class Listener:
    """The far end of a stream."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._connection.settimeout(_PATIENCE)
        self.text = ""

    def until(self, words: str) -> "Listener":
        """Listen until these words were heard, and forget what came before them."""
        while words not in self.text:
            content = self._connection.recv(4096)
            assert content, f"the stream ended without {words}: {self.text}"
            self.text += content.decode()
        self.text = self.text.split(words, 1)[1]
        return self

    def until_the_end(self) -> None:
        """Listen until the stream is closed."""
        while self._connection.recv(4096):
            pass


@pytest.fixture
def live(office: Board) -> Iterator[Live]:
    opened = Live(office.store, office.clock, office.line.settings)
    yield opened
    opened.stop()


@contextmanager
def listening(office: Board, live: Live, agent_id: int, role: Role) -> Iterator[Listener]:
    """An agent who has a page open."""
    Visitor(office.line.app).sign_in(role)
    newest: AgentSession = office.rows(AgentSession)[-1]
    ours, theirs = socket.socketpair()
    with theirs:
        live.adopt(ours, agent_id, newest.id)
        yield Listener(theirs).until("text/event-stream").until("event: desk").until("event: board")


def test_a_change_is_told_to_those_whom_it_concerns(office: Board, live: Live) -> None:
    with (
        listening(office, live, MARCELA, Role.AGENT) as marcela,
        listening(office, live, RICARDO, Role.SUPERVISOR) as ricardo,
    ):
        office.becomes(MARCELA, Presence.AWAY)
        marcela.until("event: desk")
        ricardo.until("event: board")
        assert "desk" not in ricardo.text


def test_the_stream_of_a_session_that_ended_ends(
    office: Board, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.console.live._ATTENDED_EVERY", 0.1)
    with listening(office, live, MARCELA, Role.AGENT) as listener:
        office.clock.forward(timedelta(hours=9))
        listener.until_the_end()


def test_whoever_comes_while_or_after_it_stops_is_not_left_waiting(office: Board, live: Live) -> None:
    with listening(office, live, MARCELA, Role.AGENT) as listener, ExitStack() as pages:
        session: AgentSession = office.rows(AgentSession)[-1]
        late = [socket.socketpair() for _ in range(2)]
        far = [Listener(pages.enter_context(theirs)) for _, theirs in late]
        live.adopt(late[0][0], MARCELA, session.id)  # its thread looks for those who came only later
        live.stop()
        live.adopt(late[1][0], MARCELA, session.id)
        for each in (listener, *far):
            each.until_the_end()
        assert live.open_streams == 0


def test_an_open_page_keeps_its_agent_present(
    office: Board, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.console.live._ATTENDED_EVERY", 0.1)
    with listening(office, live, MARCELA, Role.AGENT) as listener:
        office.clock.forward(timedelta(minutes=10))
        listener.until("\n: \n").until("\n: \n")
    with office.store.reading() as session:
        seen = session.scalar(select(pulse.Agent.console_seen_at).where(pulse.Agent.id == MARCELA))
    assert seen is not None
    assert office.clock.now() - seen < timedelta(minutes=1)


def test_whom_an_outage_of_the_database_made_away_is_available_again(
    office: Board, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their console was open all the time, and nobody could write it down."""
    with listening(office, live, MARCELA, Role.AGENT) as listener:
        office.clock.forward(timedelta(minutes=3))
        look_for_closed_consoles(office)
        assert office.presence_of(MARCELA) == Presence.AWAY
        monkeypatch.setattr("ivr.console.live._ATTENDED_EVERY", 0.1)
        listener.until("\n: \n")
        assert office.presence_of(MARCELA) == Presence.AVAILABLE


@pytest.mark.parametrize("why", ["their console was closed", "they chose so"])
def test_whoever_was_away_before_their_console_opened_or_by_choice_stays_away(
    office: Board, live: Live, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    Visitor(office.line.app).sign_in()
    if why == "their console was closed":
        office.clock.forward(timedelta(minutes=3))
        look_for_closed_consoles(office)
        office.clock.forward(timedelta(minutes=1))
    monkeypatch.setattr("ivr.console.live._ATTENDED_EVERY", 0.1)
    with listening(office, live, MARCELA, Role.AGENT) as listener:
        if why == "they chose so":
            office.clock.forward(timedelta(minutes=1))
            office.becomes(MARCELA, Presence.AWAY)
        listener.until("\n: \n").until("\n: \n")
        assert office.presence_of(MARCELA) == Presence.AWAY


def test_whoever_leaves_is_forgotten(office: Board, live: Live) -> None:
    with listening(office, live, MARCELA, Role.AGENT):
        assert live.open_streams == 1
    eventually(lambda: live.open_streams == 0)


def test_a_look_costs_the_same_however_much_has_happened(store: Store) -> None:
    statements: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    costs = []
    for past in (0, 500):
        with store.transaction() as session:
            session.add_all(a_wait(None) for _ in range(past))
        statements.clear()
        with store.reading() as session:
            pulse.read(session)
        costs.append(len([statement for statement in statements if statement.startswith("SELECT")]))
        with store.reading() as session:
            assert len(session.scalars(select(Wait.id)).all()) == past
    assert costs == [2, 2]


def eventually(what: Callable[[], bool]) -> None:
    """Wait until it is so."""
    over = time.monotonic() + _PATIENCE
    while not what():
        assert time.monotonic() < over, "it never came about"
        time.sleep(0.02)


@contextmanager
def served(folder: Path, threads: int) -> Iterator[str]:
    """``ivr serve`` as in production, with so few threads; its address."""
    port = free_port()
    environment = {
        **os.environ,
        "IVR_DATABASE_URL": f"sqlite:///{folder / 'served.db'}",
        "PORT": str(port),
        "IVR_THREADS": str(threads),
        "IVR_SECRET_KEY": "secret",
        "IVR_API_TOKEN": "token",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "IVR_CARRIER_URL": "http://127.0.0.1:9",
        "IVR_VOICE": "carrier",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    store = Store(environment["IVR_DATABASE_URL"])
    schema.upgrade(store)
    demo.fill(store, WallClock())
    demo.give_access(store, PASSWORDS)
    store.close()
    address = f"http://127.0.0.1:{port}"
    with (folder / "served.log").open("wb") as log:
        command = [sys.executable, "-m", "ivr.cli", "serve"]
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        eventually(lambda: server.poll() is not None or _answers(address))
        yield address
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=_PATIENCE)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.usefixtures("_filled")  # where passwords are hashed in no time
def test_streams_take_no_thread_from_anybody(tmp_path: Path) -> None:
    """Two hundred of them, where the server has two threads: everything else is answered as before."""
    with served(tmp_path, threads=2) as address, ExitStack() as open_streams:
        client = open_streams.enter_context(
            httpx.Client(base_url=address, trust_env=False, timeout=_PATIENCE)
        )
        page = client.get("/console/entrar").text
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found is not None
        fields = {
            "email": demo.sign_ins()[Role.AGENT],
            "password": password(Role.AGENT),
            "csrf_token": found[1],
        }
        assert client.post("/console/entrar", data=fields).status_code == 303
        cookie = f"Cookie: postventa={client.cookies['postventa']}"
        request = f"GET /console/events HTTP/1.1\r\nHost: x\r\n{cookie}\r\n\r\n"
        host, port = address.removeprefix("http://").split(":")
        listeners = []
        for _ in range(200):
            connection = open_streams.enter_context(socket.create_connection((host, int(port))))
            connection.sendall(request.encode())
            listeners.append(Listener(connection))
        for listener in listeners:
            listener.until("text/event-stream").until("event: desk").until("event: board")
        assert client.post("/voice/inbound").status_code == 403
        assert client.get("/console/").status_code == 200
        body = {"presence": "away"}
        answer = client.patch(
            f"/api/v1/agents/{MARCELA}", json=body, headers={"Authorization": "Bearer token"}
        )
        assert answer.status_code == 200
        for listener in listeners:
            listener.until("event: desk")
