"""A new request: what is wrong, in the owner's own words or without, up to nine times."""

import pytest

from ivr.aftersales.life import STANDARD_CATEGORIES, Status
from ivr.store.tables import Recording, Requirement, Task
from tests.board import Board
from tests.callflows.town import (
    KNOWN,
    TO_THE_CATEGORY,
    TO_THE_END,
    answer,
    contacts,
    dial,
    events,
    requirements,
    tasks,
)

NOTICE = "Después del tono, cuente el problema: quedará grabado"
MORE = "Para agregar otro problema"


def test_the_case_exists_from_the_confirmed_home_on(town: Board) -> None:
    dial(town, KNOWN, *TO_THE_CATEGORY).hang_up()

    assert (town.case.status, town.case.priority) == ("open", "standard")
    assert contacts(town, town.case) == [KNOWN]
    [task] = town.rows(Task)
    assert (task.kind, task.case_id, task.phone) == ("unscheduled", town.case.id, KNOWN)


def test_a_known_caller_needs_no_more_than_fourteen_keys(town: Board) -> None:
    keys = [move for move in TO_THE_END if not move.startswith("~")] + ["#"]
    call = dial(town, KNOWN, *TO_THE_END)

    assert call.hears("Listo. Su visita de inspección será")
    assert len(keys) <= 14


@pytest.mark.parametrize(("key", "category"), list(zip("123456789", STANDARD_CATEGORIES, strict=True)))
def test_each_key_is_its_category(town: Board, key: str, category: str) -> None:
    assert dial(town, KNOWN, *TO_THE_CATEGORY, key).hears(NOTICE)
    assert requirements(town) == [category]


def test_the_notice_of_recording_cannot_be_cut_short(town: Board) -> None:
    call = dial(town, KNOWN, *TO_THE_CATEGORY, "1")

    assert ["".join(said.itertext()) for said in call.xml.findall("Say")] == call.heard
    record = call.waits_for
    assert (record.get("maxLength"), record.get("finishOnKey"), record.get("playBeep")) == (
        "90",
        "#*0",
        "true",
    )


def test_a_description_is_kept_and_may_be_recorded_again(town: Board) -> None:
    call = dial(town, KNOWN, *TO_THE_CATEGORY, "1", "~12")
    assert call.hears("Su descripción quedó grabada. Para continuar, marque uno")

    answer(call, "2")
    assert call.hears(NOTICE)
    answer(call, "~5", "1")

    assert call.hears(MORE)
    first, second = town.rows(Recording)
    [requirement] = town.rows(Requirement)
    assert (requirement.recording_id, first.status, second.status) == (second.id, "dropped", "expected")


def test_a_gato_at_once_leaves_the_description_out_and_keeps_nothing(town: Board) -> None:
    call = dial(town, KNOWN, *TO_THE_CATEGORY, "1", "~0")

    assert call.hears(MORE)
    assert [found.status for found in town.rows(Recording)] == ["dropped"]
    assert town.rows(Requirement)[0].recording_id is None


def test_silence_leaves_the_description_out(town: Board) -> None:
    assert dial(town, KNOWN, *TO_THE_CATEGORY, "1", "-").hears(MORE)
    assert town.rows(Recording) == []


@pytest.mark.parametrize(("key", "says"), [("*", "Por humedad"), ("0", "no hay nadie que le pueda atender")])
def test_a_key_ends_the_description_and_acts_and_what_was_said_is_kept(
    town: Board, key: str, says: str
) -> None:
    call = dial(town, KNOWN, *TO_THE_CATEGORY, "1").record(7, end=key)

    assert call.hears(says)
    assert town.rows(Requirement)[0].recording_id == town.rows(Recording)[0].id


def test_a_home_that_is_confirmed_later_than_the_news_of_hanging_up_is_a_task(town: Board) -> None:
    call = dial(town, KNOWN, "2")
    call.hang_up()
    call.press("1")

    assert town.case.status == Status.OPEN
    found = {(task.kind, task.state, task.case_id) for task in town.rows(Task)}
    assert found == {("call_lost", "done", None), ("unscheduled", "open", town.case.id)}


def test_hanging_up_while_speaking_keeps_what_was_said_and_goes_on_later(town: Board) -> None:
    call = dial(town, KNOWN, *TO_THE_CATEGORY, "1").record(7, end="hangup")
    call.hang_up()

    assert town.rows(Requirement)[0].recording_id == town.rows(Recording)[0].id
    assert tasks(town) == ["unscheduled"]
    assert dial(town, KNOWN, "2", "1").hears("Su descripción quedó grabada")


def test_going_back_corrects_the_category(town: Board) -> None:
    call = dial(town, KNOWN, *TO_THE_CATEGORY, "1").record(3, end="*")

    answer(call, "5")
    assert requirements(town) == ["windows"]


def test_a_second_problem_is_another_requirement_of_the_same_case(town: Board) -> None:
    call = dial(town, KNOWN, *TO_THE_CATEGORY, "1", "~3", "1", "1", "4", "~")

    assert call.hears(MORE)
    assert requirements(town) == ["damp", "doors"]
    described = [found.recording_id is not None for found in town.rows(Requirement)]
    assert described == [True, False]


def test_an_asterisk_at_a_later_problem_leads_to_the_question_before_it(town: Board) -> None:
    call = dial(town, KNOWN, *TO_THE_CATEGORY, "1", "~", "1")

    assert answer(call, "*").hears(MORE)
    answer(call, "1", "4", "~", "1")
    assert answer(call, "*").hears(MORE)
    answer(call, "1", "6", "~")
    assert requirements(town) == ["damp", "doors", "floors"]


def test_nine_problems_are_the_most(town: Board) -> None:
    call = dial(town, KNOWN, *TO_THE_CATEGORY)
    for key in "12345678":
        answer(call, key, "~", "1")
    answer(call, "9", "~")

    assert call.hears("ya tiene nueve problemas, que es el máximo. Le contactaremos al")
    assert len(requirements(town)) == 9


def test_a_wrong_category_key_is_named(town: Board) -> None:
    assert dial(town, KNOWN, *TO_THE_CATEGORY, "#").hears("Por humedad")
    assert town.rows(Requirement) == []


def test_the_trace_of_a_request_is_in_its_events(town: Board) -> None:
    dial(town, KNOWN, *TO_THE_END)

    assert events(town) == ["opened", "requirement_added", "visit_booked"]
