"""A caller who talks with the engine itself: no HTTP, no XML, and no database unless the test brings one."""

import json
from typing import Any

from sqlalchemy.orm import Session

from ivr.clock import MovableClock
from ivr.dialogue.call import Call, Heard
from ivr.dialogue.engine import Answer, Engine, find
from ivr.dialogue.reply import Gather, Reply
from ivr.dialogue.standing import Standing
from ivr.store.tables import CallRow
from tests import tiny
from tests.conftest import TUESDAY_AT_TEN
from tests.line import settings

SETTINGS = settings("sqlite://")


class Talk:
    """A call that stands at ``first``. Each answer goes where the reply before said.

    ``at`` is where the conversation stands, ``reply`` what was answered last.
    """

    def __init__(
        self,
        first: str = "tiny.welcome",
        *,
        db: Session | None = None,
        row: CallRow | None = None,
        notes: dict[str, Any] | None = None,
    ) -> None:
        self.db = db or Session()
        self.row = row or CallRow(id=1, sid="CA1", direction="inbound", purpose="tiny", urgent=False)
        self.engine = Engine(person=tiny.person)
        self.at = Standing(notes=notes or {})
        self.reply: Reply
        self._take(self.engine.answer(self._call(Heard()), self.at, find(first).name))

    def press(self, *answers: str) -> "Talk":
        """Give these keys, one answer after another; an empty one is silence."""
        for digits in answers:
            self.hear(Heard(digits=digits))
        return self

    def say(self, words: str) -> "Talk":
        return self.hear(Heard(speech=words))

    def hear(self, heard: Heard, step: str | None = None) -> "Talk":
        """Give this answer, where the reply before said, or to the step of that name."""
        self._take(self.engine.answer(self._call(heard), self.at, step or self.reply.next_step))
        return self

    def apologise(self) -> "Talk":
        self._take(self.engine.apologise(self._call(Heard()), self.at))
        return self

    @property
    def heard(self) -> list[str]:
        """The sentences of the last reply."""
        return self.reply.heard

    @property
    def asks(self) -> str | None:
        """The question that is open."""
        return self.at.asks

    @property
    def notes(self) -> dict[str, Any]:
        return self.at.notes

    @property
    def gather(self) -> Gather:
        """The question as it is asked."""
        assert isinstance(self.reply.end, Gather)
        return self.reply.end

    def _call(self, heard: Heard) -> Call:
        """The call as the next webhook sees it: its notes come from the database, as JSON."""
        notes = json.loads(json.dumps(self.at.notes))
        now = MovableClock(TUESDAY_AT_TEN).now()
        return Call(row=self.row, db=self.db, now=now, settings=SETTINGS, heard=heard, notes=notes)

    def _take(self, answer: Answer) -> None:
        self.reply, self.at = answer.reply, answer.standing
