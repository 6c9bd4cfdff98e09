"""Reports: figures of a history worked out by hand, on both databases; the page, its pictures, its tables."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import event
from sqlalchemy.orm import Session

from ivr.aftersales import projects, reports
from ivr.aftersales.report_scope import Scope
from ivr.aftersales.reports import Disputes, Kept, Missed, Opinion
from ivr.console.reports import made
from ivr.console.reports.sheets import Column, Sheet
from ivr.store.session import Store
from ivr.switchboard import traffic
from ivr.switchboard.accounts import Role
from ivr.switchboard.traffic import Containment, Ending, Waits
from tests.board import Board
from tests.conftest import TUESDAY_AT_TEN as NOW
from tests.console.browsing import Visitor, faults, is_too_wide, sign_in
from tests.console.report_history import FIRST, LAST, History

REPORT = "/console/informes/"
PERIOD = f"?periodo=fechas&desde={FIRST}&hasta={LAST}"
SANTIAGO = ZoneInfo("America/Santiago")


@pytest.fixture
def session(store: Store) -> Iterator[Session]:
    with store.transaction() as session:
        History(session).write()
        session.flush()
        yield session
        session.rollback()


def scope(first: date = FIRST, last: date = LAST, project_id: int | None = None) -> Scope:
    return Scope(first, last, SANTIAGO, project_id)


def of_project(session: Session, code: str) -> Scope:
    return scope(project_id=projects.get(session, code).id)


def write_history(office: Board) -> None:
    with office.store.transaction() as session:
        History(session).write()


def test_calls_are_counted_by_local_hour_and_by_what_came_of_them(session: Session) -> None:
    found = traffic.calls(session, scope())
    assert found.total == 11
    assert found.outcomes == {
        "booked": 3,
        "informed": 1,
        "talked": 4,
        "hung_up_waiting": 1,
        "cut_short": 1,
        "callback": 1,
    }
    assert found.hours[9] == {Ending.LINE: 3, Ending.PERSON: 1}
    assert found.hours[10] == {Ending.PERSON: 3}
    assert found.hours[12] == {Ending.LINE: 1}
    assert found.hours[15] == {Ending.GAVE_UP: 1, Ending.CUT: 1, Ending.LATER: 1}
    assert found.endings == {
        Ending.LINE: 4,
        Ending.PERSON: 4,
        Ending.GAVE_UP: 1,
        Ending.CUT: 1,
        Ending.LATER: 1,
    }


def test_a_call_for_which_a_person_was_asked_is_not_the_lines_alone() -> None:
    assert traffic.ending("booked", waited=False) == Ending.LINE
    assert traffic.ending("booked", waited=True) == Ending.LATER
    assert traffic.ending("gas_go_out", waited=True) == Ending.LATER
    assert traffic.ending("hung_up", waited=False) == Ending.CUT


def test_containment_leaves_out_who_calls_again_within_a_day_and_calls_of_the_last_day(
    session: Session,
) -> None:
    found = traffic.containment(session, scope(), NOW)
    assert found == Containment(calls=10, alone=3, contained=2)
    assert found.percent == 20


def test_waits_have_a_median_a_ninetieth_percentile_and_those_who_gave_up(session: Session) -> None:
    found = traffic.waits(session, scope())
    assert found == Waits(answered={10: 1, 20: 1, 30: 1, 200: 1}, gave_up={70: 1})
    assert (found.quantile(0.5), found.quantile(0.9), found.abandonment) == (20, 200, 20)


def test_nobody_who_waited_has_no_median() -> None:
    assert (Waits({}, {}).quantile(0.5), Waits({}, {}).abandonment) == (None, None)


def test_a_visit_is_in_time_on_the_fifth_business_day_of_its_project_and_late_after_it(
    session: Session,
) -> None:
    aromos = Kept("Alto Aromos", in_time=1, late=2, overdue=1, pending=1)
    lengas = Kept("=Lengas", in_time=1, late=0, overdue=0, pending=0)
    assert reports.visits(session, scope(), NOW) == [lengas, aromos]
    assert (aromos.percent, lengas.percent) == (25, 100)


def test_works_are_in_time_until_the_twentieth_business_day(session: Session) -> None:
    assert reports.works(session, scope(), NOW) == [Kept("Alto Aromos", 1, 1, 1, 0)]


def test_opinions_are_those_of_whoever_answered(session: Session) -> None:
    assert reports.opinions(session, scope()) == [Opinion("Alto Aromos", 2, 1, 3.5)]
    assert reports.opinions_by_category(session, scope()) == [Opinion("damp", 2, 1), Opinion("doors", 2, 2)]


def test_a_dispute_is_repeated_where_the_case_was_disputed_before_the_period_too(session: Session) -> None:
    assert reports.disputes(session, scope()) == [Disputes("Alto Aromos", disputed=2, again=1)]


def test_of_the_alarms_of_one_term_only_the_one_that_ends_it_counts(session: Session) -> None:
    assert reports.missed(session, scope()) == [Missed("Alto Aromos", visits=1, works=1, urgencies=1)]


def test_a_project_shows_its_own(session: Session) -> None:
    aromos, lengas = of_project(session, "901"), of_project(session, "902")
    assert traffic.calls(session, aromos).outcomes == {"talked": 1}
    assert traffic.waits(session, aromos).answered == {30: 1}
    assert traffic.containment(session, aromos, NOW) == Containment(1, 0, 0)
    assert [kept.project for kept in reports.visits(session, lengas, NOW)] == ["=Lengas"]
    for figures in (reports.opinions, reports.opinions_by_category, reports.disputes, reports.missed):
        assert figures(session, lengas) == []


def test_a_period_before_everything_is_empty(session: Session) -> None:
    long_ago = scope(date(2026, 3, 1), date(2026, 3, 31))
    report = made.make(session, long_ago, NOW)
    assert all(sheet.is_empty for sheet in report.sheets)
    assert [headline.value for headline in report.headlines] == [0, None, None, None, None, None]


def test_a_report_costs_the_same_few_queries_however_long_it_is(session: Session) -> None:
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *args: asked.append(args[2]))
    made.make(session, scope(), NOW)
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 14


def test_a_csv_says_what_its_table_says_and_no_formula(office: Board, visitor: Visitor) -> None:
    write_history(office)
    answer = visitor.sign_in(Role.SUPERVISOR).get(f"{REPORT}visitas.csv{PERIOD}")
    assert answer.mimetype == "text/csv"
    assert 'filename="visitas-2026-10-01-2026-11-24.csv"' in answer.headers["Content-Disposition"]
    assert answer.text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows == [
        ["Proyecto", "En plazo", "Tarde", "Vencidas", "Aún en plazo", "Cumple (%)"],
        ["'=Lengas", "1", "0", "0", "0", "100"],
        ["Alto Aromos", "1", "2", "1", "1", "25"],
    ]
    assert visitor.get(f"{REPORT}nada.csv").status_code == 404


def test_the_page_shows_figures_and_where_to_fetch_them(office: Board, visitor: Visitor) -> None:
    write_history(office)
    page = visitor.sign_in(Role.SUPERVISOR).get(f"{REPORT}{PERIOD}").text
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "Todos los proyectos, del 01-10-2026 al 24-11-2026" in words
    assert "Resueltas sin persona 20 % 2 de 10; 1 más volvieron a llamar en 24 h" in words
    assert "La mitad fue atendida en 20 s o menos (mediana); nueve de cada diez, en 3 min 20 s" in words
    assert "Humedad y filtraciones 50 % 2" in words
    assert "Alto Aromos 50 % 2 3,5 de 5" in words
    assert "horas.csv?periodo=fechas&amp;desde=2026-10-01&amp;hasta=2026-11-24" in page
    mine = visitor.get(f"{REPORT}{PERIOD}&proyecto=902").text
    assert "solo las que indicaron una vivienda" in mine
    assert "Nadie quedó disconforme en este período." in mine
    assert "disconformes.csv" not in mine


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?periodo=fechas", "Escriba las dos fechas."),
        ("?periodo=fechas&desde=2026-11-20&hasta=2026-11-01", "es anterior a la primera"),
        ("?periodo=fechas&desde=2024-01-01&hasta=2026-11-01", "abarca hasta un año"),
        ("?periodo=fechas&desde=0001-01-01&hasta=0001-02-01", "abarca hasta un año"),
        ("?periodo=fechas&desde=ayer&hasta=9999-99-99", "Escriba las dos fechas."),
    ],
)
def test_dates_that_make_no_period_are_said_and_the_last_thirty_days_shown(
    visitor: Visitor, query: str, said: str
) -> None:
    answer = visitor.sign_in(Role.SUPERVISOR).get(f"{REPORT}{query}")
    assert answer.status_code == 200
    assert said in answer.text
    assert "del 26-10-2026 al 24-11-2026" in answer.text


def test_a_week_begins_on_monday_and_what_is_no_choice_is_thirty_days(visitor: Visitor) -> None:
    visitor.sign_in(Role.SUPERVISOR)
    assert "del 23-11-2026 al 24-11-2026" in visitor.get(f"{REPORT}?periodo=semana").text
    assert "del 26-10-2026 al 24-11-2026" in visitor.get(f"{REPORT}?periodo=x&proyecto=77").text


def test_days_begin_and_end_at_local_midnight_also_when_clocks_change() -> None:
    """In Santiago the 6th of September 2026 has 23 hours."""
    day = date(2026, 9, 6)
    assert scope(day, day).end - scope(day, day).start == timedelta(hours=23)


def test_a_sheet_of_zeros_is_empty() -> None:
    zeros = Sheet("x", "X", "", "Hora", [Column("A", colour="good")], [("09:00", 0), ("10:00", None)], "")
    assert zeros.is_empty


def test_pictures_are_drawn_and_all_is_readable_on_any_screen(office: Board, page: Page) -> None:
    write_history(office)
    sign_in(page, Role.SUPERVISOR).goto(f"{REPORT}{PERIOD}")
    expect(page.locator("canvas[data-drawn]")).to_have_count(page.locator("canvas").count())
    assert page.locator("canvas").count() == 9
    inked = (
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
    )
    assert page.locator("canvas").first.evaluate(inked)
    expect(page.get_by_label("Desde")).to_be_visible()
    page.get_by_label("Período").select_option("semana")
    expect(page.get_by_label("Desde")).to_be_hidden()
    assert not is_too_wide(page, 1280)
    assert faults(page) == []
    assert not is_too_wide(page)
    assert faults(page) == []
