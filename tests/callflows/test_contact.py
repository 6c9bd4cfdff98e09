"""Which number may be called: the caller's own, another one, and a second."""

import pytest

from ivr.store.tables import Task
from tests.board import Board
from tests.callflows.town import ANONYMOUS, KNOWN, TO_THE_CONTACT, answer, contacts, dial

OFFERS = "Estas son las horas"
SECOND = "Para seguir con ese número solamente"


def test_the_callers_own_number_is_read_back_and_kept(town: Board) -> None:
    call = dial(town, KNOWN, *TO_THE_CONTACT)
    assert call.hears("Le contactaremos al nueve. seis, uno, dos, tres. cuatro, cinco, seis, siete")

    assert answer(call, "1").hears(SECOND)
    assert answer(call, "1").hears(OFFERS)
    assert contacts(town, town.case) == [KNOWN]


@pytest.mark.parametrize(
    "keys", ["987654321#", "0987654321#", "56987654321#", "0056987654321#", "222345678#"]
)
def test_another_number_is_keyed_and_read_back(town: Board, keys: str) -> None:
    call = dial(town, KNOWN, *TO_THE_CONTACT, "2", keys)
    assert call.hears("El número es")

    assert answer(call, "1", "1").hears(OFFERS)
    assert contacts(town, town.case) == [f"+56{keys.strip('#')[-9:]}"]


def test_a_number_that_was_read_back_wrong_is_keyed_again(town: Board) -> None:
    call = dial(town, KNOWN, *TO_THE_CONTACT, "2", "987654321#", "2")

    assert call.hears("Marque un teléfono de contacto")
    answer(call, "987654322#", "1", "1")
    assert contacts(town, town.case) == ["+56987654322"]


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("12345678#", "A ese número le faltan dígitos. Deben ser nueve"),
        ("133#", "A ese número le faltan dígitos"),
        ("1" * 40 + "#", "Ese número tiene dígitos de más"),
        ("0034600111222#", "Necesitamos un número chileno"),
        ("600123456#", "A los números seiscientos, ochocientos o especiales no podemos llamar"),
        ("800123456#", "no podemos llamar"),
        ("809123456#", "no podemos llamar"),
        ("800422727#", "Ese es el número de esta línea"),
        ("988894612#", "Ese es el número de esta línea"),
        ("123456789#", "Ese número no existe en Chile"),
        ("####", "No recibí su respuesta"),
    ],
)
def test_each_bad_number_has_its_sentence(town: Board, keys: str, says: str) -> None:
    call = dial(town, KNOWN, *TO_THE_CONTACT, "2", keys)
    assert call.hears(f"{says}")
    assert call.hears("Marque un teléfono de contacto")

    assert answer(call, keys, keys).hears("no hay nadie que le pueda atender")


def test_a_second_number_is_asked_for_in_the_same_way(town: Board) -> None:
    call = dial(town, KNOWN, *TO_THE_CONTACT, "1", "2")
    assert call.hears("Marque el segundo teléfono")

    assert answer(call, "123#").hears("le faltan dígitos")
    assert answer(call, "222345678#").hears("El número es")
    assert answer(call, "1").hears(OFFERS)
    assert contacts(town, town.case) == [KNOWN, "+56222345678"]


def test_the_same_number_twice_is_one_contact(town: Board) -> None:
    dial(town, KNOWN, *TO_THE_CONTACT, "1", "2", "961234567#", "1")

    assert contacts(town, town.case) == [KNOWN]


def test_going_back_replaces_a_number_instead_of_adding_one(town: Board) -> None:
    call = dial(town, ANONYMOUS, "2", "101#", "1", "1204#", "1", "1", "~", "2", "987654321#", "1")
    assert call.hears(SECOND)

    assert answer(call, "*").hears("El número es nueve. ocho, siete, seis, cinco")
    assert answer(call, "2", "987654322#", "1").hears(SECOND)
    assert contacts(town, town.case) == ["+56987654322"]


def test_going_back_from_the_second_number_leaves_it_out(town: Board) -> None:
    call = dial(town, KNOWN, *TO_THE_CONTACT, "1", "2")

    assert answer(call, "*").hears(SECOND)
    answer(call, "2", "222345678#", "1", "*", "*", "*", "1")
    assert call.hears(OFFERS)
    assert contacts(town, town.case) == [KNOWN]


def test_a_confirmed_number_is_kept_though_the_caller_hangs_up_then(town: Board) -> None:
    dial(town, KNOWN, *TO_THE_CONTACT, "2", "987654321#", "1").hang_up()

    assert contacts(town, town.case) == ["+56987654321"]


def test_a_number_that_was_keyed_and_not_confirmed_stands_in_the_task(town: Board) -> None:
    dial(town, KNOWN, *TO_THE_CONTACT, "2", "987654321#").hang_up()

    [task] = [found for found in town.rows(Task) if found.kind == "unscheduled"]
    assert "9 8765 4321" in task.detail
    assert contacts(town, town.case) == [KNOWN]
