"""Forms: what all of them share, and those that tell when somebody else was quicker.

A form is sent to any address, and names in hidden fields the page that it stands on (`SHOWN_AT`) and itself
(`FORM_NAME`). Sent too late (session over, token stale) it is not carried out: its fields are kept, and when
that page is shown again the form fills itself in and says so (`ConsoleForm.restored`).
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from flask import g, request
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from ivr.console import sessions, words
from ivr.console.fields import Field, FieldList, FlaskForm, FormField, HiddenField, PasswordField
from ivr.errors import Conflict, Invalid, RuleError

SHOWN_AT = "shown_at"
FORM_NAME = "form_name"


class ConsoleForm(FlaskForm):  # type: ignore[misc]
    """A form of the console: its messages are Spanish, and what is sent too late is kept."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        locales = ("es",)

        def bind_field(self, form: FlaskForm, unbound_field: Any, options: dict[str, Any]) -> Field:
            """Every text is stripped; what no database can hold is taken out of it."""
            filters = [*unbound_field.kwargs.get("filters", []), _clean]
            taken_as_it_is = issubclass(unbound_field.field_class, (PasswordField, FieldList, FormField))
            if not taken_as_it_is:
                options = {**options, "filters": filters}
            field: Field = unbound_field.bind(form=form, **options)
            return field

    def __init__(self, **more: Any) -> None:
        """``obj``, ``data`` and ``prefix`` as in WTForms; on a page that is read, what was kept is first."""
        self._name = f"{more.get('prefix', '')}{type(self).__name__}"
        kept = _kept_for(self._name)
        if kept is not None:
            more["formdata"] = MultiDict(
                [(name, value) for name, values in kept.fields.items() for value in values]
            )
        super().__init__(**more)
        #: Whether it shows what was written before it was sent too late.
        self.restored = kept is not None
        #: What is wrong with the whole, rather than with one field.
        self.faults: list[str] = []
        #: Whether it is at odds with what is stored.
        self.conflict = False

    @property
    def status(self) -> int:
        """Of the page that shows it: 200; 422 where something is wrong, 409 at odds with what is stored."""
        if self.conflict:
            return 409
        return 422 if self.errors or self.faults else 200

    def refuse(self, refusal: RuleError) -> None:
        """Tell in Spanish why a business rule says no: beside the field, if it is about one."""
        self.conflict = isinstance(refusal, Conflict)
        fields = dict(refusal.fields) if isinstance(refusal, Invalid) else {}
        for name, reason in fields.items():
            field = self._fields.get(name)
            if field is None:
                self.faults.append(words.refusal(refusal, name, reason))
            else:
                field.errors = [*field.errors, words.refusal(refusal, name, reason)]
        if not fields:
            self.faults.append(words.refusal(refusal))

    def hidden_tag(self, *fields: Any) -> Markup:
        """The hidden fields, and what is needed to show this form again where it stands."""
        where = request.form.get(SHOWN_AT) if request.method == "POST" else None
        names = Markup('<input type="hidden" name="{}" value="{}">')
        page = where or request.full_path.rstrip("?")
        here = names.format(SHOWN_AT, page) + names.format(FORM_NAME, self._name)
        own: Markup = super().hidden_tag(*fields)
        return own + here


class VersionedForm(ConsoleForm):
    """A form about something that several people may change: nobody overwrites what they have not seen.

    ``form = ProjectForm(data=values); form.showing(values)`` when it is shown, and when it is sent, under a
    lock of the row: ``if form.validate_on_submit() and form.still(values)``. What another stored meanwhile is
    then in ``form.overtaken``, and shown above the form, which keeps what its writer wrote; sent again, it is
    carried out, because by then they have seen it.
    """

    version = HiddenField()

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        #: Label → what is stored by now, where that is not what the writer had seen.
        self.overtaken: dict[str, object] = {}

    def showing(self, stored: Mapping[str, object]) -> None:
        """The form is about these values, by the labels under which people know them.

        A form that was restored keeps the version that its writer had seen.
        """
        if not self.restored:
            self.version.data = version_of(stored)

    def still(self, stored: Mapping[str, object]) -> bool:
        """Whether what is stored is what the writer has seen; if not, it is shown to them."""
        current = version_of(stored)
        if self.version.data == current:
            return True
        self.overtaken, self.conflict = dict(stored), True
        self.version.data = current
        return False


def version_of(stored: Mapping[str, object]) -> str:
    """A name for these values: the same for the same values, on every machine."""
    written = json.dumps(stored, default=str, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()[:32]


def _kept_for(form: str) -> sessions.Kept | None:
    if request.method != "GET" or "visit" not in g:
        return None
    found = sessions.kept(g.visit.running)
    return found if found is not None and found.belongs_to(request.path, form) else None


def _clean(value: object) -> object:
    return value.replace("\0", "").strip() if isinstance(value, str) else value
