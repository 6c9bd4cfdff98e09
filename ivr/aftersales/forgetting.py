"""How the people go out of what is kept: words and voices are removed, figures stay.

What was wrong where, when somebody came and how it ended is the company's; numbers, names, free text, what
was keyed and said are a person's (Ley 21.719). Who goes and when is decided by `privacy` and `retention`.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, null, or_, select, update
from sqlalchemy.orm import Session

from ivr.aftersales import photos, recordings
from ivr.aftersales.texts import State
from ivr.store.tables import (
    AgentSession,
    AuditEntry,
    CallRow,
    Case,
    CaseContact,
    CaseEvent,
    Guest,
    Leg,
    Recording,
    Requirement,
    Survey,
    Task,
    TextRow,
    TurnRow,
    Wait,
)

#: What stands where a number stood in what was removed because of its age.
REMOVED = "removed"

#: What stays of an event when the person goes: figures, states, dates, places. Other keys may hold words.
_FIGURES = frozenset(
    {
        "apartment",
        "appointment",
        "appointments",
        "attempts",
        "category",
        "channel",
        "confirmed",
        "count",
        "covered",
        "end",
        "follows",
        "kind",
        "missed_by",
        "not_covered",
        "previous",
        "previous_start",
        "priority",
        "project",
        "recorded",
        "remedy",
        "requirement",
        "requirements",
        "satisfied",
        "score",
        "start",
        "substitute",
        "urgent_kind",
        "verified",
    }
)


def words_of_cases(session: Session, cases: Collection[int]) -> None:
    """What was described, noted and commented in these cases."""
    requirements = update(Requirement).where(Requirement.case_id.in_(cases))
    session.execute(requirements.values(description=None, note=None, recording_id=None))
    session.execute(update(Survey).where(Survey.case_id.in_(cases)).values(comment_id=None))
    for event in session.scalars(select(CaseEvent).where(CaseEvent.case_id.in_(cases))):
        event.detail = {key: value for key, value in event.detail.items() if key in _FIGURES}
    session.flush()


def words_of_calls(session: Session, calls: Collection[int], now: datetime) -> None:
    """What was heard, keyed and said in these calls, and their recordings, here and at the carrier."""
    turns = update(TurnRow).where(TurnRow.call_id.in_(calls))
    session.execute(
        turns.values(question={}, pressed=None, speech=None, heard=[], reply="", trail=[], notes={})
    )
    said = session.scalars(select(Recording).where(Recording.call_id.in_(calls)))
    recordings.drop(session, list(said), now)


def words_at_the_console(session: Session, cases: Collection[int]) -> None:
    """What agents entered about these cases: who did what to which stays, and forms that wait do not."""
    numbers = session.scalars(select(Case.number).where(Case.id.in_(cases)))
    about = AuditEntry.subject.in_([f"case:{number}" for number in numbers])
    session.execute(update(AuditEntry).where(about).values(detail={}))
    session.execute(update(AgentSession).where(AgentSession.kept.is_not(None)).values(kept=null()))


def old_cases(session: Session, before: datetime, limit: int, now: datetime) -> int:
    """The people of cases that ended before that moment, at most ``limit`` cases; how many it were.

    The traces of calls about such a case go as well, however long calls are kept.
    """
    ended = select(Case.id).where(Case.closed_at < before, Case.forgotten_at.is_(None))
    oldest = ended.order_by(Case.closed_at).limit(limit)
    cases = session.scalars(oldest.with_for_update(skip_locked=True)).all()
    if not cases:
        return 0
    calls = session.scalars(select(CallRow.id).where(CallRow.case_id.in_(cases))).all()
    words_of_cases(session, cases)
    photos.drop_of_cases(session, cases, now)
    words_of_calls(session, calls, now)
    words_at_the_console(session, cases)
    session.execute(delete(CaseContact).where(CaseContact.case_id.in_(cases)))
    mine = update(CallRow).where(CallRow.id.in_(calls))
    session.execute(mine.values(from_number=REMOVED, to_number=REMOVED, caller=None))
    waits = or_(Wait.case_id.in_(cases), Wait.call_id.in_(calls))
    guests = update(Guest).where(Guest.wait_id.in_(select(Wait.id).where(waits)))
    session.execute(guests.values(phone=REMOVED, reason=None))
    legs = update(Leg).where(Leg.wait_id.in_(select(Wait.id).where(waits)))
    session.execute(legs.values(note=None))
    session.execute(update(Wait).where(waits).values(phone=None))
    asked = or_(Task.case_id.in_(cases), Task.call_id.in_(calls))
    session.execute(update(Task).where(asked).values(phone=None, detail="", note=None, recording_id=None))
    unsent = update(TextRow).where(TextRow.case_id.in_(cases), TextRow.state == State.DUE)
    session.execute(unsent.values(state=State.REFUSED))
    session.execute(update(TextRow).where(TextRow.case_id.in_(cases)).values(phone=REMOVED, body=""))
    session.execute(update(Case).where(Case.id.in_(cases)).values(forgotten_at=now))
    return len(cases)
