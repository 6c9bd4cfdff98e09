"""A request already made: opened by number and apartment together, told, changed, cancelled, and followed."""

from datetime import timedelta

import pytest

from ivr.aftersales.life import Status
from ivr.store.tables import Appointment, CallRow, Case, Home, Tries
from tests.board import Board
from tests.callflows.test_booking import fill_up
from tests.callflows.town import (
    ANONYMOUS,
    KNOWN,
    NEWCOMER,
    TO_THE_END,
    TO_THE_VISIT,
    answer,
    booked,
    dial,
    requirements,
    tasks,
    work,
)
from tests.line import TestCall
from tests.making import at, make_case

WRONG = "Esos datos no coinciden con ninguna solicitud. Marque su número de solicitud"
REFUSED = "No pudimos comprobar sus datos"


def visit_ahead(town: Board) -> Case:
    """The known caller has booked a visit on Thursday at nine."""
    dial(town, KNOWN, *TO_THE_END).hang_up()
    work(town)
    return town.case


def standing(town: Board, status: Status) -> Case:
    """A case of apartment 1204 that has come so far."""
    with town.store.transaction() as session:
        make_case(session, session.get_one(Home, 1), status)
    return town.case


def open_it(town: Board, case: Case, from_: str = NEWCOMER) -> TestCall:
    """Somebody who knows number and apartment."""
    return dial(town, from_, "3", f"{case.number}#", "1204#")


def test_number_and_apartment_together_tell_where_it_stands(town: Board) -> None:
    case = visit_ahead(town)
    call = dial(town, NEWCOMER, "3")
    assert call.hears("Marque su número de solicitud, y luego gato")
    assert answer(call, f"{case.number}#").hears("marque el número de su departamento")

    assert answer(call, "1204#").hears("Su visita de inspección será el jueves veintiséis de noviembre")


def test_the_number_is_skipped_for_a_contact_of_exactly_one_open_case(town: Board) -> None:
    visit_ahead(town)

    call = dial(town, KNOWN, "3")

    assert call.hears("marque el número de su departamento")
    assert answer(call, "1204#").hears("Su visita de inspección será")


def test_with_two_open_cases_the_number_is_asked_for(town: Board) -> None:
    visit_ahead(town)
    visit_ahead(town)

    assert dial(town, KNOWN, "3").hears("Marque su número de solicitud")


@pytest.mark.parametrize(
    ("number", "apartment"), [("right", "999#"), ("1234566#", "1204#"), ("1234566#", "9#")]
)
def test_a_wrong_pair_is_asked_for_as_a_pair_and_which_was_wrong_is_not_told(
    town: Board, number: str, apartment: str
) -> None:
    case = visit_ahead(town)

    call = dial(town, NEWCOMER, "3", f"{case.number}#" if number == "right" else number, apartment)

    assert call.hears(WRONG)
    assert call.heard[-1].startswith("Marque su número de solicitud")


def test_a_wrong_apartment_after_the_skipped_number_asks_for_the_pair(town: Board) -> None:
    case = visit_ahead(town)

    call = dial(town, KNOWN, "3", "999#")
    assert call.hears(WRONG)
    assert answer(call, f"{case.number}#", "1204#").hears("Su visita de inspección será")


def test_three_wrong_pairs_a_call_and_then_a_person(town: Board) -> None:
    case = visit_ahead(town)
    call = dial(town, NEWCOMER, "3", "111#", "1#", "111#", "1#", "111#", "1#")

    assert call.hears(REFUSED)
    call.hang_up()
    assert len(town.rows(Tries)) == 1
    assert open_it(town, case).hears("Su visita de inspección será")


def test_coming_back_to_the_main_menu_gives_no_new_tries(town: Board) -> None:
    visit_ahead(town)

    call = dial(town, NEWCOMER, "3", "111#", "1#", "111#", "1#", "*", "*", "3", "111#", "1#")

    assert call.hears(REFUSED)


@pytest.mark.parametrize("from_", [NEWCOMER, "+34600111222"])
def test_ten_wrong_pairs_a_day_per_number(town: Board, from_: str) -> None:
    case = visit_ahead(town)
    for _ in range(3):
        dial(town, from_, "3", "111#", "1#", "111#", "1#", "111#", "1#")
    assert dial(town, from_, "3", "111#", "1#").hears(REFUSED)

    assert dial(town, from_, "3").hears(REFUSED)
    assert open_it(town, case, KNOWN.replace("5", "6")).hears("Su visita")
    town.clock.forward(timedelta(days=1))
    assert open_it(town, case, from_).hears("Su visita de inspección será")


