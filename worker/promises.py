"""What the line does by itself when its time has come: reminders, deadlines, and letting old data go."""

from datetime import timedelta

import structlog

from ivr.aftersales import deadlines, reminders, retention
from ivr.store.jobs import Again, Done
from worker.duty import Context, Result

log = structlog.get_logger(__name__)

#: Replies kept for repeated webhooks go an hour after the call, so that a purge takes place every hour.
_PURGE_EVERY = timedelta(hours=1)
#: Parts that one run removes at most; the rest follows at once.
_PARTS = 10


def remind(ctx: Context, appointment_id: int) -> Result:
    """Remind an owner of a date."""
    with ctx.store.transaction() as session:
        again = reminders.remind(session, appointment_id, settings=ctx.settings, now=ctx.clock.now())
    return Again(again, "days off have moved it") if again else Done("reminded")


def watch(ctx: Context, case_id: int) -> Result:
    """See whether a term of a case has run out, and look again when the next one does."""
    with ctx.store.transaction() as session:
        again = deadlines.check(session, case_id, settings=ctx.settings, now=ctx.clock.now())
    return Again(again, "a term runs") if again else Done("no term runs")


def purge(ctx: Context, _key: int) -> Result:
    """Remove what is too old, part by part; the table of purges and the log prove what went."""
    now = ctx.clock.now()
    removed = retention.NOTHING
    for _ in range(_PARTS):
        with ctx.store.transaction() as session:
            part = retention.purge(session, settings=ctx.settings, now=now)
            retention.report(session, part, now)
        if not part.anything:
            log.info("purged", removed=str(removed))
            return Again(now + _PURGE_EVERY, str(removed))
        removed += part
    return Again(now, str(removed))
