"""``ivr agent``: the first administrator, and forgotten passwords."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from ivr.cli import main
from ivr.clock import WallClock
from ivr.settings import Settings
from ivr.store import schema
from ivr.store.session import Store
from ivr.store.tables import Agent, AuditEntry
from ivr.switchboard import accounts
from ivr.switchboard.accounts import Role

WORD, OTHER = "una frase larga", "otra frase larga"
NEW = (
    *("--name", "Ana Vidal", "--email", "ana@example.cl", "--phone", "+56990010077"),
    *("--role", "administrator"),
)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    """The database that the command finds in its environment."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IVR_DEMO", "1")
    monkeypatch.setenv("IVR_DATABASE_URL", f"sqlite:///{tmp_path / 'agents.db'}")
    opened = Store(f"sqlite:///{tmp_path / 'agents.db'}")
    schema.upgrade(opened)
    return opened


def ivr(*words: str, given: str = "") -> Result:
    return CliRunner().invoke(main, ["agent", *words], input=given)


def enters(store: Store, password: str) -> bool:
    """Whether Ana may sign in with it."""
    now = WallClock().now()
    found = accounts.authenticate(store, email="ana@example.cl", password=password, address="::1", now=now)
    return found is not None


def test_the_first_administrator_is_made_at_the_command_line(store: Store) -> None:
    done = ivr("add", *NEW, given=f"{WORD}\n{WORD}\n")
    assert done.exit_code == 0, done.output
    assert WORD not in done.output
    with store.reading() as session:
        agent = session.scalars(select(Agent)).one()
        entry = session.scalars(select(AuditEntry)).one()
    assert (agent.role, agent.skills) == (Role.ADMINISTRATOR, ["standard", "urgent"])
    assert (entry.who, entry.action, entry.subject) == ("operator", "add", f"agent:{agent.id}")
    assert enters(store, WORD)
    store.close()


def test_a_new_password_ends_the_pause_after_wrong_tries(store: Store) -> None:
    assert ivr("add", *NEW, "--password-stdin", given=WORD).exit_code == 0
    for _ in range(accounts.ACCOUNT_TRIES):
        assert not enters(store, "wrong, wrong")
    with pytest.raises(accounts.TooManyTries):
        enters(store, WORD)
    assert ivr("password", "Ana@example.cl", "--password-stdin", given=f"{OTHER}\n").exit_code == 0
    assert enters(store, OTHER)
    assert not enters(store, WORD)
    store.close()


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (("add", *NEW, "--password-stdin"), "short"),
        (("add", *NEW), f"{WORD}\n{OTHER}\n"),
        (("add", *NEW[:-1], "owner", "--password-stdin"), WORD),
        (("add", *NEW, "--skill", "cooking", "--password-stdin"), WORD),
        (("password", "nobody@example.cl", "--password-stdin"), WORD),
    ],
)
def test_what_cannot_be_changes_nothing(store: Store, words: tuple[str, ...], given: str) -> None:
    assert ivr(*words, given=given).exit_code != 0
    with store.reading() as session:
        assert session.scalars(select(Agent)).all() == []
    store.close()
