"""A call as one WAV file: what was heard, the tones of the keys, and what was said, in their order."""

import io
from collections.abc import Iterator
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import PyDTMF  # type: ignore[import-untyped]  # it has no types
import pytest
import soundfile
from flask import Flask, Response
from numpy.typing import NDArray
from rich.console import Console

from ivr.simulator import terminal
from ivr.simulator.carrier import SimulatedCarrier
from ivr.simulator.sound import RATE, wav
from ivr.simulator.tape import PASSING_SECONDS, Tape, samples_of, tones
from tests.simulator.conftest import LINE, OWNER, Application

Samples = NDArray[np.float64]


def beep(hertz: int, seconds: float) -> bytes:
    """A sound of the line: a tone that no key has, as a WAV file."""
    wave = 8000 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)
    return wav(wave.astype("<i2").tobytes(), seconds)


SOUNDS = {"/menu.wav": beep(400, 2.0), "/chosen.wav": beep(600, 1.0)}


def played(path: str) -> bytes:
    return SOUNDS.get(path, b"")


def event(kind: str, second: float, **details: Any) -> dict[str, Any]:
    return {"type": kind, "call": "CA1", "second": second, **details}


def heard(second: float, url: str | None, seconds: float, by: str = "line") -> dict[str, Any]:
    return event("heard", second, by=by, text="…", url=url, seconds=seconds)


def tape_of(*events: dict[str, Any]) -> Tape:
    tape = Tape(played)
    tape.take([event("answered", 0.0), *events])
    return tape


def recorded(tape: Tape) -> Samples:
    samples, rate = soundfile.read(io.BytesIO(tape.wav()))
    assert rate == RATE
    return np.asarray(samples)


def keys_on(samples: Samples) -> str:
    """The keys that a receiver of DTMF hears."""
    keys, _ = PyDTMF.from_pcm([int(sample * 32767) for sample in samples], sample_rate=RATE)
    return str(keys)


