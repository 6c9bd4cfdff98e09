"""Every operation is asked as its example says, where it may be asked: the answer is the documented one."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ivr.aftersales import recordings
from ivr.aftersales.recordings import Purpose
from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.switchboard import holding, taping
from ivr.telephony.storage import FolderStorage
from tests.api.conftest import (
    AGENT,
    CASE,
    HOME,
    OWNER,
    PROJECT,
    TOKEN,
    URGENT,
    Client,
    json_of,
    make_client,
    make_settings,
)
from tests.api.test_document import operations
from tests.api.test_resources import add_call
from tests.board import Board, open_board
from tests.switchboard.parties import Scene, talk_of

VISIT = {"kind": "visit", "start": "2026-11-26T09:00:00-03:00"}
WORKS = {"kind": "works", "start": "2026-11-30T09:00:00-03:00"}


@dataclass
class Town:
    """One of each thing, so that all ids are 1, and whoever asks the API."""

    client: Client
    store: Store
    clock: MovableClock
    folder: Path

    def made(self, path: str, body: Any) -> dict[str, Any]:
        answer = self.client.api("POST", path, body)
        assert answer.status_code in {200, 201}, answer.text
        return json_of(answer)

    def case(self, *moves: tuple[str, Any], **fields: Any) -> dict[str, Any]:
        """A case, after some moves; the names of its path."""
        number = self.made("/cases", CASE | fields)["number"]
        for move, body in moves:
            self.made(f"/cases/{number}/{move}", body)
        return {"number": number, "appointment_id": 1}


@pytest.fixture
def town(sqlite_store: Store, clock: MovableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    chosen = make_settings(events_url="https://crm.example/events", events_secret="shared")
    monkeypatch.setattr("tests.api.conftest.make_settings", lambda: chosen)
    return Town(make_client(sqlite_store, clock, tmp_path), sqlite_store, clock, tmp_path)


@pytest.fixture
def board(sqlite_store: Store, clock: MovableClock, tmp_path: Path) -> Iterator[Board]:
    with open_board(sqlite_store, tmp_path, clock, api_token=TOKEN) as opened:
        opened.line.app.test_client_class = Client
        yield opened


def client_of(board: Board) -> Client:
    client = board.line.app.test_client()
    assert isinstance(client, Client)
    return client


def built(town: Town) -> dict[str, Any]:
    """A project with an agent and the home of an owner."""
    town.made("/projects", PROJECT)
    town.made("/homes", HOME)
    town.made("/agents", AGENT)
    return {"code": "101", "agent_id": 1, "phone": OWNER}


def with_case(*moves: tuple[str, Any], **fields: Any) -> Callable[[Town], dict[str, Any]]:
    return lambda town: built(town) | town.case(*moves, **fields)


def called(town: Town) -> dict[str, Any]:
    with town.store.transaction() as session:
        add_call(session, "CA1", town.clock.now())
    return {"sid": "CA1"}


def recorded(town: Town) -> dict[str, Any]:
    FolderStorage(town.folder / "recordings").put("one.wav", b"RIFF")
    with town.store.transaction() as session:
        now = town.clock.now()
        call = add_call(session, "CA1", now)
        recording = recordings.expect(session, call, Purpose.MESSAGE, now=now, sid="RE1")
        recordings.completed(session, recording, duration=5, now=now)
        recordings.stored(recording, "one.wav")
        return {"recording_id": recording.id}


def closed(town: Town) -> dict[str, Any]:
    built(town)
    closure = {"date": "2026-12-24", "working": False, "reason": "Cierre"}
    return {"closure_id": town.made("/closures", closure)["id"]}


def on_call(town: Town) -> dict[str, Any]:
    built(town)
    night = {"kind": "weekly", "agent": 1, "level": 1, "weekday": 2, "begins": "22:00", "ends": "06:00"}
    return {"entry_id": town.made("/roster", night)["id"]}


def hold(it: Scene) -> None:
    it.do(holding.hold)


def consult(it: Scene) -> None:
    it.bring("colleague")


def technician(it: Scene) -> None:
    it.ask("technician")


def pause(it: Scene) -> None:
    it.do(taping.pause)


def nothing(_it: Scene) -> None:
    """The talk goes on."""


#: What must be there before each operation; it answers the names of its path.
BEFORE: dict[str, Callable[[Town], dict[str, Any]]] = {
    "projects_create": built,
    "projects_page": built,
    "projects_get": built,
    "projects_change": built,
    "slots_offered": built,
    "homes_create": built,
    "homes_page": built,
    "cases_create": built,
    "cases_page": with_case(),
    "cases_get": with_case(),
    "cases_inspected": with_case(("appointments", VISIT)),
    "cases_works_done": with_case(
        ("appointments", VISIT),
        ("inspection", {"results": [{"requirement": 1, "covered": True}]}),
        ("appointments", WORKS),
    ),
    "cases_acknowledged": with_case(**URGENT),
    "cases_cancelled": with_case(),
    "appointments_book": with_case(),
    "appointments_cancel": with_case(("appointments", VISIT)),
    "appointments_missed": with_case(("appointments", VISIT)),
    "agents_create": built,
    "agents_page": built,
    "agents_get": built,
    "agents_change": built,
    "roster_add": built,
    "roster_page": on_call,
    "roster_remove": on_call,
    "calls_get": called,
    "calls_page": called,
    "recordings_heard": recorded,
    "closures_add": built,
    "closures_page": closed,
    "closures_remove": closed,
    "tasks_page": with_case(),
    "tasks_done": lambda town: with_case()(town) | {"task_id": 1},
    "outbound_page": built,
    "events_page": with_case(),
    "events_replay": lambda town: with_case()(town) | {"event_id": 1},
    "owners_export": built,
    "owners_erase": built,
}

#: What must have been done in a talk before each operation.
TALKS: dict[str, Callable[[Scene], None]] = {
    "talks_hold": nothing,
    "talks_resume": hold,
    "talks_transfer": nothing,
    "talks_complete": consult,
    "talks_invite": nothing,
    "talks_dismiss": technician,
    "talks_supervise": nothing,
    "talks_pause": nothing,
    "talks_go_on": pause,
    "talks_refuse": nothing,
}


def test_there_is_a_beginning_for_every_operation_of_the_document(client: Client) -> None:
    described = operations(document(client)).values()
    assert {operation["operationId"] for operation in described} == BEFORE.keys() | TALKS.keys()


@pytest.mark.parametrize("name", BEFORE)
def test_the_example_is_answered_as_documented(town: Town, name: str) -> None:
    assert_answered(town.client, name, BEFORE[name](town))


@pytest.mark.parametrize("name", TALKS)
def test_the_example_about_a_talk_is_answered_as_documented(board: Board, name: str) -> None:
    it = talk_of(board)
    TALKS[name](it)
    assert_answered(client_of(board), name, {"sid": it.owner.sid})


def assert_answered(client: Client, name: str, names: dict[str, Any]) -> None:
    """The example of the operation is answered by the one status of success that the document tells."""
    described = document(client)
    ((request, operation),) = [
        each for each in operations(described).items() if each[1]["operationId"] == name
    ]
    method, _, path = request.partition(" ")
    asked = re.sub(r"\{(\w+)\}", lambda found: str(names[found[1]]), path)
    answer = client.api(method, asked + query(operation), body(described, operation))
    (promised,) = [int(status) for status in operation["responses"] if status.startswith("2")]
    assert answer.status_code == promised, answer.text


def document(client: Client) -> dict[str, Any]:
    return json_of(client.get("/api/v1/openapi.json"))


def query(operation: dict[str, Any]) -> str:
    """What must be given: of words to choose from, the first."""
    needed = [each for each in operation["parameters"] if each["in"] == "query" and each["required"]]
    return "?" + "&".join(f"{each['name']}=visit" for each in needed) if needed else ""


def body(described: dict[str, Any], operation: dict[str, Any]) -> Any:
    """The example of what is sent; every body has one."""
    if "requestBody" not in operation:
        return None
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    (example,) = described["components"]["schemas"][reference.rsplit("/", 1)[1]]["examples"]
    return example
