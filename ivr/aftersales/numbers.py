"""Telephone numbers: whose is usable, what a keypad's digits mean, and where the line may call and text.

Numbers are kept in E.164. The rules are those of Chile's numbering plan: nine national digits since 2016, of
which a first 9 is a mobile. Subtel's 600 (Res. Ex. 286) and 809 are services and no person's, as is 800.
"""

import re
from collections.abc import Collection
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from ivr.errors import Invalid

COUNTRY = "56"
_REGION = "CL"
NATIONAL_LENGTH = 9
_SERVICES = ("600", "800", "809")
#: Services that are paid by the minute.
_PREMIUM = "700"
#: Where the owner of a number earns by being called.
_COSTLY = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})
#: What people press before the nine digits out of habit: trunk zero, country, international prefix.
_HABITS = ("0056", "56", "0")


class Reason(StrEnum):
    """Why a number cannot be a contact, so that the right sentence can be said."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    FOREIGN = "foreign"  #: not Chilean
    PREMIUM = "premium"  #: 600, 800, 809: a service, no person
    OWN = "own"  #: the line's own
    UNKNOWN = "unknown"  #: of no known Chilean range, or no number at all


_EXPLANATIONS = {
    Reason.TOO_SHORT: "too short: a Chilean number has nine digits",
    Reason.TOO_LONG: "too long: a Chilean number has nine digits",
    Reason.FOREIGN: "not a Chilean number",
    Reason.PREMIUM: "600, 800 and 809 numbers are no person's",
    Reason.OWN: "one of the line's own numbers",
    Reason.UNKNOWN: "not a Chilean telephone number in E.164, such as +56986826248",
}


class Unusable(Invalid):
    """The number cannot be a contact; ``reason`` says why."""

    def __init__(self, reason: Reason, field: str = "phone") -> None:
        super().__init__(f"the number is unusable: {_EXPLANATIONS[reason]}", {field: _EXPLANATIONS[reason]})
        self.reason = reason


def usable_caller(raw: str | None, own: Collection[str]) -> str | None:
    """The caller's number in E.164 if it is a valid Chilean one that could be a person's, else None.

    The carrier passes on whatever the network says: words such as ``anonymous``, SIP addresses, and the
    digits by which withheld numbers used to come (``+266696687``).
    """
    try:
        return contact(raw or "", own)
    except Unusable:
        return None


def from_keypad(digits: str, own: Collection[str]) -> str:
    """The number in E.164 that somebody keyed. Raises `Unusable`."""
    if digits.startswith("00") and not digits.startswith("0056"):
        raise Unusable(Reason.FOREIGN)
    habit = next((habit for habit in _HABITS if digits.startswith(habit)), "")
    return _checked(digits.removeprefix(habit), own)


def written(value: str, own: Collection[str]) -> str:
    """The number in E.164 that somebody wrote, with or without signs and prefixes. Raises `Unusable`."""
    digits = re.sub(r"[\s().-]", "", value)
    return contact(digits, own) if digits.startswith("+") else from_keypad(digits, own)


def contact(value: str, own: Collection[str]) -> str:
    """``value``, given in E.164, if it can be a contact. Raises `Unusable`."""
    if not value.startswith("+") or not value[1:].isascii() or not value[1:].isdigit():
        raise Unusable(Reason.UNKNOWN)
    if not value.startswith(f"+{COUNTRY}"):
        raise Unusable(Reason.FOREIGN)
    return _checked(value.removeprefix(f"+{COUNTRY}"), own)


def may_ring(phone: str, countries: Collection[str]) -> bool:
    """Whether an agent may have this telephone: a number that may be dialled, or one by SIP or in a browser.

    Nobody else is rung by such an address: behind it may be any number in the world.
    """
    return phone.startswith(("sip:", "client:")) or may_dial(phone, countries)


def may_dial(phone: str, countries: Collection[str]) -> bool:
    """Whether the application may call or text ``phone``.

    Chilean numbers but those of services (600, 700, 800, 809), and those of ``countries`` (codes besides 56
    that the operator listed) but those of premium and shared cost. Whether somebody has the number, the
    carrier knows: numbering plans open new ranges.
    """
    try:
        parsed = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return False
    if not phonenumbers.is_possible_number(parsed):
        return False
    if str(parsed.country_code) == COUNTRY:
        return not str(parsed.national_number).startswith((*_SERVICES, _PREMIUM))
    return str(parsed.country_code) in countries and phonenumbers.number_type(parsed) not in _COSTLY


def takes_texts(phone: str) -> bool:
    """Whether texts may go there: only to Chilean numbers whose national part begins with 9."""
    return phone.startswith(f"+{COUNTRY}9") and len(phone) == 1 + len(COUNTRY) + NATIONAL_LENGTH


def national(phone: str) -> str:
    """A Chilean number as people write it: ``9 8682 6248``, ``800 422 727``; any other unchanged."""
    parsed = _parsed(phone)
    if parsed is None or str(parsed.country_code) != COUNTRY:
        return phone
    return phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)


def _checked(national: str, own: Collection[str]) -> str:
    if len(national) < NATIONAL_LENGTH:
        raise Unusable(Reason.TOO_SHORT)
    if len(national) > NATIONAL_LENGTH:
        raise Unusable(Reason.TOO_LONG)
    phone = f"+{COUNTRY}{national}"
    if phone in own:
        raise Unusable(Reason.OWN)
    if national.startswith(_SERVICES):
        raise Unusable(Reason.PREMIUM)
    parsed = _parsed(phone)
    if parsed is None or phonenumbers.region_code_for_number(parsed) != _REGION:
        raise Unusable(Reason.UNKNOWN)
    return phone


def _parsed(phone: str) -> PhoneNumber | None:
    """The number, if it is a valid one of any country."""
    try:
        parsed = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return None
    return parsed if phonenumbers.is_valid_number(parsed) else None
