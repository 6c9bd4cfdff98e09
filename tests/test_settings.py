"""The environment: everything that is wrong is named at once, and the demonstration makes its secrets up."""

from pathlib import Path

import pytest

from ivr import made_up
from ivr.errors import SettingsError
from ivr.settings import Settings
from tests.line import settings

RIGHT = {
    "IVR_SECRET_KEY": "s",
    "IVR_API_TOKEN": "a",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "t",
}


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty environment and an empty folder."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    monkeypatch.chdir(tmp_path)


def env_file(**variables: str) -> None:
    Path(".env").write_text("".join(f"{name}={value}\n" for name, value in variables.items()))


def faults(**variables: str) -> str:
    """What is said of these variables."""
    env_file(**RIGHT | variables)
    with pytest.raises(SettingsError) as told:
        Settings.load()
    return str(told.value)


def test_the_demonstration_may_be_asked_for_in_the_file() -> None:
    env_file(IVR_DEMO="1", PORT="8123", TWILIO_AUTH_TOKEN="mine")
    loaded = Settings.load()
    assert loaded.demo
    assert (loaded.carrier_url, loaded.log_format) == ("http://127.0.0.1:8123/carrier", "console")
    assert loaded.auth_token.get_secret_value() == "mine"
    assert loaded.api_token.get_secret_value() == made_up.made_up()["IVR_API_TOKEN"]
    assert Settings.load() == loaded


def test_what_the_operator_chose_outranks_the_demonstration() -> None:
    env_file(IVR_DEMO="1", IVR_CARRIER_URL="http://127.0.0.1:9/c", IVR_LOG_FORMAT="json", **RIGHT)
    loaded = Settings.load()
    assert (loaded.carrier_url, loaded.log_format) == ("http://127.0.0.1:9/c", "json")
    assert loaded.api_token.get_secret_value() == "a"
    assert not Path("var").exists()


@pytest.mark.parametrize("demo", ["0", "false", ""])
def test_without_the_demonstration_no_secret_is_made_up(demo: str) -> None:
    env_file(IVR_DEMO=demo)
    with pytest.raises(SettingsError) as told:
        Settings.load()
    assert all(f"{name}: is required and missing" in str(told.value) for name in RIGHT)
    assert not Path("var").exists()


def test_the_kept_secrets_are_nobody_elses_to_read() -> None:
    made_up.made_up()
    assert Path("var/demo-secrets.json").stat().st_mode & 0o077 == 0


def test_all_faults_are_named_at_once() -> None:
    told = faults(PORT="0", IVR_EVENTS_URL="https://crm.example", IVR_BACKUP_NUMBER="+5699")
    assert all(f"  {name}: " in told for name in ("PORT", "IVR_EVENTS_SECRET", "IVR_BACKUP_NUMBER"))


@pytest.mark.parametrize("number", ["+5699", "+86282452253", "+560986826248", "no number"])
def test_a_number_that_nobody_can_have_is_wrong(number: str) -> None:
    assert "IVR_BACKUP_NUMBER" in faults(IVR_BACKUP_NUMBER=number)


@pytest.mark.parametrize("number", ["+56800422727", "+566006005000", "+56809123456", "+56988894612"])
def test_the_numbers_of_a_line_are_right(number: str) -> None:
    assert settings("sqlite://", line_numbers=(number,), outbound_number=number).outbound_number == number


@pytest.mark.parametrize("code", ["ab", "+54", "999", "²"])
def test_a_country_that_does_not_exist_is_wrong(code: str) -> None:
    assert "IVR_COUNTRIES" in faults(IVR_COUNTRIES=f"54,{code}")


@pytest.mark.parametrize("url", ["nothing://x/y", "postgresql+asyncpgx://x/y", "oracle://x/y", "no url"])
def test_a_database_that_nobody_here_can_speak_to_is_wrong(url: str) -> None:
    assert "IVR_DATABASE_URL" in faults(IVR_DATABASE_URL=url)


@pytest.mark.parametrize("url", ["sqlite:///x.db", "postgresql://x/y", "postgresql+psycopg://x/y"])
def test_a_database_of_ours_is_right(url: str) -> None:
    env_file(**RIGHT, IVR_DATABASE_URL=url)
    assert Settings.load().database_url == url
