"""What each resource answers when nothing is wrong."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ivr.aftersales import recordings, tasks
from ivr.aftersales.recordings import Purpose
from ivr.aftersales.tasks import TaskKind
from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import CallRow, Case, Recording, TurnRow
from ivr.telephony.storage import FolderStorage
from tests.api.conftest import AGENT, HOME, OWNER, PROJECT, Client, json_of, made, names
from tests.api.test_refusals import assert_refused

MakeCase = Callable[..., dict[str, Any]]


def test_projects_are_listed_in_the_order_in_which_they_were_made(client: Client) -> None:
    for code in ("300", "100", "200"):
        made(client.api("POST", "/projects", PROJECT | {"code": code}))
    assert names(client, "/projects?limit=2", "projects", "code") == ["300", "100", "200"]


def test_a_project_is_shown_as_it_was_made_and_changed(client: Client) -> None:
    made_project = made(client.api("POST", "/projects", PROJECT))
    assert made_project == {
        "code": "101",
        "name": "Los Aromos",
        "weekday": 4,
        "region": "RM",
        "timezone": "America/Santiago",
        "slot_minutes": 30,
        "inspectors": 1,
        "crews": 1,
        "received_on": None,
    }
    change = {"name": "Los Aromos II", "region": None, "received_on": "2025-06-12"}
    answer = client.api("PATCH", "/projects/101", change)
    assert answer.status_code == 200
    assert json_of(answer) == made_project | change
    assert json_of(client.api("GET", "/projects/101")) == made_project | change
    assert json_of(client.api("PATCH", "/projects/101", {})) == made_project | change
    assert_refused(client.api("PATCH", "/projects/101", {"name": None, "weekday": 9}), 422, "name")
    assert_refused(client.api("PATCH", "/projects/101", {"code": "102"}), 422, "code")


@pytest.mark.parametrize(
    ("field", "bounds"), [("weekday", (1, 5)), ("slot_minutes", (5, 270)), ("inspectors", (1, 100))]
)
def test_the_bounds_that_the_document_tells_are_those_of_the_business(
    client: Client, project: dict[str, Any], field: str, bounds: tuple[int, int]
) -> None:
    schema = client.get("/api/v1/openapi.json").get_json()["components"]["schemas"]["ProjectIn"]
    assert (schema["properties"][field]["minimum"], schema["properties"][field]["maximum"]) == bounds
    least, most = bounds
    statuses = [
        client.api("PATCH", "/projects/101", {field: value}).status_code
        for value in (least - 1, least, most, most + 1)
    ]
    assert statuses == [422, 200, 200, 422]


def test_a_change_of_what_has_changed_meanwhile_is_refused(client: Client, project: dict[str, Any]) -> None:
    seen = client.api("GET", "/projects/101").headers["ETag"]
    changed = client.api("PATCH", "/projects/101", {"crews": 2}, headers=if_match(seen))
    assert changed.status_code == 200
    stale = client.api("PATCH", "/projects/101", {"crews": 3}, headers=if_match(seen))
    assert_refused(stale, 409)
    assert stale.get_json()["error"]["code"] == "stale"
    assert json_of(client.api("GET", "/projects/101"))["crews"] == 2
    fresh = if_match(changed.headers["ETag"])
    assert client.api("PATCH", "/projects/101", {"crews": 3}, headers=fresh).status_code == 200


def test_homes_are_found_by_project_and_telephone(client: Client, home: dict[str, Any]) -> None:
    assert home == HOME | {"verified": True, "registered_on": None}
    made(client.api("POST", "/projects", PROJECT | {"code": "102"}))
    made(client.api("POST", "/homes", HOME | {"project": "102", "number": "7"}))
    made(client.api("POST", "/homes", HOME | {"number": "1205", "phones": [], "owner": None}))
    assert names(client, "/homes?limit=1", "homes", "number") == ["1204", "7", "1205"]
    assert names(client, "/homes?project=101&phone=", "homes", "number") == ["1204", "1205"]
    assert names(client, f"/homes?project=101&phone={OWNER}", "homes", "number") == ["1204"]
    assert names(client, "/homes?phone=%2B56991234567", "homes", "number") == ["1204", "7"]
    assert names(client, "/homes?project=999", "homes", "number") == []


def test_slots_are_what_a_call_would_be_offered_in_the_projects_own_time(client: Client) -> None:
    far = {"region": "MA", "timezone": "America/Punta_Arenas", "weekday": 3, "inspectors": 2}
    made(client.api("POST", "/projects", PROJECT | far))
    visits = json_of(client.api("GET", "/projects/101/slots?kind=visit"))["slots"]
    assert visits[0] == {
        "start": "2026-11-25T09:00:00-03:00",
        "end": "2026-11-25T09:30:00-03:00",
        "free": 2,
        "substitute": False,
    }
    assert len(visits) == 16
    works = json_of(client.api("GET", "/projects/101/slots?kind=works"))["slots"]
    assert works[0]["start"] == "2026-11-25T09:00:00-03:00"
    assert works[-1]["start"] == "2026-12-23T14:00:00-03:00"


def test_a_case_of_another_project_has_no_slots_here(client: Client, make_case: MakeCase) -> None:
    number = make_case()["number"]
    made(client.api("POST", "/projects", PROJECT | {"code": "102"}))
    assert client.api("GET", f"/projects/101/slots?kind=visit&case={number}").status_code == 200
    assert_refused(client.api("GET", f"/projects/102/slots?kind=visit&case={number}"), 422, "case")


def test_agents_are_made_listed_and_set_present(client: Client) -> None:
    agent = made(client.api("POST", "/agents", AGENT))
    since = agent.pop("presence_since")
    assert since.startswith("2026-11-24T10:00:0")
    assert agent == AGENT | {"id": agent["id"], "presence": "offline"}
    path = f"/agents/{agent['id']}"
    changed = client.api("PATCH", path, {"presence": "available", "on_call_level": None})
    assert changed.status_code == 200
    assert json_of(changed)["presence"] == "available"
    assert json_of(client.api("GET", path)) == json_of(changed)
    assert json_of(client.api("GET", "/agents"))["agents"] == [json_of(changed)]
    assert_refused(client.api("PATCH", path, {"presence": "talking"}), 422, "presence")
    assert_refused(client.api("PATCH", path, {"phone": "+33612345678"}), 422, "phone")
    assert_refused(client.api("POST", "/agents", AGENT | {"phone": "+56800422727"}), 422, "phone")
    assert_refused(client.api("PATCH", path, {"presence": "available", "skills": None}), 422, "skills")
    stale = client.api("PATCH", path, {"name": "Otra"}, headers=if_match('"old"'))
    assert_refused(stale, 409)


def test_a_call_is_shown_step_by_step_with_the_keys_that_answered(
    client: Client, sqlite_store: Store, make_case: MakeCase, clock: MovableClock
) -> None:
    number = make_case()["number"]
    with sqlite_store.transaction() as session:
        case = session.scalars(select(Case).where(Case.number == number)).one()
        call = add_call(session, "CA1", clock.now(), case_id=case.id, outcome="booked")
        add_turn(session, call, 0, "inbound.menu", asks="inbound.menu", heard=["Bienvenido", "Marque uno"])
        add_turn(session, call, 1, "inbound.menu", asks="booking.offer", pressed="2", heard=["Elija"])
        add_turn(session, call, 2, "booking.chosen", asks=None, pressed="1", heard=["Hasta luego"])
        add_call(session, "CA2", clock.now())
        add_call(session, None, clock.now())
    shown = json_of(client.api("GET", "/calls/CA1"))
    steps = shown.pop("steps")
    assert shown == {
        "sid": "CA1",
        "direction": "inbound",
        "from": OWNER,
        "to": "+56800422727",
        "case": number,
        "outcome": "booked",
    }
    assert [(step["step"], step["heard"], step["pressed"]) for step in steps] == [
        ("inbound.menu", ["Bienvenido", "Marque uno"], "2"),
        ("booking.offer", ["Elija"], "1"),
        ("booking.chosen", ["Hasta luego"], None),
    ]
    assert steps[0]["at"].endswith("-03:00")
    assert names(client, f"/calls?case={number}", "calls", "sid") == ["CA1"]
    assert names(client, "/calls?limit=1", "calls", "sid") == ["CA2", "CA1"]
    assert json_of(client.api("GET", "/calls/CA2"))["case"] is None


def test_what_was_said_can_be_heard_until_it_is_deleted(
    client: Client, sqlite_store: Store, make_case: MakeCase, clock: MovableClock, tmp_path: Path
) -> None:
    number = make_case()["number"]
    now = clock.now()
    with sqlite_store.transaction() as session:
        case = session.scalars(select(Case).where(Case.number == number)).one()
        recording = recordings.expect(
            session, add_call(session, "CA1", now), Purpose.DESCRIPTION, now=now, sid="RE1"
        )
        case.requirements[0].recording_id = recording.id
        tasks.open_task(session, TaskKind.VOICEMAIL, now=now, recording=recording, detail="Mensaje")
        recordings.completed(session, recording, duration=5, now=now)
        made_id = recording.id
    address = f"/api/v1/recordings/{made_id}"
    shown = json_of(client.api("GET", f"/cases/{number}"))
    assert shown["requirements"][0]["recording"] == address
    assert json_of(client.api("GET", "/tasks"))["tasks"][1]["recording"] == address
    assert_refused(client.api("GET", f"/recordings/{made_id}"), 404)
    FolderStorage(tmp_path / "recordings").put("one.wav", b"RIFF")
    with sqlite_store.transaction() as session:
        recordings.stored(session.get_one(Recording, made_id), "one.wav")
    heard = client.api("GET", f"/recordings/{made_id}")
    assert (heard.status_code, heard.mimetype, heard.data) == (200, "audio/wav", b"RIFF")
    FolderStorage(tmp_path / "recordings").delete("one.wav")
    assert_refused(client.api("GET", f"/recordings/{made_id}"), 404)
    with sqlite_store.transaction() as session:
        recordings.drop(session, [session.get_one(Recording, made_id)], now)
    shown = json_of(client.api("GET", f"/cases/{number}"))
    assert shown["requirements"][0]["recording"] is None


def test_tasks_are_listed_as_they_are_due_and_done(
    client: Client, sqlite_store: Store, make_case: MakeCase, clock: MovableClock
) -> None:
    number = make_case()["number"]
    with sqlite_store.transaction() as session:
        due = clock.now() - timedelta(hours=1)
        tasks.open_task(session, TaskKind.CALLBACK, now=clock.now(), due=due, phone=OWNER, detail="Llamar")
    first, second = json_of(client.api("GET", "/tasks?status=open"))["tasks"]
    assert (first["kind"], first["case"], first["phone"], first["status"]) == (
        "callback",
        None,
        OWNER,
        "open",
    )
    assert first["due"].startswith("2026-11-24T09:00:0")
    assert (second["kind"], second["case"]) == ("ring_owner", number)
    done = client.api("POST", f"/tasks/{first['id']}/done")
    assert done.status_code == 200
    assert (json_of(done)["status"], json_of(done)["done_by"]) == ("done", "api")
    assert client.api("POST", f"/tasks/{first['id']}/done").data == done.data
    assert names(client, "/tasks?status=open", "tasks", "kind") == ["ring_owner"]
    assert names(client, "/tasks?status=done", "tasks", "kind") == ["callback"]
    assert names(client, "/tasks?limit=1", "tasks", "kind") == ["callback", "ring_owner"]


def test_a_closure_takes_its_day_out_of_the_offers(client: Client, project: dict[str, Any]) -> None:
    thursday = {"date": "2026-11-26", "working": False, "reason": "Aniversario", "project": "101"}
    closure = made(client.api("POST", "/closures", thursday))
    nationwide = made(client.api("POST", "/closures", thursday | {"project": None, "date": "2026-11-25"}))
    assert closure == thursday | {"id": closure["id"], "region": None}
    assert json_of(client.api("GET", "/closures"))["closures"] == [nationwide, closure]
    slots = json_of(client.api("GET", "/projects/101/slots?kind=visit"))["slots"]
    assert slots[0]["start"].startswith("2026-12-03")
    assert client.api("DELETE", f"/closures/{closure['id']}").status_code == 204
    assert names(client, "/closures?limit=1", "closures", "id") == [nationwide["id"]]
    slots = json_of(client.api("GET", "/projects/101/slots?kind=visit"))["slots"]
    assert slots[0]["start"].startswith("2026-11-26")


def test_a_person_is_given_out_and_let_go(client: Client, make_case: MakeCase) -> None:
    number = make_case()["number"]
    held = json_of(client.api("GET", f"/owners/{OWNER}/export"))
    assert held["phone"] == OWNER
    assert [case["number"] for case in held["cases"]] == [number]
    assert held["homes"][0]["owner"] == "Camila Rojas"
    assert client.api("DELETE", f"/owners/{OWNER}").status_code == 204
    assert_refused(client.api("GET", f"/owners/{OWNER}/export"), 404)
    assert client.api("DELETE", f"/owners/{OWNER}").status_code == 204
    case = json_of(client.api("GET", f"/cases/{number}"))
    assert (case["contacts"], case["requirements"][0]["description"]) == ([], None)


def if_match(tag: str) -> dict[str, str]:
    return {"If-Match": tag}


def add_call(session: Any, sid: str | None, now: datetime, **columns: Any) -> CallRow:
    values = {
        "sid": sid,
        "direction": "inbound",
        "purpose": "inbound",
        "from_number": OWNER,
        "to_number": "+56800422727",
        "channel": "phone",
        "caller": OWNER,
        "status": "completed",
        "started_at": now,
    }
    call = CallRow(**values | columns)
    session.add(call)
    session.flush()
    return call


def add_turn(session: Any, call: CallRow, turn: int, step: str, **columns: Any) -> None:
    values: dict[str, Any] = {
        "call_id": call.id,
        "turn": turn,
        "at": datetime(2026, 11, 24, 13, turn, tzinfo=UTC),
        "step": step,
        "question": {},
        "reply": "<Response/>",
        "stack": [],
        "trail": [],
        "notes": {},
    }
    session.add(TurnRow(**values | columns))
