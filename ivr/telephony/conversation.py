"""One webhook, one transaction: find the call, answer its turn, write it down, commit; or repeat a reply."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ivr.clock import Clock
from ivr.dialogue import endings, ledger
from ivr.dialogue.call import Call, Heard, Waiting
from ivr.dialogue.engine import Answer, Engine, find_wait
from ivr.dialogue.ledger import Entry
from ivr.dialogue.standing import Standing
from ivr.dialogue.turns import Leave
from ivr.links import Links
from ivr.present import Present
from ivr.store.session import Store
from ivr.store.tables import Wait
from ivr.telephony import twiml
from ivr.telephony.form import Form, count
from ivr.telephony.twiml import Writer

ENTRY = "inbound.welcome"

#: The step that a failed document leads to; the carrier's own address for it carries no turn.
FALLBACK = "fallback"

_RECORDING_SID = re.compile(r"RE[0-9a-fA-F]{32}")
#: What a keypad can send, and the carrier's word for a call that ended while it was recorded.
_KEYS = re.compile(r"[0-9*#A-D]{1,64}|hangup")

#: Enqueue results after which the caller still listens to us. Any other is news: the call goes on elsewhere,
#: or nowhere (Twilio: QueueResult redirected, bridged, bridging-in-process, redirected-from-bridged, hangup).
_STILL_HERE = frozenset({"", "leave", "error", "queue-full", "system-error"})

BeforeCommit = Callable[[], None]


@dataclass(frozen=True)
class Webhook:
    """What the carrier asks: step and turn of its address, and the form. ``turn`` None: the present one."""

    step: str
    turn: int | None
    form: Form
    token: str | None = None

    @property
    def sid(self) -> str:
        return self.form["CallSid"]

    @property
    def heard(self) -> Heard:
        """The caller's side of the turn; absent and empty parameters are the same."""
        form = self.form
        keys = _KEYS.match(form.get("Digits", ""))
        # The sid is sent in practice; documented is only the address, which ends in it (Twilio: Record).
        sid = _RECORDING_SID.search(form.get("RecordingSid") or form.get("RecordingUrl", ""))
        return Heard(
            digits=keys.group() if keys else "",
            speech=form.get("SpeechResult", "")[:500],
            recording_sid=sid.group() if sid else None,
            recording_seconds=count(form, "RecordingDuration") or 0,
            form=form,
        )

    @property
    def only_news(self) -> bool:
        """The end of a wait, and nothing to go on with."""
        return self.form.get("QueueResult", "") not in _STILL_HERE


class _Answered(Exception):
    """The turn was answered at the same moment by somebody else."""