def test_going_on_where_a_call_stopped_is_no_way_around_the_days_tries(town: Board) -> None:
    case = visit_ahead(town)
    dial(town, NEWCOMER, "3", f"{case.number}#").hang_up()
    with town.store.transaction() as session:
        session.add(Tries(subject=NEWCOMER, day=town.clock.now().date(), count=10))

    assert dial(town, NEWCOMER, "3", "1", "1204#").hears(REFUSED)


def test_a_withheld_number_has_three_tries_a_call(town: Board) -> None:
    assert dial(town, ANONYMOUS, "3", "1#", "1#", "1#", "1#", "1#", "1#").hears(REFUSED)
    assert town.rows(Tries) == []


@pytest.mark.parametrize("keys", ["0", "1" * 40 + "#", "####"])
def test_odd_entries(town: Board, keys: str) -> None:
    says = {"0": "no hay nadie", "####": "No recibí su respuesta"}.get(keys, "departamento")

    assert dial(town, NEWCOMER, "3", keys).hears(says)


@pytest.mark.parametrize(
    ("status", "says", "menu"),
    [
        (Status.OPEN, "aún no tiene fecha de visita", "Para reservar la visita, marque uno"),
        (Status.ATTENDING, "está atendiendo su solicitud", "Para oír otra vez, marque tres"),
        (Status.VISIT_SCHEDULED, "La hora de su visita de inspección ya pasó", "marque tres"),
        (Status.INSPECTED, "La visita de inspección está hecha", "marque tres"),
        (Status.WORKS_SCHEDULED, "La fecha de los trabajos ya pasó", "marque tres"),
        (Status.WORKS_DONE, "Los trabajos están hechos", "marque tres"),
        (
            Status.CLOSED,
            "Su solicitud está cerrada",
            "Si el problema volvió, o no está de acuerdo, marque uno",
        ),
        (Status.REJECTED, "la garantía no cubre su solicitud", "Si el problema volvió"),
        (Status.CANCELLED, "Su solicitud está anulada", "Si el problema volvió"),
    ],
)
def test_each_status_has_its_sentence_and_its_menu(town: Board, status: Status, says: str, menu: str) -> None:
    call = open_it(town, standing(town, status))

    assert call.hears(says)
    assert call.hears(menu)
    assert answer(call, "3").hears(says)
    assert answer(call, "7").hears("Esa opción no existe")
    assert answer(call, "0").hears("no hay nadie que le pueda atender")


def test_an_urgency_that_nobody_has_yet_is_told_as_such(town: Board) -> None:
    dial(town, KNOWN, "1", "1", "1").hang_up()

    assert open_it(town, town.case).hears("Estamos buscando a una persona que la atienda")


def test_works_ahead_are_told_by_day_and_half(town: Board) -> None:
    case = standing(town, Status.WORKS_SCHEDULED)
    with town.store.transaction() as session:
        times = {
            "start": at("2026-11-27 09:00"),
            "end": at("2026-11-27 13:00"),
            "created_at": town.clock.now(),
        }
        session.add(
            Appointment(
                case_id=case.id, project_id=1, kind="works", status="booked", substitute=False, **times
            )
        )

    call = open_it(town, case)

    assert call.hears("Los trabajos serán el viernes veintisiete de noviembre, desde las nueve de la mañana")
    assert answer(call, "2").hears("¿Anulamos los trabajos del viernes veintisiete")


def test_a_date_is_changed_in_one_step(town: Board) -> None:
    case = visit_ahead(town)
    call = open_it(town, case)

    answer(call, "1")
    assert not call.hears("a las nueve de la mañana")
    assert answer(call, "2", "1").hears("Listo. Su visita de inspección será el jueves veintiséis")
    assert call.hears("Le enviaremos estos datos")

    [visit] = booked(town)
    assert visit.start == at("2026-11-26 10:00")
    assert [found.status for found in town.rows(Appointment)] == ["cancelled", "booked"]


def test_a_change_that_was_not_confirmed_leaves_the_old_date(town: Board) -> None:
    case = visit_ahead(town)
    open_it(town, case).press("1", "2").hang_up()

    [visit] = booked(town)
    assert visit.start == at("2026-11-26 09:00")


