"""Calls that are walked to a question, a webhook a key, and then stand there."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from tests.bench.load import Post, answered, signed
from tests.line import LINE

#: What is pressed in a recording that is made, and ended with this key.
RECORDED = "~"


@dataclass
class Walked:
    """A call from a number of its own, and the last document that it got."""

    account: str
    from_: str
    sid: str = field(default_factory=lambda: f"CA{uuid4().hex}")
    document: str = ""

    def begins(self, base: str, token: str) -> Post:
        """It comes in."""
        return signed(base, token, "/voice/inbound", self.form(CallStatus="ringing"))

    def presses(self, base: str, token: str, key: str) -> Post:
        """A key at the question that it stands at; `RECORDED` where it says something after a tone."""
        asked = next(verb for verb in ET.fromstring(self.document) if verb.tag in {"Gather", "Record"})  # noqa: S314
        path = asked.attrib["action"].removeprefix(base)
        if key != RECORDED:
            return signed(base, token, path, self.form(Digits=key))
        sid = f"RE{uuid4().hex}"
        url = f"https://api.twilio.com/2010-04-01/Accounts/{self.account}/Recordings/{sid}"
        said = {"Digits": "#", "RecordingSid": sid, "RecordingUrl": url, "RecordingDuration": "5"}
        return signed(base, token, path, self.form(**said))

    def form(self, **more: str) -> dict[str, str]:
        """What the carrier says with each of its webhooks, and ``more``."""
        return {
            "CallSid": self.sid,
            "AccountSid": self.account,
            "From": self.from_,
            "To": LINE,
            "CallStatus": "in-progress",
            "ApiVersion": "2010-04-01",
            "Direction": "inbound",
            **more,
        }


def walk(base: str, token: str, calls: Sequence[Walked], keys: str, threads: int) -> None:
    """Let all calls come in and press these keys, a space between two."""
    _heard(calls, answered(base, [call.begins(base, token) for call in calls], threads)[1])
    for key in keys.split():
        press(base, token, calls, key, threads)


def press(base: str, token: str, calls: Sequence[Walked], key: str, threads: int) -> float:
    """Let all of them press this key; requests a second."""
    posts = [call.presses(base, token, key) for call in calls]
    figure, documents = answered(base, posts, threads)
    _heard(calls, documents)
    return figure


def _heard(calls: Sequence[Walked], documents: Sequence[str]) -> None:
    for call, document in zip(calls, documents, strict=True):
        call.document = document
