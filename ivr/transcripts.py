"""Calls written down as they are heard, played by the running code: ``callflows/transcripts/*.md``.

Each scene has a database, a clock and case numbers of its own that are the same each time, so that a
transcript changes only where the line itself does. `stale` names those that are no longer what the line says.
"""

import random
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from flask.testing import FlaskClient
from sqlalchemy import select

from ivr import demo
from ivr.aftersales import announce, case_numbers
from ivr.app import Line, create_app, open_line
from ivr.clock import MovableClock
from ivr.scenes import SCENES, Moves, Scene
from ivr.settings import Settings
from ivr.simulator.signature import sign
from ivr.store import schema
from ivr.store.tables import CallRow, Case, Task, TextRow

FOLDER = Path(__file__).parent.parent / "callflows" / "transcripts"
PUBLIC_URL = "https://postventa.example.cl"
TOKEN = "token-of-transcripts"  # noqa: S105 -- it signs requests that never leave the process

_SILENCE, _HANG_UP = "-", "!"


@dataclass
class _Call:
    """One call over signed requests, and what is written down of it."""

    client: FlaskClient
    caller: str
    sid: str
    written: list[str] = field(default_factory=list)
    document: ET.Element = field(default_factory=lambda: ET.Element("Response"))

    def dial(self) -> None:
        self.written.append(f"*{_shown(self.caller)} dials the line.*")
        self._fetch("/voice/inbound")

    def answer(self, move: str) -> None:
        """Answer the open question with ``move``. Raises ValueError where nothing is asked."""
        verb = next((found for found in self.document if found.tag in {"Gather", "Record"}), None)
        if verb is None:
            raise ValueError(f"nothing is asked where {move!r} is the answer: {self.written[-1]}")
        action = verb.attrib["action"]
        if move == _SILENCE:
            self._did("says nothing")
            self._fetch(action)
        elif move.startswith("~"):
            self._did(f"speaks for {move[1:]} seconds, then presses **#**")
            self._fetch(action, Digits="#", RecordingSid=_sid("RE", self.sid), RecordingDuration=move[1:])
        elif move.startswith('"'):
            self._did(f"says {move}")
            self._fetch(action, SpeechResult=move.strip('"'), Confidence="0.9")
        else:
            self._did(f"presses **{' '.join(move)}**")
            keys = move if verb.get("numDigits") else move.removesuffix("#")
            self._fetch(action, **({"Digits": keys} if keys else {}))

    def hang_up(self) -> None:
        form = self._form(CallStatus="completed", CallDuration="60")
        self._post("/voice/status", form)

    def _did(self, what: str) -> None:
        self.written.append(f"*The caller {what}.*")

    def _fetch(self, url: str, **more: str) -> None:
        path = urlsplit(url).path + (f"?{urlsplit(url).query}" if urlsplit(url).query else "")
        self.document = ET.fromstring(self._post(path, self._form(**more)))  # noqa: S314 -- our own document
        self.written += [f"> {''.join(said.itertext())}" for said in self.document.iter("Say")]
        if self.document.find("Record") is not None:
            self.written.append("*A tone.*")
        if self.document.find("Enqueue") is not None:
            self.written.append("*Music: the caller waits for a person.*")
        if self.document.find("Hangup") is not None:
            self.written.append("*The line hangs up.*")

    def _post(self, path: str, form: Mapping[str, str]) -> str:
        signature = sign(TOKEN, PUBLIC_URL + path, form)
        answer = self.client.post(path, data=dict(form), headers={"X-Twilio-Signature": signature})
        if answer.status_code >= 400:
            raise ValueError(f"{path} was answered with {answer.status_code}")
        return answer.text

    def _form(self, **more: str) -> dict[str, str]:
        return {
            "CallSid": self.sid,
            "From": self.caller,
            "To": "+56800422727",
            "CallStatus": "in-progress",
            "Direction": "inbound",
            **more,
        }


def _sid(kind: str, seed: str) -> str:
    return f"{kind}{random.Random(seed).getrandbits(128):032x}"


