"""The rules of URLs, put together once for all tests.

Each test has an application of its own, with the same hundred and forty rules. Werkzeug compiles for each of
them the functions that build its URL, which takes longer than all else that an application begins with; what
comes out depends on nothing but the rule.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from werkzeug.routing import Rule

_Builder = Callable[..., tuple[str, str]]


def compile_once() -> None:
    """Let rules that are alike share their builders, from now on."""
    made: dict[tuple[Any, ...], _Builder] = {}
    compiled = Rule._compile_builder

    @wraps(compiled)
    def once(rule: Rule, append_unknown: bool = True) -> _Builder:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in made:
            made[key] = compiled(rule, append_unknown)
        return made[key]

    Rule._compile_builder = once  # type: ignore[method-assign]
