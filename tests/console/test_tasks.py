"""Tasks at the console: seen, taken, put off, done, and what the CRM did not take."""

import re
from datetime import timedelta
from typing import Any

import pytest

from ivr.aftersales import cases, letters, tasks
from ivr.aftersales.tasks import TaskKind
from ivr.store.jobs import JobKind
from ivr.store.tables import Agent, AuditEntry, Job, Task
from ivr.switchboard.accounts import Role
from tests.board import Board
from tests.console.browsing import Visitor, hidden
from tests.console.case_files import CAMILA, MARKUP, open_case, the_task, voicemail

LIST = "/console/tareas/"


@pytest.fixture
def agent(visitor: Visitor) -> Visitor:
    return visitor.sign_in()


@pytest.fixture
def colleague(office: Board) -> Visitor:
    """Ricardo, who is a supervisor."""
    return Visitor(office.line.app).sign_in(Role.SUPERVISOR)


def page_of(task_id: int, deed: str = "") -> str:
    return f"{LIST}{task_id}/{deed}" if deed else f"{LIST}{task_id}"


def listed(text: str) -> list[int]:
    return [int(found) for found in re.findall(r'<h2><a href="/console/tareas/(\d+)"', text)]


def add(office: Board, kind: TaskKind, **given: Any) -> int:
    with office.store.transaction() as session:
        return tasks.open_task(session, kind, now=office.clock.now(), **given).id


def forms_of(text: str, to: str) -> dict[str, str]:
    """The hidden fields of the form that leads there."""
    found = re.search(rf'<form[^>]*action="{to}".*?</form>', text, re.DOTALL)
    assert found is not None, to
    return hidden(found[0])


def test_what_is_due_first_comes_first_and_filters_narrow_it(office: Board, agent: Visitor) -> None:
    now = office.clock.now()
    later = add(office, TaskKind.RING_OWNER, due=now + timedelta(days=1))
    first = add(office, TaskKind.CALLBACK, due=now - timedelta(days=1), phone=CAMILA)
    message = voicemail(office, detail=MARKUP)
    done = add(office, TaskKind.CALLBACK)
    with office.store.transaction() as session:
        tasks.done(session, session.get_one(Task, done), "Ana", now)
    agent.send(page_of(message), page_of(message, "tomar"))

    expected = {
        "": [first, message, later],
        "tipo=callback": [first],
        "mias=y": [message],
        "tipo=callback&mias=y": [],
        "cuales=pospuestas": [],
        "tipo=no+such": [first, message, later],
    }
    assert {query: listed(agent.get(f"{LIST}?{query}").text) for query in expected} == expected
    text = agent.get(LIST).text
    assert MARKUP not in text
    assert "/console/grabaciones/1" in text
    assert "Devolver la llamada (1)" in text


def test_a_task_is_taken_by_one_and_the_second_is_told(
    office: Board, agent: Visitor, colleague: Visitor
) -> None:
    task = voicemail(office)
    seen = forms_of(colleague.get(page_of(task)).text, page_of(task, "tomar"))
    assert agent.send(page_of(task), page_of(task, "tomar")).status_code == 303
    told = colleague.client.post(page_of(task, "tomar"), data=seen, follow_redirects=True)
    assert "Otra persona ya tomó esta tarea." in told.text
    with office.store.reading() as session:
        holder = session.get_one(Agent, the_task(office, task).taken_by_id)
        assert holder.name == "Marcela Soto"
    assert [entry.action for entry in office.rows(AuditEntry)] == ["take"]


def test_what_was_taken_is_given_back_by_its_agent_or_a_supervisor(
    office: Board, agent: Visitor, colleague: Visitor
) -> None:
    task = voicemail(office)
    for takes, gives in ((agent, agent), (agent, colleague)):
        takes.send(page_of(task), page_of(task, "tomar"))
        assert gives.send(page_of(task), page_of(task, "soltar")).status_code == 303
        assert the_task(office, task).taken_by_id is None
    agent.send(page_of(task), page_of(task, "tomar"))
    seen = forms_of(agent.get(page_of(task)).text, page_of(task, "soltar"))
    agent.post(page_of(task, "soltar"), **seen)
    colleague.send(page_of(task), page_of(task, "tomar"))
    agent.post(page_of(task, "soltar"), **seen)
    assert the_task(office, task).taken_by_id is not None


