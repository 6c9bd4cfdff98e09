"""What follows from events of cases is written down once, and the CRM hears of each, in order."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import select
from werkzeug import Request, Response

from ivr.aftersales import letters
from ivr.aftersales.events import OWNER, EventKind, record
from ivr.aftersales.letters import DEAD_AFTER, LetterStatus
from ivr.present import Present
from ivr.store.tables import Case, CaseEvent
from tests.making import make_case, make_home, make_project
from tests.telephony.answering import answering
from tests.worker.bench import Bench, make_settings
from worker.duty import FoundKind, patience


@dataclass
class Crm:
    """The CRM's end: what it was told, and what it answers next (200 when nothing is left)."""

    url: str = ""
    told: list[Request] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        request.get_data()
        self.told.append(request)
        return Response(status=self.answers.pop(0) if self.answers else 200)

    @property
    def kinds(self) -> list[str]:
        return [json.loads(request.get_data())["kind"] for request in self.told]


@pytest.fixture
def crm(bench: Bench) -> Iterator[Crm]:
    crm = Crm()
    with answering(crm.answer) as crm.url:
        settings = make_settings(events_url=f"{crm.url}/events", events_secret="shared")
        bench.ctx = replace(bench.ctx, present=Present(settings))
        yield crm


def happen(bench: Bench, *kinds: EventKind, case: Case | None = None) -> Case:
    with bench.store.transaction() as session:
        case = case or make_case(session, make_home(session, make_project(session)))
        for kind in kinds:
            record(session, case, kind, by=OWNER, now=bench.clock.now(), note="señal")
    return case


def events(bench: Bench) -> list[CaseEvent]:
    with bench.store.reading() as session:
        return list(session.scalars(select(CaseEvent).order_by(CaseEvent.id)))


def test_every_event_is_announced_once(bench: Bench) -> None:
    happen(bench, EventKind.COMMENT, EventKind.CONTACTS_SET)
    bench.work()
    announced = [event.announced_at for event in events(bench)]
    assert None not in announced
    bench.later(minutes=5)
    assert [event.announced_at for event in events(bench)] == announced


def test_events_that_come_later_are_announced_too(bench: Bench) -> None:
    case = happen(bench, EventKind.COMMENT)
    bench.work()
    happen(bench, EventKind.COMMENT, case=case)
    bench.work()
    assert all(event.announced_at for event in events(bench))


def test_an_event_that_cannot_be_announced_is_tried_until_a_deploy_mends_it(bench: Bench) -> None:
    happen(bench, EventKind.COMMENT)
    with bench.store.transaction() as session:
        event = session.scalars(select(CaseEvent)).one()
        event.kind = "of_a_newer_version"
    for _ in range(3):
        bench.later(minutes=11)
    assert bench.job(FoundKind.ANNOUNCE).state == "due"
    assert patience(FoundKind.ANNOUNCE).attempts is None
    with bench.store.transaction() as session:
        session.scalars(select(CaseEvent)).one().kind = EventKind.COMMENT
    bench.later(minutes=11)
    assert events(bench)[0].announced_at is not None


def test_the_crm_is_told_each_event_in_order_and_signed(bench: Bench, crm: Crm) -> None:
    case = happen(bench, *[EventKind.COMMENT, EventKind.CONTACTS_SET] * 4)
    bench.work()
    assert crm.kinds == ["comment", "contacts_set"] * 4
    first = crm.told[0]
    body = first.get_data()
    expected = hmac.new(b"shared", body, hashlib.sha256).hexdigest()
    assert first.headers["X-Postventa-Signature"] == f"sha256={expected}"
    assert first.path == "/events"
    told = json.loads(body)
    assert told.pop("at")
    assert told == {
        "id": events(bench)[0].id,
        "case": case.number,
        "kind": "comment",
        "by": "owner",
        "detail": {"note": "señal"},
    }


def test_times_are_told_in_the_projects_own_zone(bench: Bench, crm: Crm) -> None:
    happen(bench, EventKind.COMMENT)
    bench.work()
    assert json.loads(crm.told[0].get_data())["at"].startswith("2026-11-24T10:00:")
    assert json.loads(crm.told[0].get_data())["at"].endswith("-03:00")


def test_an_event_that_the_crm_did_not_take_is_told_again_before_any_later_one(
    bench: Bench, crm: Crm
) -> None:
    crm.answers = [200, 500, 302]
    happen(bench, EventKind.OPENED, EventKind.COMMENT, EventKind.CONTACTS_SET)
    bench.work()
    assert crm.kinds == ["opened", "comment"]
    bench.later(seconds=10)
    bench.later(seconds=40)
    assert crm.kinds == ["opened", "comment", "comment", "comment", "contacts_set"]
    assert all(event.posted_at for event in events(bench))


def test_a_case_whose_news_are_not_taken_does_not_hold_up_another(bench: Bench, crm: Crm) -> None:
    crm.answers = [500]
    first = happen(bench, EventKind.COMMENT)
    with bench.store.transaction() as session:
        other = make_case(session, session.get_one(Case, first.id).home)
    happen(bench, EventKind.CONTACTS_SET, case=other)
    bench.work()
    assert sorted(crm.kinds) == ["comment", "contacts_set"]


def test_the_crm_is_told_until_it_answers(bench: Bench, crm: Crm) -> None:
    crm.answers = [503] * 30
    happen(bench, EventKind.COMMENT)
    for _ in range(40):
        bench.later(minutes=61)
    assert len(crm.told) == 31
    assert events(bench)[0].posted_at is not None


def test_a_letter_that_died_is_posted_when_it_is_replayed_and_then_the_later_ones(
    bench: Bench, crm: Crm
) -> None:
    crm.answers = [500] * DEAD_AFTER
    happen(bench, EventKind.OPENED, EventKind.COMMENT)
    for _ in range(DEAD_AFTER):
        bench.later(minutes=61)
    with bench.store.transaction() as session:
        (dead,), _ = letters.page(session, status=LetterStatus.DEAD)
        assert (dead.event.kind, dead.attempts) == ("opened", DEAD_AFTER)
        letters.replay(session, dead.event.id, settings=bench.ctx.settings, now=bench.clock.now())
    bench.work()
    assert crm.kinds == ["opened"] * (DEAD_AFTER + 1) + ["comment"]
    with bench.store.reading() as session:
        assert [letter.status for letter in letters.page(session)[0]] == ["posted", "posted"]


def test_what_the_crm_has_lost_is_told_once_more_on_request(bench: Bench, crm: Crm) -> None:
    happen(bench, EventKind.OPENED, EventKind.COMMENT)
    bench.work()
    with bench.store.transaction() as session:
        letters.replay(session, events(bench)[0].id, settings=bench.ctx.settings, now=bench.clock.now())
    bench.work()
    assert crm.kinds == ["opened", "comment", "opened"]


def test_without_a_crm_nothing_is_owed_to_it(bench: Bench) -> None:
    happen(bench, EventKind.COMMENT)
    assert bench.work() == 1
