"""Values that documents and requests share: addresses, connection overrides, numbers, telephones."""

import re
from urllib.parse import urlsplit


class CarrierRefuses(Exception):
    """The carrier would refuse this document or request, or ignore a part of it; the message says which."""


OVERRIDE_RANGES = {"ct": (100, 10_000), "rt": (100, 15_000), "tt": (100, 15_000), "rc": (0, 5)}
"""Milliseconds, and a count. Source: /usage/webhooks/webhooks-connection-overrides."""
OVERRIDE_RETRIES = {"4xx", "5xx", "ct", "rt", "all"}
EDGES = {"ashburn", "dublin", "frankfurt", "sao-paulo", "singapore", "sydney", "tokyo", "umatilla"}

URL_CHARACTERS = re.compile(r"[!#-;=?-Z\[\]_a-z~]+")
"""ASCII without blanks, quotes, angle brackets, backslash, caret, backtick, braces and bar (RFC 3986)."""
BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
HOST = re.compile(r"(?!-)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
"""Host names hold no underscore (the OpenAPI file says so for every address)."""
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
SIP = re.compile(r"sips?:[^\s@]+@[^\s@]+")
CLIENT = re.compile(r"client:\S+")


def check_url(value: str, *, absolute: bool = False, schemes: tuple[str, ...] = ("http", "https")) -> None:
    """An address the carrier may request: relative (unless `absolute`) or absolute, with legal overrides."""
    if not URL_CHARACTERS.fullmatch(value) or BROKEN_ESCAPE.search(value):
        raise CarrierRefuses(
            f"{value!r} is no address (11100): empty, or holds characters that must be escaped"
        )
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise CarrierRefuses(f"{value!r} is no address (11100): {error}") from error
    if parts.scheme and parts.scheme not in schemes:
        raise CarrierRefuses(f"{value!r}: the carrier does not speak {parts.scheme!r} here")
    if (parts.scheme or parts.netloc) and not HOST.fullmatch(parts.hostname or ""):
        raise CarrierRefuses(f"{value!r}: {parts.hostname!r} is no host name (11210)")
    if port == 0:
        raise CarrierRefuses(f"{value!r}: there is no port 0")
    if absolute and not parts.scheme:
        raise CarrierRefuses(f"{value!r} must be absolute: there is no document it could be relative to")
    if parts.fragment:
        _check_overrides(parts.fragment)


def _check_overrides(fragment: str) -> None:
    seen = set()
    for pair in fragment.split("&"):
        key, _, value = pair.partition("=")
        if key in seen:
            raise CarrierRefuses(f"connection override {key!r} stands twice in #{fragment}")
        seen.add(key)
        if key in OVERRIDE_RANGES:
            check_integer(value, *OVERRIDE_RANGES[key], name=f"connection override {key}")
            continue
        allowed = {"rp": OVERRIDE_RETRIES, "sni": {"y", "n"}, "e": EDGES | {f"{edge}-ix" for edge in EDGES}}
        if key not in allowed:
            raise CarrierRefuses(f"#{fragment}: {key!r} is no connection override")
        choices = value.split(",") if key != "sni" else [value]
        if wrong := [choice for choice in choices if choice not in allowed[key]]:
            raise CarrierRefuses(f"connection override {key}={value}: {wrong[0]!r} is not one of its values")


def check_integer(text: str, low: int | None, high: int | None, *, name: str) -> None:
    """Decimal digits between `low` and `high`, both included; None leaves that side open."""
    if not re.fullmatch(r"-?[0-9]{1,12}", text):
        raise CarrierRefuses(f"{name}={text!r} is no whole number")
    if (low is not None and int(text) < low) or (high is not None and int(text) > high):
        limits = f"{'' if low is None else low}..{'' if high is None else high}"
        raise CarrierRefuses(f"{name}={text} is outside {limits}")


def check_boolean(text: str, *, name: str) -> None:
    if text not in {"true", "false"}:
        raise CarrierRefuses(f"{name}={text!r} is neither true nor false")


def check_telephone(text: str, *, name: str, other_endpoints: bool = False) -> None:
    """A number in E.164 or, where the carrier takes any endpoint, also `sip:…@…` and `client:…`."""
    if E164.fullmatch(text):
        return
    if not (other_endpoints and (SIP.fullmatch(text) or CLIENT.fullmatch(text))):
        raise CarrierRefuses(
            f"{name}={text!r} is no number in E.164{' or sip: or client:' * other_endpoints}"
        )
