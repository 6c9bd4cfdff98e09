"""Where two may write: what has changed since it was read is not changed again unseen."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.conftest import Client, json_of, made
from tests.api.test_refusals import assert_refused

MakeCase = Callable[..., dict[str, Any]]
VISIT = {"kind": "visit", "start": "2026-11-26T09:00:00-03:00"}


def tag(client: Client, path: str) -> str:
    """The ETag of what stands there now."""
    return client.api("GET", path).headers["ETag"]


@pytest.mark.parametrize(
    ("move", "body", "answers"),
    [
        ("appointments", VISIT, 201),
        ("cancel", {"by": "x", "reason": "y"}, 200),
    ],
)
def test_a_case_is_moved_only_as_it_was_read(
    client: Client, make_case: MakeCase, move: str, body: Any, answers: int
) -> None:
    path = f"/cases/{make_case()['number']}"
    seen = tag(client, path)
    made(client.api("POST", f"{path}/appointments", VISIT | {"start": "2026-11-26T10:00:00-03:00"}))
    before = json_of(client.api("GET", path))
    stale = client.api("POST", f"{path}/{move}", body, headers={"If-Match": seen})
    assert_refused(stale, 409)
    assert stale.get_json()["error"]["code"] == "stale"
    assert json_of(client.api("GET", path)) == before
    fresh = client.api("POST", f"{path}/{move}", body, headers={"If-Match": tag(client, path)})
    assert fresh.status_code == answers


@pytest.mark.parametrize(
    ("method", "what", "body"),
    [
        ("DELETE", "appointments/1", None),
        ("POST", "appointments/1/missed", {"by": "owner"}),
        ("POST", "inspection", {"results": [{"requirement": 1, "covered": False}]}),
        ("POST", "works-done", {"received_by": "Camila"}),
        ("POST", "acknowledge", {"agent": "Marcela Soto"}),
    ],
)
def test_the_other_moves_heed_it_too(
    client: Client, make_case: MakeCase, method: str, what: str, body: Any
) -> None:
    path = f"/cases/{make_case()['number']}"
    made(client.api("POST", f"{path}/appointments", VISIT))
    stale = client.api(method, f"{path}/{what}", body, headers={"If-Match": '"seen long ago"'})
    assert stale.get_json()["error"]["code"] == "stale"


def test_a_move_answers_with_the_etag_of_the_case(client: Client, make_case: MakeCase) -> None:
    path = f"/cases/{make_case()['number']}"
    moved = client.api("POST", f"{path}/cancel", {"by": "x", "reason": "y"})
    assert moved.headers["ETag"] == tag(client, path)


def test_any_of_several_etags_will_do_and_a_star_is_any(client: Client, project: dict[str, Any]) -> None:
    for match in (f'"old", {tag(client, "/projects/101")}', "*"):
        answer = client.api("PATCH", "/projects/101", {"crews": 2}, headers={"If-Match": match})
        assert answer.status_code == 200


def test_what_is_stale_is_told_before_what_is_wrong(client: Client, make_case: MakeCase) -> None:
    path = f"/cases/{make_case()['number']}"
    stale = client.api("POST", f"{path}/cancel", {}, headers={"If-Match": '"old"'})
    assert stale.get_json()["error"]["code"] == "stale"


def test_every_change_of_one_thing_is_documented_to_heed_it(client: Client) -> None:
    paths = client.get("/api/v1/openapi.json").get_json()["paths"]
    heeding = {
        f"{method.upper()} {path}"
        for path, methods in paths.items()
        for method, operation in methods.items()
        if any(each["name"] == "If-Match" for each in operation["parameters"])
    }
    case = "/cases/{number}"
    moves = {f"POST {case}/{name}" for name in ("inspection", "works-done", "acknowledge", "cancel")}
    dates = {f"POST {case}/appointments", f"DELETE {case}/appointments/{{appointment_id}}"}
    missed = {f"POST {case}/appointments/{{appointment_id}}/missed"}
    assert heeding == moves | dates | missed | {"PATCH /projects/{code}", "PATCH /agents/{agent_id}"}
    for request in heeding:
        method, _, path = request.partition(" ")
        assert "409" in paths[path][method.lower()]["responses"]
