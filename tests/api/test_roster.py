"""/roster, and what may be asked of a talk where nobody talks."""

import pytest

from tests.api.conftest import AGENT, Client, json_of, made, names
from tests.api.test_refusals import assert_refused

TWO = {"name": "Bruno Soto", "phone": "+56922222222", "email": "bruno@example.com"}
NIGHT = {"kind": "weekly", "level": 1, "weekday": 2, "begins": "22:00", "ends": "06:00"}
SPAN = {"starts_at": "2026-11-25T00:00:00-03:00", "ends_at": "2026-11-26T00:00:00-03:00"}


def test_shifts_and_swaps_are_added_listed_and_removed(client: Client) -> None:
    ana = made(client.api("POST", "/agents", AGENT))["id"]
    bruno = made(client.api("POST", "/agents", AGENT | TWO))["id"]

    night = made(client.api("POST", "/roster", NIGHT | {"agent": ana}))
    swap = made(client.api("POST", "/roster", {"kind": "swap", "agent": bruno, "instead_of": ana, **SPAN}))

    assert (night["begins"], night["ends"], night["starts_at"]) == ("22:00", "06:00", None)
    assert (swap["starts_at"], swap["instead_of"]) == (SPAN["starts_at"], ana)
    assert json_of(client.api("GET", "/roster"))["roster"] == [night, swap]
    assert client.api("DELETE", f"/roster/{night['id']}").status_code == 204
    assert names(client, "/roster?limit=1", "roster", "id") == [swap["id"]]
    assert_refused(client.api("DELETE", f"/roster/{night['id']}"), 404)


def test_each_kind_of_entry_takes_its_own_fields_and_no_others(client: Client) -> None:
    ana = made(client.api("POST", "/agents", AGENT))["id"]

    refused = client.api("POST", "/roster", {"kind": "dated", "agent": ana, "weekday": 2, **SPAN})

    assert refused.status_code == 422
    assert set(json_of(refused)["error"]["fields"]) == {"level", "weekday"}


@pytest.mark.parametrize("what", ["hold", "resume", "transfer/complete", "recording/pause"])
def test_nothing_is_done_in_the_talk_of_a_call_that_is_not_there(client: Client, what: str) -> None:
    assert_refused(client.api("POST", f"/calls/CA{'0' * 32}/{what}"), 404)
