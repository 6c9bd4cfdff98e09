"""The telephone in the terminal: `ivr phone`, over HTTP to the simulated carrier of a running line.

Live, it takes keys as they are pressed and prints what is heard; with a script it needs nobody. It can also
hold a number and wait until it is rung, as an agent's or an owner's telephone.
"""

import json
import os
import select
import shutil
import subprocess
import sys
import termios
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape

from ivr.simulator.tape import Tape

STRANGER = "+56999990000"
"""Whose telephone it is unless somebody says otherwise: a mobile that no register knows."""

KEYPAD = frozenset("0123456789*#")
PUT_DOWN = frozenset("hq\x03\x04")
HELP = "keys 0-9 * #   s speak   a answer   h hang up"

LATE_TEXTS = 2.0
"""Real seconds of quiet after the end of a scripted call in which a text may still arrive."""

POLL = 10.0
KEY_POLL = 0.2


TALK = 5.0
"""Simulated seconds after which a scripted caller ends the talk with a person."""


class PhoneFailure(Exception):
    """The simulated carrier cannot be reached, or refuses what was asked; the message says which."""


@dataclass
class RemoteTelephone:
    """A telephone of the simulated carrier at `base_url`, driven over HTTP."""

    base_url: str
    number: str
    cursor: int = 0
    _http: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._http = httpx.Client(base_url=self.base_url.rstrip("/") + "/phone/", timeout=30, trust_env=False)

    def hold(self, **script: object) -> None:
        """Plug in under this number, live or with a script."""
        self.cursor = self._ask("POST", "", json=script or None)["cursor"]

    def unplug(self) -> None:
        """Nobody holds the number any more."""
        self._ask("DELETE", "")

    def dial(self, to: str, **script: object) -> str:
        """Call the line; the CallSid."""
        placed = self._ask("POST", "/dial", json={"to": to, **script})
        self.cursor = placed["cursor"]
        return str(placed["sid"])

    def press(self, keys: str) -> None:
        """Press keys."""
        self._ask("POST", "/press", too_late_is_fine=True, json={"keys": keys})

    def act(self, what: str) -> None:
        """`answer`, `refuse`, `hang-up` or `say` (a sample)."""
        self._ask("POST", f"/{what}", too_late_is_fine=True)

    def say(self, words: str) -> None:
        """Speak: to the open question, else to those who are in the same talk."""
        self._ask("POST", "/say", too_late_is_fine=True, json={"text": words})

    def text(self, to: str, body: str) -> None:
        """Send a text to the line."""
        self._ask("POST", "/text", json={"to": to, "body": body})

    def events(self, wait: float) -> list[dict[str, Any]]:
        """What happened since the last look, after at most `wait` seconds."""
        found = self._ask("GET", "/events", params={"after": self.cursor, "wait": wait})
        self.cursor = found["next"]
        return list(found["events"])

    def _ask(
        self, method: str, path: str, *, too_late_is_fine: bool = False, **request: Any
    ) -> dict[str, Any]:
        try:
            answer = self._http.request(method, self.number + path, **request)
            told = dict(answer.json()) if answer.content else {}
        except (httpx.HTTPError, ValueError) as error:
            raise PhoneFailure(f"{error}\nis the line running? Start it with: make run") from error
        if answer.is_error and not (too_late_is_fine and answer.status_code == httpx.codes.CONFLICT):
            raise PhoneFailure(str(told.get("error", answer.reason_phrase)))
        return told


