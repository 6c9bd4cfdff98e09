"""An urgency on a holiday at night, whose caller hangs up at once: somebody calls them back."""

from datetime import datetime
from pathlib import Path

from ivr.simulator.telephones import ScriptedTelephone
from ivr.store.tables import Agent, CallRow, Case, Leg, Wait
from ivr.switchboard.presence import Presence
from tests.conftest import SANTIAGO
from tests.e2e.city import open_city
from tests.line import KNOWN, LINE

#: The eighteenth of September is Independence Day.
AT_NIGHT = datetime(2026, 9, 18, 3, 0, tzinfo=SANTIAGO)

FIRST, SECOND, THIRD = "+56990010001", "+56990010002", "+56990010003"


def test_the_rounds_go_on_until_somebody_calls_the_owner_back_with_one_key(
    migrated_url: str, tmp_path: Path
) -> None:
    with open_city(tmp_path, migrated_url, AT_NIGHT) as city:
        city.add_owner(KNOWN)
        asleep = ScriptedTelephone(FIRST, reply=None)
        voicemail = ScriptedTelephone(SECOND, keys=["-"], answered_by="machine_end_beep")
        awake = ScriptedTelephone(THIRD, keys=["2", "1"])
        for level, telephone in enumerate((asleep, voicemail, awake), start=1):
            city.add_agent(f"Agente {level}", telephone, is_=Presence.OFFLINE, level=level)
        owner = ScriptedTelephone(KNOWN, stays=True, talk=30)
        city.carrier.connect(owner)

        city.carrier.dial(KNOWN, LINE, "1 1 !").wait(30)
        city.until_quiet(60)

        (wait,), (case,), legs = city.rows(Wait), city.rows(Case), city.rows(Leg)
        phones = {agent.id: agent.phone for agent in city.rows(Agent)}
        assert [(phones[leg.agent_id], leg.round, leg.state) for leg in legs] == [
            (FIRST, 1, "no_answer"),
            (SECOND, 1, "no_key"),
            (THIRD, 1, "passed"),
            (FIRST, 2, "no_answer"),
            (SECOND, 2, "no_key"),
            (THIRD, 2, "talked"),
        ]
        assert (case.status, case.acknowledged_by, wait.state) == ("attending", "Agente 3", "served")
        _, called_back = (call for call in city.rows(CallRow) if KNOWN in {call.from_number, call.to_number})
        assert (called_back.purpose, called_back.outcome) == ("owner", "reached")
        (met,) = (event for event in owner.journal.events if event["type"] == "joined")
        assert met["others"] == [THIRD]
        keys = [event["keys"] for event in awake.journal.events if event["type"] == "pressed"]
        assert keys == ["2", "1"]
        assert {agent.presence for agent in city.rows(Agent)} == {Presence.OFFLINE}
        assert city.errors == []
