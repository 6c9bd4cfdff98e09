"""The carrier's news: how calls, recordings and texts stand. Nothing here speaks.

204 once it is stored, 503 if it could not be, so that the carrier tells us again.
"""

from collections.abc import Callable
from datetime import datetime

import structlog
from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from ivr.aftersales import outbound, recordings, texts
from ivr.aftersales.recordings import Purpose
from ivr.clock import Clock
from ivr.dialogue import endings, ledger
from ivr.dialogue.ledger import Entry
from ivr.present import Present
from ivr.store.session import Store
from ivr.store.tables import Recording
from ivr.telephony import twiml
from ivr.telephony.deadline import Deadline
from ivr.telephony.form import Form, count, form_of

log = structlog.get_logger()


def blueprint(store: Store, deadline: Deadline, present: Present, clock: Clock) -> Blueprint:
    """The routes of what the carrier, and nobody else (`ivr.telephony.signature.Signatures.guard`), tells."""
    routes = Blueprint("hooks", __name__)

    def stored(tell: Callable[[Session, Form], None]) -> bool:
        form = form_of(request)

        def work(before_commit: Callable[[], None]) -> None:
            with store.transaction(before_commit=before_commit) as session:
                tell(session, form)

        try:
            deadline.run(work, deadline.start())
        except Exception:
            log.exception("news not stored", path=request.path, call=form.get("CallSid"))
            return False
        return True

    def news(tell: Callable[[Session, Form], None]) -> Response:
        return Response(status=204 if stored(tell) else 503)

    @routes.post("/voice/status")
    def call_status() -> Response:
        token = request.args.get("token")

        def tell(session: Session, form: Form) -> None:
            now, settings = clock.now(), present.settings
            entry = ledger.find(session, form["CallSid"], token)
            entry = entry or ledger.begin(session, form, settings.line_numbers, now, answered=False)
            if entry is None:
                raise LookupError("written down by somebody else at this moment: to be told again")
            if entry.call.sid is None:
                entry.call.sid = form["CallSid"]
            status, sequence = form.get("CallStatus", ""), count(form, "SequenceNumber")
            endings.news(session, entry, status, sequence, settings=settings, now=now)

        return news(tell)

    @routes.post("/voice/machine")
    def machine_verdict() -> Response:
        token = request.args.get("token")

        def tell(session: Session, form: Form) -> None:
            entry = _known(session, form, token)
            if entry.call.sid is None:
                entry.call.sid = form["CallSid"]
            outbound.machine_answered(session, entry.call, form.get("AnsweredBy", ""), clock.now())

        return news(tell)

    @routes.post("/voice/recording")
    def recording_status() -> Response:
        purpose, room = request.args.get("purpose", Purpose.DESCRIPTION), request.args.get("room")

        def tell(session: Session, form: Form) -> None:
            now, sid = clock.now(), form["RecordingSid"]
            if room is not None:
                found = recordings.of_talk(session, room, sid, now=now)
            else:
                call = _known(session, form).call
                found = recordings.expect(session, call, Purpose(purpose), now=now, sid=sid)
            _recorded(session, found, form, now)

        return news(tell)

    @routes.post("/voice/conference")
    def conference_status() -> Response:
        return news(_conference)

    @routes.post("/messages/status")
    def text_status() -> Response:
        def tell(session: Session, form: Form) -> None:
            texts.news(session, form["MessageSid"], form.get("MessageStatus", ""), now=clock.now())

        return news(tell)

    @routes.post("/messages/inbound")
    def text_inbound() -> Response:
        def tell(session: Session, form: Form) -> None:
            texts.receive(session, form["MessageSid"], form["From"], form.get("Body", ""), now=clock.now())

        if not stored(tell):
            return Response(status=503)
        return Response(twiml.empty(), content_type="text/xml; charset=utf-8")

    return routes


def _known(session: Session, form: Form, token: str | None = None) -> Entry:
    entry = ledger.find(session, form["CallSid"], token)
    if entry is None:
        raise LookupError(f"news of an unknown call {form['CallSid']}")
    return entry


def _recorded(session: Session, recording: Recording, form: Form, now: datetime) -> None:
    status = form.get("RecordingStatus", "completed")
    if status == "completed":
        recordings.completed(session, recording, duration=count(form, "RecordingDuration"), now=now)
    elif status in {"absent", "failed"}:
        recordings.absent(recording)


def _conference(session: Session, form: Form) -> None:
    sid = form.get("CallSid")  # a conference's own beginning and end name none
    entry = ledger.find(session, sid) if sid else None
    if entry is not None:
        event, room = form.get("StatusCallbackEvent", ""), form.get("FriendlyName", "")
        endings.conference_news(entry.call, event, room, count(form, "SequenceNumber") or 0)
