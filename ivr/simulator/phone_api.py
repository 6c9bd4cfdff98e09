"""Telephones over HTTP: how `ivr phone` and the web page hold, dial, press, say, answer and hang up.

    GET    /phone                                 {lines: [number ..], telephones: [{number, kind, busy}]}
    POST   /phone/<number>                        hold a number: {} live; {keys: [..], answers, answered_by,
                                                  talk, stays, pace} scripted      -> 201 {number, cursor}
    DELETE /phone/<number>                        unplug
    POST   /phone/<number>/dial                   {to, keys?, talk?}               -> 201 {sid, cursor}
    POST   /phone/<number>/press                  {keys}
    POST   /phone/<number>/say                    {text, seconds?} or a WAV body (8 kHz mono 16 bit)
    POST   /phone/<number>/answer | /refuse | /hang-up
    POST   /phone/<number>/text                   {to, body}: a text to the line
    GET    /phone/<number>/events?after=0&wait=20 {events: [{id, type, at, ..}], next}: long poll
    GET    /phone/events?watcher=w&cursor=<number>:0&cursor=..&wait=20      the same for several telephones:
                                                  {now, telephones: {number: {events, next}}}

Nothing asks who you are: only a demonstration on loopback may serve this, and pages of other origins are
refused (403). A body is JSON or WAV (415). Errors: {"error": message}.
"""

import io
import wave
from collections.abc import Callable
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from ivr.simulator.carrier import NotRunning, SimulatedCarrier
from ivr.simulator.exchange import Exchange
from ivr.simulator.leg import Leg
from ivr.simulator.pace import INSTANT, REAL, Pace
from ivr.simulator.script import KEYS, SAMPLE_SECONDS, Script, ScriptError
from ivr.simulator.sound import RATE
from ivr.simulator.telephones import LiveTelephone, Reply, ScriptedTelephone, Telephone
from ivr.simulator.visitors import is_foreign
from ivr.simulator.watching import Watchers

LONGEST_POLL = 25.0
FASTEST = 100
REPLIES = {"yes": Reply.ANSWER, "busy": Reply.BUSY, "failed": Reply.UNREACHABLE, "no": None}
VERDICTS = ("human", "machine_end_beep", "machine_end_silence", "machine_end_other", "unknown", "fax")


class PhoneError(Exception):
    """What was asked cannot be done by this telephone; answered as 409 (or 404, 422)."""

    def __init__(self, message: str, status: int = 409) -> None:
        super().__init__(message)
        self.status = status


def register(carrier: SimulatedCarrier, blueprint: Blueprint) -> None:
    """Serve the endpoints."""
    door = PhoneDoor(carrier)
    for method, path, view in (
        ("GET", "", door.index),
        ("GET", "/events", door.watch),
        ("POST", "/<number>", door.hold),
        ("DELETE", "/<number>", door.unplug),
        ("POST", "/<number>/dial", door.dial),
        ("POST", "/<number>/press", door.press),
        ("POST", "/<number>/say", door.say),
        ("POST", "/<number>/answer", door.answer),
        ("POST", "/<number>/refuse", door.refuse),
        ("POST", "/<number>/hang-up", door.hang_up),
        ("POST", "/<number>/text", door.text),
        ("GET", "/<number>/events", door.events),
    ):
        served = _told(view, carrier.public_url)
        blueprint.add_url_rule(f"/phone{path}", f"phone-{view.__name__}", served, methods=[method])


def _told(view: Callable[..., ResponseReturnValue], public_url: str) -> Callable[..., ResponseReturnValue]:
    def serve(**names: str) -> ResponseReturnValue:
        try:
            if is_foreign(request, public_url):
                raise PhoneError("pages of other origins have no telephone here", 403)
            return view(**names)
        except PhoneError as error:
            return jsonify(error=str(error)), error.status
        except ScriptError as error:
            return jsonify(error=str(error)), 422
        except NotRunning as error:
            return jsonify(error=str(error)), 503

    return serve


def _body() -> dict[str, Any]:
    try:
        body = request.get_json(silent=False) if request.data else {}
    except UnsupportedMediaType as error:
        raise PhoneError("the body must be application/json", 415) from error
    except BadRequest as error:
        raise PhoneError("the body is no JSON", 400) from error
    if not isinstance(body, dict):
        raise PhoneError("the body is no object", 422)
    return body


