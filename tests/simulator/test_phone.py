"""Telephones over HTTP and in the terminal, against a running line."""

import io
import json
import os
import pty
import termios
import threading
from collections.abc import Iterator

import pytest
import requests
from rich.console import Console

from ivr.simulator import terminal
from ivr.simulator.carrier import SimulatedCarrier
from ivr.simulator.messages import Message
from ivr.simulator.sound import hum
from ivr.simulator.terminal import RemoteTelephone, run_phone
from tests.simulator.conftest import ACCOUNT, AGENT, LINE, MOBILE, OWNER, TOKEN, Application


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts of these tests come at once."""
    monkeypatch.setattr(terminal, "LATE_TEXTS", 0.5)


@pytest.fixture
def base(app: Application, carrier: SimulatedCarrier) -> str:
    """A line with one menu, and where its simulated carrier is."""
    app.replies |= {
        "/voice/inbound": "<Gather numDigits='1' action='/chosen'><Say>Marque uno</Say></Gather>",
        "/chosen": lambda form: f"<Say>Marcó {form['Digits']}</Say>",
        "/out": "<Gather numDigits='1' action='/chosen'><Say>Le llamamos</Say></Gather>",
        "/messages/inbound": "",
    }
    return f"{app.url}/carrier"


def kinds(telephone: RemoteTelephone, until: str) -> list[str]:
    """Types of the events up to one of that type."""
    found: list[str] = []
    while until not in found:
        found += [event["type"] for event in telephone.events(5)]
    return found


def test_a_live_telephone_dials_presses_and_hangs_up(base: str) -> None:
    telephone = RemoteTelephone(base, OWNER)
    telephone.hold()
    telephone.dial(LINE)
    assert kinds(telephone, "asked")[:2] == ["dialling", "answered"]
    telephone.press("7")
    assert "pressed" in kinds(telephone, "heard")
    telephone.act("hang-up")
    kinds(telephone, "ended")


def test_a_live_telephone_is_rung_and_answers(base: str, app: Application, carrier: SimulatedCarrier) -> None:
    telephone = RemoteTelephone(base, AGENT)
    telephone.hold()
    place(app, AGENT)
    assert kinds(telephone, "ringing") == ["ringing"]
    telephone.act("answer")
    kinds(telephone, "asked")
    telephone.press("1")
    kinds(telephone, "ended")
    assert carrier.calls_to(AGENT)[0].record().heard == "Le llamamos Marcó 1"


def place(app: Application, number: str) -> None:
    """The application calls a number."""
    requests.post(
        f"{app.url}/carrier/2010-04-01/Accounts/{ACCOUNT}/Calls.json",
        data={"To": number, "From": MOBILE, "Url": f"{app.url}/out"},
        auth=(ACCOUNT, TOKEN),
        timeout=10,
    ).raise_for_status()


def test_a_live_telephone_can_refuse(base: str, app: Application, carrier: SimulatedCarrier) -> None:
    telephone = RemoteTelephone(base, AGENT)
    telephone.hold()
    place(app, AGENT)
    kinds(telephone, "ringing")
    telephone.act("refuse")
    kinds(telephone, "ended")
    assert carrier.calls_to(AGENT)[0].wait().status == "busy"


def test_a_microphones_sound_is_what_the_recording_holds(
    base: str, app: Application, carrier: SimulatedCarrier
) -> None:
    app.replies |= {"/voice/inbound": "<Record action='/done' finishOnKey='#'/>", "/done": ""}
    telephone = RemoteTelephone(base, OWNER)
    telephone.hold()
    telephone.dial(LINE)
    kinds(telephone, "recording")
    sound = hum(0.5)
    said = requests.post(
        f"{base}/phone/{OWNER}/say", data=sound, headers={"Content-Type": "audio/wav"}, timeout=10
    )
    assert said.status_code == 204
    telephone.press("#")
    kinds(telephone, "ended")
    kept = next(iter(carrier.exchange.recordings.values())).media()
    assert kept == sound


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"{AGENT}/press", {"keys": "1"}, 404),
        (f"{OWNER}/press", {"keys": "x"}, 422),
        (f"{OWNER}/press", {"keys": "1"}, 409),
        (f"{OWNER}/press", [1], 422),
        (f"{OWNER}/answer", {}, 409),
        (f"{OWNER}/dial", {}, 422),
        (f"{OWNER}/dial", {"to": LINE, "keys": "x"}, 422),
        (f"{OWNER}/say", {"seconds": "two"}, 422),
        (OWNER, {"keys": "1"}, 422),
        (OWNER, {"keys": ["1"], "answers": "perhaps"}, 422),
    ],
)
def test_what_a_telephone_cannot_do_is_an_error(base: str, path: str, body: object, status: int) -> None:
    RemoteTelephone(base, OWNER).hold()
    answer = requests.post(f"{base}/phone/{path}", json=body, timeout=10)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_lines_and_telephones_are_listed_and_unplugged(base: str) -> None:
    RemoteTelephone(base, OWNER).hold()
    RemoteTelephone(base, AGENT).hold(keys=["1"])
    listed = requests.get(f"{base}/phone", timeout=10).json()
    assert listed["lines"] == [LINE, MOBILE]
    assert {"number": AGENT, "kind": "scripted", "busy": False} in listed["telephones"]
    requests.delete(f"{base}/phone/{OWNER}", timeout=10).raise_for_status()
    assert len(requests.get(f"{base}/phone", timeout=10).json()["telephones"]) == 1


def test_a_text_can_be_sent_to_the_line(base: str, app: Application, carrier: SimulatedCarrier) -> None:
    RemoteTelephone(base, OWNER).hold()
    requests.post(
        f"{base}/phone/{OWNER}/text", json={"to": MOBILE, "body": "ALTO"}, timeout=10
    ).raise_for_status()
    carrier.settle()
    assert app.forms("/messages/inbound")[0]["Body"] == "ALTO"


def phone(base: str, keys: str | None, as_json: bool = False, **options: object) -> tuple[int, str]:
    """What the command prints, and its exit code."""
    out = io.StringIO()
    number = str(options.pop("number", OWNER))
    code = run_phone(base, number, LINE, keys, as_json, Console(file=out, width=200), **options)  # type: ignore[arg-type]
    return code, out.getvalue()


def test_the_command_prints_the_whole_call(base: str) -> None:
    code, printed = phone(base, "4")
    assert code == 0
    assert [line.split() for line in printed.splitlines()][1:] == [
        ["line", "Marque", "uno"],
        ["you", "4"],
        ["line", "Marcó", "4"],
        ["call", "over:", "line", "hung", "up"],
    ]


def test_the_command_gives_the_call_as_json_with_texts_that_came(
    base: str, app: Application, carrier: SimulatedCarrier
) -> None:
    def chosen(_form: dict[str, str]) -> str:
        message = Message(MOBILE, OWNER, "Su visita", carrier.now())
        carrier.do(lambda: carrier.exchange.send(message))
        return "<Say>Reservado</Say>"

    app.replies["/chosen"] = chosen
    code, printed = phone(base, "4", as_json=True)
    call = json.loads(printed)
    assert code == 0
    assert call["transcript"] == [
        {"who": "line", "text": "Marque uno"},
        {"who": "caller", "keys": "4"},
        {"who": "line", "text": "Reservado"},
    ]
    assert (call["from"], call["to"], call["outcome"]) == (OWNER, LINE, "line hung up")
    assert call["sid"].startswith("CA")
    assert call["texts"] == ["Su visita"]


def test_without_keys_left_the_command_hangs_up_when_asked(base: str) -> None:
    code, printed = phone(base, "", as_json=True)
    assert (code, json.loads(printed)["outcome"]) == (0, "caller hung up")


def test_the_command_waits_for_a_call_and_answers(
    base: str, app: Application, carrier: SimulatedCarrier
) -> None:
    results: list[tuple[int, str]] = []
    waiting = threading.Thread(
        target=lambda: results.append(phone(base, "1", as_json=True, answer=True, number=AGENT))
    )
    waiting.start()
    while AGENT not in carrier.do(lambda: [*carrier.exchange.telephones]):
        waiting.join(0.01)
    place(app, AGENT)
    waiting.join(20)
    code, printed = results[0]
    assert code == 0
    assert json.loads(printed)["transcript"][1] == {"who": "called", "keys": "1"}
    assert AGENT not in carrier.do(lambda: [*carrier.exchange.telephones])  # nobody takes the next call


def test_a_line_that_does_not_run_and_keys_that_are_none_are_said_plainly(base: str) -> None:
    code, printed = phone("http://127.0.0.1:9", "1")
    assert code == 1
    assert "make run" in printed
    code, printed = phone(base, "1x")
    assert code == 1
    assert "keys are 0-9" in printed


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, int]]:
    """A pseudo-terminal as standard input: where a test types, and the terminal itself."""
    hand, screen = pty.openpty()
    with os.fdopen(screen) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        yield hand, screen
    os.close(hand)


def type_when_asked(base: str, hand: int, typed: bytes) -> None:
    """Somebody who waits for the question before touching a key."""
    telephone = RemoteTelephone(base, OWNER)
    telephone.hold()

    def wait_and_type() -> None:
        kinds(telephone, "asked")
        os.write(hand, typed)

    threading.Thread(target=wait_and_type, daemon=True).start()


def test_keys_are_pressed_live_and_the_terminal_is_given_back(
    base: str, app: Application, keyboard: tuple[int, int]
) -> None:
    hand, screen = keyboard
    before = termios.tcgetattr(screen)
    app.replies["/voice/inbound"] = "<Gather numDigits='1' timeout='20' action='/chosen'/>"
    type_when_asked(base, hand, b"x7")
    code, printed = phone(base, None)
    assert code == 0
    assert "Marcó 7" in printed
    assert termios.tcgetattr(screen) == before


def test_control_c_hangs_up(base: str, app: Application, keyboard: tuple[int, int]) -> None:
    hand, _screen = keyboard
    app.replies["/voice/inbound"] = "<Gather timeout='60'/>"
    type_when_asked(base, hand, b"\x03")
    code, printed = phone(base, None)
    assert code == 0
    assert "caller hung up" in printed


def test_without_a_terminal_keys_must_be_given(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert phone(base, None)[0] == 2