class Conversation:
    """Answers webhooks with documents."""

    def __init__(
        self, *, store: Store, engine: Engine, writer: Writer, links: Links, present: Present, clock: Clock
    ) -> None:
        self._store = store
        self._engine = engine
        self._writer = writer
        self._links = links
        self._present = present
        self._clock = clock

    def answer(self, webhook: Webhook, before_commit: BeforeCommit) -> str:
        """The document for a turn. A turn that was answered gets the same bytes again; nothing changes."""
        return self._turn(webhook, before_commit, self._engine.answer)

    def apologise(self, webhook: Webhook, before_commit: BeforeCommit) -> str:
        """The document for a turn that failed: an apology, and a person."""
        return self._turn(webhook, before_commit, lambda call, at, _: self._engine.apologise(call, at))

    def wait(self, webhook: Webhook, before_commit: BeforeCommit) -> str:
        """What is heard in the queue now. Nothing is locked; only the key that leads out of it is written."""
        with self._store.reading() as session:
            call = ledger.waiting(session, webhook.sid)
            if call is None:
                return twiml.leave()
            waiting = Waiting(
                row=call,
                db=session,
                now=self._clock.now(),
                settings=self._present.settings,
                digits=webhook.heard.digits,
                seconds=count(webhook.form, "QueueTime") or 0,
            )
            heard = find_wait(webhook.step).run(waiting)
        if isinstance(heard, Leave):
            self._left_by(webhook, before_commit)
            return twiml.leave()
        prompts = heard.prompt if isinstance(heard.prompt, tuple) else (heard.prompt,)
        address = self._links.wait(webhook.step, webhook.turn or 0)
        return self._writer.write_wait(prompts, heard.seconds, address)

    def _left_by(self, webhook: Webhook, before_commit: BeforeCommit) -> None:
        """Write down by which key the queue is left, or that it was by none."""
        with self._store.transaction(before_commit=before_commit) as session:
            entry = ledger.find(session, webhook.sid)
            if entry is not None and entry.call.wait_id is not None:
                session.get_one(Wait, entry.call.wait_id).pressed = webhook.heard.digits[:1] or None

    def hold(self) -> str:
        """What is heard by whoever is on hold."""
        return self._writer.write_hold()

    def wait_failed(self, webhook: Webhook, *, again: bool) -> str:
        """What is heard in the queue where `wait` failed; needs no database.

        A hiccup costs nobody their place; failing ``again`` they leave, and the queue's action goes on.
        """
        if again:
            return twiml.leave()
        return twiml.hiccup(self._links.wait(webhook.step, webhook.turn or 0, again="1"))

    def _turn(
        self, webhook: Webhook, before_commit: BeforeCommit, react: Callable[[Call, Standing, str], Answer]
    ) -> str:
        if webhook.only_news:
            return twiml.empty()
        try:
            with self._store.transaction(before_commit=before_commit) as session:
                return self._react(session, webhook, react)
        except _Answered:
            with self._store.reading() as session:
                entry = ledger.find(session, webhook.sid, webhook.token)
                return self._stored(session, entry, webhook) if entry else twiml.empty()

    def _react(
        self, session: Session, webhook: Webhook, react: Callable[[Call, Standing, str], Answer]
    ) -> str:
        now, settings = self._clock.now(), self._present.settings
        entry = self._entry(session, webhook)
        at = entry.standing
        if _is_answered(webhook, entry):
            return self._stored(session, entry, webhook)
        call = Call(
            row=entry.call,
            db=session,
            now=now,
            settings=settings,
            heard=webhook.heard,
            notes=dict(at.notes),
        )
        answer = react(call, at, webhook.step)
        document = self._writer.write(answer.reply, answer.standing.question.get("purpose", ""))
        written = ledger.write(
            session,
            entry.call,
            answer.standing,
            at=now,
            step=webhook.step,
            pressed=webhook.heard.digits or None,
            speech=webhook.heard.speech or None,
            heard=answer.reply.heard,
            reply=document,
        )
        if not written:
            raise _Answered
        endings.after_the_end(session, entry.call, settings=settings, now=now)
        return document

    def _entry(self, session: Session, webhook: Webhook) -> Entry:
        """The call, written down now if this is the first that we hear of it."""
        now = self._clock.now()
        line = self._present.settings.line_numbers
        fresh = webhook.step == ENTRY and ledger.begin(session, webhook.form, line, now, answered=True)
        entry = fresh or ledger.find(session, webhook.sid, webhook.token)
        entry = entry or ledger.begin(session, webhook.form, line, now, answered=True)
        if entry is None:
            raise _Answered
        if entry.call.sid is None:
            entry.call.sid = webhook.sid
        if entry.call.answered_at is None:
            entry.call.answered_at = now
            entry.call.status = "in-progress"
        return entry

    def _stored(self, session: Session, entry: Entry, webhook: Webhook) -> str:
        """The reply of the turn, or, if it was overtaken, of the present one."""
        last = entry.last
        turn = webhook.turn if webhook.turn is not None else (last.turn if last else 0)
        stored = ledger.reply_of(session, entry.call, turn)
        if stored is None and last is not None:
            stored = ledger.reply_of(session, entry.call, last.turn) or self._writer.write_redirect(
                self._links.step(last.asks or ENTRY, last.turn + 1)
            )
        return stored or twiml.empty()


def _is_answered(webhook: Webhook, entry: Entry) -> bool:
    """Whether the turn has its reply. The fallback has no turn: asked for twice in a row, it is the same."""
    if webhook.turn is not None:
        return webhook.turn < entry.standing.turn
    return entry.last is not None and entry.last.step == webhook.step