def pitches(samples: Samples) -> Iterator[tuple[int, float]]:
    """What sounds after what: hertz (0 for silence) and seconds, in steps of 50 ms."""
    steps = samples[: len(samples) // 400 * 400].reshape(-1, 400)
    loudest = [
        int(np.abs(np.fft.rfft(step)).argmax() * 20) if np.abs(step).max() > 0.01 else 0 for step in steps
    ]
    for hertz, run in groupby(loudest):
        yield hertz, round(len(list(run)) * 0.05, 2)


@pytest.mark.parametrize("keys", ["0123456789*#", "1", "1001", "77777", "*#*#00"])
def test_another_library_hears_the_keys_that_were_pressed(keys: str) -> None:
    assert keys_on(tones(keys)) == keys


def test_sounds_tones_and_silence_lie_where_they_were_heard() -> None:
    tape = tape_of(heard(0, "/menu.wav", 2.0), heard(3, "/chosen.wav", 1.0), event("ended", 5, by="line"))
    assert list(pitches(recorded(tape))) == [(400, 2.0), (0, 1.0), (600, 1.0), (0, 1.0)]


def test_what_is_pressed_over_a_sound_is_mixed_with_it_and_cuts_it_where_it_was_cut() -> None:
    tape = tape_of(
        heard(0, "/menu.wav", 2.0),
        event("pressed", 1, keys="5"),
        event("hushed", 1.0),
        heard(1.5, "/chosen.wav", 1.0),
    )
    samples = recorded(tape)
    assert keys_on(samples[RATE:]) == "5"
    assert [hertz for hertz, seconds in pitches(samples) if seconds > 0.2] == [400, 0, 600]
    assert tape.seconds == pytest.approx(2.5)


def test_keys_that_a_script_presses_in_no_time_push_back_what_follows() -> None:
    tape = tape_of(heard(0, "/menu.wav", 2.0), event("pressed", 2, keys="101#"), heard(2, "/chosen.wav", 1.0))
    samples = recorded(tape)
    assert keys_on(samples) == "101#"
    assert list(pitches(samples[-RATE:])) == [(600, 1.0)]
    assert tape.seconds == pytest.approx(2 + 4 * 0.1 + 3 * 0.1 + 1)


def test_music_that_took_no_time_is_heard_once_and_not_for_minutes() -> None:
    rounds = [heard(0, "/menu.wav", 60.0), heard(0, "/chosen.wav", 1.0)] * 100
    assert tape_of(*rounds).seconds == pytest.approx(PASSING_SECONDS + 1)


def test_a_sentence_of_the_carriers_voice_is_silence_as_long_as_it_takes() -> None:
    tape = tape_of(heard(0, None, 3.0), heard(3, "/chosen.wav", 1.0))
    assert list(pitches(recorded(tape))) == [(0, 3.0), (600, 1.0)]


def test_words_of_either_side_of_a_talk_are_heard() -> None:
    tape = tape_of(event("spoke", 0, text="Hola", seconds=1.0), heard(1, None, 1.0, by="+56911112222"))
    assert np.abs(recorded(tape).reshape(2, -1)[:, 100:-100]).max(axis=1).min() > 0.05


def test_a_recording_begins_with_a_beep_and_then_the_voice() -> None:
    tape = tape_of(
        event("recording", 0, state="started"),
        event("spoke", 0, text="", seconds=1.0),
        event("pressed", 1, keys="#"),
    )
    samples = recorded(tape)
    assert next(pitches(samples)) == (1000, 0.3)
    assert keys_on(samples[round(1.3 * RATE) :]) == "#"


def test_only_the_first_call_is_recorded_and_from_its_answer_on() -> None:
    tape = Tape(played)
    tape.take([event("ringing", 0), event("answered", 20.0), heard(20, "/chosen.wav", 1.0)])
    tape.take([{**heard(30, "/menu.wav", 2.0), "call": "CA2"}, {"type": "text", "body": "Hola"}])
    assert tape.seconds == pytest.approx(1)


def test_a_file_that_is_gone_is_silence_and_each_is_fetched_once() -> None:
    asked: list[str] = []

    def gone(url: str) -> bytes:
        asked.append(url)
        return b""

    tape = Tape(gone)
    tape.take([event("answered", 0), heard(0, "/gone.wav", 2.0), heard(2, "/gone.wav", 2.0)])
    assert list(pitches(recorded(tape))) == [(0, 4.0)]
    assert asked == ["/gone.wav"]


@pytest.mark.parametrize("rate", [8000, 22050, 48000])
def test_files_of_any_rate_and_with_two_channels_keep_pitch_and_length(rate: int) -> None:
    wave = 0.5 * np.sin(2 * np.pi * 400 * np.arange(rate) / rate)
    file = io.BytesIO()
    soundfile.write(file, np.stack((wave, wave), axis=1), rate, format="FLAC")
    assert list(pitches(samples_of(file.getvalue()))) == [(400, 1.0)]


def test_a_call_from_the_command_line_is_recorded(
    application: tuple[Application, Flask],
    carrier: SimulatedCarrier,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(terminal, "LATE_TEXTS", 0.1)
    app, flask = application
    for path, sound in SOUNDS.items():
        flask.add_url_rule(path, path, partial(Response, sound, content_type="audio/wav"))
    app.replies |= {
        "/voice/inbound": "<Gather action='/more'><Play>/menu.wav</Play></Gather>",
        "/more": "<Gather action='/done' numDigits='1'><Play>/menu.wav</Play></Gather>",
        "/done": "<Play>/chosen.wav</Play>",
    }
    file, printed = tmp_path / "call.wav", Console(file=io.StringIO())
    assert terminal.run_phone(f"{app.url}/carrier", OWNER, LINE, "1204# 7", False, printed, record=file) == 0
    samples, _ = soundfile.read(file)
    assert keys_on(samples) == "1204#7"
    long = [(hertz, round(seconds)) for hertz, seconds in pitches(samples) if seconds >= 0.9]
    assert long == [(400, 2), (400, 2), (600, 1)]


def test_a_file_that_cannot_be_written_is_said_plainly(
    app: Application, carrier: SimulatedCarrier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "LATE_TEXTS", 0.1)
    app.replies["/voice/inbound"] = "<Hangup/>"
    printed = io.StringIO()
    file = tmp_path / "missing" / "call.wav"
    assert (
        terminal.run_phone(f"{app.url}/carrier", OWNER, LINE, "", False, Console(file=printed), record=file)
        == 1
    )
    assert "No such file" in printed.getvalue()
