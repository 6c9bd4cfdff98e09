"""The half of the line that nobody dials, over weeks: what is promised is kept without a hand on it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ivr.simulator.telephones import Reply
from ivr.store.session import Store
from ivr.store.tables import Appointment, PlannedCall, Survey
from tests.e2e.journey import SUPERVISOR, Journey, open_journey
from tests.e2e.people import HASTE
from tests.making import at

ANA, BENJA, CLARA = "+56961110001", "+56961110002", "+56961110003"
DIEGO, ELSA, ELSAS_SON, FELIPE = "+56961110004", "+56961110005", "+56961110006", "+56961110007"

TUESDAY = at("2026-11-24 10:00")
_A_SECOND = timedelta(seconds=1)


@pytest.fixture
def life(store: Store, tmp_path: Path) -> Iterator[Journey]:
    with open_journey(store, tmp_path, TUESDAY) as opened:
        yield opened


def test_disputes_of_each_kind_and_of_both_at_once_go_where_the_owner_says(life: Journey) -> None:
    """`1` it is me, `2` not all in order; then the remedy, the first date, and a score."""
    life.telephone(ANA, "1 2 1 1 1 4")
    life.telephone(BENJA, "1 2 2 1 1 3")
    life.telephone(CLARA, "1 2 2 1 2 2 1 1 1 1 2", "1 1 1", "1 1 5")
    again, inspection, both = (
        life.repaired("101", ANA),
        life.repaired("102", BENJA),
        life.repaired("103", CLARA, requirements=2),
    )
    life.calls_go_out()

    assert life.case(again)["status"] == "works_scheduled"
    assert life.dates(again) == [("works", "booked")]
    assert life.verdicts(again) == ["disputed"]
    assert life.case(again)["surveys"][0]["score"] == 4
    assert life.case(inspection)["status"] == "visit_scheduled"
    assert life.dates(inspection) == [("visit", "booked")]
    assert life.case(both)["status"] == "visit_scheduled"
    assert life.dates(both) == [("visit", "booked"), ("works", "booked")]
    assert [answer["remedy"] for answer in life.case(both)["surveys"][0]["answers"]] == ["works", "visit"]
    taken = [(date.kind, date.start) for date in life.rows(Appointment)]
    assert len(taken) == len(set(taken))
    for phone in (ANA, BENJA, CLARA):
        assert [outcome for _, outcome in life.outcomes(phone)] == ["disputed"]
    assert [len(life.texts(phone)) for phone in (ANA, BENJA, CLARA)] == [2, 2, 3]
    assert "vamos a llamar" in life.texts(ANA)[0] or "llamaremos" in life.texts(ANA)[0]

    life.until("2026-11-26 13:30")
    life.receives_works(both)
    life.work()
    assert life.verdicts(both) == ["done", "disputed"]  # works-done marks what waited for works
    assert len(life.calls(CLARA)) == 1  # nobody is asked before the visit has been
    life.inspects(both, True)
    life.calls_go_out()
    assert life.case(both)["status"] == "works_scheduled"
    life.until("2026-12-01 18:00")
    life.receives_works(both)
    life.work()
    life.until("2026-12-02 09:01")
    assert life.case(both)["status"] == "closed"
    assert life.verdicts(both) == ["accepted", "accepted"]
    assert life.outcomes(CLARA) == [
        ("satisfaction", "disputed"),
        ("works", "booked"),
        ("satisfaction", "satisfied"),
    ]


def test_who_does_not_answer_is_called_by_the_plan_whatever_the_reason(life: Journey) -> None:
    ana = life.telephone(ANA, "1 1 5", reply=None)
    benja = life.telephone(BENJA, answered_by="machine_end_beep", pace=HASTE)
    clara = life.telephone(CLARA, reply=None)
    closed, told, never = (
        life.repaired("101", ANA),
        life.repaired("102", BENJA),
        life.repaired("103", CLARA),
    )
    life.calls_go_out()
    ana.reply = Reply.BUSY
    life.passes(minutes=31)
    ana.reply = Reply.UNREACHABLE
    life.passes(hours=4, minutes=1)
    ana.reply, benja.answered_by, benja.keys = Reply.ANSWER, "human", ["1 1 5"]
    assert [outcome for _, outcome in life.outcomes(ANA)] == ["no-answer", "busy", "failed"]
    life.until("2026-11-25 09:59")
    assert len(life.calls(ANA)) == 3
    life.until("2026-11-25 10:01")

    assert [outcome for _, outcome in life.outcomes(ANA)] == ["no-answer", "busy", "failed", "satisfied"]
    assert [outcome for _, outcome in life.outcomes(BENJA)] == ["machine"] * 3 + ["satisfied"]
    heard = [call.heard for call in life.calls(BENJA)]
    assert ["Puede devolvernos la llamada" in each for each in heard] == [True, False, False, False]
    assert [life.case(each)["status"] for each in (closed, told, never)] == ["closed", "closed", "works_done"]
    assert [len(life.calls(phone)) for phone in (ANA, BENJA, CLARA)] == [4, 4, 4]
    assert life.tasks() == [("unreachable", never)]
    assert [never in text for text in life.texts(SUPERVISOR)] == [True]
    assert [survey.outcome for survey in life.rows(Survey)] == ["satisfied", "satisfied", "unreachable"]
    clara.reply = Reply.ANSWER
    life.passes(days=20)
    assert len(life.calls(CLARA)) == 4  # an agent has it now


def test_a_wrong_number_a_refusal_and_somebody_without_time_are_heeded(life: Journey) -> None:
    life.telephone(DIEGO, "9")
    life.telephone(ELSA, "3")
    life.telephone(ELSAS_SON, "1 1 1")
    life.telephone(FELIPE, "2 1", "1 1 1")
    refused, wrong, later = (
        life.inspected("101", DIEGO),
        life.inspected("102", ELSA, ELSAS_SON),
        life.inspected("103", FELIPE),
    )
    life.calls_go_out()

    assert life.outcomes(DIEGO) == [("works", "refused")]
    assert life.outcomes(ELSA) == [("works", "wrong_number")]
    assert life.outcomes(ELSAS_SON) == [("works", "booked")]
    assert life.case(wrong)["contacts"] == [ELSAS_SON]
    assert life.case(wrong)["status"] == "works_scheduled"
    assert life.tasks() == [("do_not_call", refused)]
    assert life.outcomes(FELIPE) == [("works", "later")]
    life.passes(minutes=61)
    assert life.outcomes(FELIPE) == [("works", "later"), ("works", "booked")]
    assert life.case(later)["status"] == "works_scheduled"
    attempts = {plan.case_id: plan.attempts for plan in life.rows(PlannedCall)}
    assert list(attempts.values()) == [1, 1, 1]
    life.passes(days=3)
    assert len(life.calls(DIEGO)) == len(life.calls(ELSA)) == 1


@pytest.mark.parametrize(
    ("begins", "second", "third", "fourth", "first_works"),
    [
        # Friday the 18th and Saturday the 19th of September are holidays.
        (
            "2026-09-17 09:00",
            "2026-09-17 09:32",
            "2026-09-17 13:33",
            "2026-09-21 10:00",
            "2026-09-22T09:00:00-03:00",
        ),
        # In the night to Sunday, clocks go forward, or back: the wall's ten o'clock is another hour of UTC.
        (
            "2026-09-04 09:00",
            "2026-09-04 09:32",
            "2026-09-04 13:33",
            "2026-09-07 10:00",
            "2026-09-08T09:00:00-03:00",
        ),
        (
            "2027-04-02 09:00",
            "2027-04-02 09:32",
            "2027-04-02 13:33",
            "2027-04-05 10:00",
            "2027-04-06T09:00:00-04:00",
        ),
    ],
    ids=["holidays", "clocks go forward", "clocks go back"],
)
def test_holidays_and_changed_clocks_move_calls_and_dates_by_the_wall(
    sqlite_store: Store,
    tmp_path: Path,
    begins: str,
    second: str,
    third: str,
    fourth: str,
    first_works: str,
) -> None:
    with open_journey(sqlite_store, tmp_path, at(begins), text_before_call=0) as life:
        ana = life.telephone(ANA, "1 1 1", reply=None)
        number = life.inspected("101", ANA)
        life.work()
        for wall in (second, third):
            life.until(wall)
        assert len(life.calls(ANA)) == 3
        ana.reply = Reply.ANSWER
        life.clock.set(at(fourth))
        life.clock.forward(-_A_SECOND)
        life.work()
        assert len(life.calls(ANA)) == 3
        life.until(fourth)
        assert life.outcomes(ANA)[-1] == ("works", "booked")
        assert life.case(number)["appointments"][0]["start"] == first_works
        day = at(first_works[:16].replace("T", " ")).date()
        assert (day - at(fourth).date()).days == 1
