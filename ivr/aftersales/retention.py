"""What is held no longer than it is needed (Ley 21.719): removed by age, a part at a time, and counted.

Recordings, the words of texts, the traces of calls and the people in cases that have ended go after the
operator's days; replies that were kept for repeated webhooks, an hour after the call. Figures stay: not who
called, but that somebody did. Objections have no age, nor has the register of homes, the operator's own.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Delete, Update, delete, or_, select, update
from sqlalchemy.orm import Session

from ivr.aftersales import forgetting, recordings
from ivr.aftersales.forgetting import REMOVED
from ivr.aftersales.tasks import DONE
from ivr.settings import Settings
from ivr.store.tables import (
    AgentSession,
    CallRow,
    Guest,
    Job,
    Leg,
    PurgeRow,
    SignInTries,
    StoredAnswer,
    Task,
    TextRow,
    Tries,
    TurnRow,
    Wait,
)

#: A carrier repeats a webhook within minutes. (Who goes on where they stopped needs no old reply.)
REPLIES_KEPT = timedelta(hours=1)
#: Calls that have ended longer ago had their replies removed by an earlier run.
_LOOKED_BACK = timedelta(days=3)
#: A client repeats a request of the API within a day.
ANSWERS_KEPT = timedelta(days=2)
#: What an agent wrote into a form that was sent too late is kept with their session.
SESSIONS_KEPT = timedelta(days=7)
#: Tries are counted by the day.
TRIES_KEPT = timedelta(days=2)
#: What was done stays readable for so long, for whoever looks into a fault.
JOBS_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Removed:
    """How much went: the proof of a purge."""

    recordings: int = 0
    traces: int = 0
    texts: int = 0
    cases: int = 0
    tasks: int = 0
    replies: int = 0
    answers: int = 0
    tries: int = 0
    sessions: int = 0
    jobs: int = 0

    def __add__(self, other: "Removed") -> "Removed":
        return Removed(**{what: count + asdict(other)[what] for what, count in asdict(self).items()})

    def __str__(self) -> str:
        return ", ".join(f"{count} {what}" for what, count in asdict(self).items())

    @property
    def anything(self) -> bool:
        return any(asdict(self).values())


NOTHING = Removed()


def purge(session: Session, *, settings: Settings, now: datetime, limit: int = 500) -> Removed:
    """Remove what is too old, at most ``limit`` of each kind: repeat it until nothing was removed."""
    calls_before = now - timedelta(days=settings.calls_days)
    return Removed(
        recordings=recordings.expire(session, now, settings.recordings_days, limit),
        traces=_traces(session, calls_before, limit),
        texts=_texts(session, now - timedelta(days=settings.texts_days), limit),
        cases=forgetting.old_cases(session, now - timedelta(days=settings.cases_days), limit, now),
        tasks=_tasks(session, calls_before, limit),
        replies=_replies(session, now, limit),
        answers=_gone(session, delete(StoredAnswer).where(StoredAnswer.created_at < now - ANSWERS_KEPT)),
        tries=_gone(session, delete(Tries).where(Tries.day < (now - TRIES_KEPT).date())),
        sessions=_sessions(session, now - SESSIONS_KEPT, limit),
        jobs=_jobs(session, now - JOBS_KEPT, limit),
    )


def report(session: Session, removed: Removed, now: datetime) -> None:
    """Keep on record what a purge removed; one that had nothing to do leaves none."""
    if removed.anything:
        session.add(PurgeRow(at=now, removed=asdict(removed)))


def _traces(session: Session, before: datetime, limit: int) -> int:
    """Calls without their turns and numbers."""
    known = or_(CallRow.from_number != REMOVED, CallRow.to_number != REMOVED)
    old = session.scalars(select(CallRow.id).where(CallRow.started_at < before, known).limit(limit)).all()
    if old:
        session.execute(delete(TurnRow).where(TurnRow.call_id.in_(old)))
        session.execute(update(Wait).where(Wait.call_id.in_(old)).values(phone=None))
        session.execute(update(Guest).where(Guest.call_id.in_(old)).values(phone=REMOVED, reason=None))
        session.execute(update(Leg).where(Leg.call_id.in_(old)).values(note=None))
        mine = update(CallRow).where(CallRow.id.in_(old))
        session.execute(mine.values(from_number=REMOVED, to_number=REMOVED, caller=None))
    return len(old)


def _texts(session: Session, before: datetime, limit: int) -> int:
    old = select(TextRow.id).where(TextRow.created_at < before, TextRow.phone != REMOVED).limit(limit)
    return _gone(session, update(TextRow).where(TextRow.id.in_(old)).values(phone=REMOVED, body=""))


def _tasks(session: Session, before: datetime, limit: int) -> int:
    """What was done long ago, without the words and the number that it was about."""
    telling = or_(Task.phone.is_not(None), Task.detail != "", Task.note.is_not(None))
    old = select(Task.id).where(Task.state == DONE, Task.done_at < before, telling).limit(limit)
    mine = update(Task).where(Task.id.in_(old))
    return _gone(session, mine.values(phone=None, detail="", note=None, recording_id=None))


def _replies(session: Session, now: datetime, limit: int) -> int:
    over = CallRow.ended_at.between(now - _LOOKED_BACK, now - REPLIES_KEPT)
    old = (
        select(TurnRow.id)
        .join(CallRow, CallRow.id == TurnRow.call_id)
        .where(over, TurnRow.reply != "")
        .limit(limit)
    )
    return _gone(session, update(TurnRow).where(TurnRow.id.in_(old)).values(reply=""))


def _sessions(session: Session, before: datetime, limit: int) -> int:
    """Agents' sessions at the console, and wrong tries to begin one, that count no more."""
    _gone(session, delete(SignInTries).where(SignInTries.last_at < before))
    old = select(AgentSession.id).where(AgentSession.seen_at < before).limit(limit)
    return _gone(session, delete(AgentSession).where(AgentSession.id.in_(old)))


def _jobs(session: Session, before: datetime, limit: int) -> int:
    old = select(Job.id).where(Job.state == "done", Job.finished_at < before).limit(limit)
    return _gone(session, delete(Job).where(Job.id.in_(old)))


def _gone(session: Session, statement: Delete | Update) -> int:
    result: Any = session.execute(statement.execution_options(synchronize_session=False))
    return int(result.rowcount)
