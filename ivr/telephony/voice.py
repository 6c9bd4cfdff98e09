"""POST /voice/<flow>.<step>: deadline, answer; and whatever fails, an apology and a person."""

from collections.abc import Callable

import structlog
from flask import Blueprint, Request, Response, request
from sqlalchemy.exc import DBAPIError

from ivr.settings import Settings
from ivr.telephony import twiml
from ivr.telephony.conversation import ENTRY, FALLBACK, BeforeCommit, Conversation, Webhook
from ivr.telephony.deadline import Deadline, TooLate
from ivr.telephony.form import form_of

log = structlog.get_logger()

Work = Callable[[Webhook, BeforeCommit], str]


def blueprint(conversation: Conversation, deadline: Deadline, settings: Settings) -> Blueprint:
    """The routes that answer with a document: always 200, always within five seconds.

    Only the carrier may ask: `ivr.telephony.signature.Signatures.guard`.
    """
    routes = Blueprint("voice", __name__)

    def document(webhook: Webhook, work: Work) -> Response:
        """Once more after a broken connection; then an apology by the book; then the last resort."""
        until = deadline.start()
        try:
            try:
                text = deadline.run(lambda commit: _surely(work, webhook, commit), until)
            except TooLate:
                raise
            except Exception:
                log.exception("step failed", call=webhook.form.get("CallSid"), step=webhook.step)
                text = deadline.run(lambda commit: conversation.apologise(webhook, commit), until)
        except Exception:
            log.exception("last resort", call=webhook.form.get("CallSid"), step=webhook.step)
            text = twiml.last_resort(
                settings.carrier_voice,
                settings.backup_number,
                settings.agent_caller_id,
                outbound=webhook.form.get("Direction", "inbound") != "inbound",
            )
        return _document(text)

    def in_the_queue(webhook: Webhook, *, again: bool) -> Response:
        """What is heard in the queue. Nobody can be dialled from there, so a failure leads out of it."""
        try:
            text = deadline.run(lambda commit: _surely(conversation.wait, webhook, commit), deadline.start())
        except Exception:
            log.exception("queue failed", call=webhook.form.get("CallSid"), step=webhook.step)
            text = conversation.wait_failed(webhook, again=again)
        return _document(text)

    @routes.post("/voice/inbound")
    def inbound() -> Response:
        return document(_webhook(request, ENTRY, turn=0), conversation.answer)

    @routes.post("/voice/fallback")
    def fallback() -> Response:
        """The carrier could not use a document of ours. ``ErrorUrl`` tells which."""
        log.error("fallback", code=request.form.get("ErrorCode"), url=request.form.get("ErrorUrl"))
        return document(_webhook(request, FALLBACK, turn=None), conversation.apologise)

    @routes.post("/voice/hold")
    def hold() -> Response:
        """What an owner on hold hears; it needs no database."""
        return _document(conversation.hold())

    @routes.post("/voice/<flow>.<name>")
    def step(flow: str, name: str) -> Response:
        wait = request.args.get("wait", type=int)
        if wait is not None:
            return in_the_queue(_webhook(request, f"{flow}.{name}", turn=wait), again="again" in request.args)
        turn = request.args.get("turn", type=int)
        return document(_webhook(request, f"{flow}.{name}", turn=turn), conversation.answer)

    return routes


def _webhook(asked: Request, step: str, turn: int | None) -> Webhook:
    return Webhook(step=step, turn=turn, form=form_of(asked), token=asked.args.get("token"))


def _document(text: str) -> Response:
    return Response(text, content_type="text/xml; charset=utf-8")


def _surely(work: Work, webhook: Webhook, commit: BeforeCommit) -> str:
    """A connection that was broken while nobody used it is replaced, and nobody hears of it."""
    try:
        return work(webhook, commit)
    except DBAPIError as fault:
        if not fault.connection_invalidated:
            raise
        return work(webhook, commit)