def _word(body: dict[str, Any], name: str, default: str | None = None) -> str:
    value = body.get(name, default)
    if not isinstance(value, str):
        raise PhoneError(f"{name!r} must be text", 422)
    return value


def _seconds(body: dict[str, Any], name: str) -> float | None:
    value = body.get(name)
    if value is not None and not isinstance(value, int | float):
        raise PhoneError(f"{name!r} must be seconds", 422)
    return value


class PhoneDoor:
    """The views. State is touched on the carrier's loop only."""

    def __init__(self, carrier: SimulatedCarrier) -> None:
        self.carrier = carrier
        self.watchers = Watchers()

    def index(self) -> ResponseReturnValue:
        """Lines that can be dialled, telephones that are held."""

        def look(exchange: Exchange) -> dict[str, Any]:
            held = exchange.telephones.values()
            return {
                "lines": [*exchange.lines],
                "telephones": [
                    {
                        "number": phone.number,
                        "kind": "live" if isinstance(phone, LiveTelephone) else "scripted",
                        "busy": phone.current is not None,
                    }
                    for phone in held
                ],
            }

        return jsonify(self._on_loop(look))

    def hold(self, number: str) -> ResponseReturnValue:
        """Plug a telephone in under this number. A live one that is there is kept, with its events."""
        body = _body()
        held = self._on_loop(lambda exchange: exchange.telephones.get(number))
        if not body and isinstance(held, LiveTelephone):
            return jsonify(number=number, cursor=len(held.journal.events)), 200
        telephone = _scripted(number, body) if body else LiveTelephone(number)
        self.carrier.connect(telephone)
        return jsonify(number=number, cursor=0), 201

    def unplug(self, number: str) -> ResponseReturnValue:
        """Nobody holds the number any more."""
        self.carrier.disconnect(number)
        return "", 204

    def dial(self, number: str) -> ResponseReturnValue:
        """Call the line; with `keys` a script answers (at instant pace), else the other endpoints."""
        body = _body()
        to = _word(body, "to")
        held = self._telephone(number)
        if held.current is not None:
            raise PhoneError("this telephone is in a call")
        extra = {"ForwardedFrom": _word(body, "forwarded_from")} if "forwarded_from" in body else {}
        telephone: Telephone = held
        if "keys" in body:
            telephone = _scripted(number, {**body, "keys": [_word(body, "keys")]})
            telephone.journal, telephone.now = held.journal, held.now
        cursor = len(held.journal.events)

        def call(exchange: Exchange) -> Leg:
            exchange.telephones[number] = telephone
            leg = exchange.incoming(telephone, to, extra)
            exchange.spawn(_give_back(exchange, leg, held))
            return leg

        return jsonify(sid=self._on_loop(call).sid, cursor=cursor), 201

    def press(self, number: str) -> ResponseReturnValue:
        """Press keys in the present call."""
        keys = _word(_body(), "keys")
        if not KEYS.fullmatch(keys):
            raise PhoneError(f"{keys!r}: keys are 0-9 * #", 422)
        self._in_call(number, lambda leg: leg.press(keys))
        return "", 204

    def say(self, number: str) -> ResponseReturnValue:
        """Speak: words, or a recording of a real voice."""
        if request.mimetype in {"audio/wav", "audio/x-wav", "audio/wave"}:
            sound = _samples(request.data)
            self._in_call(number, lambda leg: leg.speak("", len(sound) / 2 / RATE, sound))
            return "", 204
        body = _body()
        text, seconds = _word(body, "text", ""), _seconds(body, "seconds") or SAMPLE_SECONDS
        self._in_call(number, lambda leg: leg.speak(text, seconds))
        return "", 204

    def answer(self, number: str) -> ResponseReturnValue:
        """Take the call that rings."""
        return self._decide(number, Reply.ANSWER)

    def refuse(self, number: str) -> ResponseReturnValue:
        """Send the call that rings away (busy)."""
        return self._decide(number, Reply.BUSY)

    def hang_up(self, number: str) -> ResponseReturnValue:
        """End the present call."""
        self._in_call(number, lambda leg: leg.put_down())
        return "", 204

    def text(self, number: str) -> ResponseReturnValue:
        """Text the line."""
        body = _body()
        message = self.carrier.send_text(number, _word(body, "to"), _word(body, "body"))
        return jsonify(sid=message.sid), 201

    def events(self, number: str) -> ResponseReturnValue:
        """What this telephone noticed after a cursor."""
        after = request.args.get("after", 0, type=int)
        wait = min(LONGEST_POLL, request.args.get("wait", 0.0, type=float))
        telephone = self._telephone(number)
        events = self.carrier.run(telephone.journal.after(after, wait))
        return jsonify(events=events, next=events[-1]["id"] if events else after)

    def watch(self) -> ResponseReturnValue:
        """The same for all telephones of a page, in one request; `watcher` names the page."""
        wait = min(LONGEST_POLL, request.args.get("wait", 0.0, type=float))
        watcher = request.args.get("watcher", "")
        cursors = [cursor.rpartition(":") for cursor in request.args.getlist("cursor")]
        if not watcher or not cursors or not all(after.isdecimal() for _, _, after in cursors):
            raise PhoneError("a 'watcher' has a name, and each 'cursor' is <number>:<id of an event>", 422)
        watched = {}
        for number, _, after in cursors:
            journal = self._telephone(number).journal
            watched[number] = (journal, min(int(after), len(journal.events)))
        seen = self.carrier.run(self.watchers.watch(watcher, watched, wait))
        telephones = {
            number: {"events": seen[number], "next": cursor + len(seen[number])}
            for number, (_, cursor) in watched.items()
        }
        return jsonify(now=self.carrier.now().isoformat(timespec="milliseconds"), telephones=telephones)

    def _decide(self, number: str, reply: Reply) -> ResponseReturnValue:
        telephone = self._telephone(number)
        if not isinstance(telephone, LiveTelephone):
            raise PhoneError("this telephone answers by its script")
        if not self._on_loop(lambda _: telephone.decide(reply)):
            raise PhoneError("this telephone does not ring")
        return "", 204

    def _in_call(self, number: str, act: Callable[[Leg], None]) -> None:
        telephone = self._telephone(number)

        def do(exchange: Exchange) -> bool:
            leg = exchange.legs.get(telephone.current.sid) if telephone.current else None
            if leg is not None:
                act(leg)
            return leg is not None

        if not self._on_loop(do):
            raise PhoneError("this telephone is in no call")

    def _telephone(self, number: str) -> Telephone:
        telephone: Telephone | None = self._on_loop(lambda exchange: exchange.telephones.get(number))
        if telephone is None:
            raise PhoneError(f"nobody holds {number}", 404)
        return telephone

    def _on_loop(self, work: Callable[[Exchange], Any]) -> Any:
        return self.carrier.do(lambda: work(self.carrier.exchange))


