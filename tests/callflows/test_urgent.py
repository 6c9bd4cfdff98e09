"""Urgencies: the case before everything, safety before any question, two tries at most, and a person."""

import pytest

from ivr.aftersales.life import Channel
from ivr.store.tables import CallRow, Case, CaseEvent, Home, Project, Task
from tests.board import Board
from tests.callflows.town import (
    ANONYMOUS,
    KNOWN,
    LANDLORD,
    NEWCOMER,
    answer,
    contacts,
    dial,
    requirements,
    tasks,
)
from tests.line import TestCall


def waits(call: TestCall) -> bool:
    """Whether the call stands in the queue for urgencies."""
    return call.waits_for.tag == "Enqueue" and call.waits_for.text == "urgent"


def home(town: Board) -> str:
    """The number of the case's home."""
    return next(found.number for found in town.rows(Home) if found.id == town.case.home_id)


def firm(call: TestCall) -> str:
    """What no key cuts short."""
    return " ".join("".join(said.itertext()) for said in call.xml.findall("Say"))


@pytest.mark.parametrize(
    ("key", "kind", "safety"),
    [
        ("1", "water", "Cierre la llave de paso del agua"),
        ("2", "gas", "Cierre la llave del gas y ventile"),
        ("3", "electricity", "Revise los automáticos"),
    ],
)
def test_the_case_exists_from_the_key_on_and_safety_comes_before_any_question(
    town: Board, key: str, kind: str, safety: str
) -> None:
    call = dial(town, NEWCOMER, "1", key)

    assert safety in firm(call)
    assert (town.case.priority, town.case.urgent_kind, town.case.status) == ("urgent", kind, "open")
    assert (requirements(town), contacts(town, town.case)) == ([kind], [NEWCOMER])


def test_a_known_caller_needs_four_keys_from_the_welcome_to_the_queue(town: Board) -> None:
    call = dial(town, KNOWN, "1", "1", "1")

    assert call.hears(f"Su urgencia es la número {spoken(town.case)}. Repito: {spoken(town.case)}")
    assert waits(call)
    assert home(town) == "1204"


def spoken(case: Case) -> str:
    words = dict(
        zip(
            "0123456789",
            ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"],
            strict=True,
        )
    )
    first, second = case.number[:4], case.number[4:]
    return ". ".join(", ".join(words[figure] for figure in part) for part in (first, second))


def test_a_gas_caller_outside_goes_on_as_the_others(town: Board) -> None:
    call = dial(town, KNOWN, "1", "2")
    assert call.hears("Si ya está afuera, marque uno")

    assert answer(call, "1").hears("Si llama por la propiedad doce cero cuatro")


def test_a_gas_caller_who_presses_nothing_is_sent_out_and_rung(town: Board) -> None:
    town.agent("Ana", "+56911111111", level=1)
    call = dial(town, KNOWN, "1", "2", "-")

    assert call.hears("Salga de inmediato, por favor")
    assert call.over
    town.work()
    agent = town.rings().answer()
    assert agent.hears("fuga de gas")
    agent.press("1")
    town.work()
    assert town.rings().request.to == KNOWN


def test_a_gas_caller_who_hangs_up_as_told_is_rung(town: Board) -> None:
    town.agent("Ana", "+56911111111", level=1)
    call = dial(town, KNOWN, "1", "2")
    town.hang_up(call)
    town.work()

    town.rings().answer().press("1")
    town.work()
    assert town.rings().request.to == KNOWN


def test_a_gas_caller_whom_nobody_can_ring_is_not_told_to_hang_up(town: Board) -> None:
    call = dial(town, ANONYMOUS, "1", "2")

    assert call.hears("salga de inmediato con su teléfono, sin cortar")
    assert waits(answer(call, "-"))


def test_another_kind_after_going_back_corrects_the_case(town: Board) -> None:
    call = dial(town, KNOWN, "1", "1", "*", "3")

    assert "Revise los automáticos" in firm(call)
    assert (len(town.rows(Case)), town.case.urgent_kind) == (1, "electricity")
    assert requirements(town) == ["electricity"]


@pytest.mark.parametrize("moves", [("0",), ("7", "-", "8")])
def test_whoever_does_not_say_which_urgency_gets_a_case_without_kind_and_a_person(
    town: Board, moves: tuple[str, ...]
) -> None:
    call = dial(town, NEWCOMER, "1", *moves)

    assert waits(call)
    assert call.hears("Su urgencia es la número")
    assert (town.case.urgent_kind, requirements(town)) == (None, ["other"])


