"""The demonstration's clock and how it is moved, so that the life of a case can be played in minutes.

    GET  /demo/clock           {now, said}
    POST /demo/clock           {"forward": seconds} or {"to": ISO 8601 with its offset}  -> {now, said}
    POST /demo/steps/<name>    {} or {"case": number}                                    -> {now, said}

``said`` is a sentence in Spanish, ``now`` the moment as the office's clocks show it. Time only goes forward:
what is stored already lies in the past. What falls due by a move is done at once. Errors are
{"error": sentence}, with 409 where there is nothing to do or the move leads back.

Only JSON is taken, so that no page of another origin can post here unasked (a form cannot send that type).
Only a demonstration mounts this; the line itself sees nothing but a clock.
"""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from ivr import time_steps
from ivr.clock import MovableClock
from ivr.errors import Conflict, Invalid, NotFound, RuleError
from ivr.settings import Settings
from ivr.store.session import Store

_KEPT = Path("var/demo-clock.json")
#: Nobody plays a longer story in one go, and dates have an end.
_LONGEST_MOVE = timedelta(days=400)
_STATUS: tuple[tuple[type[RuleError], int], ...] = ((NotFound, 404), (Conflict, 409), (Invalid, 422))


class KeptClock(MovableClock):
    """How far it is ahead of the machine's is kept in a file: a restart does not travel back, and all
    processes of the demonstration in a folder agree."""

    def __init__(self, kept: Path = _KEPT) -> None:
        super().__init__()
        self._kept = kept
        self._read_at: int | None = None

    def now(self) -> datetime:
        self._look()
        return super().now()

    def set(self, moment: datetime) -> None:
        super().set(moment)
        self._keep()

    def forward(self, by: timedelta) -> None:
        self._look()
        super().forward(by)
        self._keep()

    def _look(self) -> None:
        with suppress(FileNotFoundError):
            written_at = self._kept.stat().st_mtime_ns
            if written_at != self._read_at:
                self._shift = timedelta(seconds=json.loads(self._kept.read_text())["seconds_ahead"])
                self._read_at = written_at

    def _keep(self) -> None:
        self._kept.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._kept.with_suffix(".new")
        fresh.write_text(json.dumps({"seconds_ahead": self._shift.total_seconds()}))
        self._read_at = fresh.stat().st_mtime_ns
        fresh.replace(self._kept)  # so that nobody reads half of it


@dataclass(frozen=True)
class TimeMachine:
    """Moves ``clock`` and does what belongs to the moment that is reached."""

    store: Store
    clock: MovableClock
    settings: Settings
    #: Moves come one after another, each from where the last one led.
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def move(self, to: datetime) -> None:
        """Make it ``to`` now. Raises Conflict for the past, Invalid for more than 400 days at once."""
        now = self.clock.now()
        if to < now:
            raise Conflict("El tiempo de la demostración solo avanza.")
        if to - now > _LONGEST_MOVE:
            raise Invalid("Se avanza a lo más 400 días de una vez.")
        self.clock.set(to)

    def travel(self, *, forward: float | None = None, to: datetime | None = None) -> str:
        """Move by so many seconds, or to a moment; says where that is."""
        with self._turn:
            if forward is not None:
                to = self.clock.now() + timedelta(seconds=min(forward, 2 * _LONGEST_MOVE.total_seconds()))
            if to is not None:
                self.move(to)
        self.store.on_due()
        return f"Ahora es {self.shown()}."

    def take(self, step: str, case: str | None) -> str:
        """Play a step of `time_steps.STEPS`; says what was done. Raises NotFound for an unknown one."""
        play = time_steps.STEPS.get(step)
        if play is None:
            raise NotFound(f"No hay un paso llamado {step}.")
        with self._turn:
            said = play(time_steps.Stage(self.store, self.settings, self.clock.now, self.move), case)
        self.store.on_due()
        return f"Ahora es {self.shown()}. {said}"

    def local_now(self) -> datetime:
        """Now, as the office's clocks show it."""
        return self.clock.now().astimezone(ZoneInfo(self.settings.timezone))

    def shown(self) -> str:
        """Now, in words: ``jueves 26 de noviembre, 10:00``."""
        return format_datetime(self.local_now(), "EEEE d 'de' MMMM, H:mm", locale="es_CL")


def blueprint(machine: TimeMachine) -> Blueprint:
    """The endpoints above."""
    routes = Blueprint("time_machine", __name__, url_prefix="/demo")

    def told(said: str) -> Response:
        return jsonify(now=machine.local_now().isoformat(timespec="seconds"), said=said)

    @routes.get("/clock")
    def clock() -> ResponseReturnValue:
        return told(f"Ahora es {machine.shown()}.")

    @routes.post("/clock")
    @_errors_told
    def travel() -> ResponseReturnValue:
        return told(machine.travel(**_wanted(_body())))

    @routes.post("/steps/<name>")
    @_errors_told
    def step(name: str) -> ResponseReturnValue:
        case = _body().get("case")
        if not isinstance(case, str | int | None):
            raise Invalid("El caso se nombra por su número.")
        return told(machine.take(name, str(case) if case is not None else None))

    return routes


def _errors_told(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    @wraps(view)
    def serve(**names: str) -> ResponseReturnValue:
        try:
            return view(**names)
        except RuleError as error:
            status = next(status for kind, status in _STATUS if isinstance(error, kind))
            return jsonify(error=str(error)), status
        except (BadRequest, UnsupportedMediaType) as error:
            return jsonify(error="Se espera un objeto JSON."), error.code

    return serve


def _body() -> dict[str, Any]:
    """The JSON object that was posted; Flask raises for anything that is not sent as JSON."""
    body = request.get_json()
    if not isinstance(body, dict):
        raise Invalid("El cuerpo no es un objeto.")
    return body


def _wanted(body: dict[str, Any]) -> dict[str, Any]:
    match body:
        case {"forward": bool()}:
            pass
        case {"forward": int() | float() as seconds, **more} if not more and seconds >= 0:
            return {"forward": seconds}
        case {"to": str() as written, **more} if not more:
            with suppress(ValueError):
                moment = datetime.fromisoformat(written)
                if moment.tzinfo is not None:
                    return {"to": moment}
    raise Invalid('Se espera {"forward": segundos} o {"to": fecha y hora ISO 8601 con su desfase}.')