@dataclass
class Transcript:
    """Collects what happens in a call and, unless it is kept silent, prints it."""

    console: Console
    number: str
    silent: bool
    player: "Player"
    tape: Tape | None = None
    me: str = "caller"
    entries: list[dict[str, str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    call: dict[str, str] = field(default_factory=dict)
    outcome: str | None = None

    def take(self, events: Sequence[dict[str, Any]]) -> None:
        """Note events in their order, and record them if there is a tape."""
        if self.tape:
            self.tape.take(events)
        for event in events:
            handler = getattr(self, f"_on_{event['type']}", None)
            if handler:
                handler(event)

    def as_json(self) -> str:
        """The whole call as one object."""
        return json.dumps(
            {**self.call, "transcript": self.entries, "texts": self.texts, "outcome": self.outcome},
            ensure_ascii=False,
        )

    def say(self, line: str) -> None:
        """Print a line of the product's own (rich markup)."""
        if not self.silent:
            self.console.print(line, highlight=False)

    def _on_dialling(self, event: dict[str, Any]) -> None:
        self.me = "caller"
        self.call = {"sid": event["call"], "from": self.number, "to": event["to"]}
        self.say(f"[dim]{self.number} dials {event['to']} …[/]")

    def _on_ringing(self, event: dict[str, Any]) -> None:
        self.me = "called"
        self.call = {"sid": event["call"], "from": event["from"], "to": event["to"]}
        self.say(f"[bold yellow]{self.number} rings[/]: {event['from']} is calling")

    def _on_heard(self, event: dict[str, Any]) -> None:
        words = event["text"] or event["url"] or ""
        self.entries.append({"who": event["by"], "text": words})
        self.say(f"[bold cyan]{event['by']:>7}[/]  {escape(words)}")
        self.player.play(event["url"])

    def _on_pressed(self, event: dict[str, Any]) -> None:
        self.entries.append({"who": self.me, "keys": event["keys"]})
        self.say(f"[bold green]{'you':>7}[/]  [reverse] {event['keys']} [/]")

    def _on_spoke(self, event: dict[str, Any]) -> None:
        words = event["text"] or "…"
        self.entries.append({"who": self.me, "text": words})
        self.say(f"[bold green]{'you':>7}[/]  [italic]{escape(words)}[/]")

    def _on_recording(self, event: dict[str, Any]) -> None:
        if event["state"] == "started":
            self.say("[red]      ●[/]  [dim]recording[/]")

    def _on_joined(self, event: dict[str, Any]) -> None:
        self.say(f"[bold magenta]connected[/] with {', '.join(event['others'])}")

    def _on_text(self, event: dict[str, Any]) -> None:
        self.texts.append(event["body"])
        self.say(f"[bold blue]   text[/]  {escape(event['body'])}")

    def _on_ended(self, event: dict[str, Any]) -> None:
        completed = {
            "line": "line hung up",
            "telephone": f"{self.me} hung up",
            "carrier": "ended by the line",
        }
        ended = event["status"] == "completed"
        self.outcome = completed.get(event["by"], "completed") if ended else event["status"]
        self.say(f"[dim]call over: {self.outcome}[/]")


@dataclass(frozen=True)
class Player:
    """Plays what the line plays, if asked to and a program for it exists."""

    command: Sequence[str] = ()

    @classmethod
    def find(cls) -> "Player":
        """The first of aplay, paplay and ffplay; silent if there is none."""
        for command in (
            ("aplay", "-q"),
            ("paplay",),
            ("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet"),
        ):
            if shutil.which(command[0]):
                return cls(command)
        return cls()

    def play(self, url: str | None) -> None:
        """Fetch and play a file to its end; what cannot be played is only read."""
        if not self.command or not url:
            return
        try:
            sound = httpx.get(url, timeout=5, trust_env=False).content
        except httpx.HTTPError:
            return
        source = ["-"] if self.command[0] != "paplay" else []
        subprocess.run([*self.command, *source], input=sound, check=False, stderr=subprocess.DEVNULL)  # noqa: S603 - fixed programs


@contextmanager
def raw_keyboard() -> Iterator[None]:
    """Keys arrive one by one, unechoed; the terminal is given back as it was, whatever happens."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setraw(terminal, termios.TCSADRAIN)
    changed = termios.tcgetattr(terminal)
    changed[1] = before[1]  # output is still processed: a new line starts at the left
    termios.tcsetattr(terminal, termios.TCSADRAIN, changed)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def run_phone(  # noqa: PLR0917 - the options of the command, in their order
    base_url: str,
    from_number: str | None,
    to_number: str,
    keys: str | None,
    as_json: bool,
    console: Console,
    *,
    answer: bool = False,
    play: bool = False,
    record: Path | None = None,
) -> int:
    """One call, from dialling (or, with `answer`, from the first ring) to its end.

    `base_url` is where the simulated carrier is mounted, `record` the WAV file to be written of the call.
    Returns 0 if the call was completed, 1 if not, if the line cannot be reached or the file not be written,
    2 if neither keys nor a terminal are there to press any.
    """
    telephone = RemoteTelephone(base_url, from_number or STRANGER)
    player = Player.find() if play else Player()
    transcript = Transcript(console, telephone.number, as_json, player, Tape() if record else None)
    if keys is None and not sys.stdin.isatty():
        console.print("[bold red]error[/]: this is no terminal: give --keys", highlight=False)
        return 2
    try:
        if keys is None:
            _live(telephone, transcript, to_number, answer)
        else:
            _scripted(telephone, transcript, to_number, keys, answer)
        if record and transcript.tape:
            record.write_bytes(transcript.tape.wav())
    except (PhoneFailure, OSError) as error:
        console.print(f"[bold red]error[/]: {escape(str(error))}", highlight=False)
        return 1
    if as_json:
        console.out(transcript.as_json(), highlight=False)
    return 0 if transcript.outcome and "hung up" in transcript.outcome else 1


def _scripted(
    telephone: RemoteTelephone, transcript: Transcript, to_number: str, keys: str, answer: bool
) -> None:
    if answer:
        telephone.hold(keys=[keys])
    else:
        telephone.hold()
        telephone.dial(to_number, keys=keys, talk=TALK)
    try:
        while transcript.outcome is None:
            transcript.take(telephone.events(POLL))
        while late := telephone.events(LATE_TEXTS):
            transcript.take(late)
    finally:
        if answer:
            telephone.unplug()  # the script was for this call: nobody answers the next one


def _live(telephone: RemoteTelephone, transcript: Transcript, to_number: str, answer: bool) -> None:
    telephone.hold()
    if not answer:
        telephone.dial(to_number)
    transcript.say(f"[dim]{HELP}[/]")
    with raw_keyboard():
        while transcript.outcome is None:
            for key in _pressed_keys():
                if not _use(key, telephone, transcript):
                    return
            transcript.take(telephone.events(KEY_POLL))
    transcript.take(telephone.events(LATE_TEXTS))


def _pressed_keys() -> Iterator[str]:
    terminal = sys.stdin.fileno()
    while select.select([terminal], [], [], 0)[0]:
        typed = os.read(terminal, 64).decode(errors="ignore")
        yield from typed or "\x04"  # nothing: the terminal was closed


def _use(key: str, telephone: RemoteTelephone, transcript: Transcript) -> bool:
    """Do what a key of the keyboard means; False if there is no call to wait for any more."""
    if key in KEYPAD:
        telephone.press(key)
    elif key in PUT_DOWN:
        telephone.act("hang-up")
        return bool(transcript.call)
    elif key in {"s", "a"}:
        telephone.act({"s": "say", "a": "answer"}[key])
    return True
