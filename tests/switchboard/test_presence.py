"""Agents: their fields, their presence, and whose telephone is taken."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivr.errors import Duplicate, Invalid, MoveNotAllowed, NotFound
from ivr.store.session import Store
from ivr.store.tables import Agent, Wait
from ivr.switchboard import presence
from ivr.switchboard.presence import MOVES, Presence

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
ANA: dict[str, Any] = {
    "name": "Ana Díaz",
    "phone": "+56911111111",
    "email": "ana@example.com",
    "skills": ["standard"],
}


def create(store: Store, **fields: Any) -> int:
    with store.transaction() as session:
        return presence.create(session, **(ANA | fields), now=NOW).id


def waits(store: Store, count: int = 1) -> list[int]:
    """Waits to be rung for."""
    with store.transaction() as session:
        made = [
            Wait(priority="standard", state="waiting", since=NOW, in_queue=True, round=1, round_since=NOW)
            for _ in range(count)
        ]
        session.add_all(made)
        session.flush()
        return [wait.id for wait in made]


def test_a_new_agent_is_offline(sqlite_store: Store) -> None:
    agent_id = create(sqlite_store, on_call_level=2)

    with sqlite_store.reading() as session:
        agent = presence.get(session, agent_id)
        assert (agent.presence, agent.skills, agent.on_call_level) == ("offline", ["standard"], 2)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("phone", "911111111"),
        ("phone", "+0123456"),
        ("phone", "sip:nobody"),
        ("phone", None),
        ("email", "ana"),
        ("email", "ana@example"),
        ("skills", []),
        ("skills", ["standard", "sales"]),
        ("skills", "standard"),
        ("on_call_level", 0),
        ("on_call_level", True),
        ("on_call_level", "1"),
    ],
)
def test_a_wrong_field_is_named(sqlite_store: Store, field: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        create(sqlite_store, **{field: value})

    assert set(refused.value.fields) == {field}


@pytest.mark.parametrize("phone", ["+33612345678", "+56600600500", "+56800422727"])
def test_a_telephone_that_could_never_be_rung_is_refused(sqlite_store: Store, phone: str) -> None:
    with pytest.raises(Invalid) as refused:
        create(sqlite_store, phone=phone)
    assert set(refused.value.fields) == {"phone"}

    agent_id = create(sqlite_store, countries=["1"])
    with sqlite_store.transaction() as session, pytest.raises(Invalid) as refused:
        presence.update(session, presence.get(session, agent_id), now=NOW, phone=phone, countries=["1"])
    assert set(refused.value.fields) == {"phone"}


def test_a_telephone_in_a_country_that_the_operator_listed_is_kept(sqlite_store: Store) -> None:
    agent_id = create(sqlite_store, phone="+33612345678", countries=["33"])

    with sqlite_store.reading() as session:
        assert presence.get(session, agent_id).phone == "+33612345678"


@pytest.mark.parametrize("phone", ["+56911111111", "sip:ana@pbx.example.com", "client:ana"])
def test_every_kind_of_telephone_is_kept(sqlite_store: Store, phone: str) -> None:
    agent_id = create(sqlite_store, phone=phone)

    with sqlite_store.reading() as session:
        assert presence.get(session, agent_id).phone == phone


def test_all_faults_are_told_at_once(sqlite_store: Store) -> None:
    agent_id = create(sqlite_store)

    with sqlite_store.transaction() as session:
        agent = presence.get(session, agent_id)
        with pytest.raises(Invalid) as refused:
            presence.update(session, agent, now=NOW, email="x", presence="talking", colour="red")

    assert set(refused.value.fields) == {"email", "presence", "colour"}


def test_telephone_and_e_mail_are_one_agents_only(store: Store) -> None:
    create(store)
    other = create(store, phone="client:other", email="other@example.com")

    with pytest.raises(Duplicate):
        create(store, phone="client:third")
    with store.transaction() as session, pytest.raises(Duplicate):
        presence.update(session, presence.get(session, other), now=NOW, phone=ANA["phone"])


def test_an_unknown_agent_is_not_found(sqlite_store: Store) -> None:
    with sqlite_store.reading() as session, pytest.raises(NotFound):
        presence.get(session, 99)


def test_an_agent_comes_and_goes(sqlite_store: Store) -> None:
    agent_id = create(sqlite_store)

    for wanted in ("available", "away", "available", "offline"):
        with sqlite_store.transaction() as session:
            agent = presence.get(session, agent_id)
            presence.update(session, agent, now=NOW, presence=wanted)
            assert agent.presence == wanted


@pytest.mark.parametrize("start", list(Presence))
@pytest.mark.parametrize("to", list(Presence))
def test_only_the_tables_moves_are_made(start: Presence, to: Presence) -> None:
    agent = Agent(presence=start.value, presence_since=NOW, idle_since=NOW)

    if to in MOVES[start] or to == start:
        presence.move(agent, to, NOW + timedelta(seconds=1))
        assert agent.presence == to
    else:
        with pytest.raises(MoveNotAllowed):
            presence.move(agent, to, NOW)


def test_a_telephone_is_taken_by_one_of_many(store: Store) -> None:
    agent_id = create(store)
    with store.transaction() as session:
        presence.update(session, presence.get(session, agent_id), now=NOW, presence="available")

    def take(wait_id: int) -> bool:
        with store.transaction() as session:
            wait = session.get_one(Wait, wait_id)
            return presence.take(session, presence.get(session, agent_id), wait, NOW)

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(take, waits(store, 8)))

    assert won.count(True) == 1
    with store.reading() as session:
        assert presence.get(session, agent_id).presence == "ringing"


def test_who_is_rung_offline_stays_offline(store: Store) -> None:
    agent_id = create(store)
    [wait_id] = waits(store)

    with store.transaction() as session:
        wait = session.get_one(Wait, wait_id)
        assert presence.take(session, presence.get(session, agent_id), wait, NOW)

    with store.transaction() as session:
        agent, wait = presence.lock(session, agent_id), session.get_one(Wait, wait_id)
        assert (agent.presence, agent.wait_id) == ("offline", wait_id)
        presence.let_go(agent, wait, NOW)
        assert (agent.presence, agent.wait_id) == ("offline", None)


def test_pages_go_on_where_the_last_one_ended(sqlite_store: Store) -> None:
    made = [create(sqlite_store, phone=f"client:a{n}", email=f"a{n}@example.com") for n in range(3)]

    with sqlite_store.reading() as session:
        first, cursor = presence.page(session, limit=2)
        second, end = presence.page(session, cursor, limit=2)

    assert [agent.id for agent in (*first, *second)] == made
    assert end is None
