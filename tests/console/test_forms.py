"""What every form of the console does: nothing without a token, nothing lost, nothing overwritten."""

from datetime import timedelta
from io import BytesIO

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update
from typing_extensions import Buffer

from ivr.store.session import Store
from ivr.store.tables import Agent, AgentSession, AuditEntry
from ivr.switchboard.accounts import Role
from tests.board import Board
from tests.console import notebook
from tests.console.browsing import Visitor, hidden, password, sign_in
from tests.console.notebook import PATH

MARKUP = """</textarea><script>document.title = "taken"</script><img src=x onerror=alert(1)> & "ñandú" 'á'"""


@pytest.fixture
def stored(office: Board) -> dict[str, str]:
    """What stands in the notebook."""
    return notebook.register(office.line.app)


def test_nothing_is_done_without_a_token_and_the_text_is_kept(
    stored: dict[str, str], visitor: Visitor
) -> None:
    visitor.sign_in()
    for token in ("", "forged"):
        answer = visitor.post(PATH, text="lo mío", shown_at=PATH, form_name="NoteForm", csrf_token=token)
        assert answer.status_code == 400
        assert f'href="{PATH}"' in answer.text
    assert stored == {"Nota": "vacía"}
    shown = visitor.get(PATH).text
    assert "lo mío" in shown
    assert "todavía no se ha guardado" in shown


def test_a_token_of_another_session_is_no_token(
    stored: dict[str, str], office: Board, visitor: Visitor
) -> None:
    other = Visitor(office.line.app).sign_in(Role.SUPERVISOR)
    visitor.sign_in()
    token = other.get(PATH).text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    assert visitor.post(PATH, text="x", csrf_token=token).status_code == 400
    assert stored == {"Nota": "vacía"}


@pytest.mark.parametrize("text", ["", "prohibido"])
def test_a_form_may_be_filled_in_slowly_and_badly(
    stored: dict[str, str], office: Board, visitor: Visitor, text: str
) -> None:
    """Whoever sends it does something, whatever becomes of it: their session goes on from then."""
    fields = hidden(visitor.sign_in().get(PATH).text)
    for _ in range(3):
        office.clock.forward(timedelta(hours=3))
        assert visitor.post(PATH, **fields, text=text).status_code == 422


def test_a_session_that_ends_in_mid_form_loses_no_text(
    stored: dict[str, str], office: Board, page: Page
) -> None:
    sign_in(page)
    page.goto(PATH)
    page.get_by_label("Nota").fill(MARKUP)
    office.clock.forward(timedelta(hours=9))
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_text("Su sesión había terminado.")).to_be_visible()
    assert stored == {"Nota": "vacía"}
    page.get_by_label("Correo").fill("marcela.soto@example.cl")
    page.get_by_label("Clave").fill(password(Role.AGENT))
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_label("Nota")).to_have_value(MARKUP)
    assert stored == {"Nota": "vacía"}
    page.get_by_role("button", name="Guardar").click()
    expect(page.locator("#stored")).to_have_text(MARKUP)
    assert stored == {"Nota": MARKUP}
    page.reload()
    expect(page.get_by_text("Recuperamos")).to_have_count(0)


def test_kept_text_is_shown_to_nobody_else(stored: dict[str, str], office: Board, visitor: Visitor) -> None:
    visitor.sign_in()
    office.clock.forward(timedelta(hours=9))
    visitor.post(PATH, text="lo mío", shown_at=PATH, form_name="NoteForm")
    visitor.sign_in(Role.SUPERVISOR)
    assert "lo mío" not in visitor.get(PATH).text


def test_passwords_and_too_long_texts_are_not_kept(
    stored: dict[str, str], office: Board, visitor: Visitor
) -> None:
    visitor.sign_in()
    visitor.post(
        "/console/cuenta", old_password="secreta", shown_at="/console/cuenta", form_name="PasswordForm"
    )
    (session,) = office.rows(AgentSession)
    assert session.kept == {"page": "/console/cuenta", "form": "PasswordForm", "fields": {}}
    answer = visitor.post(PATH, text="x" * 300_000, shown_at=PATH, form_name="NoteForm")
    assert answer.status_code == 400
    assert "a salvo" not in answer.text


def test_a_form_may_not_lead_out_of_the_console(stored: dict[str, str], visitor: Visitor) -> None:
    answer = visitor.sign_in().post(PATH, text="x", shown_at="https://evil.example/")
    assert "evil.example" not in answer.text


def test_of_two_who_write_the_second_is_told_and_nothing_is_overwritten(
    stored: dict[str, str], office: Board, page: Page
) -> None:
    second = Visitor(office.line.app).sign_in(Role.SUPERVISOR)
    sign_in(page)
    page.goto(PATH)
    page.get_by_label("Nota").fill("la primera")
    assert second.send(PATH, text="<b>la segunda</b>").status_code == 303
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_role("alert")).to_contain_text("Alguien lo cambió mientras usted escribía")
    expect(page.get_by_role("alert")).to_contain_text("<b>la segunda</b>")
    expect(page.get_by_label("Nota")).to_have_value("la primera")
    assert stored == {"Nota": "<b>la segunda</b>"}
    page.get_by_role("button", name="Guardar").click()
    expect(page.locator("#stored")).to_have_text("la primera")


def test_what_a_rule_refuses_is_told_beside_its_field_and_undone(
    stored: dict[str, str], office: Board, visitor: Visitor
) -> None:
    visitor.sign_in()
    answer = visitor.send(PATH, text="prohibido")
    assert answer.status_code == 422
    assert 'id="text-fault"' in answer.text
    assert visitor.send(PATH, text="  ").status_code == 422
    assert visitor.send(PATH, text="bien").status_code == 303
    assert len(office.rows(AuditEntry)) == 1


class SlowForm(BytesIO):
    """What somebody sends slowly; while it comes, somebody else has something to write down."""

    def __init__(self, content: bytes, store: Store) -> None:
        super().__init__(content)
        self._store = store
        self.writers = 0

    def readinto(self, buffer: Buffer) -> int:
        with self._store.transaction() as session:
            session.execute(update(Agent).values(away_reason=None))
        self.writers += 1
        return super().readinto(buffer)


@pytest.mark.parametrize("signed_in", [False, True])
def test_a_form_that_is_sent_slowly_holds_up_nobody(visitor: Visitor, office: Board, signed_in: bool) -> None:
    """Least of all a caller, whose webhook writes, too."""
    if signed_in:
        visitor.sign_in()
    form = SlowForm(b"presence=away", office.store)
    visitor.client.post(
        "/console/presencia",
        input_stream=form,
        content_length=len(form.getvalue()),
        content_type="application/x-www-form-urlencoded",
    )
    assert form.writers >= 1
