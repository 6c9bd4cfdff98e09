"""``ivr tour``: the whole life of a case, played without a hand on it."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from ivr.tour import story
from ivr.tour.house import TourFailed, open_house
from ivr.tour.record import Recorder
from ivr.tour.stage import Stage
from ivr.tour.telling import Teller

#: Where `ivr audio render` leaves its sounds in the folder of a demonstration.
_RENDERED = Path("var/audio")


def command(console: Console) -> click.Command:
    """The command; it prints to ``console``."""

    @click.command("tour")
    @click.option(
        "--record",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        help="Keep the sound of each call (WAV) and a page of it all in this folder.",
    )
    def tour(folder: Path | None) -> None:
        """Play the whole life of a case on a line of its own, and tell it.

        An urgent call that an agent takes, a visit booked in the call, inspection, works and satisfaction
        calls. Exit status 0 only if all went as it should.
        """
        sys.exit(0 if _play(console, Recorder(folder) if folder is not None else None) else 1)

    return tour


def _play(console: Console, recorder: Recorder | None) -> bool:
    teller = Teller(console, story.NAMES)
    audio = _RENDERED if recorder is not None and _RENDERED.is_dir() else None
    if recorder is not None and audio is None:
        console.print(f"There is no {_RENDERED} here (ivr audio render): sentences will be silent.")
    console.print("Starting a line with a simulated carrier …", style="dim")
    with open_house(audio) as house:
        try:
            story.play(Stage(house, teller, story.PEOPLE, recorder))
        except TourFailed as fault:
            teller.check(str(fault), is_so=False)
            console.print(f"\n[dim]the line's last words:\n{escape(house.last_words())}[/]", highlight=False)
    all_well = teller.summary()
    if recorder is not None:
        console.print(f"\nkept: {recorder.write(teller)}", soft_wrap=True)
    return all_well
