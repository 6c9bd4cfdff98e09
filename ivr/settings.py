"""The environment, read once. Nobody else touches ``os.environ``."""

import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

import phonenumbers
from pydantic import (
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from audio import engines
from ivr import carrier_voices, made_up
from ivr.choices import Choices, variable, written
from ivr.errors import SettingsError

#: What counts as yes in the environment, as pydantic reads it.
_YES = frozenset({"1", "true", "t", "yes", "y", "on"})
#: National numbers that are services, not subscribers: the metadata knows only some of them.
_SERVICES = ("600", "800", "809")

#: What the demonstration's automated calls show.
DEMO_OUTBOUND = "+56600123456"
#: Whom the demonstration texts when an urgency finds nobody.
DEMO_SUPERVISOR = "+56990010009"

Port = Annotated[int, Field(ge=1, le=65535)]


_timezones = cache(available_timezones)  # which reads a folder of hundreds of files each time


class Settings(Choices, BaseSettings):
    """Every choice of the operator. ``load`` names all that is wrong at once."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", populate_by_name=True, frozen=True
    )

    public_url: str = variable(
        "IVR_PUBLIC_URL", "how the carrier reaches the application; default `http://IVR_HOST:PORT`", ""
    )
    host: str = variable("IVR_HOST", "where `ivr serve` listens", "127.0.0.1")
    port: Port = variable("PORT", "where `ivr serve` listens", 8000)
    database_url: str = variable(
        "IVR_DATABASE_URL", "any SQLAlchemy URL; production: PostgreSQL", "sqlite:///var/postventa.db"
    )
    redis_url: str | None = variable(
        "IVR_REDIS_URL", "Celery broker and live updates; none: one thread of the web process", None
    )
    secret_key: SecretStr = variable("IVR_SECRET_KEY", "signs sessions and audio links")
    api_token: SecretStr = variable("IVR_API_TOKEN", "bearer token of the API")
    account_sid: str = variable("TWILIO_ACCOUNT_SID", "the carrier's account")
    auth_token: SecretStr = variable("TWILIO_AUTH_TOKEN", "the carrier's primary token")
    carrier_url: str = variable("IVR_CARRIER_URL", "base of the carrier's REST API", "https://api.twilio.com")
    demo: bool = variable(
        "IVR_DEMO", "simulated carrier and telephone, made-up secrets, a clock that can be moved", False
    )
    line_numbers: Annotated[tuple[str, ...], NoDecode] = variable(
        "IVR_LINE_NUMBERS",
        "the line's own numbers, toll-free first",
        ("+56800422727", "+56988894612", "+56986826248"),
    )
    outbound_number: str | None = variable(
        "IVR_OUTBOUND_NUMBER", "caller ID of automated calls: a 600 or 809 number", None
    )
    allow_other_caller_id: bool = variable(
        "IVR_ALLOW_OTHER_CALLER_ID", "lets automated calls go out from any other number", False
    )
    agent_caller_id: str = variable(
        "IVR_AGENT_CALLER_ID",
        "caller ID of calls by a person and of agents' legs; default the first mobile",
        "",
    )
    sms_from: str = variable("IVR_SMS_FROM", "sender of texts; default the first mobile of the line", "")
    backup_number: str | None = variable(
        "IVR_BACKUP_NUMBER", "a person, dialled when nothing else works (inbound only)", None
    )
    supervisor_number: str | None = variable(
        "IVR_SUPERVISOR_NUMBER", "texted when an urgency finds nobody", None
    )
    voice: Literal["files", "carrier"] = variable(
        "IVR_VOICE", "`files` (recorded or rendered audio) or `carrier`", "files"
    )
    carrier_voice: str = variable("IVR_CARRIER_VOICE", "the carrier's voice", "Polly.Mia-Neural")
    voice_engine: Literal["pico", "pyttsx3"] | None = variable(
        "IVR_VOICE_ENGINE",
        "renders: `pico` or `pyttsx3`; default `pico` where it is installed",
        None,
    )
    voice_command: str = variable(
        "IVR_VOICE_COMMAND", "renders with any other engine: `espeak-ng -v es-419 -w {file} {text}`", ""
    )
    events_url: str | None = variable("IVR_EVENTS_URL", "CRM webhook", None)
    events_secret: SecretStr | None = Field(
        None,
        validation_alias="IVR_EVENTS_SECRET",
        description="signs what is posted to the CRM",
        validate_default=True,
    )
    calls_per_second: PositiveFloat = variable("IVR_CALLS_PER_SECOND", "outbound pacing", 1.0)

    company: str = variable("IVR_COMPANY", "the company's name, as texts give it", "Postventa")
    timezone: str = variable("IVR_TIMEZONE", "the office's time zone", "America/Santiago")
    settle_after: PositiveInt = variable(
        "IVR_SETTLE_AFTER", "seconds without news after which the carrier is asked about a call", 600
    )
    case_tries_per_call: PositiveInt = variable(
        "IVR_CASE_TRIES_PER_CALL", "tries at case number and apartment a call", 3
    )
    case_tries_per_day: PositiveInt = variable(
        "IVR_CASE_TRIES_PER_DAY", "tries at case number and apartment a number and day", 10
    )
    countries: Annotated[tuple[str, ...], NoDecode] = variable(
        "IVR_COUNTRIES", "country codes besides 56 that may be dialled", ()
    )
    calls_per_number: PositiveInt = variable(
        "IVR_CALLS_PER_NUMBER", "calls that the line places to one number a day, at most", 20
    )
    calls_per_agent: PositiveInt = variable(
        "IVR_CALLS_PER_AGENT", "the same for an agent's own telephone, not counting urgencies", 500
    )
    api_rate: PositiveInt = variable(
        "IVR_API_RATE",
        "requests of one client of the API a minute; without Redis each web process counts its own",
        600,
    )
    storage: str = variable(
        "IVR_STORAGE", "where recordings are kept: a folder, or `s3://bucket/prefix`", "var/recordings"
    )
    storage_endpoint: str | None = variable(
        "IVR_STORAGE_ENDPOINT", "an S3-compatible service's address", None
    )
    audio_folder: Path = variable("IVR_AUDIO", "where rendered audio is kept", Path("var/audio"))
    prepared_statements: bool = variable(
        "IVR_PREPARED_STATEMENTS",
        "whether PostgreSQL keeps prepared statements; `false` behind a PgBouncer older than 1.22",
        True,
    )
    threads: PositiveInt = variable("IVR_THREADS", "threads of a web process", 16)
    workers: PositiveInt = variable("IVR_WORKERS", "web processes", 1)
    log_format: Literal["json", "console"] = variable("IVR_LOG_FORMAT", "`json` or `console`", "json")
    sentry_dsn: SecretStr | None = variable(
        "IVR_SENTRY_DSN", "where errors are reported, without anything personal (Sentry); none: nowhere", None
    )
    session_idle: PositiveInt = variable(
        "IVR_SESSION_IDLE", "seconds without doing anything after which an agent is signed out", 8 * 3600
    )
    session_longest: PositiveInt = variable(
        "IVR_SESSION_LONGEST", "seconds after which an agent must sign in again, whatever they do", 24 * 3600
    )
    proxies: NonNegativeInt = variable(
        "IVR_PROXIES", "proxies in front of `ivr serve` whose `X-Forwarded-For` is believed", 0
    )

    @model_validator(mode="before")
    @classmethod
    def _demonstration(cls, given: Any) -> Any:
        """In the demonstration, what is secret and missing is made up."""
        names = {str(field.validation_alias): name for name, field in cls.model_fields.items()}
        missing = [each for each in made_up.NAMES if not given.get(each) and not given.get(names[each])]
        demo = str(given.get("IVR_DEMO", given.get("demo", ""))).strip().lower()
        if not missing or demo not in _YES:
            return given
        values = made_up.made_up()
        return given | {each: values[each] for each in missing}

    @field_validator("line_numbers", "countries", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("public_url", "carrier_url", "events_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value and not re.match(r"https?://[^/?#\s]+[^?#\s]*$", value):
            raise ValueError(f"{value!r} is not an address such as https://line.example")
        return value

    @field_validator("carrier_voice")
    @classmethod
    def _spanish(cls, value: str) -> str:
        carrier_voices.language_of(value)
        return value

    @field_validator("voice_engine")
    @classmethod
    def _engine(cls, value: str | None) -> str | None:
        if value and not engines.installed(value):
            raise ValueError(f"{value} is not installed on this machine")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        try:
            url = make_url(value)
        except ArgumentError:
            raise ValueError("this is not a database URL, such as postgresql://user@host/name") from None
        if url.drivername == "postgresql":
            return value
        try:
            url.get_dialect().import_dbapi()
        except (NoSuchModuleError, ImportError):
            raise ValueError(f"there is no driver for {url.drivername}: use postgresql or sqlite") from None
        return value

    @field_validator("redis_url")
    @classmethod
    def _broker(cls, value: str | None) -> str | None:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("this is not a Redis URL, such as redis://127.0.0.1:6379/0")
        return value or None

    @field_validator("secret_key", "api_token", "auth_token", "account_sid")
    @classmethod
    def _not_empty(cls, value: SecretStr | str) -> SecretStr | str:
        if not (value.get_secret_value() if isinstance(value, SecretStr) else value).strip():
            raise ValueError("is required and empty")
        return value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in _timezones():
            raise ValueError(f"{value!r} is not a time zone such as America/Santiago")
        return value

    @field_validator("line_numbers")
    @classmethod
    def _line(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("at least one number is needed")
        for number in value:
            _e164(number)
        return value

    @field_validator("countries")
    @classmethod
    def _country_codes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for code in value:
            if not code.isdecimal() or int(code) not in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
                raise ValueError(f"{code!r} is no country code such as 54")
        return value

    @field_validator("events_secret")
    @classmethod
    def _signed(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if info.data.get("events_url") and not value:
            raise ValueError("is required where IVR_EVENTS_URL is set")
        return value

    @field_validator("outbound_number", "backup_number", "supervisor_number", "agent_caller_id", "sms_from")
    @classmethod
    def _number(cls, value: str | None) -> str | None:
        return _e164(value) if value else value

    @model_validator(mode="after")
    def _derived(self) -> Self:
        mobile = next((n for n in self.line_numbers if n.startswith("+569")), self.line_numbers[0])
        public_url = (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")
        given = {
            "public_url": public_url,
            "agent_caller_id": self.agent_caller_id or mobile,
            "sms_from": self.sms_from or mobile,
            "carrier_url": self.carrier_url.rstrip("/"),
        }
        if self.demo and "carrier_url" not in self.model_fields_set:
            given["carrier_url"] = f"{public_url}/carrier"
        if self.demo and "log_format" not in self.model_fields_set:
            given["log_format"] = "console"
        if self.demo and not self.outbound_number:
            given["outbound_number"] = DEMO_OUTBOUND
        if self.demo and not self.supervisor_number:
            given["supervisor_number"] = DEMO_SUPERVISOR
        for field, value in given.items():
            object.__setattr__(self, field, value)  # frozen for everybody else
        return self

    @property
    def automated_calls_allowed(self) -> bool:
        """Res. Ex. 286 of Subtel: automated calls show a 600 or 809 number."""
        number = self.outbound_number or ""
        return number.startswith(("+56600", "+56809")) or bool(number and self.allow_other_caller_id)

    @classmethod
    def load(cls, **overrides: Any) -> "Settings":
        """Read environment and ``.env``.

        Raises:
            SettingsError: with a line for each variable that is missing or wrong.
        """
        try:
            return cls(**overrides)
        except ValidationError as fault:
            raise SettingsError(_explain(fault)) from None


def markdown_table() -> str:
    """Every setting with its default and meaning, as the README shows it: `Choices` in a table apart."""
    fixed = [name for name in Settings.model_fields if name not in Choices.model_fields]
    between = "These may also be changed in the console, while the line runs:"
    return "\n\n".join([_table(fixed), between, _table(Choices.model_fields)])


def _table(names: Iterable[str]) -> str:
    rows = ["| name | default | meaning |", "|---|---|---|"]
    for field in (Settings.model_fields[name] for name in names):
        default = "required" if field.is_required() else f"`{written(field.default)}`"
        shown = default if default not in {"``", "`none`"} else ""
        rows.append(f"| `{field.validation_alias}` | {shown} | {field.description} |")
    return "\n".join(rows)


def demonstration_environment() -> dict[str, str]:
    """The environment of a further process of the demonstration."""
    return {**os.environ, "IVR_DEMO": "1"}


def environment_with(**choices: str) -> dict[str, str]:
    """The environment of a process that gets these besides what this one has."""
    return {**os.environ, **choices}


def put_into_environment(variable: str, value: str) -> None:
    """For a library that looks there and nowhere else, in this process and those that it forks."""
    os.environ[variable] = value


def environment_of(**choices: str) -> dict[str, str]:
    """The environment of a process whose settings are ``choices`` alone, by their names here above."""
    names = {str(field.validation_alias) for field in Settings.model_fields.values()}
    return {name: value for name, value in os.environ.items() if name not in names} | choices


def _e164(value: str) -> str:
    try:
        parsed = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        raise ValueError(f"{value!r} is not a telephone number in E.164, such as +56988894612") from None
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    service = re.fullmatch(rf"\+56({'|'.join(_SERVICES)})\d{{6,7}}", written)
    if not service and not phonenumbers.is_valid_number(parsed):
        raise ValueError(f"nobody can have the number {written}")
    return written


def _explain(fault: ValidationError) -> str:
    lines = []
    variables = {name: str(field.validation_alias) for name, field in Settings.model_fields.items()}
    for error in fault.errors():
        name = str(error["loc"][0]) if error["loc"] else "settings"
        name = variables.get(name, name)
        reason = (
            "is required and missing"
            if error["type"] == "missing"
            else error["msg"].removeprefix("Value error, ")
        )
        lines.append(f"  {name}: {reason}")
    return "the settings are wrong:\n" + "\n".join(lines)
