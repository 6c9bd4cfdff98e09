"""Tasks are taken by one agent, put off, and done with a note."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from ivr.aftersales import tasks
from ivr.aftersales.tasks import TaskKind
from ivr.errors import Conflict, Invalid
from ivr.store.session import Store
from ivr.store.tables import Agent
from ivr.switchboard import presence
from tests.making import at

NOW = at("2026-11-24 10:00")
HOUR = timedelta(hours=1)


def agent(session: Session, name: str, phone: str) -> Agent:
    email = f"{name}@example.cl"
    return presence.create(session, name=name, phone=phone, email=email, skills=["standard"], now=NOW)


def listed(session: Session, **which: object) -> list[int]:
    return [task.id for task in tasks.open_page(session, now=NOW, **which)[0]]  # type: ignore[arg-type]


def test_a_task_is_one_agents_until_they_give_it_back(store: Store) -> None:
    with store.transaction() as session:
        ana, bruno = agent(session, "Ana", "+56911111111"), agent(session, "Bruno", "+56922222222")
        task = tasks.open_task(session, TaskKind.CALLBACK, now=NOW)
        tasks.take(session, task, ana, NOW)
        tasks.take(session, task, ana, NOW + HOUR)
        assert task.taken_at == NOW
        with pytest.raises(Conflict):
            tasks.take(session, task, bruno, NOW)
        assert listed(session, taken_by=ana) == [task.id]
        assert listed(session, taken_by=bruno) == []
        tasks.give_back(session, task)
        tasks.take(session, task, bruno, NOW)
        assert task.taken_by_id == bruno.id


def test_what_is_put_off_is_not_seen_until_then_or_until_it_is_taken(store: Store) -> None:
    with store.transaction() as session:
        task = tasks.open_task(session, TaskKind.CALLBACK, now=NOW)
        other = tasks.open_task(session, TaskKind.VOICEMAIL, now=NOW)
        for wrong in (NOW, NOW - HOUR, NOW + tasks.LONGEST_SNOOZE + HOUR):
            with pytest.raises(Invalid):
                tasks.snooze(session, task, wrong, NOW)
        tasks.snooze(session, task, NOW + HOUR, NOW)
        assert listed(session) == [other.id]
        assert listed(session, asleep=True) == [task.id]
        assert tasks.open_page(session, now=NOW + HOUR)[0] == [task, other]
        tasks.take(session, task, agent(session, "Ana", "+56911111111"), NOW)
        assert listed(session) == [task.id, other.id]


def test_what_is_done_stays_done_and_keeps_the_first_note(store: Store) -> None:
    with store.transaction() as session:
        task = tasks.open_task(session, TaskKind.CALLBACK, now=NOW)
        with pytest.raises(Invalid):
            tasks.done(session, task, "Ana", NOW, "x" * (tasks.LONGEST_NOTE + 1))
        tasks.done(session, task, "Ana", NOW, " Conforme ")
        tasks.done(session, task, "Bruno", NOW + HOUR, "Otra cosa")
        assert (task.done_by, task.note) == ("Ana", "Conforme")
        ana = agent(session, "Ana", "+56911111111")
        for deed in (
            lambda: tasks.take(session, task, ana, NOW),
            lambda: tasks.give_back(session, task),
            lambda: tasks.snooze(session, task, NOW + HOUR, NOW),
        ):
            with pytest.raises(Conflict):
                deed()


def test_the_kinds_are_counted_and_listed_apart(store: Store) -> None:
    with store.transaction() as session:
        calls = [tasks.open_task(session, TaskKind.CALLBACK, now=NOW).id for _ in range(2)]
        tasks.open_task(session, TaskKind.VOICEMAIL, now=NOW)
        done = tasks.open_task(session, TaskKind.VOICEMAIL, now=NOW)
        tasks.done(session, done, "Ana", NOW)
        assert tasks.count_open(session) == {TaskKind.CALLBACK: 2, TaskKind.VOICEMAIL: 1}
        assert listed(session, kind=TaskKind.CALLBACK) == calls