def _shown(number: str) -> str:
    return number if number.startswith("+") else "Somebody who withholds the number"


@contextmanager
def _line(scene: Scene, folder: Path) -> Iterator[tuple[Line, MovableClock]]:
    """A line with the demonstration's houses and people at the scene's hour."""
    settings = Settings.load(
        public_url=PUBLIC_URL,
        database_url=f"sqlite:///{folder / f'{scene.name}.db'}",
        secret_key="secret",  # noqa: S106 -- as above
        api_token="token",  # noqa: S106
        account_sid="AC" + "0" * 32,
        auth_token=TOKEN,
        voice="carrier",
        storage=str(folder),
        _env_file=None,
    )
    clock = MovableClock(scene.at)
    line = open_line(settings, clock=clock)
    schema.upgrade(line.store)
    demo.fill(line.store, clock)
    seeded = random.Random(scene.name)
    case_numbers.draw_below, drawn = seeded.randrange, case_numbers.draw_below
    try:
        yield line, clock
    finally:
        case_numbers.draw_below = drawn
        line.store.close()


def play(scene: Scene, folder: Path) -> str:
    """The scene as it is heard now; ``folder`` is for its database."""
    with _line(scene, folder) as (line, clock):
        scene.prepare(line.store, clock.now())
        _tell(line)
        client = create_app(line).test_client()
        for n, (caller, moves) in enumerate(scene.before):
            _play(line, _Call(client, caller, _sid("CA", f"{scene.name} {n}")), moves)
            clock.forward(timedelta(hours=1))
        with line.store.reading() as session:
            told = len(session.scalars(select(TextRow.id)).all())
            asked = len(session.scalars(select(Task.id)).all())
        call = _Call(client, scene.caller, _sid("CA", scene.name))
        _play(line, call, scene.moves)
        with line.store.reading() as session:
            texts = session.scalars(select(TextRow).order_by(TextRow.id)).all()[told:]
            tasks = session.scalars(select(Task).order_by(Task.id)).all()[asked:]
            outcome = session.scalars(select(CallRow.outcome).where(CallRow.sid == call.sid)).one()
            left = [f"*A text to {text.phone}:* {text.body}" for text in texts]
            left += [f"*A task for an agent ({task.kind}):* {task.detail}" for task in tasks if task.detail]
    left.append(f"*The call's outcome:* `{outcome}`")
    head = (f"# {scene.title}", scene.about, f"{scene.at:%A %d %B %Y, %H:%M}", "---")
    return "\n\n".join((*head, *call.written, "---", *left)) + "\n"


def _play(line: Line, call: _Call, moves: Moves) -> None:
    call.dial()
    for move in moves:
        if move == _HANG_UP:
            call.written.append("*The caller hangs up.*")
            break
        call.answer(move.replace("{case}", _newest_case(line)))
    call.hang_up()
    _tell(line)


def _tell(line: Line) -> None:
    """Write down the texts and tasks that follow from all that happened."""
    with line.store.transaction() as session:
        for event in announce.owed(session, 1000):
            announce.consequences(session, event, settings=line.settings, now=line.clock.now())


def _newest_case(line: Line) -> str:
    with line.store.reading() as session:
        return session.scalars(select(Case.number).order_by(Case.id.desc())).first() or ""


def write(folder: Path = FOLDER) -> list[Path]:
    """Write all transcripts; those that changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for path, text in _all(folder):
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            changed.append(path)
    return changed


def stale(folder: Path = FOLDER) -> list[Path]:
    """Transcripts that are not what the line says now: changed, missing, or of no scene."""
    current = dict(_all(folder))
    wrong = [path for path, text in current.items() if not path.exists() or path.read_text() != text]
    return wrong + sorted(set(folder.glob("*.md")) - set(current))


def _all(folder: Path) -> Iterator[tuple[Path, str]]:
    with tempfile.TemporaryDirectory() as made:
        for scene in SCENES:
            yield folder / f"{scene.name}.md", play(scene, Path(made))
