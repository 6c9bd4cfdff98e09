"""A tour to keep: the sound of each call as a WAV file, and a page with all that was told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask, render_template

from ivr.simulator.tape import Tape
from ivr.tour.telling import Teller

#: Who heard a call, and its sid.
_Ear = tuple[str, str]


@dataclass
class Recorder:
    """Tapes what each telephone hears, and writes all into ``folder`` at the end."""

    folder: Path
    _tapes: dict[_Ear, Tape] = field(default_factory=dict, repr=False)

    def take(self, who: str, events: Sequence[Mapping[str, Any]]) -> None:
        """Put on tape what somebody's telephone noticed."""
        for event in events:
            call = event.get("call")
            if call is not None:
                self._tapes.setdefault((who, call), Tape()).take([event])

    def write(self, teller: Teller) -> Path:
        """Write the calls, numbered in their order, and the page; where that is."""
        self.folder.mkdir(parents=True, exist_ok=True)
        sounds: dict[_Ear, str] = {}
        for n, (ear, tape) in enumerate(self._tapes.items(), start=1):
            sounds[ear] = f"{n:02}-{ear[0].lower()}.wav"
            (self.folder / sounds[ear]).write_bytes(tape.wav())
        page = self.folder / "tour.html"
        page.write_text(_page(teller, sounds), encoding="utf-8")
        return page


def _page(teller: Teller, sounds: Mapping[_Ear, str]) -> str:
    """The story as one page; at the beginning of each call stands its sound."""
    unheard = dict(sounds)
    acts = [
        (act, [(told, unheard.pop((told.who, told.call or ""), None)) for told in act.told])
        for act in teller.acts
    ]
    app = Flask("tour", template_folder=str(Path(__file__).parent))
    with app.app_context():
        return render_template("page.html", acts=acts, checks=teller.checks)