async def _give_back(exchange: Exchange, leg: Leg, held: Telephone) -> None:
    """After a scripted call the number is again in the hand of who held it."""
    await leg.finished.wait()
    if exchange.telephones.get(held.number) is leg.telephone:
        exchange.telephones[held.number] = held


def _scripted(number: str, body: dict[str, Any]) -> ScriptedTelephone:
    keys = body.get("keys", [])
    if not isinstance(keys, list) or not all(isinstance(one, str) for one in keys):
        raise PhoneError("'keys' must be a list of scripts, one per call", 422)
    for one in keys:
        Script.of(one)
    answers, verdict = _word(body, "answers", "yes"), _word(body, "answered_by", "human")
    if answers not in REPLIES or verdict not in VERDICTS:
        raise PhoneError(f"'answers' is one of {[*REPLIES]}, 'answered_by' one of {VERDICTS}", 422)
    return ScriptedTelephone(
        number,
        _pace(body),
        verdict,
        keys=keys,
        reply=REPLIES[answers],
        stays=body.get("stays") is True,
        talk=_seconds(body, "talk"),
    )


def _pace(body: dict[str, Any]) -> Pace:
    """Instant by itself; "real", or a number: so many times faster than real."""
    wanted = body.get("pace")
    if wanted is None:
        return INSTANT
    if wanted == "real":
        return REAL
    if not isinstance(wanted, int | float) or not 1 <= wanted <= FASTEST:
        raise PhoneError(f"'pace' is \"real\", or a number from 1 to {FASTEST}", 422)
    return Pace(float(wanted))


def _samples(data: bytes) -> bytes:
    try:
        with wave.open(io.BytesIO(data)) as file:
            if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, RATE):
                raise PhoneError("the sound must be 8 kHz, mono, 16 bit", 422)
            return bytes(file.readframes(file.getnframes()))
    except (wave.Error, EOFError) as error:
        raise PhoneError("the body is no WAV file", 422) from error
