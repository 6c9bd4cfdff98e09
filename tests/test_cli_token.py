"""``ivr token``: who may use the API besides the bearer of the first token."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from ivr.api import clients
from ivr.cli import main
from ivr.settings import Settings
from ivr.store import schema
from ivr.store.session import Store
from ivr.store.tables import ApiToken, AuditEntry


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    """The database that the command finds in its environment."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IVR_DEMO", "1")
    monkeypatch.setenv("IVR_DATABASE_URL", f"sqlite:///{tmp_path / 'tokens.db'}")
    opened = Store(f"sqlite:///{tmp_path / 'tokens.db'}")
    schema.upgrade(opened)
    return opened


def ivr(*words: str) -> Result:
    return CliRunner().invoke(main, ["token", *words])


def test_a_token_is_told_once_and_kept_only_as_its_hash(store: Store) -> None:
    made = ivr("add", "crm", "--scope", "write", "--scope", "read")
    assert made.exit_code == 0, made.output
    token = made.output.strip()
    with store.reading() as session:
        row = session.scalars(select(ApiToken)).one()
        entry = session.scalars(select(AuditEntry)).one()
        assert clients.of_token(session, token) is row
    assert (row.name, row.scopes, row.created_by) == ("crm", ["read", "write"], "operator")
    assert token not in {row.token_hash, *map(str, entry.detail.values())}
    assert (entry.action, entry.subject, entry.detail) == (
        "add_token",
        "token:crm",
        {"scopes": ["read", "write"]},
    )
    listed = ivr("list")
    assert "crm" in listed.output
    assert "read write" in listed.output
    assert token not in listed.output
    store.close()


def test_a_revoked_token_is_worth_nothing_and_its_name_is_free_again(store: Store) -> None:
    old = ivr("add", "crm", "--scope", "read").output.strip()
    again = ivr("add", "crm", "--scope", "read")
    assert again.exit_code == 1
    assert ivr("revoke", "crm").exit_code == 0
    assert ivr("revoke", "crm").exit_code == 1
    new = ivr("add", "crm", "--scope", "admin").output.strip()
    with store.reading() as session:
        assert clients.of_token(session, old) is None
        assert clients.of_token(session, new) is not None
        assert len(clients.issued(session)) == 2
    store.close()


@pytest.mark.parametrize("name", ["api", "owner", "line", "operator", "CRM", "", "-crm", "c" * 41, "c r m"])
def test_a_name_that_could_be_taken_for_another_is_refused(store: Store, name: str) -> None:
    assert ivr("add", "--scope", "read", "--", name).exit_code == 1
    with store.reading() as session:
        assert clients.issued(session) == []
    store.close()


@pytest.mark.parametrize("scopes", [(), ("--scope", "everything")])
def test_a_token_without_a_known_scope_is_not_made(store: Store, scopes: tuple[str, ...]) -> None:
    assert ivr("add", "crm", *scopes).exit_code == 2
    with store.reading() as session:
        assert clients.issued(session) == []
    store.close()
