"""The words of `--keys`."""

import pytest

from ivr.simulator.script import (
    SAMPLE_SECONDS,
    Move,
    Press,
    PutDown,
    SayNothing,
    Script,
    ScriptError,
    Speak,
    Wait,
)


@pytest.mark.parametrize(
    ("text", "moves"),
    [
        ("2 101# 1", [Press("2"), Press("101#"), Press("1")]),
        ("- ! _", [SayNothing(), PutDown(), Wait()]),
        ("*", [Press("*")]),
        ("~ ~# ~0", [Speak("", SAMPLE_SECONDS, end) for end in "##0"]),
        ("~!", [Speak("", SAMPLE_SECONDS, "!")]),
        ('~"la llave gotea"* 1', [Speak("la llave gotea", 1.2, "*"), Press("1")]),
        ("~hola_me_gotea#", [Speak("hola me gotea", 1.2, "#")]),
        ('"Los Aromos"', [Speak("Los Aromos", 1.0, "#")]),
        ("  ", []),
    ],
)
def test_a_script_is_read_move_by_move(text: str, moves: list[Move]) -> None:
    assert Script.of(text).moves == moves


@pytest.mark.parametrize("text", ["2 x", "1a", "hola", '~"sin_fin'])
def test_what_is_no_move_is_named(text: str) -> None:
    with pytest.raises(ScriptError, match=text.rsplit(maxsplit=1)[-1][:3].replace('"', ".")):
        Script.of(text)


def test_moves_are_used_up_one_at_a_time() -> None:
    script = Script.of("1 2")
    assert (script.peek(), script.take(), script.take(), script.take()) == (
        Press("1"),
        Press("1"),
        Press("2"),
        None,
    )
