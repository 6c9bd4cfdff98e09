"""Server-sent events: who has a page open hears at once that something changed, and fetches it.

All streams of a web process are held by one thread of their own, so that however many are open, no webhook
waits for one of them: a request for a stream hands its socket over and is done (`take_over`). That thread
looks at the switchboard twice a second, with two queries whatever has happened before
(`ivr.switchboard.pulse`), and tells those whom a change concerns. An event says only *that* something
changed; what, the page asks for itself.

Events: ``desk`` (the agent's own state) and ``board``, each with a word that names the state. The same thread
keeps the agents' consoles alive (`ivr.switchboard.attendance`), and ends the streams of sessions that ended.
"""

import os
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select

from ivr.clock import Clock
from ivr.console import sessions
from ivr.settings import Settings
from ivr.store.session import Store
from ivr.store.tables import AgentSession
from ivr.switchboard import attendance, pulse
from ivr.switchboard.pulse import Pulse

log = structlog.get_logger(__name__)

#: Seconds between two looks at the switchboard: a ringing telephone is on the screen within a second.
EVERY = 0.5
#: Seconds between two looks at who is still signed in; also how often every stream carries a byte at least,
#: so that proxies keep it open and a dead one is noticed.
_ATTENDED_EVERY = 10.0

_HEAD = (
    b"HTTP/1.1 200 OK\r\n"
    b"Content-Type: text/event-stream; charset=utf-8\r\n"
    b"Cache-Control: no-store\r\n"
    b"X-Content-Type-Options: nosniff\r\n"
    b"X-Accel-Buffering: no\r\n"
    b"Connection: close\r\n\r\n"
    b"retry: 2000\n\n"
)
_STILL_HERE = b": \n\n"


@dataclass(eq=False)
class _Stream:
    """One open page."""

    connection: socket.socket
    agent_id: int
    session_id: int
    since: datetime
    #: The last word that was sent, by the event's name.
    told: dict[str, str] = field(default_factory=dict)


class Live:
    """The open streams of one web process. Its thread starts with the first of them."""

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._arriving: deque[_Stream] = deque()
        self._streams: set[_Stream] = set()
        self._selector = selectors.DefaultSelector()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    def adopt(self, connection: socket.socket, agent_id: int, session_id: int) -> None:
        """Tell whoever is at the other end of ``connection`` what changes for that agent.

        After `stop` there is nothing more to tell: the connection is closed, and the page tries again.
        """
        connection.setblocking(False)
        with self._lock:
            if self._stopping.is_set():
                connection.close()
                return
            self._arriving.append(_Stream(connection, agent_id, session_id, self._clock.now()))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="live", daemon=True)
                self._thread.start()

    @property
    def open_streams(self) -> int:
        """How many there are."""
        return len(self._streams) + len(self._arriving)

    def stop(self) -> None:
        """Close every stream, also those that have only just come, and end the thread. The end of a process
        does as much by itself."""
        with self._lock:
            self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            self._serve()
        finally:
            self._stopping.set()
            with self._lock:
                for stream in (*self._streams, *self._arriving):
                    stream.connection.close()
                self._streams.clear()
                self._arriving.clear()
                self._selector.close()

    def _serve(self) -> None:
        attended = time.monotonic()
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._welcome()
                self._tell()
                if began - attended >= _ATTENDED_EVERY:
                    attended = began
                    self._attend()
            except Exception:  # a database that is away for a while must not end the streams
                log.exception("live_failed")
            self._listen(until=began + EVERY)

    def _welcome(self) -> None:
        while self._arriving:
            stream = self._arriving.popleft()
            self._streams.add(stream)
            self._selector.register(stream.connection, selectors.EVENT_READ, stream)
            self._send(stream, _HEAD)

    def _tell(self) -> None:
        if not self._streams:
            return
        with self._store.reading() as session:
            found = pulse.read(session)
        for stream in list(self._streams):
            news = _news(stream, found)
            if news:
                self._send(stream, b"".join(news))

    def _attend(self) -> None:
        """Who has a page open is there; whose session has ended hears nothing more."""
        if not self._streams:
            return
        now = self._clock.now()
        with self._store.transaction() as session:
            wanted = select(AgentSession).where(
                AgentSession.id.in_({each.session_id for each in self._streams})
            )
            running = {
                found.id
                for found in session.scalars(wanted)
                if sessions.is_running(found, self._settings, now)
            }
            # Of an agent's streams the oldest comes last, and its moment counts.
            newest_first = sorted(self._streams, key=lambda stream: stream.since, reverse=True)
            present = {each.agent_id: each.since for each in newest_first if each.session_id in running}
            if present:
                attendance.held(session, present, now)
        for stream in list(self._streams):
            if stream.session_id in running:
                self._send(stream, _STILL_HERE)
            else:
                self._close(stream)

    def _listen(self, until: float) -> None:
        """Notice who leaves, until it is time to look again. Nothing else is ever said to us."""
        while (left := until - time.monotonic()) > 0 and not self._stopping.is_set():
            for key, _events in self._selector.select(left):
                try:
                    gone = not key.data.connection.recv(1024)
                except BlockingIOError:
                    gone = False
                except OSError:
                    gone = True
                if gone:
                    self._close(key.data)
            if not self._selector.get_map():
                self._stopping.wait(max(0.0, until - time.monotonic()))

    def _send(self, stream: _Stream, content: bytes) -> None:
        """Whoever does not take so little at once is gone, or will come again."""
        try:
            complete = stream.connection.send(content) == len(content)
        except OSError:
            complete = False
        if not complete:
            self._close(stream)

    def _close(self, stream: _Stream) -> None:
        if stream in self._streams:
            self._streams.discard(stream)
            self._selector.unregister(stream.connection)
            stream.connection.close()


def _news(stream: _Stream, found: Pulse) -> list[bytes]:
    """The events that the stream has not been told."""
    now = {"desk": found.desks.get(stream.agent_id, ""), "board": found.board}
    fresh = {name: word for name, word in now.items() if stream.told.get(name) != word}
    stream.told.update(fresh)
    return [f"event: {name}\ndata: {word}\n\n".encode() for name, word in fresh.items()]


def take_over(environ: Mapping[str, Any]) -> socket.socket | None:
    """The connection of the request, from now on ours alone; None where the server does not show it.

    The server keeps a socket at whose other end nobody is: what it still writes there, and its closing, reach
    no one, and it counts its connections right.
    """
    servers: socket.socket | None = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
    if servers is None:
        return None
    ours = socket.socket(fileno=os.dup(servers.fileno()))
    nowhere, closed = socket.socketpair()
    with nowhere, closed, suppress(OSError):
        os.dup2(nowhere.fileno(), servers.fileno(), inheritable=False)
    return ours
