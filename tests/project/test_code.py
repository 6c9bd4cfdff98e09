"""Rules about the code itself that no linter knows."""

import ast
from functools import cache
from pathlib import Path

from ivr import logs

ROOT = Path(__file__).parents[2]
PACKAGES = ("audio", "callflows", "ivr", "worker")
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]

LEVELS = {"debug", "info", "warning", "error", "critical", "exception", "msg", "log"}
#: Names by which code speaks of what is somebody's.
SOMEBODYS = {
    *("phone", "phones", "caller", "from_number", "to_number", "number", "owner", "contacts", "contact"),
    *("body", "digits", "pressed", "speech", "description", "detail", "notes", "form"),
}
#: What of a form is nobody's: what it is about, and how that stands.
NOBODYS = {"CallSid", "MessageSid", "ErrorCode", "ErrorUrl", "StatusCallbackEvent", "FriendlyName"}


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def named(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', '?')}"


def test_only_settings_and_the_command_line_know_the_environment() -> None:
    allowed = {
        ROOT / "ivr" / "settings.py",
        ROOT / "ivr" / "cli.py",
        ROOT / "audio" / "pyttsx.py",  # reads nothing: tells a C library in a child process where its data is
    }
    users = [
        named(path, node)
        for path in MODULES
        if path not in allowed
        for node in nodes(path)
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb", "putenv"})
        and ast.unparse(node.value) == "os"
    ]
    assert users == []


def test_only_one_module_writes_twiml_and_only_one_calls_the_carrier() -> None:
    doors = {"twilio.twiml": "twiml.py", "twilio.rest": "carrier.py"}
    wrong = [
        named(path, node)
        for path in MODULES
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom) and node.module
        for library, door in doors.items()
        if node.module.startswith(library) and path != ROOT / "ivr" / "telephony" / door
    ]
    assert wrong == []


def logged() -> list[tuple[Path, ast.Call]]:
    """Every call of a logger."""
    return [
        (path, node)
        for path in MODULES
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in LEVELS
        and ast.unparse(node.func.value) in {"log", "logger", "logging", "structlog"}
    ]


def test_a_log_message_is_a_fixed_text() -> None:
    assert logged() != []
    composed = [
        named(path, call)
        for path, call in logged()
        if len(call.args) != 1 or not isinstance(call.args[0], ast.Constant)
    ]
    assert composed == []


def test_what_is_somebodys_is_logged_only_in_fields_that_are_masked() -> None:
    told = []
    for path, call in logged():
        for keyword in call.keywords:
            if keyword.arg in logs._PERSONAL:
                continue
            names = {
                part.id if isinstance(part, ast.Name) else part.attr
                for part in ast.walk(keyword.value)
                if isinstance(part, ast.Name | ast.Attribute)
            }
            keys = {part.value for part in ast.walk(keyword.value) if isinstance(part, ast.Constant)}
            if "form" in names and keys and keys <= NOBODYS:
                names.discard("form")
            if names & SOMEBODYS or keyword.arg is None:
                told.append(f"{named(path, call)} {keyword.arg}")
    assert told == []


def test_nothing_is_printed_where_nobody_looks() -> None:
    """The command line has its own console; a web process and a worker have logs."""
    allowed = {ROOT / "ivr" / "cli.py"}
    printed = [
        named(path, node)
        for path in MODULES
        if path not in allowed
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printed == []
