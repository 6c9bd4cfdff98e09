"""A whole call with everything that could be told of it, in a process of its own; run by tests/test_told.py.

A known owner reports damp and books a visit; a text comes in; a step fails in the middle of a call with
somebody's number and words in hand; and the jobs that are due are tried, without a carrier. Log lines go to
stderr as in production, and what Sentry would get to stdout, one JSON object a line.
"""

import json
import logging
import sys
from pathlib import Path
from typing import Any

from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport
from sqlalchemy import select

from callflows import inbound
from ivr import fault_reports, logs
from ivr.app import create_app, open_line
from ivr.clock import MovableClock
from ivr.dialogue.call import Call
from ivr.dialogue.turns import Turn
from ivr.store.tables import Base, HomePhone, Recording
from tests.conftest import TUESDAY_AT_TEN
from tests.line import KNOWN, LINE, TestLine, settings
from tests.making import make_home, make_project
from worker.clock import look
from worker.duties import context
from worker.runner import run

#: What somebody said.
WORDS = "se gotea la cocina"


class Kept(Transport):
    """Prints what would be sent."""

    def capture_envelope(self, envelope: Envelope) -> None:
        event: Any = envelope.get_event()
        print(json.dumps(event, default=str))  # noqa: T201 -- read by the test


def fail(call: Call) -> Turn:
    """A step that fails as a library would: its words are not ours, and repeat what it was given."""
    logging.getLogger("a.library").warning("cannot use %s", call.caller)
    raise ValueError(f"{call.caller} said {call.speech or WORDS}")


def main(folder: Path) -> None:
    chosen = settings(
        f"sqlite:///{folder / 'told.db'}", folder, sentry_dsn="https://key@sentry.example/1", threads=2
    )
    logs.configure("json")
    fault_reports.start(chosen, transport=Kept())
    built = open_line(chosen, clock=MovableClock(TUESDAY_AT_TEN))
    Base.metadata.create_all(built.store.engine)
    line = TestLine(create_app(built), built.store, built.clock, chosen)  # type: ignore[arg-type]
    with built.store.transaction() as session:
        home = make_home(session, make_project(session), "1204", phones=[HomePhone(phone=KNOWN)])
        assert home.id
    call = line.dial(KNOWN)
    call.press("2", "1", "1").record().press("1", "2", "1", "1", "1", "1")
    with built.store.reading() as session:
        sid = session.scalars(select(Recording.sid)).one()
    news = {"RecordingSid": str(sid), "RecordingStatus": "completed", "RecordingDuration": "5"}
    line.post("/voice/recording?purpose=description", call.form(**news))
    call.hang_up()
    text = {"MessageSid": "SM" + "0" * 32, "From": KNOWN, "To": LINE, "Body": f"{WORDS} {KNOWN}"}
    line.post("/messages/inbound", text)
    object.__setattr__(inbound.choose_intake, "run", fail)
    failed = line.dial(KNOWN).press("2")
    due = context(built)
    for _ in range(3):  # what follows from events is due only after them
        for taken in look(due, 20):
            run(due, taken)
    print(json.dumps({"calls": [call.sid, failed.sid]}))  # noqa: T201
    built.store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
