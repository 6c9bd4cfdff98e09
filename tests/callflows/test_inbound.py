"""The door of the line: main menu, who calls, which number was dialled, and going on where a call stopped."""

from datetime import timedelta

import pytest

from ivr.aftersales.life import Status
from ivr.store.tables import CallRow, Case, Task, Wait
from tests.board import Board
from tests.callflows.town import (
    ANONYMOUS,
    KNOWN,
    NEWCOMER,
    TO_THE_CATEGORY,
    TO_THE_CONTACT,
    TO_THE_END,
    TO_THE_VISIT,
    answer,
    booked,
    dial,
    in_queue,
    requirements,
    tasks,
    work,
)
from tests.line import LINE, MOBILE_LINE, TestCall


def cut_short(town: Board, from_: str, *moves: str) -> TestCall:
    """A call that was hung up in the middle."""
    call = dial(town, from_, *moves)
    call.hang_up()
    return call


def outcomes(town: Board) -> list[str | None]:
    return [call.outcome for call in town.rows(CallRow)]


def test_the_welcome_is_one_short_sentence_and_keys_interrupt_it(town: Board) -> None:
    call = dial(town, NEWCOMER)

    assert call.heard[0] == "Le damos la bienvenida a la línea de postventa."
    assert len(call.waits_for.findall("Say")) == len(call.heard) == 2


def test_an_asterisk_at_the_main_menu_hears_it_again(town: Board) -> None:
    assert dial(town, NEWCOMER, "*", "*", "*", "*").hears("Si es una urgencia, marque uno")


def test_a_wrong_key_is_named_and_the_menu_heard_three_times_in_all_and_then_a_person(town: Board) -> None:
    call = dial(town, NEWCOMER, "7")
    assert call.hears("Esa opción no existe. Si es una urgencia")
    assert answer(call, "-").hears("No recibí su respuesta. Si es una urgencia")
    assert answer(call, "8").hears("no hay nadie que le pueda atender")


def test_a_lone_gato_is_no_try(town: Board) -> None:
    assert dial(town, NEWCOMER, *"#####").heard[0].startswith("Si es una urgencia")


@pytest.mark.parametrize("moves", [(), ("2",), ("2", "101#"), ("2", "101#", "1"), ("3",), ("3", "123#")])
def test_zero_leads_to_a_person_from_anywhere(town: Board, moves: tuple[str, ...]) -> None:
    assert dial(town, NEWCOMER, *moves, "0").hears("no hay nadie que le pueda atender")


@pytest.mark.parametrize(
    ("to", "forwarded_from", "channel"),
    [
        (LINE, None, "phone"),
        (MOBILE_LINE, None, "mobile"),
        ("+56986826248", None, "mobile"),
        ("+56223456789", LINE, "phone"),
        ("+56223456789", MOBILE_LINE, "mobile"),
        (LINE, MOBILE_LINE, "phone"),
    ],
)
def test_the_channel_of_a_case_is_the_number_that_was_dialled(
    town: Board, to: str, forwarded_from: str | None, channel: str
) -> None:
    more = {"ForwardedFrom": forwarded_from} if forwarded_from else {}
    dial(town, KNOWN, *TO_THE_CATEGORY, to=to, **more)

    assert town.case.channel == channel


@pytest.mark.parametrize(
    "from_",
    [
        ANONYMOUS,
        "",
        "+266696687",
        "+34600111222",
        "sip:mesa@example.com",
        "client:ana",
        "+56800422727",
        "133",
    ],
)
def test_a_number_that_nobody_can_ring_is_asked_for(town: Board, from_: str) -> None:
    call = dial(town, from_, "2", "101#", "1", "1204#", "1", "1", "~", "2")

    assert call.hears("Marque un teléfono de contacto de nueve dígitos")
    assert answer(call, "987654321#", "1", "1", "1", "1").hears("Su visita de inspección será")


def test_a_payphone_and_a_fixed_line_are_callers_like_any_other(town: Board) -> None:
    call = dial(town, "+56223456789", "2", "101#", "1", "1204#", "1", "1", "~", "2")

    assert call.hears("Le contactaremos al dos. dos, tres, cuatro, cinco. seis, siete, ocho, nueve")


def test_hanging_up_before_a_home_is_known_is_a_task_to_ring_back_that_says_what_was_keyed(
    town: Board,
) -> None:
    cut_short(town, NEWCOMER, "2", "101#", "1", "999#")

    [task] = town.rows(Task)
    assert (task.kind, task.phone, task.case_id) == ("call_lost", NEWCOMER, None)
    assert "Los Aromos" in task.detail
    assert "999" in task.detail


