"""What the carrier sends, as far as it can be stored: forms without NUL, counts that are numbers."""

import re
from collections.abc import Mapping

from flask import Request

Form = Mapping[str, str]

#: Far more seconds, milliseconds or events than a call can have.
_COUNT = re.compile(r"[0-9]{1,9}")


def form_of(request: Request) -> Form:
    """The form's fields, each once. PostgreSQL stores no NUL, and nobody means one."""
    return {name: value.replace("\0", "") for name, value in request.form.items()}


def count(form: Form, name: str) -> int | None:
    """The field as a whole number; None where it is absent, empty or no number."""
    value = form.get(name, "")
    return int(value) if _COUNT.fullmatch(value) else None
