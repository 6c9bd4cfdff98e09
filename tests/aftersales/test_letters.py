"""What the CRM has not taken: seen, in its order, and posted again on request."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import letters
from ivr.aftersales.events import OWNER, EventKind, record
from ivr.aftersales.letters import DEAD_AFTER, LetterStatus
from ivr.errors import Conflict, Invalid, NotFound
from ivr.store.jobs import JobKind, schedule
from ivr.store.session import Store
from ivr.store.tables import Case, CaseEvent, Job
from tests.line import settings
from tests.making import at, make_case, make_home, make_project

NOW = at("2026-11-24 10:00")
CHOSEN = settings("sqlite://", events_url="https://crm.example/events", events_secret="shared")


def happened(session: Session, count: int = 3) -> tuple[Case, list[CaseEvent]]:
    """So many things happened to a case of which the CRM knows nothing yet."""
    home = make_home(session, make_project(session, code=str(100 + session.query(Case).count())))
    case = make_case(session, home)
    for _ in range(count):
        record(session, case, EventKind.COMMENT, by=OWNER, now=NOW, text="Gracias")
    made = select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id)
    return case, list(session.scalars(made))


def refused(session: Session, case: Case, times: int) -> Job:
    """The CRM has refused the next letter of the case so often."""
    schedule(session, JobKind.POST, case.id, NOW)
    job = session.scalars(select(Job).where(Job.kind == "post", Job.key == str(case.id))).one()
    job.attempts, job.outcome = times, "NotPosted: the CRM answered 500"
    session.flush()
    return job


def of_status(session: Session, status: LetterStatus | None) -> list[int]:
    return [letter.event.id for letter in letters.page(session, status=status)[0]]


def test_a_letter_that_is_refused_again_and_again_is_dead_and_the_later_ones_wait(store: Store) -> None:
    with store.transaction() as session:
        case, (posted, first, second) = happened(session)
        posted.posted_at = NOW
        job = refused(session, case, DEAD_AFTER - 1)
        assert of_status(session, LetterStatus.DEAD) == []
        job.attempts += 1
        _, others = happened(session, 1)
        session.flush()
        assert of_status(session, LetterStatus.DEAD) == [first.id]
        assert of_status(session, LetterStatus.WAITING) == [second.id, others[0].id]
        assert of_status(session, LetterStatus.POSTED) == [posted.id]
        assert letters.dead_count(session) == 1
        shown = {letter.event.id: letter for letter in letters.page(session, case=case.number)[0]}
        assert list(shown) == [posted.id, first.id, second.id]
        dead = shown[first.id]
        assert (dead.status, dead.attempts, dead.next_at) == ("dead", DEAD_AFTER, NOW)
        assert dead.fault == "NotPosted: the CRM answered 500"
        assert (shown[second.id].status, shown[second.id].attempts) == ("waiting", 0)
        assert shown[posted.id].status == "posted"


def test_letters_come_page_by_page(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        _, made = happened(session)
        first, cursor = letters.page(session, limit=2)
        second, nothing = letters.page(session, limit=2, cursor=cursor)
        assert [letter.event.id for letter in first + second] == [event.id for event in made]
        assert nothing is None
        with pytest.raises(Invalid):
            letters.page(session, cursor="?")


def test_a_dead_letter_that_is_replayed_is_due_at_once_and_alive(store: Store) -> None:
    with store.transaction() as session:
        case, (first, *_) = happened(session)
        job = refused(session, case, DEAD_AFTER + 3)
        job.due_at = NOW + timedelta(hours=1)
        session.flush()
        letter = letters.replay(session, first.id, settings=CHOSEN, now=NOW)
        assert (letter.status, letter.attempts, letter.fault, letter.next_at) == ("waiting", 0, None, NOW)


def test_a_posted_letter_is_posted_once_more_before_what_is_still_to_be_told(store: Store) -> None:
    with store.transaction() as session:
        _, (first, second, _) = happened(session)
        first.posted_at = second.posted_at = NOW
        letter = letters.replay(session, second.id, settings=CHOSEN, now=NOW)
        assert (letter.event.id, letter.event.posted_at, letter.next_at) == (second.id, None, NOW)
        assert first.posted_at == NOW


def test_nothing_is_replayed_to_nobody(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        _, (first, *_) = happened(session)
        with pytest.raises(Conflict):
            letters.replay(session, first.id, settings=settings("sqlite://"), now=NOW)
        with pytest.raises(NotFound):
            letters.replay(session, 999, settings=CHOSEN, now=NOW)
