"""Everything held about a person is given out on request, or taken away. What is not theirs stays."""

import json

import pytest
from sqlalchemy import JSON, Text, select

from ivr.aftersales import cases, privacy, recordings
from ivr.aftersales.events import OWNER
from ivr.errors import NotFound
from ivr.store.session import Store
from ivr.store.tables import (
    AuditEntry,
    Base,
    CaseEvent,
    Job,
    Photo,
    Recording,
    Refusal,
    Requirement,
    Task,
    TextRow,
    Wait,
)
from tests.aftersales.a_person import ANA, BENJA, NATIONAL, NOW, SECRETS, dumped, everything, live
from tests.line import settings

CHOSEN = settings("sqlite://")

#: Columns for words in which nothing of an owner ever stands: outcomes, reasons of closures, places, counts.
IMPERSONAL = {
    "agents.skills",
    "api_tokens.scopes",
    "closures.reason",
    "jobs.outcome",
    "purges.removed",
    "turns.question",
    "turns.stack",
    "turns.trail",
}


def test_everything_that_is_held_is_given_out(store: Store) -> None:
    with store.transaction() as session:
        case = live(session, ANA, "101", "Ana Díaz")
        live(session, BENJA, "202", "Benjamín Soto")
        held = privacy.export(session, ANA, settings=CHOSEN)
        written = json.dumps(held, ensure_ascii=False)
        for word in ("Ana Díaz", "Gotea", "Quiere hablar", "Hola Ana", case.number, "porque sí", NATIONAL):
            assert word in written
        assert "Benjamín" not in written
        assert BENJA not in written
        assert {name for name, rows in held.items() if not rows} == {"survey_answers"}
        assert held["purpose"]
        assert held["recipients"]