def test_a_task_is_done_once_with_a_note(office: Board, agent: Visitor, colleague: Visitor) -> None:
    task = voicemail(office)
    to = page_of(task, "hecha")
    seen = forms_of(colleague.get(page_of(task)).text, to)
    assert agent.send(page_of(task), to, **{"done-note": "x" * 2001}).status_code == 422
    assert the_task(office, task).done_at is None
    assert agent.send(page_of(task), to, **{"done-note": f"Quedó conforme {MARKUP}"}).status_code == 303
    told = colleague.client.post(to, data=seen | {"done-note": "Lo mío"})
    assert told.status_code == 409
    assert "hecha por Marcela Soto" in told.text
    assert "Lo mío" in told.text
    kept = the_task(office, task)
    assert (kept.done_by, kept.note) == ("Marcela Soto", f"Quedó conforme {MARKUP}")
    shown = agent.get(page_of(task)).text
    assert "Quedó conforme &lt;script&gt;" in shown
    assert listed(agent.get(LIST).text) == []


def test_a_task_sleeps_until_its_time(office: Board, agent: Visitor) -> None:
    task = voicemail(office)
    to = page_of(task, "posponer")
    for wrong in (
        {"snooze-until": "that_day"},
        {"snooze-until": "that_day", "snooze-day": "2026-11-23"},
        {"snooze-until": "that_day", "snooze-day": "2027-11-23"},
        {"snooze-until": "that_day", "snooze-day": "mañana"},
        {"snooze-until": "never"},
    ):
        assert (wrong, agent.send(page_of(task), to, **wrong).status_code) == (wrong, 422)
    assert the_task(office, task).snoozed_until is None

    assert agent.send(page_of(task), to, **{"snooze-until": "hour"}).status_code == 303
    assert listed(agent.get(LIST).text) == []
    assert listed(agent.get(f"{LIST}?cuales=pospuestas").text) == [task]
    office.clock.forward(timedelta(hours=1, seconds=1))
    assert listed(agent.get(LIST).text) == [task]

    assert agent.send(page_of(task), to, **{"snooze-until": "next_day"}).status_code == 303
    assert str(the_task(office, task).snoozed_until) == "2026-11-25 12:00:00+00:00"
    saturday = {"snooze-until": "that_day", "snooze-day": "2026-11-28"}
    assert agent.send(page_of(task), to, **saturday).status_code == 303
    assert str(the_task(office, task).snoozed_until) == "2026-11-30 12:00:00+00:00"


def test_one_button_takes_the_task_and_rings_the_agent_then_the_owner(
    office: Board, agent: Visitor, colleague: Visitor
) -> None:
    task = voicemail(office)
    assert agent.send(LIST, page_of(task, "llamar")).status_code == 303
    assert the_task(office, task).taken_by_id is not None
    office.work()
    rung = office.rings()
    assert rung.request.to == "+56990010001"
    rung.answer().press("1")
    office.work()
    assert office.rings().request.to == CAMILA
    seen = {"csrf_token": forms_of(colleague.get(page_of(task)).text, "/console/salir")["csrf_token"]}
    colleague.post(page_of(task, "llamar"), **seen)
    office.work()
    assert office.is_quiet()


def test_a_case_is_reached_from_its_task_and_rung_at_its_first_contact(office: Board, agent: Visitor) -> None:
    number = open_case(office)
    task = office.rows(Task)[0].id
    assert f'href="/console/solicitudes/{number}"' in agent.get(page_of(task)).text
    agent.send(page_of(task), page_of(task, "llamar"))
    office.work()
    office.rings().answer().press("1")
    office.work()
    assert office.rings().request.to == CAMILA


def test_nobody_is_rung_where_there_is_no_number(office: Board, agent: Visitor) -> None:
    task = add(office, TaskKind.CALL_LOST)
    text = agent.get(page_of(task)).text
    assert page_of(task, "llamar") not in text
    agent.post(page_of(task, "llamar"), **forms_of(text, page_of(task, "tomar")))
    assert the_task(office, task).taken_by_id is None


def test_what_the_crm_did_not_take_is_seen_and_sent_again_by_supervisors(
    office: Board, agent: Visitor, colleague: Visitor
) -> None:
    number, page = open_case(office), f"{LIST}avisos"
    with office.store.transaction() as session:
        case = cases.get(session, number)
        session.add(
            Job(
                kind=JobKind.POST,
                key=str(case.id),
                state="due",
                priority=3,
                due_at=office.clock.now(),
                attempts=letters.DEAD_AFTER,
                outcome="500 <b>",
            )
        )
        event = case.events[0].id
    assert agent.get(page).status_code == 403
    assert "avisos" not in agent.get(LIST).text
    assert page in colleague.get(LIST).text
    text = colleague.get(page).text
    assert number in text
    assert "500 &lt;b&gt;" in text
    assert colleague.send(page, f"{page}/{event}/reenviar").status_code == 303
    assert "Esto contradice lo que está guardado" in colleague.get(page).text  # this office has no CRM


def test_what_there_is_not_is_not_found(agent: Visitor) -> None:
    assert agent.get(page_of(4711)).status_code == 404
