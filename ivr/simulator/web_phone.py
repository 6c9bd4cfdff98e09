"""GET /phone: the telephones of the simulated carrier as a web page, two side by side.

The page holds, dials, presses and listens by the endpoints of `phone_api`; it is served without a build step
and without anything from elsewhere. What it says is Chilean Spanish.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, make_response, render_template

#: What the page may load and do: its own files, sounds that it made itself, and those of the line.
POLICY = (
    "default-src 'self'; media-src 'self' blob:{sounds};"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Holder:
    """Somebody whose telephone a visitor may take into the hand; `group` is the heading to stand under."""

    number: str
    name: str
    about: str
    group: str


@dataclass(frozen=True)
class Directory:
    """What the page knows of people. `holders` are offered in this order; the first and the first of
    `second_group` hold the two telephones at the beginning. `projects` are codes and names, as one may dial
    them, `others` the names of further numbers that call."""

    lines: Sequence[str]
    holders: Sequence[Holder]
    second_group: str
    projects: Mapping[str, str]
    others: Mapping[str, str]


def blueprint(
    directory: Directory, *, telephones: str, public_url: str, links: Mapping[str, str], sounds: str = ""
) -> Blueprint:
    """The page and its files. `telephones` is the path of `phone_api`'s endpoints, `public_url` the origin
    that the page itself goes by, `links` further pages of the product by their names, `sounds` the origin of
    the line's sounds where that is another."""
    policy = POLICY.format(sounds=f" {sounds}" if sounds else "")
    routes = Blueprint(
        "web_phone",
        __name__,
        static_folder="static",
        static_url_path="/phone/static",
        template_folder="templates",
    )
    second = next(holder for holder in directory.holders if holder.group == directory.second_group)

    @routes.get("/phone")
    def page() -> Response:
        answer = make_response(
            render_template(
                "web_phone.html",
                directory=directory,
                groups=_groups(directory.holders),
                first_holders=(directory.holders[0], second),
                telephones=telephones,
                public_url=public_url,
                links=links,
                keys=KEYS,
            )
        )
        answer.headers["Content-Security-Policy"] = policy
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Permissions-Policy"] = "microphone=(self)"
        return answer

    routes.add_app_template_filter(spaced, "telephone")
    return routes


#: The keypad: each key with the letters that stand on it (ITU-T E.161), and its name where it has one.
KEYS: tuple[tuple[str, str, str], ...] = (
    ("1", "", ""),
    ("2", "ABC", ""),
    ("3", "DEF", ""),
    ("4", "GHI", ""),
    ("5", "JKL", ""),
    ("6", "MNÑO", ""),
    ("7", "PQRS", ""),
    ("8", "TUV", ""),
    ("9", "WXYZ", ""),
    ("*", "", "asterisco"),
    ("0", "", ""),
    ("#", "", "gato"),
)


def _groups(holders: Sequence[Holder]) -> dict[str, list[Holder]]:
    groups: dict[str, list[Holder]] = {}
    for holder in holders:
        groups.setdefault(holder.group, []).append(holder)
    return groups


def spaced(number: str) -> str:
    """A number as Chileans write it: +56 9 8889 4612, 800 422 727; others as they are."""
    digits = number.removeprefix("+56")
    if digits == number or len(digits) != 9:
        return number
    if digits[0] in "68":
        return f"{digits[:3]} {digits[3:6]} {digits[6:]}"
    return f"+56 {digits[0]} {digits[1:5]} {digits[5:]}"
