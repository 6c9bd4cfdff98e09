"""A page that stands for any page with a form: a note that several people may change.

It is registered beside the console's own areas, and uses of them what every page uses.
"""

from flask import Blueprint, Flask, redirect, render_template_string
from flask.typing import ResponseReturnValue

from ivr.console.access import Visit, allowed
from ivr.console.fields import DataRequired, TextAreaField
from ivr.console.forms import VersionedForm
from ivr.console.routes import protect
from ivr.errors import Invalid
from ivr.switchboard.accounts import Role

PATH = "/console/cuaderno"

_PAGE = """{% extends "console/base.html" %}
{% from "console/macros.html" import field, form_tag with context %}
{% block heading %}Cuaderno{% endblock %}
{% block content %}
<p id="stored">{{ stored }}</p>
{% call form_tag(form) %}{{ field(form.text) }}<button class="btn btn-primary">Guardar</button>{% endcall %}
{% endblock %}"""


class NoteForm(VersionedForm):
    """The note."""

    text = TextAreaField("Nota", [DataRequired("Escriba algo.")])


def register(app: Flask) -> dict[str, str]:
    """Put the page into the application; what is stored, to look at and to change."""
    stored = {"Nota": "vacía"}
    pages = Blueprint("cuaderno", __name__)

    @pages.route(PATH, methods=["GET", "POST"])
    @allowed(Role.AGENT)
    def note(visit: Visit) -> ResponseReturnValue:
        form = NoteForm(data={"text": stored["Nota"]})
        if form.validate_on_submit() and form.still(stored):
            with visit.attempt(form):
                visit.record("write", "notebook:1")
                if form.text.data == "prohibido":
                    raise Invalid("not that word", {"text": "is not said here"})
                stored["Nota"] = form.text.data
                return redirect(PATH, 303)
        form.showing(stored)
        content = render_template_string(_PAGE, form=form, stored=stored["Nota"])
        return content, form.status

    pages.after_request(protect)
    app.register_blueprint(pages)
    return stored
