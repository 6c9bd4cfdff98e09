"""How often a client may ask, and how often a token may be wrong."""

import socket
from pathlib import Path

import pytest

from ivr.api.clients import Scope
from ivr.clock import MovableClock
from ivr.store.session import Store
from tests.api.conftest import Client, make_client, make_settings
from tests.api.test_clients import issue
from tests.api.test_refusals import assert_refused
from tests.servers import free_port


@pytest.fixture
def client(
    sqlite_store: Store, clock: MovableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Client:
    """A client may ask three times a minute."""
    return limited(sqlite_store, clock, tmp_path, monkeypatch)


def limited(
    store: Store, clock: MovableClock, folder: Path, patch: pytest.MonkeyPatch, redis_url: str | None = None
) -> Client:
    chosen = make_settings(api_rate=3, redis_url=redis_url)
    patch.setattr("tests.api.conftest.make_settings", lambda: chosen)
    return make_client(store, clock, folder)


def asked(client: Client, times: int, headers: dict[str, str] | None = None) -> list[int]:
    return [client.api("GET", "/projects", headers=headers or {}).status_code for _ in range(times)]


def test_a_client_that_asks_too_often_is_told_when_to_come_again(client: Client) -> None:
    assert asked(client, 3) == [200, 200, 200]
    answer = client.api("GET", "/projects")
    assert_refused(answer, 429)
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert_refused(client.api("POST", "/projects", {}), 429)
    assert client.get("/api/v1/openapi.json").status_code == 200


def test_each_client_has_a_count_of_its_own(client: Client, sqlite_store: Store, clock: MovableClock) -> None:
    crm = issue(sqlite_store, clock, Scope.READ)
    shop = issue(sqlite_store, clock, Scope.READ, name="shop")
    assert asked(client, 4, crm) == [200, 200, 200, 429]
    assert asked(client, 1, shop) == [200]
    assert asked(client, 1) == [200]


def test_an_address_that_guesses_is_shut_out_whatever_it_brings(client: Client) -> None:
    wrong = {"Authorization": "Bearer guess"}
    assert asked(client, 21, wrong) == [401] * 20 + [429]
    assert asked(client, 1) == [429]
    answer = client.api("GET", "/projects", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert answer.status_code == 200


def test_who_has_many_addresses_is_shut_out_at_all_of_them(client: Client) -> None:
    def comes_from(address: str, **headers: str) -> int:
        came = {"REMOTE_ADDR": address}
        return client.api("GET", "/projects", headers=headers, environ_overrides=came).status_code

    guesses = [comes_from(f"2001:db8:0:1::{n:x}", Authorization="Bearer guess") for n in range(21)]
    assert guesses == [401] * 20 + [429]
    assert comes_from("2001:db8:0:1:ffff::1") == 429
    assert comes_from("2001:db8:0:2::1") == 200


def test_a_request_without_any_token_is_no_guess(client: Client) -> None:
    assert asked(client, 25, {"Authorization": ""}) == [401] * 25
    assert asked(client, 1) == [200]


def test_all_web_processes_share_the_counts_in_redis(
    sqlite_store: Store,
    clock: MovableClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    redis_url: str,
) -> None:
    one, other = (limited(sqlite_store, clock, tmp_path, monkeypatch, redis_url) for _ in range(2))
    assert asked(one, 2) == [200, 200]
    assert asked(other, 2) == [200, 429]


def test_without_redis_the_process_counts_by_itself(
    sqlite_store: Store, clock: MovableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.api.rates._REST", 3600.0)
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    assert asked(limited(sqlite_store, clock, tmp_path, monkeypatch, nowhere), 4) == [200, 200, 200, 429]


def test_a_redis_that_hangs_is_asked_once_and_nobody_waits_for_it(
    sqlite_store: Store, clock: MovableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.api.rates._REST", 3600.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(10)
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        assert asked(limited(sqlite_store, clock, tmp_path, monkeypatch, url), 4) == [200, 200, 200, 429]
        silent.accept()[0].close()
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            silent.accept()
