"""Signing in and out: good, bad, too often; and sessions that end."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from ivr import demo
from ivr.store.tables import Agent, AgentSession, AuditEntry
from ivr.switchboard import accounts
from ivr.switchboard.accounts import Role
from tests.board import Board
from tests.console.browsing import Visitor, faults, is_too_wide, password, sign_in

ENTRY = "/console/entrar"


def agent_of(office: Board, role: Role) -> Agent:
    with office.store.reading() as session:
        return session.scalars(select(Agent).where(Agent.email == demo.sign_ins()[role])).one()


def test_an_agent_comes_in_and_goes_out(page: Page) -> None:
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Mi escritorio")
    page.get_by_role("navigation", name="Secciones").get_by_role("button", name="Salir").click()
    expect(page.get_by_text("Sesión cerrada.")).to_be_visible()
    page.goto("/console/")
    expect(page).to_have_url("/console/entrar?next=/console/")


def test_whoever_was_going_somewhere_comes_there(visitor: Visitor) -> None:
    sent = visitor.get("/console/tablero/?x=1")
    assert sent.headers["Location"] == "/console/entrar?next=/console/tablero/?x%3D1"
    fields = {"email": demo.sign_ins()[Role.AGENT], "password": password(Role.AGENT)}
    assert (
        visitor.send(sent.headers["Location"], ENTRY, **fields).headers["Location"] == "/console/tablero/?x=1"
    )


@pytest.mark.parametrize(
    "where", ["https://evil.example/console", "//evil.example/console", "/\\evil", "/api/v1", "/consoles"]
)
def test_nobody_is_led_out_of_the_console(visitor: Visitor, where: str) -> None:
    fields = {"email": demo.sign_ins()[Role.AGENT], "password": password(Role.AGENT), "next": where}
    assert visitor.send(ENTRY, **fields).headers["Location"] == "/console/"


@pytest.mark.parametrize(
    ("email", "word"),
    [("marcela.soto@example.cl", "not hers at all"), ("nobody@example.cl", "la clave de agent")],
)
def test_what_was_wrong_is_not_told(visitor: Visitor, email: str, word: str) -> None:
    answer = visitor.send(ENTRY, email=email, password=word)
    assert answer.status_code == 422
    assert "El correo o la clave no coinciden." in answer.text
    assert word not in answer.text


def test_an_account_is_closed_for_a_quarter_of_an_hour_after_five_wrong_tries(
    office: Board, visitor: Visitor
) -> None:
    for email in ("marcela.soto@example.cl", "nobody@example.cl"):
        statuses = [visitor.send(ENTRY, email=email, password="wrong, wrong").status_code for _ in range(7)]
        assert statuses == [422] * 5 + [429] * 2
    right = {"email": " Marcela.Soto@example.cl", "password": password(Role.AGENT)}
    assert visitor.send(ENTRY, **right).status_code == 429
    office.clock.forward(timedelta(minutes=15, seconds=1))
    assert visitor.send(ENTRY, **right).status_code == 303


def test_an_address_is_closed_whatever_accounts_it_tries(visitor: Visitor) -> None:
    statuses = [
        visitor.send(ENTRY, email=f"a{count}@example.cl", password="wrong, wrong").status_code
        for count in range(accounts.ADDRESS_TRIES + 1)
    ]
    assert statuses == [422] * accounts.ADDRESS_TRIES + [429]


def test_a_session_ends_when_nothing_is_done_and_at_last_whatever_is_done(
    office: Board, visitor: Visitor
) -> None:
    visitor.sign_in()
    for _ in range(3):
        office.clock.forward(timedelta(hours=7, minutes=50))
        assert visitor.get("/console/estado").status_code == 200
        assert visitor.get("/console/").status_code == 200
    office.clock.forward(timedelta(minutes=31))
    assert visitor.get("/console/").status_code == 303
    visitor.sign_in()
    office.clock.forward(timedelta(hours=8, seconds=1))
    assert visitor.get("/console/").status_code == 303


def test_what_a_page_asks_by_itself_keeps_nobody_signed_in(office: Board, visitor: Visitor) -> None:
    visitor.sign_in()
    for _ in range(9):
        office.clock.forward(timedelta(hours=1))
        visitor.get("/console/estado")
    assert visitor.get("/console/estado").status_code == 401


def test_a_new_password_ends_all_other_sessions(office: Board, visitor: Visitor) -> None:
    other = Visitor(office.line.app).sign_in()
    visitor.sign_in()
    new = {"password": "otra frase larga", "again_password": "otra frase larga"}
    assert visitor.send("/console/cuenta", old_password="no es", **new).status_code == 422
    assert other.get("/console/").status_code == 200
    assert visitor.send("/console/cuenta", old_password=password(Role.AGENT), **new).status_code == 303
    assert visitor.get("/console/").status_code == 200
    assert other.get("/console/").status_code == 303
    other.sign_in(password="otra frase larga")
    assert [entry.action for entry in office.rows(AuditEntry)] == ["change_password"]


@pytest.mark.parametrize(("new", "again"), [("corta", "corta"), ("una frase larga", "otra frase larga")])
def test_a_password_that_cannot_be_used_changes_nothing(visitor: Visitor, new: str, again: str) -> None:
    visitor.sign_in()
    fields = {"old_password": password(Role.AGENT), "password": new, "again_password": again}
    answer = visitor.send("/console/cuenta", **fields)
    assert answer.status_code == 422
    assert "aria-invalid" in answer.text
    visitor.sign_in()


def test_an_agent_who_leaves_is_signed_out(office: Board, visitor: Visitor) -> None:
    visitor.sign_in()
    gone = agent_of(office, Role.AGENT)
    with office.store.transaction() as session:
        accounts.deactivate(session, session.get_one(Agent, gone.id), now=office.clock.now())
    assert visitor.get("/console/").status_code == 303
    answer = visitor.send(ENTRY, email=gone.email, password=password(Role.AGENT))
    assert answer.status_code == 422


def test_signing_in_gives_a_new_session(office: Board, visitor: Visitor) -> None:
    visitor.sign_in().sign_in()
    first, second = office.rows(AgentSession)
    assert first.ended_at is not None
    assert second.ended_at is None
    assert first.key_hash != second.key_hash


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(visitor: Visitor) -> None:
    cookie = visitor.get(ENTRY).headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/console"} <= set(cookie.split("; "))


def test_the_pages_of_the_account_are_accessible_and_fit_a_phone(page: Page) -> None:
    page.goto(ENTRY)
    assert faults(page) == []
    assert not is_too_wide(page)
    sign_in(page)
    page.goto("/console/cuenta")
    assert faults(page) == []
    assert not is_too_wide(page)
