"""Which home it is: by the caller's number, by keys, letters or words, and by the door's digits."""

import pytest

from ivr.store.tables import Home, HomePhone
from tests.board import Board
from tests.callflows.town import ANONYMOUS, KNOWN, LANDLORD, NEWCOMER, answer, dial
from tests.making import make_home, make_project

CATEGORY = "Por humedad o filtraciones"


def home_of(town: Board) -> Home:
    """The home of the newest case."""
    return next(found for found in town.rows(Home) if found.id == town.case.home_id)


def test_a_caller_with_one_home_is_asked_whether_it_is_that(town: Board) -> None:
    call = dial(town, KNOWN, "2")
    assert call.hears("Si llama por la propiedad doce cero cuatro, de Los Aromos, marque uno")

    assert answer(call, "1").hears(CATEGORY)
    assert home_of(town).number == "1204"


def test_it_may_be_another_one(town: Board) -> None:
    assert dial(town, KNOWN, "2", "2").hears("Marque el código de su proyecto")


def test_a_caller_with_several_homes_chooses(town: Board) -> None:
    call = dial(town, LANDLORD, "2")
    assert call.hears("Para la propiedad A doce, de Los Aromos, marque uno")
    assert call.hears("Para la propiedad uno cero uno, de Parque Ñielol, marque tres")
    assert call.hears("Para otra propiedad, marque nueve")

    assert answer(call, "3").hears(CATEGORY)
    assert home_of(town).number == "101"


@pytest.mark.parametrize(("key", "says"), [("9", "Marque el código"), ("4", "Esa opción no existe")])
def test_none_of_several_homes_is_nine(town: Board, key: str, says: str) -> None:
    assert dial(town, LANDLORD, "2", key).hears(says)


def test_of_more_than_eight_homes_the_first_eight_are_offered(town: Board) -> None:
    with town.store.transaction() as session:
        project = make_project(session, code="300", name="Torres del Sur", keypad_name="86773773578")
        for number in range(10):
            home = make_home(session, project, str(900 + number))
            home.phones.append(HomePhone(phone=NEWCOMER))

    call = dial(town, NEWCOMER, "2")

    assert call.hears("marque ocho")
    assert answer(call, "9").hears("Marque el código")


@pytest.mark.parametrize("keys", ["101#", "567276667#", "56727666#"])
def test_a_project_is_named_by_its_code_or_by_letters(town: Board, keys: str) -> None:
    call = dial(town, NEWCOMER, "2", keys)

    assert call.hears("Los Aromos. Si es correcto, marque uno")
    assert answer(call, "1").hears("Marque el número de su departamento o casa")


@pytest.mark.parametrize("keys", ["727783643565#", "727#", "72778364#"])
def test_letters_with_tilde_accents_and_blanks_are_those_of_the_keypad(town: Board, keys: str) -> None:
    assert dial(town, NEWCOMER, "2", keys).hears("Parque Ñielol. Si es correcto")


def test_a_code_wins_over_a_name(town: Board) -> None:
    with town.store.transaction() as session:
        make_project(session, code="567", name="Zapallar", keypad_name="92725527")

    assert dial(town, NEWCOMER, "2", "567#").hears("Zapallar. Si es correcto")


def test_several_names_are_offered_and_nine_is_none_of_them(town: Board) -> None:
    call = dial(town, NEWCOMER, "2", "567#")
    assert call.hears("Para Los Almendros, marque uno. Para Los Aromos, marque dos. Si no es ninguno")

    assert answer(call, "9").hears("Marque el código de su proyecto")
    assert answer(call, "567#", "2").hears("Marque el número de su departamento")


def test_too_many_names_ask_for_more_letters(town: Board) -> None:
    with town.store.transaction() as session:
        for number in range(9):
            make_project(session, code=str(400 + number), name=f"Los {number}", keypad_name=f"567{number}")

    assert dial(town, NEWCOMER, "2", "567#").hears("Hay muchos proyectos con esas letras. Marque algunas más")


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("999#", "No encontré ese proyecto"),
        ("56#", "Marque al menos tres letras"),
        ("1234567890" * 4 + "#", "No encontré ese proyecto"),
        ("####", "No recibí su respuesta"),
        ("-", "No recibí su respuesta"),
    ],
)
def test_what_is_no_project_is_named_and_asked_again_three_times_in_all(
    town: Board, keys: str, says: str
) -> None:
    call = dial(town, NEWCOMER, "2", keys)
    assert call.hears(f"{says}")
    assert call.hears("Marque el código de su proyecto")

    assert answer(call, keys, keys).hears("no hay nadie que le pueda atender")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("Los Aromos", "Los Aromos. Si es correcto"),
        ("los haromos", "Los Aromos. Si es correcto"),
        ("parque nielol", "Parque Ñielol. Si es correcto"),
        ("ciento uno no sé", "No encontré ese proyecto"),
        ("proyecto 101", "Los Aromos. Si es correcto"),
    ],
)
def test_a_project_may_be_said(town: Board, words: str, says: str) -> None:
    assert dial(town, NEWCOMER, "2").say(words).hears(says)


