"""A line that plays files: no work on sound while a caller waits; the carrier speaks where a file is gone."""

import subprocess
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import soundfile

from audio import phrases, render, telephone, wav
from audio.engines import voice_of
from audio.pico import PicoVoice
from audio.pyttsx import PyttsxVoice
from ivr.clock import MovableClock
from tests.line import KNOWN, TestLine, open_test_line
from tests.telephony.test_cost import BOOKING_CALL, register


@pytest.fixture
def line(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[TestLine]:
    """A line whose sounds are all there, its project's name included."""
    folder, identity = tmp_path / "audio", voice_of().identity
    folder.mkdir()
    with open_test_line(sqlite_url, tmp_path, clock, voice="files") as opened:
        register(opened.store, 1)
        for text in render.utterances(phrases.catalogue()):
            path = render.sound_path(folder, render.sound_id(text, identity))
            path.write_bytes(wav.pack(wav.Sound(wav.silence(0.5), text)))
        yield opened


def test_a_webhook_never_waits_for_work_on_sound(line: TestLine, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def forbid(owner: object, name: str) -> None:
        def noted(*_: object, **__: object) -> None:
            done.append(name)
            raise AssertionError("a caller waits for this")  # the line would only apologise

        monkeypatch.setattr(owner, name, noted)

    for owner, name in (
        (subprocess, "Popen"),
        (PicoVoice, "speak"),
        (PyttsxVoice, "speak"),
        (soundfile, "SoundFile"),
        (soundfile, "read"),
        (soundfile, "write"),
        (telephone, "encode"),
        (telephone, "mulaw"),
        (wav, "unpack"),
        (wav, "pack"),
    ):
        forbid(owner, name)
    played = 0
    call = line.dial(KNOWN)
    for _, act, _ in BOOKING_CALL:
        played += sum(1 for _ in call.xml.iter("Play"))
        act(call)
    assert done == []
    assert call.over
    assert played > len(BOOKING_CALL), "the call was not played from files, and so proves nothing"


def test_a_file_deleted_while_calls_play_it_is_said_by_the_carrier(line: TestLine, tmp_path: Path) -> None:
    call = line.dial(KNOWN)
    played = [urlsplit(str(verb.text)).path for verb in call.xml.iter("Play")]
    menu = f"/audio/{render.sound_id(phrases.MAIN_MENU.words, voice_of().identity)}.wav"
    assert menu in played
    assert call.heard == []
    (tmp_path / menu.removeprefix("/")).unlink()
    assert line.app.test_client().get(menu).status_code == HTTPStatus.NOT_FOUND
    assert call.silence().heard == [phrases.MAIN_MENU.words]
