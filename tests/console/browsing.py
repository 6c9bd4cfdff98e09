"""Somebody at the console: with a client of HTTP, or in a browser."""

import re
from html import unescape
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page
from werkzeug.test import TestResponse

from ivr import demo
from ivr.switchboard.accounts import Role

_INPUT = re.compile(r"<input[^>]*>")


def password(role: Role) -> str:
    """Of the agent who has that role."""
    return f"la clave de {role}"


class Visitor:
    """A client that keeps cookies, and sends forms with the hidden fields of their page, as browsers do."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def post(self, path: str, **fields: Any) -> TestResponse:
        """Send fields as they are: no token, unless it is among them."""
        return self.client.post(path, data=fields)

    def send(self, page: str, to: str | None = None, *, number: int = 0, **fields: Any) -> TestResponse:
        """Open ``page``, and send its form to ``to``, that page itself if not named.

        Of several forms that lead there, the one with that ``number``, from 0.
        """
        to = to or page
        content = self.get(page).text
        forms = re.findall(r"<form.*?</form>", content, re.DOTALL)
        leading = [form for form in forms if f'action="{to}"' in unescape(form) or "action=" not in form]
        assert leading, f"no form of {page} leads to {to}"
        return self.client.post(to, data=hidden(leading[number]) | fields)

    def sign_in(self, role: Role = Role.AGENT, **fields: str) -> "Visitor":
        """Come in as the demonstration's agent of that role."""
        given = {"email": demo.sign_ins()[role], "password": password(role)} | fields
        answer = self.send("/console/entrar", **given)
        assert answer.status_code == 303, answer.text
        return self


def hidden(form: str) -> dict[str, str]:
    """The hidden fields of a form, as they stand in its page."""
    found = {}
    for field in _INPUT.findall(form):
        if 'type="hidden"' in field:
            name, value = (re.search(rf'{part}="([^"]*)"', field) for part in ("name", "value"))
            if name is not None:
                found[unescape(name[1])] = unescape(value[1]) if value is not None else ""
    return found


def sign_in(page: Page, role: Role = Role.AGENT) -> Page:
    """Come in with the browser as the demonstration's agent of that role."""
    page.goto("/console/entrar")
    page.get_by_label("Correo").fill(demo.sign_ins()[role])
    page.get_by_label("Clave").fill(password(role))
    page.get_by_role("button", name="Entrar").click()
    page.wait_for_url("**/console/")
    return page


def faults(page: Page) -> list[str]:
    """What axe-core finds wrong on the page: only what is serious or critical."""
    found = Axe().run(page, options={"resultTypes": ["violations"]})  # the others take their time too
    return [
        f"{fault['id']}: {node['html'][:120]}"
        for fault in found.response["violations"]
        if fault["impact"] in {"serious", "critical"}
        for node in fault["nodes"]
    ]


def is_too_wide(page: Page, width: int = 360) -> bool:
    """Whether the page must be scrolled sideways on a screen of that width, once it is drawn for it.

    A chart is drawn anew in a frame after the one in which its place became narrower.
    """
    page.set_viewport_size({"width": width, "height": 740})
    frames = "async () => { for (let n = 0; n < 5; n++) await new Promise(requestAnimationFrame); }"
    page.evaluate(frames)
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))
