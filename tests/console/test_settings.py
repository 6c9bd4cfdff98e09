"""Settings in the console: shown, changed for the whole line, and put back."""

import re

import pytest
from annotated_types import Ge, Le
from sqlalchemy import select

from ivr.choices import Choices
from ivr.console import words
from ivr.console.administration.meanings import MEANINGS
from ivr.settings import Settings
from ivr.store.tables import AuditEntry, SettingOverride
from ivr.switchboard.accounts import Role
from tests.board import Board
from tests.console.agenda_scene import form_of
from tests.console.browsing import Visitor
from tests.console.test_agenda import plain

ROOT = "/console/administracion/ajustes/"


@pytest.fixture
def admin(visitor: Visitor) -> Visitor:
    """The administrator, signed in."""
    return visitor.sign_in(Role.ADMINISTRATOR)


def row_of(admin: Visitor, name: str) -> str:
    """What the list says of a setting."""
    found = re.search(rf'<div id="{name}">.*?</div>', admin.get(ROOT).text, re.DOTALL)
    assert found is not None
    return plain(found[0])


def refreshed(office: Board) -> Settings:
    office.context.present.refresh(office.store)
    return office.context.settings


def test_settings_are_shown_and_secrets_are_not(office: Board, admin: Visitor) -> None:
    page = admin.get(ROOT).text
    for field in Settings.model_fields.values():
        assert f"<code>{field.validation_alias}</code>" in page
    assert set(MEANINGS) == set(Settings.model_fields)
    settings = office.line.settings
    for secret in (settings.secret_key, settings.api_token, settings.auth_token):
        assert f"<dd>{secret.get_secret_value()}</dd>" not in page
    assert "<dd>09:00–18:30</dd>" in page


def test_a_setting_is_changed_for_the_line_and_put_back(office: Board, admin: Visitor) -> None:
    assert admin.send(f"{ROOT}office_hours", office_hours="10:00 – 16:00").status_code == 303
    assert (
        refreshed(office).office_hours == Choices.model_validate({"office_hours": "10:00-16:00"}).office_hours
    )
    shown = row_of(admin, "office_hours")
    assert "cambiado" in shown
    assert "10:00–16:00" in shown
    assert office.rows(AuditEntry)[-1].who in shown

    back = f"{ROOT}office_hours/volver"
    assert admin.send(ROOT, back).status_code == 303
    assert refreshed(office).office_hours == office.line.settings.office_hours
    assert "cambiado" not in row_of(admin, "office_hours")
    entries = [(each.action, each.subject, each.detail) for each in office.rows(AuditEntry)]
    assert entries == [
        ("change_setting", "setting:office_hours", {"value": "10:00 – 16:00"}),
        ("restore_setting", "setting:office_hours", {"value": "09:00–18:30"}),
    ]


def test_every_one_that_may_be_changed_has_a_page_that_takes_what_it_shows(
    office: Board, admin: Visitor
) -> None:
    for name in Choices.model_fields:
        address = f"{ROOT}{name}"
        page = admin.get(address).text
        shown = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page) or re.search(
            r'<option selected value="([^"]*)"', page
        )
        assert shown is not None, name
        assert admin.send(address, **{name: shown[1]}).status_code == 303, name
    now = refreshed(office)
    for name, field in Choices.model_fields.items():
        assert getattr(now, name) == getattr(office.line.settings, name)
        for bound in field.metadata:
            if isinstance(bound, Ge | Le):
                assert str(bound.ge if isinstance(bound, Ge) else bound.le) in words.CHOICES[name].split()


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("office_hours", "18:00-09:00"), ("ring_seconds", "4"), ("retry_plan", "luego"), ("calls_days", "")],
)
def test_what_is_wrong_is_told_beside_the_field_and_not_stored(
    office: Board, admin: Visitor, name: str, wrong: str
) -> None:
    answer = admin.send(f"{ROOT}{name}", **{name: wrong})
    told = words.CHOICES[name] if wrong else "Falta este dato."
    assert answer.status_code == 422
    assert f'<p class="fault" id="{name}-fault">{told}</p>' in answer.text
    assert f'value="{wrong}"' in answer.text
    with office.store.reading() as session:
        assert session.scalars(select(SettingOverride)).all() == []


def test_the_second_of_two_who_change_a_setting_is_told(office: Board, admin: Visitor) -> None:
    address = f"{ROOT}ring_seconds"
    late = form_of(admin, address, "")
    assert admin.send(address, ring_seconds="30").status_code == 303
    answer = admin.post(address, **late, ring_seconds="40")
    assert answer.status_code == 409
    assert "Alguien lo cambió mientras usted escribía" in answer.text
    assert refreshed(office).ring_seconds == 30


def test_what_only_the_environment_sets_has_no_page(admin: Visitor) -> None:
    for name in ("secret_key", "database_url", "countries", "model_fields"):
        assert admin.get(f"{ROOT}{name}").status_code == 404
        assert "Cambiar" not in (row_of(admin, name) if name in Settings.model_fields else "")


def test_a_supervisor_may_not(visitor: Visitor) -> None:
    visitor.sign_in(Role.SUPERVISOR)
    assert visitor.get(f"{ROOT}ring_seconds").status_code == 403