def test_where_nothing_else_is_free_the_date_stays(town: Board) -> None:
    case = visit_ahead(town)
    fill_up(town, weekdays={1, 2, 3, 4, 5})

    call = open_it(town, case).press("1")

    assert call.hears("no queda otra fecha libre. La que usted tiene se mantiene")
    assert tasks(town) == []
    assert town.case.number != case.number or booked(town)


def test_a_date_is_cancelled_after_it_was_asked_again(town: Board) -> None:
    case = visit_ahead(town)
    call = open_it(town, case).press("2")
    assert call.hears("¿Quiere anular la visita del jueves veintiséis de noviembre")
    assert len(booked(town)) == 1

    assert answer(call, "1").hears("La fecha quedó anulada")
    assert (booked(town), town.case.status) == ([], "open")
    assert tasks(town) == ["unscheduled"]


def test_a_date_that_is_not_cancelled_after_all_stays(town: Board) -> None:
    case = visit_ahead(town)

    assert open_it(town, case).press("2", "2").hears("Su visita de inspección será")
    assert len(booked(town)) == 1


def test_a_date_that_was_changed_by_somebody_else_meanwhile_is_told_anew(town: Board) -> None:
    case = visit_ahead(town)
    slow = open_it(town, case).press("2")
    open_it(town, case, KNOWN.replace("5", "6")).press("1", "3", "1")

    assert answer(slow, "1").hears("a las diez y media de la mañana")
    assert len(booked(town)) == 1


def test_a_request_without_a_date_is_booked_here(town: Board) -> None:
    dial(town, KNOWN, *TO_THE_VISIT).hang_up()
    case = town.case

    call = open_it(town, case).press("1", "1", "1")
    work(town)

    assert call.hears("Listo. Su visita")
    assert tasks(town) == []


def test_a_request_that_was_cut_before_its_first_problem_is_asked_for_it(town: Board) -> None:
    dial(town, KNOWN, "2", "1").hang_up()

    assert open_it(town, town.case).press("1").hears("Por humedad o filtraciones")


@pytest.mark.parametrize("status", [Status.CLOSED, Status.REJECTED])
def test_what_is_back_or_disputed_is_a_new_case_that_follows(town: Board, status: Status) -> None:
    old = standing(town, status)

    call = open_it(town, old).press("1")
    assert call.hears("Abrimos una solicitud nueva, unida a la anterior. Por humedad")
    answer(call, "1", "~", "2", "1", "1", "1", "1")
    work(town)

    assert (town.case.follows_id, town.case.status) == (old.id, "visit_scheduled")
    assert requirements(town) == ["damp", "damp"]
    assert tasks(town) == (["disagreement"] if status == Status.REJECTED else [])


def test_a_new_case_that_was_cut_short_is_not_lost(town: Board) -> None:
    old = standing(town, Status.CLOSED)
    open_it(town, old).press("1").hang_up()

    assert tasks(town) == ["unscheduled"]


def test_whoever_has_heard_the_status_and_hangs_up_is_informed(town: Board) -> None:
    case = visit_ahead(town)
    open_it(town, case).hang_up()

    assert town.rows(CallRow)[-1].outcome == "informed"
    assert dial(town, NEWCOMER, "3").hears("Marque su número de solicitud")


def test_a_call_cut_before_the_pair_goes_on_with_what_was_keyed(town: Board) -> None:
    case = visit_ahead(town)
    dial(town, NEWCOMER, "3", f"{case.number}#").hang_up()

    call = dial(town, NEWCOMER, "3", "1")

    assert call.hears("marque el número de su departamento")
    assert answer(call, "1204#").hears("Su visita de inspección será")


def test_going_on_with_a_change_asks_for_the_pair_again(town: Board) -> None:
    """A number can be made up: alone it neither tells nor changes anything."""
    case = visit_ahead(town)
    open_it(town, case).press("1", "2").hang_up()

    call = dial(town, NEWCOMER, "3", "1")

    assert call.hears("Marque su número de solicitud")
    assert answer(call, f"{case.number}#", "1204#").hears(
        "Visita el jueves veintiséis de noviembre, a las diez"
    )
    assert answer(call, "1").hears("Listo")
    assert booked(town)[0].start == at("2026-11-26 10:00")
