"""A date for the visit: three offers at a time, read back, booked once; and what if none is left."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ivr.aftersales import cases, events, refusals, visits
from ivr.aftersales.life import Category, Channel, Status
from ivr.store.tables import Project, Task, TextRow
from tests.board import Board
from tests.callflows.town import (
    ANONYMOUS,
    KNOWN,
    NEWCOMER,
    TO_THE_END,
    TO_THE_VISIT,
    answer,
    booked,
    dial,
    tasks,
    work,
)
from tests.making import at, make_home


def fill_up(town: Board, *, weekdays: set[int], keep: int = 0) -> None:
    """Book every visit of the next days on these weekdays, but for the last ``keep``."""
    with town.store.transaction() as session:
        project = session.get_one(Project, 1)
        home = make_home(session, project, "777")
        now = town.clock.now()
        while True:
            slots = visits.all_slots(session, project, now=now)
            slots = [slot for slot in slots if slot.start.isoweekday() in weekdays]
            if len(slots) <= keep:
                return
            case = cases.open_standard(session, home, Channel.WEB, now=now, by=events.API, contacts=[KNOWN])
            cases.add_requirement(session, case, Category.DAMP, by=events.API, now=now)
            visits.book(session, case, slots[0].key, now=now, by=events.API)


def test_three_times_on_the_projects_day_are_offered(town: Board) -> None:
    call = dial(town, KNOWN, *TO_THE_VISIT)

    assert call.heard == [
        "Estas son las horas para su visita de inspección.",
        "Para el jueves veintiséis de noviembre, a las nueve de la mañana, marque uno.",
        "Para el jueves veintiséis de noviembre, a las nueve y media de la mañana, marque dos.",
        "Para el jueves veintiséis de noviembre, a las diez de la mañana, marque tres.",
        "Para oír otras, marque nueve.",
    ]


@pytest.mark.parametrize(("key", "start"), [("1", "09:00"), ("2", "09:30"), ("3", "10:00")])
def test_each_key_means_what_was_heard(town: Board, key: str, start: str) -> None:
    assert answer(dial(town, KNOWN, *TO_THE_VISIT, key), "1").hears("Listo. Su visita de inspección será")

    [visit] = booked(town)
    assert visit.start == at(f"2026-11-26 {start}")
    assert town.case.status == Status.VISIT_SCHEDULED


def test_nine_offers_later_ones_and_after_the_last_the_first_again(town: Board) -> None:
    call = dial(town, KNOWN, *TO_THE_VISIT)
    first, offered = call.heard[1], 0

    while offered == 0 or call.heard[0] != first:
        offered += sum("marque nueve" not in said and said.startswith("Para el") for said in call.heard)
        answer(call, "9")
        assert offered <= 16
    assert offered == 16
    assert answer(call, "1", "1").hears("Listo")
    assert booked(town)[0].start == at("2026-11-26 09:00")


def test_choosing_again_offers_what_was_heard_last(town: Board) -> None:
    call = dial(town, KNOWN, *TO_THE_VISIT, "9", "2")
    assert call.hears("Visita el jueves veintiséis de noviembre, a las once de la mañana. Para reservarla")

    assert answer(call, "2").hears("a las diez y media de la mañana, marque uno")


def test_a_key_that_was_not_offered_is_named(town: Board) -> None:
    assert dial(town, KNOWN, *TO_THE_VISIT, "4").hears("Esa opción no existe. Estas son las horas")


def test_booking_says_the_case_number_twice_and_sends_one_text(town: Board) -> None:
    call = dial(town, KNOWN, *TO_THE_END)
    work(town)

    assert call.hears("Su número de solicitud es")
    assert call.hears("Repito:")
    assert call.hears("Le enviaremos estos datos por mensaje de texto")
    [text] = town.rows(TextRow)
    assert (text.phone, text.purpose) == (KNOWN, "booking")


def test_to_whom_wants_no_texts_none_is_promised(town: Board) -> None:
    with town.store.transaction() as session:
        refusals.no_texts(session, KNOWN, town.clock.now())

    call = dial(town, KNOWN, *TO_THE_END)

    assert call.hears("Listo. Su visita")
    assert not call.hears("mensaje de texto")


def test_a_need_of_a_later_call_is_a_new_task(town: Board) -> None:
    """Though what the first call left was done: a date was agreed, and is off again."""
    fill_up(town, weekdays={1, 2, 3, 4, 5})
    first = dial(town, KNOWN, *TO_THE_VISIT)
    town.hang_up(first)
    with town.store.transaction() as session:
        session.scalars(select(Task)).one().state = "done"

    second = dial(town, KNOWN, "3", f"{town.case.number}#", "1204#", "1")
    assert town.call_row(second).case_id == town.call_row(first).case_id

    assert [task.state for task in town.rows(Task) if task.kind == "unscheduled"] == ["done", "open"]


def test_where_no_text_can_go_none_is_promised_and_the_call_has_told_it_all(town: Board) -> None:
    moves = ("2", "101#", "1", "1204#", "1", "1", "~", "2", "222345678#", "1", "1", "1", "1")
    call = dial(town, ANONYMOUS, *moves)
    work(town)

    assert not call.hears("mensaje de texto")
    assert town.rows(TextRow) == []
    assert tasks(town) == []


@pytest.mark.parametrize(
    ("move", "says"),
    [
        ("1", "Listo. Su visita"),
        ("0", "no hay nadie que le pueda atender"),
        ("5", "Gracias por llamar. Adiós"),
        ("-", "Gracias por llamar. Adiós"),
    ],
)
def test_after_booking(town: Board, move: str, says: str) -> None:
    assert dial(town, KNOWN, *TO_THE_END, move).hears(says)
    assert len(booked(town)) == 1


def test_of_two_callers_who_want_the_same_time_one_gets_another(town: Board) -> None:
    first = dial(town, KNOWN, *TO_THE_VISIT, "1")
    second = dial(town, NEWCOMER, "2", "101#", "1", "7#", "1", "1", "~", "2", "1", "1", "1")
    answer(first, "1")

    answer(second, "1")

    assert second.hears("Lo siento: alguien acaba de tomar esa hora. Estas son las horas")
    assert answer(second, "1", "1").hears("Listo")
    assert len({visit.start for visit in booked(town)}) == 2


def test_a_repeated_booking_books_once(town: Board) -> None:
    call = dial(town, KNOWN, *TO_THE_END)

    assert call.again() == call.document
    assert len(booked(town)) == 1


def test_without_a_time_on_the_projects_day_others_are_offered_as_substitutes(town: Board) -> None:
    fill_up(town, weekdays={4})

    call = dial(town, KNOWN, *TO_THE_VISIT)

    assert call.hears("El día de visita de su proyecto no tiene horas. Le ofrecemos otros días")
    assert call.hears("miércoles veinticinco de noviembre")
    answer(call, "1", "1")
    assert booked(town)[-1].substitute


def test_without_any_time_the_case_stays_open_and_the_caller_may_wait(town: Board) -> None:
    fill_up(town, weekdays={1, 2, 3, 4, 5})
    town.agent("Ana", "+56911111111")

    call = dial(town, KNOWN, *TO_THE_VISIT)

    assert call.hears("no quedan horas de visita en los próximos cinco días hábiles")
    assert (town.case.status, tasks(town)) == ("open", ["unscheduled"])
    assert answer(call, "1").waits_for.tag == "Enqueue"


@pytest.mark.parametrize("move", ["-", "7"])
def test_whoever_does_not_wait_is_said_goodbye(town: Board, move: str) -> None:
    fill_up(town, weekdays={1, 2, 3, 4, 5})

    call = dial(town, KNOWN, *TO_THE_VISIT, move)

    assert call.hears("Gracias por llamar")
    call.hang_up()
    assert tasks(town) == ["unscheduled"]


def test_hanging_up_before_booking_leaves_the_choice_in_the_task(town: Board) -> None:
    dial(town, KNOWN, *TO_THE_VISIT, "2").hang_up()

    [task] = town.rows(Task)
    assert task.kind == "unscheduled"
    assert "26-11-2026, 09:30" in task.detail


def test_the_window_moves_with_the_day(town: Board) -> None:
    town.clock.forward(timedelta(days=2))

    assert dial(town, KNOWN, *TO_THE_VISIT).hears("jueves tres de diciembre")