@pytest.mark.parametrize(
    "moves",
    [
        ("999#", "888#"),
        ("-", "-"),
        ("101#", "2", "107#", "2"),
        ("101#", "5", "6"),
        ("567#", "9", "567#", "9"),
        ("567#", "-", "-"),
        ("101#", "1", "-", "-"),
        ("101#", "1", "123456789#", "123456789#"),
        ("101#", "1", "999#", "2", "998#", "2"),
        ("101#", "1", "999#", "-", "-"),
        ("101#", "1", "12#", "-", "-"),
    ],
)
def test_whoever_is_urgent_is_asked_each_thing_twice_and_goes_on_without_it(
    town: Board, moves: tuple[str, ...]
) -> None:
    call = dial(town, NEWCOMER, "1", "1", *moves)

    assert call.hears("Su urgencia es la número")
    assert waits(call)
    assert town.case.home_id is None


def test_two_tries_at_a_home_that_the_number_is_known_for(town: Board) -> None:
    assert waits(dial(town, KNOWN, "1", "1", "7", "8"))
    assert waits(dial(town, LANDLORD, "1", "1", "7", "8"))


def test_the_project_is_kept_though_the_apartment_never_becomes_known(town: Board) -> None:
    dial(town, NEWCOMER, "1", "1", "101#", "1", "-", "-")

    assert town.rows(Project)[0].code == "101"
    assert (town.case.project_id, town.case.home_id) == (town.rows(Project)[0].id, None)


def test_what_was_keyed_and_not_confirmed_is_a_comment_for_whoever_takes_it(town: Board) -> None:
    call = dial(town, NEWCOMER, "1", "1", "101#", "1", "1204#")
    call.hang_up()

    [comment] = [event for event in town.rows(CaseEvent) if event.kind == "comment"]
    assert "1204" in comment.detail["text"]
    assert "Los Aromos" in comment.detail["text"]


def test_a_number_is_asked_only_where_the_callers_own_is_of_no_use(town: Board) -> None:
    call = dial(town, ANONYMOUS, "1", "1", "101#", "1", "1204#", "1")
    assert call.hears("Marque un teléfono de contacto")

    answer(call, "987654321#", "1")

    assert waits(call)
    assert contacts(town, town.case) == ["+56987654321"]


@pytest.mark.parametrize(
    ("moves", "kept"),
    [
        (("-", "-"), []),
        (("123#", "600123456#"), []),
        (("987654321#", "2", "987654322#", "2"), []),
        (("987654321#", "-", "-"), ["+56987654321"]),
    ],
)
def test_two_tries_at_the_number_too(town: Board, moves: tuple[str, ...], kept: list[str]) -> None:
    call = dial(town, ANONYMOUS, "1", "1", "-", "-", *moves)

    assert waits(call)
    assert contacts(town, town.case) == kept


def test_hanging_up_anywhere_after_the_key_starts_the_rounds(town: Board) -> None:
    town.agent("Ana", "+56911111111", level=1)
    call = dial(town, NEWCOMER, "1", "3", "101#")
    town.hang_up(call)
    town.work()

    assert town.rings().answer().hears("sin electricidad")
    assert town.rows(CallRow)[0].outcome == "cut_short"


def test_hanging_up_before_the_key_is_a_task_to_ring_back(town: Board) -> None:
    dial(town, NEWCOMER, "1").hang_up()

    assert tasks(town) == ["call_lost"]
    assert town.rows(Case) == []


def test_a_key_that_comes_later_than_the_news_of_hanging_up_starts_the_rounds(town: Board) -> None:
    """Both are on their way at once: which the line hears of first is chance."""
    town.agent("Ana", "+56911111111", level=1)
    call = dial(town, NEWCOMER, "1")
    town.hang_up(call)
    call.press("1")
    before = call.document
    town.work()

    assert town.rings().answer().hears("fuga de agua")
    assert town.rows(CallRow)[0].outcome == "cut_short"
    assert [(task.kind, task.state) for task in town.rows(Task)] == [("call_lost", "done")]
    assert call.again() == before


def test_an_urgent_case_of_a_mobile_line_has_its_channel(town: Board) -> None:
    dial(town, NEWCOMER, "1", "1", to="+56988894612")

    assert town.case.channel == Channel.MOBILE
