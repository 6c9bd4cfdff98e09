"""A talk through real processes and the simulated carrier: held, consulted about, overheard, handed over."""

from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from ivr.simulator.telephones import ScriptedTelephone
from ivr.store.tables import Agent, Guest, Leg, Wait
from tests.conftest import SANTIAGO
from tests.e2e.city import API_TOKEN, PATIENCE, City, open_city
from tests.line import KNOWN, LINE

IN_THE_MORNING = datetime(2026, 11, 24, 10, 0, tzinfo=SANTIAGO)
ANA, BRUNO, SARA = "+56990010001", "+56990010002", "+56990010003"


def ask(city: City, sid: str, what: str, **body: Any) -> Any:
    """What the console would do, by the API."""
    answer = httpx.post(
        f"{city.url}/api/v1/calls/{sid}/{what}",
        json=body or None,
        headers={"Authorization": f"Bearer {API_TOKEN}"},
        trust_env=False,
        timeout=PATIENCE,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def tape(city: City) -> str:
    """How the recording of the talk that goes on stands."""
    (talk,) = (each for each in city.carrier.exchange.conferences.all if each.status == "in-progress")
    assert talk.recording is not None
    return talk.recording.status


def part(city: City, phone: str) -> dict[str, Any]:
    """How whoever has that number takes part in the talk; empty where they do not."""
    going_on = (each for each in city.carrier.exchange.conferences.all if each.status == "in-progress")
    people = (who for talk in going_on for who in talk.participants)
    return next((dict(who.state) for who in people if phone in {who.leg.from_, who.leg.to}), {})


def test_a_talk_is_held_consulted_about_overheard_and_handed_over(migrated_url: str, tmp_path: Path) -> None:
    with open_city(tmp_path, migrated_url, IN_THE_MORNING) as city:
        city.add_owner(KNOWN)
        ana = city.add_agent("Ana", ScriptedTelephone(ANA, keys=["1"], stays=True))
        call = city.carrier.dial(KNOWN, LINE, "0 _")
        city.until(lambda: [w.state for w in city.rows(Wait)] == ["talking"], "they do not talk")
        bruno = city.add_agent("Bruno", ScriptedTelephone(BRUNO, keys=["1"], stays=True))
        sara = city.add_agent("Sara", ScriptedTelephone(SARA, keys=["1"], stays=True))
        city.until(lambda: part(city, ANA) and part(city, KNOWN), "they do not meet")

        ask(city, call.sid, "recording/pause")
        city.until(lambda: tape(city) == "paused", "it is recorded")
        ask(city, call.sid, "recording/resume")
        city.until(lambda: tape(city) == "in-progress", "it is paused")

        ask(city, call.sid, "supervision", agent=sara, mode="whisper")
        city.until(lambda: part(city, SARA).get("Coaching"), "the supervisor does not whisper")
        assert not part(city, SARA)["Muted"]

        ask(city, call.sid, "transfer", agent=bruno, consult=True, reason="Pide un plano")
        city.until(lambda: part(city, BRUNO) and not part(city, ANA)["EndConferenceOnExit"], "no colleague")
        assert part(city, KNOWN)["Hold"]

        assert ask(city, call.sid, "transfer/complete")["agent"] == bruno
        city.until(lambda: not part(city, ANA), "the agent does not leave")
        city.until(lambda: not part(city, KNOWN)["Hold"], "the owner is still on hold")
        city.until(lambda: part(city, BRUNO)["EndConferenceOnExit"], "the room would stay open")
        assert [agent.presence for agent in city.rows(Agent) if agent.id == ana] != ["talking"]

        call.hang_up()
        city.until_quiet()
        assert [leg.state for leg in city.rows(Leg)] == ["talked", "talked"]
        assert {guest.state for guest in city.rows(Guest)} <= {"took_over", "called_off", "left"}
        assert [wait.state for wait in city.rows(Wait)] == ["served"]
        assert city.errors == []
