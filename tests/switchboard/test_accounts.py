"""Roles, passwords, and what wrong ones cost, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from ivr.clock import MovableClock
from ivr.errors import Invalid
from ivr.store.session import Store
from ivr.store.tables import Agent
from ivr.switchboard import accounts, presence
from ivr.switchboard.accounts import COVERS, Role, TooManyTries

WORD = "una frase larga"


def make_agent(store: Store, clock: MovableClock) -> int:
    with store.transaction() as session:
        made = presence.create(
            session,
            name="Ana Vidal",
            phone="+56990010077",
            email="Ana@example.cl",
            skills=["standard"],
            now=clock.now(),
        )
        accounts.set_password(session, made, WORD, now=clock.now())
        return made.id


def enter(store: Store, clock: MovableClock, password: str, address: str = "::1") -> int | None:
    now = clock.now()
    return accounts.authenticate(store, email="ana@EXAMPLE.cl ", password=password, address=address, now=now)


def test_a_success_forgets_what_went_wrong_before(store: Store, clock: MovableClock) -> None:
    agent_id = make_agent(store, clock)
    for _ in range(3):
        assert [enter(store, clock, "wrong") for _ in range(4)] == [None] * 4
        assert enter(store, clock, WORD) == agent_id


def test_a_pause_is_not_made_longer_by_trying(store: Store, clock: MovableClock) -> None:
    agent_id = make_agent(store, clock)
    for _ in range(accounts.ACCOUNT_TRIES):
        enter(store, clock, "wrong")
    for _ in range(5):
        clock.forward(timedelta(minutes=2, seconds=55))
        with pytest.raises(TooManyTries):
            enter(store, clock, WORD)
    clock.forward(timedelta(minutes=1))
    assert enter(store, clock, WORD) == agent_id


def test_many_at_once_gain_no_try(store: Store, clock: MovableClock) -> None:
    make_agent(store, clock)

    def attempt(number: int) -> str:
        try:
            enter(store, clock, "wrong", address=f"10.0.0.{number}")
        except TooManyTries:
            return "refused"
        return "looked at"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(attempt, range(12)))
    assert outcomes.count("looked at") == accounts.ACCOUNT_TRIES


def test_an_agent_without_a_password_cannot_sign_in(store: Store, clock: MovableClock) -> None:
    agent_id = make_agent(store, clock)
    with store.transaction() as session:
        session.get_one(Agent, agent_id).password_hash = None
    assert enter(store, clock, "") is None


def test_a_role_covers_those_below_it() -> None:
    assert {role: len(covered) for role, covered in COVERS.items()} == {
        Role.AGENT: 1,
        Role.SUPERVISOR: 2,
        Role.ADMINISTRATOR: 3,
    }
    assert all(role in covered for role, covered in COVERS.items())


@pytest.mark.parametrize("word", ["", "too short", "x" * 201])
def test_a_password_has_a_length(word: str) -> None:
    with pytest.raises(Invalid) as told:
        accounts.hashed(word)
    assert "password" in told.value.fields
