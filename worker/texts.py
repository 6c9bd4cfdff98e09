"""Sends texts, each once, and follows them until the carrier's last word.

``due`` → ``sending`` is committed before the request leaves. A text found ``sending`` may have left already
(the process died, or the answer was lost), so the carrier is asked before it is sent again.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import texts
from ivr.aftersales.texts import State
from ivr.errors import CarrierBusy, CarrierGone, CarrierRefused, CarrierUnclear
from ivr.links import Links
from ivr.store.jobs import Again, Done
from ivr.store.tables import Case, TextRow
from worker.duty import Context, Result

#: How long after sending the carrier is asked what became of a text, if it did not say so itself.
ASKED_AFTER = timedelta(minutes=5)
#: After that nothing more is expected.
FOLLOWED_FOR = timedelta(days=1)


def send(ctx: Context, text_id: int) -> Result:
    """Send a text that is due, or ask how one stands that was sent."""
    with ctx.store.transaction() as session:
        text = _locked(session, text_id)
        if text is None:
            return Done("erased")
        before, left_at = State(text.state), text.sending_at
        now = ctx.clock.now()
        case = session.get(Case, text.case_id) if text.case_id else None
        permitted = texts.permitted(text, case, settings=ctx.settings, now=now)
        if before == State.DUE and permitted > now:
            return Again(permitted, "kept for the morning")
        if before in {State.DUE, State.SENDING}:
            _assure_settled(ctx, before, left_at)
            text.state, text.sending_at = State.SENDING, now
    if before == State.SENT:
        return _follow(ctx, text)
    if before not in {State.DUE, State.SENDING}:
        return Done(before)
    sid = _find(ctx, text) if before == State.SENDING else None
    if sid is None and permitted > now:
        _put_back(ctx, text_id)
        return Again(permitted, "kept for the morning")
    try:
        sid = sid or ctx.carrier.send(
            text.phone, ctx.settings.sms_from, text.body, Links(ctx.settings.public_url).text_status()
        )
    except CarrierRefused as refusal:
        return _refused(ctx, text_id, refusal)
    except CarrierBusy:
        _put_back(ctx, text_id)
        raise
    with ctx.store.transaction() as session:
        sent = _locked(session, text_id)
        if sent is not None and sent.state == State.SENDING:
            sent.sid, sent.state = sid, State.SENT
    return Again(ctx.clock.now() + ASKED_AFTER, "sent")


def give_up(session: Session, text_id: int, now: datetime) -> None:
    """It could not be sent in any attempt: it ends as failed. One that was sent stays so."""
    text = _locked(session, text_id)
    if text is not None and text.state in {State.DUE, State.SENDING}:
        texts.failed(session, text, now)


def _locked(session: Session, text_id: int) -> TextRow | None:
    return session.get(TextRow, text_id, with_for_update=True)


def _assure_settled(ctx: Context, state: State, left_at: datetime | None) -> None:
    """Raise CarrierUnclear while a request may be on its way, so that asking about it proves nothing."""
    if state == State.SENDING and left_at is not None and ctx.clock.now() - left_at < ctx.doubt:
        raise CarrierUnclear("the text may be on its way at this moment")


def _find(ctx: Context, text: TextRow) -> str | None:
    """The carrier's sid of a text that left and whose answer was lost; none if it never got there."""
    same = [news.sid for news in ctx.carrier.texts_to(text.phone, text.created_at) if news.body == text.body]
    if not same:
        return None
    with ctx.store.reading() as session:
        others = set(session.scalars(select(TextRow.sid).where(TextRow.sid.in_(same), TextRow.id != text.id)))
    return next((sid for sid in same if sid not in others), None)


def _refused(ctx: Context, text_id: int, refusal: CarrierRefused) -> Result:
    with ctx.store.transaction() as session:
        text = _locked(session, text_id)
        if text is not None:
            texts.failed(session, text, ctx.clock.now())
    return Done(f"refused (code {refusal.code})")


def _put_back(ctx: Context, text_id: int) -> None:
    with ctx.store.transaction() as session:
        text = _locked(session, text_id)
        if text is not None and text.state == State.SENDING:
            text.state, text.sending_at = State.DUE, None


def _follow(ctx: Context, text: TextRow) -> Result:
    """Ask less and less often: each time as much later as the text is old."""
    now = ctx.clock.now()
    try:
        status = ctx.carrier.text(str(text.sid)).status
    except CarrierGone:
        return Done("sent, and forgotten by the carrier")
    with ctx.store.transaction() as session:
        texts.news(session, str(text.sid), status, now)
        state = session.scalar(select(TextRow.state).where(TextRow.id == text.id))
    age = now - (text.sending_at or text.created_at)
    if state != State.SENT:
        return Done(str(state))
    if age > FOLLOWED_FOR:
        return Done("sent, without a last word")
    return Again(now + max(age, ASKED_AFTER), "sent")
