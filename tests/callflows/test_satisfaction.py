"""The satisfaction call, as owners hear it, and what becomes of their case."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.aftersales import agenda, cases, inspection, visits, works
from ivr.aftersales.inspection import Result
from ivr.aftersales.life import AppointmentKind, Category, Status
from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import CaseEvent, Recording
from tests.line import TestCall
from tests.making import at
from tests.outgoing import OWNER, Outgoing, Rung, greeted, open_outgoing

THREE = (Category.DOORS, Category.WINDOWS, Category.WALLS)


@pytest.fixture
def life(sqlite_store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Outgoing]:
    with open_outgoing(sqlite_store, tmp_path, clock) as opened:
        yield opened


def asked(life: Outgoing) -> tuple[Rung, TestCall]:
    """The owner has picked up, is of the home, and hears whether all is in order."""
    rung = life.rings()
    return rung, greeted(rung)


def answers(life: Outgoing) -> list[tuple[bool, str | None]]:
    return [(each.satisfied, each.remedy) for each in life.survey.answers]


def test_all_in_order_closes_the_case_with_a_score_and_a_text(life: Outgoing) -> None:
    case_id = life.works_done(2)
    rung, call = asked(life)
    assert call.hears("Si todo quedó en orden, marque uno. Si algo no quedó bien, marque dos")
    assert call.press("1").hears("Cerramos su solicitud")
    assert call.hears("una nota de uno a cinco, donde cinco es la mejor")
    assert life.status(case_id) == Status.CLOSED
    assert call.press("4").hears("Para dejar un comentario grabado, marque uno")
    assert call.silence().over
    life.over(rung)
    assert life.requirement_states() == ["accepted", "accepted"]
    assert (life.survey.attempts, life.survey.outcome, life.survey.score) == (1, "satisfied", 4)
    assert answers(life) == [(True, None), (True, None)]
    assert life.sent() == [("closed", OWNER)]
    assert life.plan.answer == "answered"
    assert life.open_tasks() == []


def test_one_requirement_only_goes_straight_to_its_remedy_and_the_visit_is_booked(life: Outgoing) -> None:
    case_id = life.works_done(1)
    rung, call = asked(life)
    assert call.press("2").hears("inconclusos o mal hechos, marque uno. Si el problema sigue o es otro")
    assert call.press("2").hears("Estas son las horas para su visita de inspección")
    call.press("1", "1")
    assert call.hears("Su visita de inspección será el jueves veintiséis de noviembre")
    assert call.hears("califique nuestra atención")
    life.over(rung)
    assert life.status(case_id) == Status.VISIT_SCHEDULED
    assert life.requirement_states() == ["disputed"]
    assert (life.survey.outcome, answers(life)) == ("disputed", [(False, "visit")])
    assert life.dates() == [("visit", "booked")]
    assert life.open_tasks() == []


def test_works_that_are_to_be_done_again_have_twenty_days_from_the_dispute(life: Outgoing) -> None:
    case_id = life.works_done(1)
    life.unanswered()
    life.until("2026-11-25 11:00")
    _, call = asked(life)
    call.press("2", "1")
    assert call.hears("Estas son las fechas para los trabajos")
    call.press("3", "1")
    assert life.status(case_id) == Status.WORKS_SCHEDULED
    with life.store.reading() as session:
        assert str(cases.lock(session, case_id).works_since) == "2026-11-25"


def test_requirement_by_requirement_with_both_remedies_books_the_visit_first(life: Outgoing) -> None:
    case_id = life.works_done(3, categories=THREE)
    rung, call = asked(life)
    assert call.press("2").hears("Sobre puertas y cerraduras. Si quedó conforme, marque uno")
    assert call.press("1").hears("Sobre ventanas")
    assert call.press("2", "1").hears("Sobre muros y pintura")
    call.press("2", "2")
    assert call.hears("Estas son las horas para su visita")
    call.press("1", "1")
    assert call.hears("Estas son las fechas para los trabajos")
    call.press("1", "1")
    assert call.hears("Los trabajos serán el")
    assert call.hears("califique")
    life.over(rung)
    assert life.status(case_id) == Status.VISIT_SCHEDULED
    assert life.dates() == [("visit", "booked"), ("works", "booked")]
    assert life.requirement_states() == ["accepted", "disputed", "disputed"]
    assert answers(life) == [(True, None), (False, "works"), (False, "visit")]


def test_after_disputes_of_both_kinds_the_next_call_asks_about_the_rest_only(life: Outgoing) -> None:
    case_id = life.works_done(3, categories=THREE)
    rung, call = asked(life)
    call.press("2", "1", "2", "1", "2", "2", "1", "1", "1", "1")
    life.over(rung)
    life.until("2026-11-25 13:30")
    life.do_works(case_id)
    assert life.is_quiet()  # the visit is still to come: nobody is asked yet
    assert life.requirement_states() == ["accepted", "done", "disputed"]
    life.until("2026-11-26 10:00")
    with life.store.transaction() as session:
        case = cases.lock(session, case_id)
        waiting = visits.waiting(case)[0]
        inspection.record(session, case, [Result(waiting.id, covered=True)], by="api", now=life.clock.now())
    life.work()
    works_call = life.rings()
    greeted(works_call).press("1", "1")
    life.over(works_call)
    life.until("2026-11-27 13:30")
    life.do_works(case_id)
    rung, call = asked(life)
    assert call.press("2").hears("Sobre ventanas")
    assert call.press("1").hears("Sobre muros y pintura")
    assert call.press("1").hears("Cerramos su solicitud")
    life.over(rung)
    assert life.status(case_id) == Status.CLOSED


def test_a_call_that_breaks_off_keeps_its_answers_and_the_next_attempt_asks_the_rest(life: Outgoing) -> None:
    case_id = life.works_done(3, categories=THREE)
    rung, call = asked(life)
    call.press("2", "1", "2", "2")
    assert call.hears("Sobre muros y pintura")
    life.over(rung)
    assert (life.plan.state, life.status(case_id)) == ("planned", Status.WORKS_DONE)
    assert answers(life) == [(True, None), (False, "visit")]
    life.later(minutes=31)
    rung, call = asked(life)
    assert call.hears("Sobre muros y pintura")
    call.press("1")
    assert call.hears("Estas son las horas para su visita")
    call.press("1", "1", "5")
    life.over(rung)
    assert life.survey.attempts == 2
    assert life.requirement_states() == ["accepted", "disputed", "accepted"]
    assert life.status(case_id) == Status.VISIT_SCHEDULED


def test_a_no_without_its_remedy_is_asked_again_at_the_next_attempt(life: Outgoing) -> None:
    life.works_done(2, categories=THREE)
    rung, call = asked(life)
    call.press("2", "2")
    life.over(rung)
    life.later(minutes=31)
    _, call = asked(life)
    assert call.hears("Sobre puertas y cerraduras")


def test_a_question_that_is_gone_back_to_is_answered_anew(life: Outgoing) -> None:
    life.works_done(2, categories=THREE)
    _, call = asked(life)
    call.press("2", "1")
    assert call.hears("Sobre ventanas")
    assert call.press("*").hears("Si todo quedó en orden")
    assert call.press("2").hears("Sobre puertas y cerraduras")
    call.press("2")
    assert call.press("*").hears("Sobre puertas y cerraduras")
    call.press("2", "1", "1")
    assert answers(life) == [(False, "works"), (True, None)]


@pytest.mark.parametrize(
    ("key", "diary", "status", "task"),
    [("2", visits, Status.OPEN, "unscheduled"), ("1", works, Status.INSPECTED, "works_unscheduled")],
)
def test_without_a_free_date_the_case_waits_for_an_agent(
    life: Outgoing, monkeypatch: pytest.MonkeyPatch, key: str, diary: object, status: str, task: str
) -> None:
    monkeypatch.setattr(diary, "offers", lambda *_args, **_more: [])
    case_id = life.works_done(1)
    rung, call = asked(life)
    call.press("2", key)
    assert call.hears("Por ahora no quedan")
    assert call.hears("califique nuestra atención")
    call.press("1")
    life.over(rung)
    assert (life.status(case_id), life.open_tasks()) == (status, [task])


@pytest.mark.parametrize(
    ("key", "status", "task"),
    [("2", Status.OPEN, "unscheduled"), ("1", Status.INSPECTED, "works_unscheduled")],
)
def test_hanging_up_before_a_date_is_chosen_loses_neither_dispute_nor_date(
    life: Outgoing, key: str, status: str, task: str
) -> None:
    case_id = life.works_done(1)
    rung, call = asked(life)
    call.press("2", key)
    life.over(rung)
    assert (life.status(case_id), life.open_tasks()) == (status, [task])
    assert life.requirement_states() == ["disputed"]
    life.later(days=1)
    assert life.is_quiet()


def test_the_third_dispute_of_the_same_requirement_is_the_supervisors(life: Outgoing) -> None:
    case_id = life.works_done(1)
    for day in ("2026-11-25 13:30", "2026-11-26 13:30", "2026-11-27 13:30"):
        rung, call = asked(life)
        call.press("2", "1", "1", "1")
        life.over(rung)
        assert ("third_dispute" in life.open_tasks()) == (day == "2026-11-27 13:30")
        life.until(day)
        life.do_works(case_id)


def test_a_spoken_comment_is_kept_with_the_survey(life: Outgoing) -> None:
    life.works_done(1)
    rung, call = asked(life)
    assert call.press("1", "5", "1").hears("deje su comentario: quedará grabado")
    assert call.record(seconds=12).hears("Gracias por su tiempo")
    life.over(rung)
    (recording,) = life.rows(Recording)
    assert (recording.purpose, life.survey.comment_id) == ("comment", recording.id)


def test_a_comment_of_no_length_is_not_kept(life: Outgoing) -> None:
    life.works_done(1)
    _, call = asked(life)
    call.press("1", "5", "1").record(seconds=0)
    (recording,) = life.rows(Recording)
    assert (recording.status, life.survey.comment_id) == ("dropped", None)


def test_whoever_gives_no_score_is_asked_three_times_and_then_thanked(life: Outgoing) -> None:
    life.works_done(1)
    rung, call = asked(life)
    call.press("1", "9").silence()
    assert call.silence().hears("Para dejar un comentario grabado")
    life.over(rung)
    assert (life.survey.outcome, life.survey.score) == ("satisfied", None)


def test_what_the_owner_said_is_news_for_the_crm(life: Outgoing) -> None:
    life.works_done(2, categories=THREE)
    _, call = asked(life)
    call.press("2", "1", "2", "2", "1", "1", "3")
    told = [(event.kind, event.detail) for event in life.rows(CaseEvent)]
    assert ("survey_answered", {"satisfied": False, "attempts": 1}) in told
    assert ("survey_answered", {"score": 3}) in told
    (disputed,) = [detail for kind, detail in told if kind == "disputed"]
    assert list(disputed["remedy"].values()) == ["visit"]


def test_a_case_that_was_settled_otherwise_is_not_asked_about(life: Outgoing) -> None:
    case_id = life.works_done(1)
    rung = life.rings()
    call = rung.answer()
    with life.store.transaction() as session:
        case = cases.lock(session, case_id)
        visits.book(session, case, at("2026-11-26 09:00"), now=life.clock.now(), by="api")
        assert agenda.booked(case, AppointmentKind.VISIT) is not None
    assert call.press("1").hears("Eso ya quedó resuelto")
    life.over(rung)
    assert life.plan.state == "ended"
