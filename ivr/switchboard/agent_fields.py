"""What may be said of an agent: the checks of their name, telephone, e-mail, skills and on-call level."""

import re
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum

from ivr.aftersales.numbers import may_ring
from ivr.errors import Invalid


class Skill(StrEnum):
    """What calls an agent takes."""

    STANDARD = "standard"
    URGENT = "urgent"


_LONGEST_NAME = 120
_LONGEST_PHONE = 64
_LONGEST_EMAIL = 200
_LOWEST_LEVEL = 99
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
#: ``sip:user@host`` and the browser telephones of the carrier's clients.
_ADDRESS = re.compile(r"(sip:[^@\s]+@[^@\s]+|client:[\w.+-]+)")


def checked(countries: Collection[str], **fields: object) -> dict[str, object]:
    """The fields as they are kept; telephones may be in Chile and in ``countries``.

    Raises Invalid with all faults.
    """
    unknown = dict.fromkeys(fields.keys() - _CHECKS.keys(), "unknown field")
    faults = unknown | {
        field: fault
        for field, value in fields.items()
        if field in _CHECKS and (fault := _CHECKS[field](value)) is not None
    }
    phone = fields.get("phone")
    if isinstance(phone, str) and "phone" not in faults and not may_ring(phone, countries):
        faults["phone"] = "is in no country that may be dialled, or no person's number"
    if faults:
        raise Invalid("the agent has wrong fields", faults)
    return {field: _tidy(field, value) for field, value in fields.items()}


def _tidy(field: str, value: object) -> object:
    if field == "skills" and isinstance(value, (list, tuple)):
        return [skill.value for skill in Skill if skill in value]
    return value.strip() if isinstance(value, str) else value


def _name(value: object) -> str | None:
    if isinstance(value, str) and 1 <= len(value.strip()) <= _LONGEST_NAME:
        return None
    return f"expected 1 to {_LONGEST_NAME} characters"


def _phone(value: object) -> str | None:
    fault = "expected a number in E.164, sip:user@host or client:name"
    if not isinstance(value, str) or len(value) > _LONGEST_PHONE:
        return fault
    return None if _ADDRESS.fullmatch(value) or _E164.fullmatch(value) else fault


def _email(value: object) -> str | None:
    if isinstance(value, str) and len(value) <= _LONGEST_EMAIL and _EMAIL.fullmatch(value.strip()):
        return None
    return "expected an e-mail address"


def _skills(value: object) -> str | None:
    if isinstance(value, (list, tuple)) and value and set(map(str, value)) <= set(Skill):
        return None
    return f"expected at least one of {', '.join(Skill)}"


def _level(value: object) -> str | None:
    if value is None or (
        isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _LOWEST_LEVEL
    ):
        return None
    return f"expected a number from 1 to {_LOWEST_LEVEL}, or none"


_CHECKS: Mapping[str, Callable[[object], str | None]] = {
    "name": _name,
    "phone": _phone,
    "email": _email,
    "skills": _skills,
    "on_call_level": _level,
}
