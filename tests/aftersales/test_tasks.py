import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import tasks
from ivr.aftersales.tasks import TaskKind
from ivr.errors import Invalid, NotFound
from ivr.store.session import Store
from ivr.store.tables import Task
from tests.making import make_case, make_home, make_project

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANA = "+56987654321"
MOMENT = NOW.isoformat()


def closed(values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


def kinds(session: Session, state: str | None = "open") -> list[str]:
    return [task.kind for task in tasks.page(session, state=state)[0]]


def test_a_task_is_due_now_unless_said_otherwise(store: Store) -> None:
    with store.transaction() as session:
        task = tasks.open_task(session, TaskKind.CALLBACK, now=NOW, phone=ANA, detail="Quiere hablar")
        assert (task.id > 0, task.state, task.due, task.phone) == (True, "open", NOW, ANA)
        later = tasks.open_task(session, TaskKind.CALLBACK, now=NOW, due=NOW + HOUR)
        assert later.due == NOW + HOUR


def test_one_reason_makes_one_task(store: Store) -> None:
    with store.transaction() as session:
        case = make_case(session, make_home(session, make_project(session)))
        first = tasks.open_task(session, TaskKind.UNSCHEDULED, now=NOW, case=case, once="a")
        again = tasks.open_task(session, TaskKind.UNSCHEDULED, now=NOW + HOUR, case=case, once="a")
        assert (again.id, again.due) == (first.id, NOW)
        tasks.done(session, first, "Marta", NOW)
        assert tasks.open_task(session, TaskKind.UNSCHEDULED, now=NOW, once="a").state == "done"
        assert tasks.open_task(session, TaskKind.UNSCHEDULED, now=NOW, once="b").id != first.id


def test_one_reason_makes_one_task_also_at_the_same_moment(store: Store) -> None:
    def ask(_n: int) -> int:
        with store.transaction() as session:
            return tasks.open_task(session, TaskKind.VISIT_LATE, now=NOW, once="late:1").id

    with ThreadPoolExecutor(4) as askers:
        ids = set(askers.map(ask, range(8)))
    with store.reading() as session:
        assert ids == {session.scalars(select(Task)).one().id}


def test_a_task_is_done_once(store: Store) -> None:
    with store.transaction() as session:
        task = tasks.open_task(session, TaskKind.CALLBACK, now=NOW)
        tasks.done(session, task, "Marta", NOW + HOUR)
        tasks.done(session, task, "Pedro", NOW + 2 * HOUR)
        assert (task.state, task.done_by, task.done_at) == ("done", "Marta", NOW + HOUR)


def test_what_has_come_about_in_another_way_is_settled(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        home = make_home(session, make_project(session))
        case, other = make_case(session, home), make_case(session, home)
        for kind in (TaskKind.UNSCHEDULED, TaskKind.CALLBACK):
            tasks.open_task(session, kind, now=NOW, case=case)
        tasks.open_task(session, TaskKind.UNSCHEDULED, now=NOW, case=other)
        tasks.settle(session, case, (TaskKind.UNSCHEDULED, TaskKind.RING_OWNER), "line", NOW)
        assert kinds(session) == ["callback", "unscheduled"]
        assert kinds(session, "done") == ["unscheduled"]


def test_tasks_come_as_they_are_due_in_pages(store: Store) -> None:
    with store.transaction() as session:
        for hours in (3, 1, 2, 2):
            tasks.open_task(session, TaskKind.CALLBACK, now=NOW, due=NOW + hours * HOUR, detail=str(hours))
        first, cursor = tasks.page(session, limit=3)
        rest, end = tasks.page(session, cursor=cursor, limit=3)
        assert [task.detail for task in first + rest] == ["1", "2", "2", "3"]
        assert end is None
        tasks.done(session, first[0], "Marta", NOW)
        assert len(kinds(session)) == 3
        assert len(kinds(session, None)) == 4


def test_unknown_states_cursors_and_tasks_are_refused(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        with pytest.raises(Invalid) as fault:
            tasks.page(session, state="lost")
        assert set(fault.value.fields) == {"status"}
        for cursor in (
            "?",
            "ñ",
            *map(closed, ([], ["x", 1], {"a": 1}, ["2026-11-24", 1], [MOMENT, "1"], [MOMENT, 2**63])),
        ):
            with pytest.raises(Invalid) as fault:
                tasks.page(session, cursor=cursor)
            assert set(fault.value.fields) == {"cursor"}
        with pytest.raises(NotFound):
            tasks.get(session, 1)
        task = tasks.open_task(session, TaskKind.CALLBACK, now=NOW)
        assert tasks.get(session, task.id) is task
