"""Every webhook of a hand-over comes twice, late, or in the wrong order: it ends as if nothing had been."""

import pytest

from ivr.simulator.faults import WebhookFault
from ivr.simulator.telephones import ScriptedTelephone
from ivr.store.tables import Agent, CallRow, Case, CaseEvent, Leg, Task, Wait
from ivr.switchboard.presence import Presence
from tests.e2e.city import City
from tests.e2e.people import HASTE
from tests.line import LINE, STRANGER

PASSES, TAKES = "+56990010001", "+56990010002"

#: More webhooks than a hand-over has.
ALL = 300

URGENCY = "1 1 101# 1 1204# 1"


@pytest.mark.parametrize("fault", [None, *(WebhookFault[name] for name in ("TWICE", "LATE", "OUT_OF_ORDER"))])
def test_a_hand_over_ends_the_same_whatever_happens_to_its_webhooks(
    city: City, fault: WebhookFault | None
) -> None:
    """One agent passes, the next takes the caller; they talk, and the caller hangs up."""
    city.add_owner()
    city.add_agent("Marcela Soto", ScriptedTelephone(PASSES, keys=["2"]))
    city.add_agent("Ricardo Pino", ScriptedTelephone(TAKES, keys=["1"]))
    if fault is not None:
        city.carrier.faults.next_webhook(fault, ALL)

    caller = city.carrier.dial(STRANGER, LINE, URGENCY, talk=30, pace=HASTE)
    caller.wait_for("joined", 30)
    city.until(caller.leg.finished.is_set, "they talk for ever")
    city.carrier.settle(30)
    _let_the_late_ones_go(city)
    city.until_quiet()
    city.until(
        lambda: {agent.presence for agent in city.rows(Agent)} == {Presence.AVAILABLE}, "wrap-up never ends"
    )

    assert [wait.state for wait in city.rows(Wait)] == ["served"]
    assert [leg.state for leg in city.rows(Leg)] == ["passed", "talked"]
    assert [(call.purpose, call.status, call.outcome) for call in city.rows(CallRow)] == [
        ("inbound", "completed", "talked"),
        ("agent", "completed", "passed"),
        ("agent", "completed", "talked"),
    ]
    (case,) = city.rows(Case)
    assert (case.status, case.acknowledged_by) == ("attending", "Ricardo Pino")
    kinds = [event.kind for event in city.rows(CaseEvent)]
    assert [kinds.count(kind) for kind in ("opened", "acknowledged", "handed_over")] == [1, 1, 1]
    assert city.rows(Task) == []
    assert [event["others"] for event in caller.events if event["type"] == "joined"] == [[TAKES]]


def _let_the_late_ones_go(city: City) -> None:
    """News that was held back comes now that all is over; what follows is on time."""
    while city.carrier.faults.take_webhook("/voice/"):
        pass
    city.carrier.faults.release()
    city.carrier.settle(30)