def test_nothing_held_is_not_found_and_no_error_to_erase(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        with pytest.raises(NotFound):
            privacy.export(session, ANA, settings=CHOSEN)
        privacy.erase(session, ANA, NOW, settings=CHOSEN)


def test_an_export_says_where_it_comes_from_who_gets_it_and_how_long_it_is_kept(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        live(session, ANA, "101", "Ana Díaz")
        told = settings("sqlite://", events_url="https://crm.example/", events_secret="s", calls_days=365)
        held = privacy.export(session, ANA, settings=told)
        assert held["origin"]
        assert held["kept_days"] == {"cases": 3653, "calls": 365, "texts": 730, "recordings": 180}
        assert privacy.CRM in held["recipients"]
        assert privacy.CRM not in privacy.export(session, ANA, settings=CHOSEN)["recipients"]


def test_every_column_for_words_holds_some_of_the_person_of_these_tests_or_never_an_owners(
    sqlite_store: Store,
) -> None:
    """So that no new one can be forgotten: it is filled in `a_person`, or it is none of theirs."""
    with sqlite_store.transaction() as session:
        live(session, ANA, "101", "Ana Díaz")
        held = everything(session)
    telling = {
        f"{table}.{column}"
        for table, rows in held.items()
        for row in rows
        for column, value in row.items()
        if any(word in json.dumps(value, default=str, ensure_ascii=False) for word in SECRETS)
    }
    wordy = {
        str(column)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Text | JSON)
    }
    assert wordy - telling == IMPERSONAL
    assert telling & IMPERSONAL == set()


def test_the_person_goes_and_the_figures_stay(store: Store) -> None:
    with store.transaction() as session:
        case = live(session, ANA, "101", "Ana Díaz")
        number = case.number
        privacy.erase(session, ANA, NOW, settings=CHOSEN)
    with store.transaction() as session:
        left = {name: [word for word in SECRETS if word in words] for name, words in dumped(session).items()}
        assert {name: words for name, words in left.items() if words} == {}
        case = cases.get(session, number)
        assert case.home is not None
        assert (case.home.number, case.home.owner, case.contacts) == ("101", None, [])
        assert [(r.category, r.status) for r in case.requirements] == [("damp", "reported")]
        assert [survey.score for survey in case.surveys] == [4]
        kinds = ["opened", "requirement_added", "comment", "works_done", "cancelled"]
        assert [event.kind for event in case.events] == kinds
        assert case.events[0].detail["channel"] == "phone"
        assert case.events[3].detail == {"requirements": [1]}


def test_that_an_agent_did_something_stays_and_to_whom_does_not(store: Store) -> None:
    with store.transaction() as session:
        case = live(session, ANA, "101", "Ana Díaz")
        privacy.erase(session, ANA, NOW, settings=CHOSEN)
        done = session.execute(select(AuditEntry.action, AuditEntry.subject, AuditEntry.detail)).all()
        assert sorted(map(tuple, done)) == [
            ("comment", f"case:{case.number}", {}),
            ("export", "owner:erased", {}),
            ("search", "homes", {}),
        ]


def test_all_that_is_left_to_give_out_is_that_they_object(store: Store) -> None:
    """An objection is kept, so that it is kept; who made it shows only to somebody who has the number."""
    with store.transaction() as session:
        live(session, ANA, "101", "Ana Díaz")
        privacy.erase(session, ANA, NOW, settings=CHOSEN)
        held = privacy.export(session, ANA, settings=CHOSEN)
        lists = {name for name, rows in held.items() if isinstance(rows, list) and rows}
        assert lists == {"origin", "recipients", "refusals"}
        (refusal,) = held["refusals"]
        assert refusal["scope"] == "calls:works"
        session.query(Refusal).delete()
        with pytest.raises(NotFound):
            privacy.export(session, ANA, settings=CHOSEN)


def test_a_case_that_only_a_text_or_a_task_ties_to_the_number_loses_its_words_too(store: Store) -> None:
    """Somebody whose number was replaced as the case's contact."""
    with store.transaction() as session:
        case = live(session, BENJA, "101", "Ana Díaz")
        cases.set_contacts(session, case, [], by=OWNER, now=NOW)
        text = session.scalars(select(TextRow)).one()
        text.phone = ANA
        privacy.erase(session, ANA, NOW, settings=CHOSEN)
        session.refresh(case)
        assert [requirement.description for requirement in case.requirements] == [None]


def test_recordings_are_to_be_deleted_and_texts_are_not_sent(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        live(session, ANA, "101", "Ana Díaz")
        privacy.erase(session, ANA, NOW, settings=CHOSEN)
        recording = session.scalars(select(Recording)).one()
        assert recording.status == "dropped"
        assert session.scalars(select(Recording).where(recordings.owed(NOW))).all() == [recording]
        job = session.scalars(select(Job).where(Job.kind == "recording")).one()
        assert (job.key, job.state, job.due_at) == (str(recording.id), "due", NOW)
        assert session.scalars(select(Requirement.recording_id)).one() is None
        assert session.scalars(select(TextRow.state)).one() == "refused"


def test_photos_of_the_home_are_to_be_deleted(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        live(session, ANA, "101", "Ana Díaz")
        live(session, BENJA, "202", "Benjamín Soto")
        privacy.erase(session, ANA, NOW, settings=CHOSEN)
        hers, his = session.scalars(select(Photo).order_by(Photo.id))
        assert (hers.dropped_at, his.dropped_at) == (NOW, None)
        due = select(Job.key).where(Job.kind == "photo", Job.due_at <= NOW)
        assert session.scalars(due).all() == [str(hers.id)]


def test_a_callback_to_nobody_is_done_and_a_cases_task_stays(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        live(session, ANA, "101", "Ana Díaz")
        privacy.erase(session, ANA, NOW, settings=CHOSEN)
        found = session.scalars(select(Task).order_by(Task.id)).all()
        assert [(task.kind, task.state) for task in found] == [("callback", "done"), ("ring_owner", "open")]


def test_nobody_is_rung_for_a_place_in_the_queue_that_was_kept(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        live(session, ANA, "101", "Ana Díaz")
        live(session, BENJA, "202", "Benjamín Soto")
        privacy.erase(session, ANA, NOW, settings=CHOSEN)
        found = session.scalars(select(Wait).order_by(Wait.id)).all()
        assert [(wait.state, wait.phone) for wait in found] == [("left", None), ("waiting", BENJA)]


def test_nobody_else_loses_anything(store: Store) -> None:
    with store.transaction() as session:
        live(session, BENJA, "202", "Benjamín Soto")
        before = everything(session)
        live(session, ANA, "101", "Ana Díaz")
        privacy.erase(session, ANA, NOW, settings=CHOSEN)
        after = everything(session)
    del before["agent_sessions"]  # forms that were not sent go, whatever they are about
    for table, rows in before.items():
        assert [row for row in rows if row not in after[table]] == []


def test_a_case_of_two_people_keeps_the_other_ones_number(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        case = live(session, ANA, "101", "Ana Díaz")
        cases.set_contacts(session, case, [ANA, BENJA], by=OWNER, now=NOW)
        privacy.erase(session, ANA, NOW, settings=CHOSEN)
        assert [contact.phone for contact in case.contacts] == [BENJA]
        details = session.scalars(select(CaseEvent.detail).where(CaseEvent.kind == "comment")).all()
        assert details == [{}]
