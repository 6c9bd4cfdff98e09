"""Settles calls of which no end was heard: the carrier is asked, and its answer counts as its news."""

from ivr.aftersales.carrier import CallNews
from ivr.dialogue import endings, ledger
from ivr.errors import CarrierGone
from ivr.store.jobs import Done
from ivr.store.tables import CallRow
from ivr.switchboard import placing
from worker.duty import Context, Result

#: What a call counts as that the carrier does not know: it never got there, or was forgotten long ago.
_UNKNOWN = "failed"


def settle(ctx: Context, call_id: int) -> Result:
    """Ask how a call stands and write it down. One that still goes on is asked about again later."""
    with ctx.store.reading() as session:
        call = session.get(CallRow, call_id)
    if call is None:
        return Done("erased")
    if call.ended_at is not None:
        return Done(call.status)
    news = _news(ctx, call)
    status = news.status if news else _UNKNOWN
    now = ctx.clock.now()
    with ctx.store.transaction() as session:
        entry = ledger.find(session, news.sid if news else call.sid or "", call.token)
        if entry is None:
            return Done("erased")
        entry.call.settled_at = now
        if news is not None and entry.call.sid is None:
            entry.call.sid = news.sid
        endings.news(session, entry, status, None, settings=ctx.settings, now=now)
    return Done(status)


def _news(ctx: Context, call: CallRow) -> CallNews | None:
    if call.sid is None:
        return placing.find(ctx.store, ctx.carrier, call, since=call.started_at)
    try:
        return ctx.carrier.call(call.sid)
    except CarrierGone:
        return None