def test_hanging_up_without_a_usable_number_leaves_only_the_call(town: Board) -> None:
    cut_short(town, ANONYMOUS, "2", "101#")

    assert tasks(town) == []
    assert outcomes(town) == ["cut_short"]


def test_hanging_up_at_the_main_menu_asks_nobody_for_anything(town: Board) -> None:
    cut_short(town, NEWCOMER)

    assert tasks(town) == []
    assert outcomes(town) == ["hung_up"]


@pytest.mark.parametrize(
    ("moves", "question"),
    [
        (("2",), "Si llama por la propiedad doce cero cuatro"),
        (TO_THE_CATEGORY, "Por humedad o filtraciones"),
        (TO_THE_CONTACT, "Le contactaremos al"),
        (TO_THE_VISIT, "Estas son las horas"),
        ((*TO_THE_VISIT, "2"), "Visita el jueves"),
    ],
)
def test_a_call_that_was_cut_short_goes_on_at_the_question_that_was_open(
    town: Board, moves: tuple[str, ...], question: str
) -> None:
    cut_short(town, KNOWN, *moves)

    call = dial(town, KNOWN, "2")

    assert call.hears("Su llamada anterior se cortó. Para seguir donde quedó, marque uno")
    assert answer(call, "1").hears(question)
    assert len(town.rows(Case)) == (0 if moves == ("2",) else 1)


def test_what_goes_on_is_booked_on_the_first_case_and_its_task_is_no_longer_needed(town: Board) -> None:
    cut_short(town, KNOWN, *TO_THE_VISIT)
    work(town)
    assert tasks(town) == ["unscheduled"]

    dial(town, KNOWN, "2", "1", "2", "1")
    work(town)

    assert len(town.rows(Case)) == 1
    assert town.case.status == Status.VISIT_SCHEDULED
    assert tasks(town) == []
    assert outcomes(town) == ["resumed", None]


def test_the_task_to_ring_back_has_no_reason_once_the_caller_goes_on(town: Board) -> None:
    cut_short(town, NEWCOMER, "2", "101#")
    assert tasks(town) == ["call_lost"]

    assert dial(town, NEWCOMER, "2", "1").hears("Los Aromos. Si es correcto")
    assert tasks(town) == []


def test_an_asterisk_after_going_on_leads_back_as_it_would_have_then(town: Board) -> None:
    cut_short(town, KNOWN, *TO_THE_CONTACT)

    call = dial(town, KNOWN, "2", "1", "*")

    assert call.hears("Para agregar otro problema")


def test_starting_anew_leaves_the_first_case_with_its_task(town: Board) -> None:
    cut_short(town, KNOWN, *TO_THE_VISIT)

    dial(town, KNOWN, "2", "2", "1", "3")

    assert len(town.rows(Case)) == 2
    assert requirements(town) == ["damp", "electricity"]
    assert tasks(town) == ["unscheduled"]


def test_whoever_begins_anew_and_then_goes_on_after_all_leaves_no_urgency_behind(town: Board) -> None:
    """Back at the question by asterisks, with the case of the new beginning open."""
    cut_short(town, NEWCOMER, "1", "1", "101#")

    call = dial(town, NEWCOMER, "1", "2", "1", "*", "*")
    assert call.hears("Su llamada anterior se cortó")
    town.hang_up(answer(call, "1"))

    owed = {wait.case_id for wait in town.rows(Wait) if wait.state == "waiting"}
    assert owed == {case.id for case in town.rows(Case)}
    assert len(owed) == 2


def test_whoever_begins_anew_and_then_goes_on_after_all_leaves_no_request_behind(town: Board) -> None:
    cut_short(town, KNOWN, *TO_THE_VISIT)

    call = dial(town, KNOWN, "2", "2", "1", "*", "*")
    assert call.hears("Su llamada anterior se cortó")
    town.hang_up(answer(call, "1"))

    assert len(town.rows(Case)) == 2
    left = {task.case_id for task in town.rows(Task) if task.state == "open"}
    assert left == {case.id for case in town.rows(Case)}


def test_another_conversation_is_not_asked_to_go_on(town: Board) -> None:
    cut_short(town, KNOWN, *TO_THE_CATEGORY)

    assert dial(town, KNOWN, "1").hears("filtración de agua potable")


