"""Who may use the telephones, and how long their polls may keep the server waiting."""

import threading
from collections.abc import Callable, Mapping

import pytest
import requests

from ivr.simulator.carrier import SimulatedCarrier
from tests.simulator.conftest import AGENT, LINE, OWNER, Application

#: A page of elsewhere, by what browsers say of it. In the last one its name was made to point here.
FOREIGN: tuple[Mapping[str, str], ...] = (
    {"Origin": "https://elsewhere.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:9"},
    {
        "Host": "elsewhere.example",
        "Origin": "http://elsewhere.example",
        "Sec-Fetch-Site": "same-origin",
    },
)


@pytest.fixture
def telephone(app: Application, carrier: SimulatedCarrier) -> str:
    """Where the owner's telephone is driven."""
    app.replies["/voice/inbound"] = "<Pause length='60'/>"
    address = f"{app.url}/carrier/phone/{OWNER}"
    requests.post(address, timeout=10).raise_for_status()
    return address


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_page_from_elsewhere_cannot_use_the_telephones(
    headers: Mapping[str, str], telephone: str, carrier: SimulatedCarrier
) -> None:
    dialled = requests.post(f"{telephone}/dial", json={"to": LINE}, headers=headers, timeout=10)
    assert (dialled.status_code, carrier.exchange.legs) == (403, {})
    assert requests.delete(telephone, headers=headers, timeout=10).status_code == 403
    assert requests.get(f"{telephone}/events", headers=headers, timeout=10).status_code == 403


def test_a_form_cannot_use_them_either(telephone: str, carrier: SimulatedCarrier) -> None:
    """Its body may pretend to be JSON, but its type cannot."""
    body, headers = '{"to": "+56800422727"}', {"Content-Type": "text/plain"}
    assert requests.post(f"{telephone}/dial", data=body, headers=headers, timeout=10).status_code == 415
    assert carrier.exchange.legs == {}


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_our_own_page_can(telephone: str, app: Application, name: str) -> None:
    host = app.url.removeprefix("http://").replace("127.0.0.1", name)
    headers = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    dialled = requests.post(f"{telephone}/dial", json={"to": LINE}, headers=headers, timeout=10)
    assert dialled.status_code == 201


@pytest.fixture
def poll(app: Application, telephone: str) -> Callable[..., dict[str, dict[str, object]]]:
    """What two telephones noticed after their cursors: ``poll(wait, owner=0)``."""
    base = f"{app.url}/carrier/phone"
    requests.post(f"{base}/{AGENT}", timeout=10).raise_for_status()

    def poll(wait: float, owner: int = 0) -> dict[str, dict[str, object]]:
        cursors = [f"{OWNER}:{owner}", f"{AGENT}:0"]
        query: dict[str, object] = {"watcher": "a page", "wait": wait, "cursor": cursors}
        answer = requests.get(f"{base}/events", params=query, timeout=30)  # type: ignore[arg-type]
        answer.raise_for_status()
        telephones: dict[str, dict[str, object]] = answer.json()["telephones"]
        return telephones

    return poll


def test_a_page_watches_all_its_telephones_in_one_request(
    poll: Callable[..., dict[str, dict[str, object]]], carrier: SimulatedCarrier
) -> None:
    carrier.do(lambda: carrier.exchange.telephones[OWNER].note("left", None, who=AGENT))
    seen = poll(20)
    assert (seen[OWNER]["next"], seen[AGENT]) == (1, {"events": [], "next": 0})


def test_a_cursor_of_a_carrier_that_was_started_anew_is_brought_back(
    poll: Callable[..., dict[str, dict[str, object]]],
) -> None:
    assert poll(0, owner=57)[OWNER] == {"events": [], "next": 0}


def test_the_next_poll_of_a_page_ends_the_one_before(
    poll: Callable[..., dict[str, dict[str, object]]],
) -> None:
    """However often a page looks elsewhere, it keeps one thread of the server."""
    answers: list[object] = []
    waiting = threading.Thread(target=lambda: answers.append(poll(25)))
    waiting.start()
    while waiting.is_alive():
        poll(0)
    nothing = {"events": [], "next": 0}
    assert answers == [{OWNER: nothing, AGENT: nothing}]


@pytest.mark.parametrize("query", ["cursor=1:0", "watcher=w", "watcher=w&cursor=1:x"])
def test_a_poll_names_its_watcher_and_what_it_watches(telephone: str, query: str) -> None:
    answer = requests.get(telephone.replace(OWNER, "events") + "?" + query, timeout=10)
    assert answer.status_code == 422
    assert "watcher" in answer.json()["error"]
