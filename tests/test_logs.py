"""No telephone number, name, key or word of anybody in a log line."""

import subprocess
import sys
from collections.abc import Callable
from textwrap import dedent

import pytest

from ivr import logs

NUMBER = "+56961234567"

Written = Callable[[str], str]


@pytest.fixture(params=["json", "console"])
def written(request: pytest.FixtureRequest) -> Written:
    """What a process of ours writes to its log in either style, while it does something."""

    def run(does: str) -> str:
        program = f"from ivr import logs\nlogs.configure({request.param!r})\n{dedent(does)}"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout == ""
        return done.stderr

    return run


def masked(**fields: object) -> dict[str, object]:
    return dict(logs.mask(None, "info", dict(fields)))


@pytest.mark.parametrize("field", sorted(logs._PERSONAL))
def test_a_field_that_is_somebodys_shows_its_last_two_characters(field: str) -> None:
    assert masked(**{field: NUMBER}) == {field: "…67"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (NUMBER, "…67"),
        ("call to +56961234567 failed", "call to …67 failed"),
        ("56961234567 and 961234567", "…67 and …67"),
        ("sip:+56961234567@example.org", "sip:…67@example.org"),
        ("turn=3 of 2026", "turn=3 of 2026"),
    ],
)
def test_a_telephone_number_is_hidden_wherever_it_slipped_in(text: str, shown: str) -> None:
    assert masked(event=text, url=text) == {"event": shown, "url": shown}


def test_the_moment_of_an_event_is_shown() -> None:
    assert masked(timestamp="2026-11-24T13:00:00.123456789Z")["timestamp"].startswith("2026")  # type: ignore[attr-defined]


def test_what_is_no_text_stays() -> None:
    assert masked(turn=3, again=True, nothing=None) == {"turn": 3, "again": True, "nothing": None}


def test_a_line_of_ours_is_masked(written: Written) -> None:
    line = written("""
        import structlog
        structlog.get_logger().info("placed", phone="+56961234567", url="/calls/+56961234567", turn=3)
    """)
    assert "placed" in line
    assert "61234" not in line


def test_a_line_of_a_library_is_masked(written: Written) -> None:
    line = written("""
        import logging
        logging.getLogger("some.library").warning("could not reach %s", "+56961234567")
    """)
    assert "could not reach" in line
    assert "61234" not in line


def test_a_traceback_is_masked(written: Written) -> None:
    lines = written("""
        import structlog
        try:
            raise ValueError("nobody has +56961234567")
        except ValueError:
            structlog.get_logger().exception("step failed")
    """)
    assert "ValueError: nobody has" in lines
    assert "61234" not in lines


def test_a_fault_of_the_database_shows_no_values(written: Written) -> None:
    """What somebody said and pressed is in the parameters of the statement that writes it down."""
    lines = written("""
        import structlog
        from ivr.store.session import Store
        values = tuple(map(str.swapcase, ("cAMILA rOJAS", "GOTERA")))
        try:
            with Store("sqlite://").engine.connect() as connection:
                connection.exec_driver_sql("INSERT INTO nowhere VALUES (?, ?)", values)
        except Exception:
            structlog.get_logger().exception("step failed")
    """)
    assert "nowhere" in lines
    assert "Camila" not in lines
    assert "gotera" not in lines
