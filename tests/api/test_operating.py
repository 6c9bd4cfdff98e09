"""What those who run the line look at: the letters to the CRM, and the calls that the line plans to make."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ivr.aftersales import cases, letters, outbound
from ivr.aftersales.letters import DEAD_AFTER
from ivr.aftersales.outbound import CallPurpose
from ivr.clock import MovableClock
from ivr.settings import Settings
from ivr.store.jobs import JobKind, schedule
from ivr.store.session import Store
from ivr.store.tables import CallRow, Case, CaseEvent, Job
from tests.api.conftest import OWNER, Client, json_of, make_client, make_settings, names
from tests.api.test_refusals import assert_refused

MakeCase = Callable[..., dict[str, Any]]
CRM = make_settings(
    events_url="https://crm.example/events", events_secret="shared", outbound_number="+56600123456"
)


@pytest.fixture
def client(
    sqlite_store: Store, clock: MovableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Client:
    monkeypatch.setattr("tests.api.conftest.make_settings", lambda: CRM)
    return make_client(sqlite_store, clock, tmp_path)


def test_a_dead_letter_is_seen_and_replayed(
    client: Client, sqlite_store: Store, make_case: MakeCase, clock: MovableClock
) -> None:
    number = make_case()["number"]
    assert names(client, f"/events?case={number}&limit=1", "events", "kind")[0] == "opened"
    with sqlite_store.transaction() as session:
        (letter, *_), _ = letters.page(session)
        schedule(session, JobKind.POST, letter.event.case_id, clock.now())
        job = session.scalars(select(Job).where(Job.kind == "post")).one()
        job.attempts, job.outcome = DEAD_AFTER, "NotPosted: the CRM answered 500"
    (dead,) = json_of(client.api("GET", "/events?status=dead"))["events"]
    assert (dead["case"], dead["kind"], dead["by"], dead["status"]) == (number, "opened", "api", "dead")
    assert (dead["attempts"], dead["fault"]) == (DEAD_AFTER, "NotPosted: the CRM answered 500")
    assert dead["at"].startswith("2026-11-24T10:00:0")
    assert dead["next_attempt"].endswith("-03:00")
    replayed = client.api("POST", f"/events/{dead['id']}/replay")
    assert replayed.status_code == 200
    assert (json_of(replayed)["status"], json_of(replayed)["attempts"]) == ("waiting", 0)
    assert names(client, "/events?status=dead", "events", "id") == []
    assert dead["id"] in names(client, "/events?status=waiting", "events", "id")


def test_a_letter_that_is_not_there_and_a_status_that_is_none_are_refused(client: Client) -> None:
    assert_refused(client.api("POST", "/events/999/replay"), 404)
    assert_refused(client.api("GET", "/events?status=lost"), 422, "status")


def test_without_a_crm_nothing_can_be_replayed(
    sqlite_store: Store,
    make_case: MakeCase,
    clock: MovableClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_case()
    alone = Settings(**CRM.model_dump() | {"events_url": None, "_env_file": None})
    monkeypatch.setattr("tests.api.conftest.make_settings", lambda: alone)
    with sqlite_store.reading() as session:
        event_id = session.scalars(select(CaseEvent.id)).first()
    answer = make_client(sqlite_store, clock, tmp_path).api("POST", f"/events/{event_id}/replay")
    assert_refused(answer, 409)
    assert answer.get_json()["error"]["code"] == "no_crm"


def test_planned_calls_are_listed_with_their_attempts_and_how_they_ended(
    client: Client, sqlite_store: Store, make_case: MakeCase, clock: MovableClock
) -> None:
    number = make_case()["number"]
    with sqlite_store.transaction() as session:
        case = session.scalars(select(Case)).one()
        ended = outbound.plan(session, CallPurpose.REMINDER, case, settings=CRM, now=clock.now())
        assert ended is not None
        outbound.end(session, ended, outbound.FinalAnswer.ANSWERED, clock.now())
        plan = outbound.plan(session, CallPurpose.WORKS, case, settings=CRM, now=clock.now())
        assert plan is not None
        plan.attempts = 1
        session.add(
            CallRow(
                sid="CA1",
                direction="outbound",
                purpose="works",
                from_number="+56600123456",
                to_number=OWNER,
                channel="phone",
                case_id=cases.get(session, number).id,
                status="no-answer",
                outcome="no-answer",
                started_at=clock.now(),
                ended_at=clock.now(),
            )
        )
    (planned,) = json_of(client.api("GET", "/outbound"))["outbound"]
    assert (planned["case"], planned["purpose"], planned["state"]) == (number, "works", "planned")
    assert (planned["attempts"], planned["answer"], planned["ended_at"]) == (1, None, None)
    assert planned["due"].startswith("2026-11-24T10:00:0")
    (call,) = planned["calls"]
    assert (call["sid"], call["to"], call["outcome"]) == ("CA1", OWNER, "no-answer")
    (over,) = json_of(client.api("GET", "/outbound?status=ended&purpose=reminder"))["outbound"]
    assert (over["answer"], over["calls"]) == ("answered", [])
    assert names(client, f"/outbound?case={number}&purpose=satisfaction", "outbound", "id") == []
    assert_refused(client.api("GET", "/outbound?status=lost"), 422, "status")