def test_words_that_may_mean_two_projects_are_asked_back(town: Board) -> None:
    call = dial(town, NEWCOMER, "2").say("los alomos")

    assert call.hears("Para Los Aromos, marque")
    assert call.hears("Para Los Almendros, marque")


def test_the_recogniser_is_told_the_names(town: Board) -> None:
    gather = dial(town, NEWCOMER, "2").waits_for

    assert gather.get("input") == "dtmf speech"
    assert gather.get("language") == "es-CL"
    assert "Parque Ñielol" in gather.get("hints", "")


@pytest.mark.parametrize(
    ("digits", "said", "number"),
    [
        ("1204#", "doce cero cuatro", "1204"),
        ("304#", "torre B tres cero cuatro", "Torre B 304"),
        ("7#", "casa siete", "Casa 7"),
    ],
)
def test_a_door_is_found_by_its_digits_and_read_back(
    town: Board, digits: str, said: str, number: str
) -> None:
    call = dial(town, ANONYMOUS, "2", "101#", "1", digits)
    assert call.hears(f"Propiedad {said}. Si es correcto, marque uno")

    assert answer(call, "1").hears(CATEGORY)
    assert (home_of(town).number, home_of(town).verified) == (number, True)


def test_one_number_at_two_doors_is_a_choice(town: Board) -> None:
    call = dial(town, NEWCOMER, "2", "101#", "1", "12#")
    assert call.hears("Para la propiedad A doce, marque uno. Para la propiedad B doce, marque dos")

    answer(call, "2")
    assert home_of(town).number == "B-12"


def test_none_of_the_doors_is_accepted_as_it_was_keyed(town: Board) -> None:
    call = dial(town, NEWCOMER, "2", "101#", "1", "12#", "9")
    assert call.hears("Propiedad doce. Si es correcto")

    answer(call, "1")
    assert (home_of(town).number, home_of(town).verified) == ("12", False)


def test_a_door_that_nobody_knows_is_accepted_and_marked(town: Board) -> None:
    call = dial(town, NEWCOMER, "2", "101#", "1", "2115#")
    assert call.hears("Propiedad veintiuno quince. Si es correcto")

    assert answer(call, "1").hears(CATEGORY)
    assert (home_of(town).number, home_of(town).verified) == ("2115", False)


def test_a_second_caller_from_the_same_unknown_door_is_of_the_same_home(town: Board) -> None:
    for caller in (NEWCOMER, ANONYMOUS):
        dial(town, caller, "2", "101#", "1", "2115#", "1")

    assert [found.number for found in town.rows(Home)].count("2115") == 1


def test_a_door_that_was_read_back_wrong_is_keyed_again(town: Board) -> None:
    assert dial(town, NEWCOMER, "2", "101#", "1", "999#", "2").hears("Marque el número de su departamento")


def test_a_door_of_forty_digits_is_none(town: Board) -> None:
    call = dial(town, NEWCOMER, "2", "101#", "1", "1" * 40 + "#")

    assert call.hears("Ese número es demasiado largo. Marque el número de su departamento")


def test_an_asterisk_clears_an_entry_and_alone_leads_back(town: Board) -> None:
    call = dial(town, NEWCOMER, "2", "101#", "1")

    assert answer(call, "99*1204#").hears("Propiedad doce cero cuatro")
    assert answer(call, "*").hears("Marque el número de su departamento")
    assert answer(call, "12*").hears("Marque el número de su departamento")
    assert answer(call, "*").hears("Los Aromos. Si es correcto")
    assert answer(call, "*").hears("Marque el código de su proyecto")
    assert answer(call, "*").hears("Si es una urgencia, marque uno")


def test_zero_inside_an_entry_is_a_digit(town: Board) -> None:
    assert dial(town, NEWCOMER, "2", "101#", "1", "10#").hears("Propiedad diez")


def test_the_home_may_be_corrected_after_going_back(town: Board) -> None:
    dial(town, KNOWN, "2", "1", "*", "2", "101#", "1", "7#", "1", "5")

    assert len(town.rows(type(town.case))) == 1
    assert home_of(town).number == "Casa 7"
