"""The edge alone, with the tiny conversation behind it: no callflows, no API, no jobs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

from ivr.clock import MovableClock
from ivr.dialogue.engine import Engine
from ivr.dialogue.turns import Step
from ivr.links import Links
from ivr.present import Present
from ivr.store.session import Store
from ivr.telephony import hooks, voice
from ivr.telephony.conversation import Conversation
from ivr.telephony.deadline import PATIENCE, Deadline
from ivr.telephony.signature import Signatures
from ivr.telephony.twiml import Writer
from tests import tiny
from tests.conftest import TUESDAY_AT_TEN
from tests.line import PUBLIC_URL, TOKEN, TestLine, settings


def tiny_line(
    store: Store,
    *,
    patience: float = PATIENCE,
    person: Step = tiny.person,
    **more: Any,
) -> TestLine:
    """The webhooks on this database, whose calls begin at `tiny.welcome`. ``patience`` as the deadline's."""
    chosen = settings(store.url.render_as_string(hide_password=False), **more)
    present, clock = Present(chosen), MovableClock(TUESDAY_AT_TEN)
    links = Links(PUBLIC_URL)
    deadline = Deadline(patience=patience, cut=store.cut)
    signatures = Signatures(TOKEN, PUBLIC_URL)
    conversation = Conversation(
        store=store,
        engine=Engine(person=person),
        writer=Writer(links=links, voice=chosen.carrier_voice, find_sound=lambda _prompt: None),
        links=links,
        present=present,
        clock=clock,
    )
    app = Flask("tiny", static_folder=None)
    signatures.guard(app)
    app.register_blueprint(voice.blueprint(conversation, deadline, chosen))
    app.register_blueprint(hooks.blueprint(store, deadline, present, clock))
    return TestLine(app, store, clock, chosen, entry=f"/voice/{tiny.welcome.name}?turn=0")


@contextmanager
def closed_gate() -> Iterator[None]:
    """Meanwhile nobody gets past the middle of `tiny.confirm`."""
    tiny.at_the_gate.clear()
    tiny.gate.clear()
    try:
        yield
    finally:
        tiny.gate.set()
