"""What forms are made of: the console's only door to WTForms and Flask-WTF, which bring no types."""

import re
from typing import Any

import wtforms  # type: ignore[import-untyped]
from flask_wtf import FlaskForm  # type: ignore[import-untyped]
from flask_wtf.csrf import generate_csrf, validate_csrf  # type: ignore[import-untyped]
from flask_wtf.file import FileAllowed, FileField, FileRequired, FileSize, MultipleFileField  # type: ignore[import-untyped]
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    EmailField,
    Field,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    PasswordField,
    SearchField,
    SelectChoice,
    StringField,
    TelField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.validators import (  # type: ignore[import-untyped]
    AnyOf,
    DataRequired,
    EqualTo,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
)
from wtforms.widgets import CheckboxInput, ListWidget  # type: ignore[import-untyped]

from ivr.aftersales import numbers

__all__ = [
    "AnyOf",
    "BooleanField",
    "CheckboxInput",
    "Checks",
    "DataRequired",
    "DateField",
    "DateTimeLocalField",
    "EmailField",
    "EqualTo",
    "Field",
    "FieldList",
    "FileAllowed",
    "FileField",
    "FileRequired",
    "FileSize",
    "FlaskForm",
    "FormField",
    "HiddenField",
    "InputRequired",
    "IntegerField",
    "Length",
    "ListWidget",
    "MultipleFileField",
    "NumberRange",
    "Optional",
    "PasswordField",
    "PhoneField",
    "RadioField",
    "Regexp",
    "SearchField",
    "SelectField",
    "SelectMultipleField",
    "StringField",
    "TelField",
    "TextAreaField",
    "TimeField",
    "ValidationError",
    "generate_csrf",
    "validate_csrf",
]


class PhoneField(TelField):  # type: ignore[misc]
    """A telephone as people write it; ``data`` is its E.164 if it is Chilean, or begins with ``+``."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """``9 8765 4321`` and ``+56 9 8765 4321`` are the same; the rest is left to the rules."""
        written = valuelist[0].strip() if valuelist else ""
        figures = re.sub(r"[\s().-]", "", written)
        if not figures:
            self.data = None
        elif figures.isdecimal():
            try:
                self.data = numbers.from_keypad(figures, ())
            except numbers.Unusable:
                raise ValueError("Escriba un teléfono válido, por ejemplo +56 9 8765 4321.") from None
        else:
            self.data = figures if figures.startswith("+") else written


class _Paired:
    """``choices`` are pairs of value and label, or a callable that gives them."""

    def __init__(
        self, label: str | None = None, validators: Any = None, *, choices: Any = None, **more: Any
    ) -> None:
        super().__init__(label, validators, choices=_paired(choices), **more)  # type: ignore[call-arg]

    @property
    def choices(self) -> Any:
        """What one can choose from."""
        return super().choices  # type: ignore[misc]

    @choices.setter
    def choices(self, given: Any) -> None:
        wtforms.SelectField.choices.fset(self, _paired(given))


class SelectField(_Paired, wtforms.SelectField):  # type: ignore[misc]
    """One of several."""


class RadioField(_Paired, wtforms.RadioField):  # type: ignore[misc]
    """One of several, all of them in sight."""


class SelectMultipleField(_Paired, wtforms.SelectMultipleField):  # type: ignore[misc]
    """Several of several."""


def _paired(given: Any) -> Any:
    return given if given is None or callable(given) else [SelectChoice(*each) for each in given]


class Checks(SelectMultipleField):
    """Several of several, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
