"""What follows from the events of cases: consequences inside the line, and news to the CRM.

Both are owed until the event's own row says that they were done, in the order of events within each case.
"""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import requests
from sqlalchemy import Select, select, update
from sqlalchemy.orm import joinedload

from ivr.aftersales.announce import consequences
from ivr.errors import PostventaError
from ivr.store.jobs import Again, Done
from ivr.store.tables import Case, CaseEvent
from worker.duty import Context, Result

#: HMAC-SHA256 of the body's bytes with ``IVR_EVENTS_SECRET``, in hexadecimal after ``sha256=``.
SIGNATURE = "X-Postventa-Signature"

#: Events that one run posts at most: with every time-out they still end within the lease.
_BATCH = 5
_CONNECT, _READ = 3.0, 5.0


class NotPosted(PostventaError):
    """The CRM did not answer 2xx: the event is posted again later, and before any later one of its case."""


def announce(ctx: Context, case_id: int) -> Result:
    """Write down what follows from each event of a case that has not been announced, all or nothing."""
    with ctx.store.transaction() as session:
        now = ctx.clock.now()
        events = session.scalars(_of(case_id).where(CaseEvent.announced_at.is_(None))).all()
        for event in events:
            consequences(session, event, settings=ctx.settings, now=now)
    return Done(f"{len(events)} announced")


def post(ctx: Context, case_id: int) -> Result:
    """Tell the CRM the next events of a case, each at least once and none before the one that it follows."""
    url, secret = ctx.settings.events_url, ctx.settings.events_secret
    if url is None or secret is None:
        return Done("nobody to tell")
    with ctx.store.reading() as session:
        case = session.get(Case, case_id, options=[joinedload(Case.project)])
        owed = _of(case_id).where(CaseEvent.posted_at.is_(None)).limit(_BATCH)
        events = session.scalars(owed).all()
    if case is None or not events:
        return Done("posted")
    zone = ZoneInfo(case.project.timezone if case.project else ctx.settings.timezone)
    for event in events:
        _post(url, secret.get_secret_value(), _told(case, event, zone))
        with ctx.store.transaction() as session:
            session.execute(
                update(CaseEvent).where(CaseEvent.id == event.id).values(posted_at=ctx.clock.now())
            )
    return Again(ctx.clock.now(), "posted, perhaps not all")


def sign(body: bytes, secret: str) -> str:
    """The value of the header `SIGNATURE` for a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _of(case_id: int) -> Select[CaseEvent]:
    return select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.id)


def _told(case: Case, event: CaseEvent, zone: ZoneInfo) -> dict[str, Any]:
    at: datetime = event.at.astimezone(zone)
    return {
        "id": event.id,
        "case": case.number,
        "at": at.isoformat(),
        "kind": event.kind,
        "by": event.by,
        "detail": event.detail,
    }


def _post(url: str, secret: str, told: dict[str, Any]) -> None:
    body = json.dumps(told, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", SIGNATURE: sign(body, secret)}
    try:
        answer = requests.post(
            url, data=body, headers=headers, timeout=(_CONNECT, _READ), allow_redirects=False
        )
    except requests.RequestException as error:
        raise NotPosted(f"the CRM cannot be reached: {type(error).__name__}") from None
    if not 200 <= answer.status_code < 300:
        raise NotPosted(f"the CRM answered {answer.status_code}")