def test_a_call_about_something_else_in_between_changes_nothing(town: Board) -> None:
    cut_short(town, NEWCOMER, "2", "101#")
    cut_short(town, NEWCOMER, "3")
    cut_short(town, NEWCOMER)

    assert dial(town, NEWCOMER, "2").hears("Su llamada anterior se cortó")


def test_an_urgent_call_that_was_cut_short_goes_on_too(town: Board) -> None:
    cut_short(town, NEWCOMER, "1", "1", "101#")

    call = dial(town, NEWCOMER, "1")

    assert call.hears("Su llamada anterior se cortó")
    assert answer(call, "1").hears("Los Aromos. Si es correcto")
    answer(call, "1", "1204#", "1")
    assert call.hears("Su urgencia es la número")
    assert len(town.rows(Case)) == 1
    assert town.case.home_id is not None


def test_a_day_later_nothing_is_gone_on_with(town: Board) -> None:
    cut_short(town, KNOWN, *TO_THE_CATEGORY)
    town.clock.forward(timedelta(hours=24, seconds=1))

    assert dial(town, KNOWN, "2").hears("Si llama por la propiedad")


def test_another_number_goes_on_with_nothing(town: Board) -> None:
    cut_short(town, KNOWN, *TO_THE_CATEGORY)

    assert dial(town, NEWCOMER, "2").hears("Marque el código de su proyecto")


def test_withheld_numbers_go_on_with_nothing(town: Board) -> None:
    cut_short(town, ANONYMOUS, "2", "101#")

    assert dial(town, ANONYMOUS, "2").hears("Marque el código de su proyecto")


def test_a_call_that_came_to_its_end_is_not_gone_on_with(town: Board) -> None:
    cut_short(town, KNOWN, *TO_THE_END)

    assert dial(town, KNOWN, "2").hears("Si llama por la propiedad")
    assert outcomes(town)[0] == "booked"


@pytest.mark.parametrize("status", [Status.VISIT_SCHEDULED, Status.CANCELLED])
def test_a_case_that_has_moved_on_meanwhile_is_not_gone_on_with(town: Board, status: Status) -> None:
    cut_short(town, KNOWN, *TO_THE_VISIT)
    with town.store.transaction() as session:
        session.get_one(Case, town.case.id).status = status

    assert dial(town, KNOWN, "2").hears("Si llama por la propiedad")


def test_an_urgency_that_somebody_has_taken_is_not_gone_on_with(town: Board) -> None:
    cut_short(town, NEWCOMER, "1", "1", "101#")
    with town.store.transaction() as session:
        session.get_one(Case, town.case.id).status = Status.ATTENDING

    assert dial(town, NEWCOMER, "1").hears("filtración de agua potable")


def test_back_at_the_main_menu_the_same_request_goes_on(town: Board) -> None:
    call = dial(town, KNOWN, *TO_THE_CATEGORY, "*", "*")

    assert call.hears("Si es una urgencia, marque uno")
    answer(call, "2", "1", "4")
    assert len(town.rows(Case)) == 1
    assert requirements(town) == ["doors"]


def test_a_request_that_is_left_for_an_urgency_is_seen_to(town: Board) -> None:
    call = dial(town, KNOWN, *TO_THE_CATEGORY, "*", "*")
    assert call.hears("Si es una urgencia, marque uno")

    answer(call, "1", "3")

    standard, urgent = town.rows(Case)
    assert (standard.priority, urgent.priority, urgent.urgent_kind) == ("standard", "urgent", "electricity")
    assert tasks(town) == ["unscheduled"]


def test_an_urgency_that_is_left_for_a_request_is_looked_after_at_once(town: Board) -> None:
    call = dial(town, KNOWN, "1", "1", "*", "*")
    assert call.hears("Si es una urgencia, marque uno")

    answer(call, "2", "1", "4")

    urgent, standard = town.rows(Case)
    assert (town.wait.case_id, town.wait.state) == (urgent.id, "waiting")
    assert standard.priority == "standard"
    assert requirements(town) == ["water", "doors"]


def test_a_booked_request_is_not_mixed_with_the_next_one_of_the_same_call(town: Board) -> None:
    town.agent("Ana", "+56911111111")
    call = dial(town, KNOWN, *TO_THE_END, "0")
    in_queue(call, key="*")
    call.leave_queue()
    assert call.hears("Si es una urgencia, marque uno")

    answer(call, "2", "1", "3")

    assert requirements(town) == ["damp", "electricity"]
    assert len(town.rows(Case)) == 2
    assert len(booked(town)) == 1
