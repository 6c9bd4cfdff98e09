"""`ivr tour`: the whole life of a case on a line of its own, and what is said when something fails."""

import subprocess
import sys
import wave
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from ivr import cli_tour
from ivr.tour.house import TourFailed, open_house
from ivr.tour.record import Recorder
from ivr.tour.telling import Teller

ROOT = Path(__file__).parents[1]


def test_it_plays_by_itself_in_any_folder_and_all_goes_as_it_should(tmp_path: Path) -> None:
    played = subprocess.run(
        [sys.executable, "-m", "ivr.cli", "tour", "--record", "kept"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "IVR_DATABASE_URL": "nonsense", "PORT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert played.returncode == 0, played.stdout + played.stderr
    assert "✗" not in played.stdout
    for said in ("Cierre la llave de paso", "Urgencia: fuga de agua", "visit_scheduled", "is closed"):
        assert said in played.stdout
    page = (tmp_path / "kept" / "tour.html").read_text()
    sounds = sorted((tmp_path / "kept").glob("*.wav"))
    assert len(sounds) == 6
    for sound in sounds:
        assert f'src="{sound.name}"' in page
        with wave.open(str(sound)) as opened:
            assert opened.getnframes() > opened.getframerate()
    assert {path.name for path in tmp_path.iterdir()} == {"kept"}


class Broken:
    """A house in which nothing happens."""

    def last_words(self) -> str:
        return "the end of the log"


def test_what_never_came_is_named_and_the_exit_status_tells(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class House:
        def __enter__(self) -> Broken:
            return Broken()

        def __exit__(self, *_: object) -> None:
            return None

    def fail(_stage: object) -> None:
        raise TourFailed("this never came: a text")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli_tour, "open_house", lambda _audio: House())
    monkeypatch.setattr(cli_tour, "Stage", lambda *_: None)
    monkeypatch.setattr(cli_tour.story, "play", fail)
    console = Console(record=True, width=200)
    result = CliRunner().invoke(cli_tour.command(console), [])
    assert result.exit_code == 1
    told = console.export_text()
    assert "✗ this never came: a text" in told
    assert "the end of the log" in told


def test_a_line_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("ivr.tour.house.sys.executable", "/bin/false")
    with pytest.raises(TourFailed, match="the line did not start"), open_house(tmp_path):
        pytest.fail("there is no line")


def test_what_one_waits_by_is_told_once_and_each_call_has_its_sound(tmp_path: Path) -> None:
    console = Console(record=True, width=100)
    teller, recorder = Teller(console, {"+56800422727": "the line"}), Recorder(tmp_path)
    teller.act("1. A call", "Somebody waits.")
    at = "2026-11-24T13:00:00.000+00:00"
    common = {"call": "CA1", "at": at, "second": 0.0}
    music = {
        **common,
        "type": "heard",
        "by": "line",
        "text": "Espere, por favor.",
        "url": None,
        "seconds": 2.0,
    }
    events = [
        {**common, "type": "dialling", "to": "+56800422727"},
        {**common, "type": "answered", "from": "+56991234567", "to": "+56800422727"},
        music,
        music,
        {**common, "type": "pressed", "keys": "1"},
        music,
        {**common, "type": "ended", "status": "completed", "by": "line"},
    ]
    for event in events:
        teller.take("Camila", event)
    recorder.take("Camila", events)
    page = recorder.write(teller).read_text()
    told = console.export_text()
    assert told.count("Espere, por favor.") == 2
    assert "Camila  dials the line" in told
    assert page.count("<audio") == 1
    assert (tmp_path / "01-camila.wav").stat().st_size > 0
