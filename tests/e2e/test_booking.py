"""A known owner books a visit, from the first ring to the text on their telephone."""

from ivr.simulator.telephones import ScriptedTelephone
from ivr.store.tables import Appointment, Case
from tests.e2e.city import City
from tests.line import KNOWN, LINE

#: New request, my home, damp, a description and its ``#``, go on, nothing else, my number, no other one, the
#: first hour, book it.
KEYS = "2 1 1 ~# 1 2 1 1 1 1"
MOST_KEYS = 14


def test_a_known_owner_books_a_visit_with_few_keys_and_gets_a_text(city: City) -> None:
    city.add_owner(KNOWN)
    city.carrier.connect(ScriptedTelephone(KNOWN))

    record = city.carrier.dial(KNOWN, LINE, KEYS).wait(30)
    city.until(lambda: city.carrier.texts_to(KNOWN), "no text came")

    pressed = "".join(entry.get("keys", "") for entry in record.transcript if entry["who"] == "caller")
    assert 0 < len(pressed) <= MOST_KEYS
    (case,) = city.rows(Case)
    assert case.status == "visit_scheduled"
    (appointment,) = city.rows(Appointment)
    assert (appointment.case_id, appointment.status) == (case.id, "booked")
    (text,) = city.carrier.texts_to(KNOWN)
    assert case.number in text
    assert city.carrier.alerts == []
