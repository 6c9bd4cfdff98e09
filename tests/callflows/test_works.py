"""The works-date call, as owners hear it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.aftersales import works
from ivr.aftersales.life import Category, Status
from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import CallRow, Case, Task
from ivr.switchboard.presence import Presence
from tests.callflows.town import in_queue
from tests.making import at
from tests.outgoing import OWNER, SECOND, Outgoing, greeted, open_outgoing


@pytest.fixture
def life(sqlite_store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Outgoing]:
    with open_outgoing(sqlite_store, tmp_path, clock) as opened:
        yield opened


def test_before_the_first_key_nothing_of_the_case_is_said(life: Outgoing) -> None:
    life.inspected(True, categories=(Category.DOORS,))
    rung = life.rings()
    assert (rung.request.to, rung.request.from_) == (OWNER, "+56600123456")
    call = rung.answer()
    assert call.heard[:2] == ["Hola. Le llamamos de Postventa.", "Es para acordar una fecha de postventa."]
    assert not call.hears("garantía")
    assert not call.hears("puertas")
    assert call.waits_for.get("numDigits") == "1"


def test_the_owner_hears_what_is_covered_and_books_half_a_day(life: Outgoing) -> None:
    case_id = life.inspected(True, False, categories=(Category.DOORS, Category.WINDOWS))
    rung = life.rings()
    call = greeted(rung)
    assert call.hears("La garantía cubre puertas y cerraduras. No cubre ventanas.")
    assert call.hears("si no está de acuerdo, llámenos")
    assert call.hears("alguien debe estar en casa para recibirlos")
    assert call.hears("Para el miércoles veinticinco de noviembre, desde las nueve de la mañana")
    call.press("2")
    assert call.hears("Trabajos el miércoles veinticinco de noviembre, desde las dos de la tarde")
    call.press("1")
    assert call.hears("Listo. Los trabajos serán el miércoles veinticinco")
    assert call.press("1").hears("Listo. Los trabajos serán el miércoles veinticinco")
    assert call.silence().hears("Gracias por su tiempo")
    assert call.over
    life.over(rung)
    assert life.status(case_id) == Status.WORKS_SCHEDULED
    assert life.dates() == [("works", "booked")]
    assert (life.plan.answer, life.outcomes()) == ("answered", ["booked"])
    assert life.sent() == [("not_covered", OWNER), ("booking", OWNER)]
    life.later(days=3)
    assert life.is_quiet()


def test_nine_hears_later_half_days_and_the_first_ones_again_in_the_end(life: Outgoing) -> None:
    life.inspected(True)
    call = greeted(life.rings())
    first = call.heard[-4:]
    assert call.press("9").hears("Para el jueves veintiséis de noviembre, desde las dos de la tarde")
    for _ in range(14):
        call.press("9")
        if call.heard[-4:] == first:
            return
    raise AssertionError("the first half-days never came again")


def test_two_requirements_of_one_kind_are_told_apart_by_their_number(life: Outgoing) -> None:
    life.inspected(True, False)
    call = greeted(life.rings())
    assert call.hears("La garantía cubre su problema uno, humedad")
    assert call.hears("No cubre su problema dos, humedad")


def test_with_no_half_day_free_the_owner_hears_so_and_an_agent_has_the_task(
    life: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(works, "offers", lambda *_args, **_more: [])
    case_id = life.inspected(True)
    rung = life.rings()
    call = greeted(rung)
    assert call.hears("no quedan fechas para los trabajos")
    assert call.over
    life.over(rung)
    assert life.status(case_id) == Status.INSPECTED
    assert life.open_tasks() == ["works_unscheduled"]
    assert (life.plan.state, life.outcomes()) == ("ended", ["no_slots"])


def test_no_key_three_times_is_goodbye_and_an_attempt_without_answer(life: Outgoing) -> None:
    life.inspected(True)
    rung = life.rings()
    call = rung.answer().silence().silence()
    assert call.hears("marque uno")
    assert call.silence().hears("Le llamaremos en otro momento")
    assert call.over
    life.over(rung)
    assert (life.plan.state, life.plan.attempts, life.outcomes()) == ("planned", 1, ["no_key"])
    life.later(minutes=31)
    assert life.rings().request.to == OWNER


def test_zero_before_the_first_key_leads_to_nobody(life: Outgoing) -> None:
    life.inspected(True)
    call = life.rings().answer().press("0")
    assert call.hears("Esa opción no existe")
    assert call.waits_for.tag == "Gather"


@pytest.mark.parametrize(
    ("key", "spoken", "wall"),
    [
        ("1", "el martes veinticuatro de noviembre, a las once", "2026-11-24 11:00"),
        ("2", "el martes veinticuatro de noviembre, a las tres de la tarde", "2026-11-24 15:00"),
        ("3", "el miércoles veinticinco de noviembre, a las diez", "2026-11-25 10:00"),
    ],
)
def test_later_is_when_the_owner_says_and_no_attempt(
    life: Outgoing, key: str, spoken: str, wall: str
) -> None:
    life.inspected(True)
    rung = life.rings()
    call = rung.answer().press("2")
    assert call.hears("en una hora, marque uno. Esta tarde, dos. Mañana, tres")
    assert call.press(key).hears(f"Le llamaremos {spoken}")
    assert call.over
    life.over(rung)
    assert (life.plan.attempts, life.outcomes()) == (0, ["later"])
    assert abs((life.plan.due_at - at(wall)).total_seconds()) < 60
    life.clock.set(at(wall))
    life.later(minutes=1)
    assert life.rings().request.to == OWNER


def test_a_wrong_number_is_not_called_again_and_the_next_contact_is(life: Outgoing) -> None:
    case_id = life.inspected(True, contacts=(OWNER, SECOND))
    rung = life.rings()
    call = rung.answer().press("3")
    assert call.hears("No le llamaremos más")
    assert call.over
    life.over(rung)
    life.later(seconds=5)
    assert life.rings().request.to == SECOND
    assert life.plan.attempts == 1
    with life.store.reading() as session:
        assert [each.phone for each in session.get_one(Case, case_id).contacts] == [SECOND]


def test_a_wrong_number_without_another_contact_is_an_agents_task(life: Outgoing) -> None:
    life.inspected(True)
    rung = life.rings()
    rung.answer().press("3")
    life.over(rung)
    (task,) = life.rows(Task)
    assert (task.kind, task.phone, life.plan.answer) == ("wrong_number", OWNER, "wrong_number")
    life.later(days=2)
    assert life.is_quiet()


def test_nine_ends_the_calls_of_this_purpose_to_that_number_and_an_agent_takes_over(life: Outgoing) -> None:
    case_id = life.inspected(True)
    rung = life.rings()
    assert rung.answer().press("9").hears("No le llamaremos más por esto")
    life.over(rung)
    assert (life.open_tasks(), life.plan.answer) == (["do_not_call"], "refused")
    life.later(days=2)
    assert life.is_quiet()
    life.inspected(True)  # another case of the same number: no works call either
    assert life.is_quiet()
    assert life.open_tasks() == ["do_not_call", "do_not_call"]
    with life.store.transaction() as session:
        works_of = session.get_one(Case, case_id)
        works.book(session, works_of, at("2026-11-27 09:00"), now=life.clock.now(), by="api")
    life.do_works(case_id)
    assert life.rings().request.url.count("satisfaction.begin") == 1


def test_from_the_first_key_on_zero_is_a_person_and_the_line_asks_no_more(life: Outgoing) -> None:
    life.agent("Marcela", "+56990010001", is_=Presence.AVAILABLE)
    life.inspected(True)
    rung = life.rings()
    call = greeted(rung).press("0")
    assert call.waits_for.tag == "Enqueue"
    life.carrier.queued.add(call.sid)
    life.work()
    assert life.rings().request.to == "+56990010001"
    life.over(rung)
    assert life.plan.answer == "person"
    assert sorted(life.open_tasks()) == ["callback", "ring_owner"]


def test_whoever_goes_on_to_the_main_menu_and_asks_for_something_else_ends_the_call_as_well(
    life: Outgoing,
) -> None:
    life.agent("Marcela", "+56990010001", is_=Presence.AVAILABLE)
    life.inspected(True)
    rung = life.rings()
    call = greeted(rung).press("0")
    assert "<Leave" in in_queue(call, key="*").document
    call.leave_queue().press("2")
    life.over(rung)
    assert life.rows(CallRow)[0].ended_at is not None
    assert life.plan.state != "calling"


def test_a_date_that_was_agreed_in_another_way_during_the_greeting_is_not_asked_for(life: Outgoing) -> None:
    case_id = life.inspected(True)
    rung = life.rings()
    call = rung.answer()
    with life.store.transaction() as session:
        case = session.get_one(Case, case_id)
        works.book(session, case, at("2026-11-27 09:00"), now=life.clock.now(), by="api")
    assert call.press("1").hears("Eso ya quedó resuelto")
    life.over(rung)
    assert life.plan.answer == "answered"


def test_an_error_is_an_apology_and_another_attempt_never_a_queue(
    life: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise RuntimeError("the diary is broken")

    life.inspected(True)
    rung = life.rings()
    call = rung.answer()
    monkeypatch.setattr(works, "offers", fail)
    assert call.press("1").hears("Disculpe, tuvimos un problema. Le llamaremos más tarde")
    assert call.over
    life.over(rung)
    assert (life.plan.state, life.plan.attempts) == ("planned", 1)


def test_a_repeated_key_changes_nothing(life: Outgoing) -> None:
    life.inspected(True)
    call = greeted(life.rings()).press("1", "1")
    assert call.again() == call.document
    assert life.dates() == [("works", "booked")]
    assert len(life.rows(CallRow)) == 1
