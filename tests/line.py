"""A line to call in tests: over HTTP with real signatures, each document checked by the carrier's rules.

call = line.dial("+56961234567")
call.press("2").press("101#")
assert call.hears("Departamento")
call.hang_up()
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4
from xml.etree import ElementTree as ET

from flask import Flask
from twilio.request_validator import RequestValidator

from ivr.clock import MovableClock
from ivr.settings import Settings
from ivr.store.session import Store
from tests.carrier.oracle import Context, check_house_rules, check_twiml

TOKEN = "token-of-tests"
ACCOUNT = "AC" + "0" * 32
PUBLIC_URL = "https://line.example"
LINE = "+56800422727"
MOBILE_LINE = "+56988894612"
KNOWN = "+56961234567"
STRANGER = "+56933334444"


def settings(database_url: str, folder: Path = Path("var"), **more: Any) -> Settings:
    """Settings of a test: nothing is read from the environment that is named here."""
    values: dict[str, Any] = {
        "public_url": PUBLIC_URL,
        "database_url": database_url,
        "secret_key": "secret",
        "api_token": "api-token",
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "carrier_url": "http://127.0.0.1:9",
        "voice": "carrier",
        "storage": str(folder / "recordings"),
        "audio_folder": folder / "audio",
        "backup_number": "+56922223333",
        "threads": 8,
        "redis_url": None,
        "_env_file": None,
    }
    return Settings(**(values | more))


@dataclass
class TestLine:
    """The application, and a carrier's hand that signs what it sends."""

    __test__ = False

    app: Flask
    store: Store
    clock: MovableClock
    settings: Settings
    #: Where a call begins.
    entry: str = "/voice/inbound"

    def dial(self, from_: str = STRANGER, to: str = LINE, **form: str) -> "TestCall":
        """Somebody calls the line."""
        call = TestCall(self, from_=from_, to=to, more=form)
        return call.ask(self.entry)

    def post(self, url: str, form: Mapping[str, str], *, signature: str | None = None) -> Any:
        """A signed request, as the carrier would send it."""
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        signed = RequestValidator(TOKEN).compute_signature(PUBLIC_URL + path, dict(form))
        headers = {"X-Twilio-Signature": signed if signature is None else signature}
        return self.app.test_client().post(path, data=dict(form), headers=headers)


@dataclass
class TestCall:
    """One call from the caller's side: what the last document said, and what it waits for."""

    __test__ = False

    line: TestLine
    from_: str
    to: str
    more: Mapping[str, str] = field(default_factory=dict)
    sid: str = field(default_factory=lambda: f"CA{uuid4().hex}")
    document: str = ""
    heard: list[str] = field(default_factory=list)
    last: tuple[str, dict[str, str]] = ("", {})

    def form(self, **more: str) -> dict[str, str]:
        return {
            "CallSid": self.sid,
            "AccountSid": ACCOUNT,
            "From": self.from_,
            "To": self.to,
            "CallStatus": "in-progress",
            "ApiVersion": "2010-04-01",
            "Direction": "inbound",
            **self.more,
            **more,
        }

    def ask(self, url: str, context: Context = Context.CALL, **more: str) -> "TestCall":
        """Fetch a document and follow what it says until it waits for the caller."""
        self.last = (url, self.form(**more))
        answer = self.line.post(*self.last)
        assert answer.status_code == 200, answer.data
        assert answer.content_type == "text/xml; charset=utf-8"
        self.document = answer.text
        check_twiml(self.document, context)
        if context is Context.CALL:
            check_house_rules(self.document)
        self.heard = ["".join(said.itertext()) for said in self.xml.iter("Say")]
        return self

    def again(self) -> str:
        """The same webhook once more, as the carrier repeats it; what it answers."""
        return str(self.line.post(*self.last).text)

    @property
    def xml(self) -> ET.Element:
        return ET.fromstring(self.document)  # noqa: S314 -- our own document

    @property
    def waits_for(self) -> ET.Element:
        """The verb that the call stands in."""
        found = next((verb for verb in self.xml if verb.tag in {"Gather", "Record", "Enqueue", "Dial"}), None)
        assert found is not None, f"the call waits for nothing: {self.document}"
        return found

    @property
    def over(self) -> bool:
        """Whether the line has hung up."""
        return not [
            verb for verb in self.xml if verb.tag in {"Gather", "Record", "Enqueue", "Dial", "Redirect"}
        ]

    def hears(self, words: str) -> bool:
        """Whether the last document says so."""
        return words.lower() in " ".join(self.heard).lower()

    def press(self, *keys: str) -> "TestCall":
        """Press keys, one answer after another. The ``#`` that ends an entry does not arrive, as in life."""
        for answer in keys:
            verb = self.waits_for
            assert verb.tag == "Gather", self.document
            entry = verb.get("numDigits") is None
            digits = answer.removesuffix("#") if entry else answer
            if digits:
                self.ask(verb.attrib["action"], Digits=digits)
            else:
                self.silence()
        return self

    def say(self, words: str) -> "TestCall":
        """Say something to a question that listens."""
        verb = self.waits_for
        assert "speech" in verb.get("input", ""), self.document
        return self.ask(verb.attrib["action"], SpeechResult=words, Confidence="0.8")

    def silence(self) -> "TestCall":
        """Press nothing: the carrier goes on with what follows the question."""
        after = list(self.xml)[-1]
        assert after.tag == "Redirect", self.document
        return self.ask(after.text or "")

    def record(self, seconds: int = 5, end: str = "#") -> "TestCall":
        """Say something after the tone. The carrier's news of it comes later: see `recorded`."""
        verb = self.waits_for
        assert verb.tag == "Record", self.document
        sid = f"RE{uuid4().hex}"
        self.ask(
            verb.attrib["action"],
            Digits=end,
            RecordingSid=sid,
            RecordingUrl=f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/{sid}",
            RecordingDuration=str(seconds),
        )
        return self

    def leave_queue(self, **more: str) -> "TestCall":
        """The wait has ended by itself or by a key."""
        verb = self.waits_for
        assert verb.tag == "Enqueue", self.document
        return self.ask(verb.attrib["action"], QueueResult="leave", **more)

    def hang_up(self, status: str = "completed") -> None:
        """The call is over; the carrier says so."""
        answer = self.line.post("/voice/status", self.form(CallStatus=status, CallDuration="42"))
        assert answer.status_code == 204, answer.data


@contextmanager
def open_test_line(database_url: str, folder: Path, clock: MovableClock, **more: Any) -> Iterator[TestLine]:
    """The application on this database, without anybody to do its jobs."""
    from ivr.app import create_app, open_line  # noqa: PLC0415 -- the edge's own tests need no conversations

    chosen = settings(database_url, folder, **more)
    built = open_line(chosen, clock=clock)
    try:
        yield TestLine(create_app(built), built.store, clock, chosen)
    finally:
        built.store.close()
