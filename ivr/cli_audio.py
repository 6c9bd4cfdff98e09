"""``ivr audio``: rendering, the studio's script, and what is amiss with recordings."""

import sys
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from audio import listen, phrases, recordings, render, wav
from audio.music import render_music
from audio.voices import VoiceError, voice_of
from audio.wording import Phrase
from ivr import names
from ivr.settings import Settings
from ivr.store import schema
from ivr.store.session import Store


def commands(load_settings: Callable[[], Settings], console: Console, complain: Console) -> click.Group:
    """The group of commands. ``load_settings`` is asked only once one of them runs."""

    @click.group()
    def audio() -> None:
        """What is heard."""

    @audio.command("render")
    @click.option("--quiet", is_flag=True, help="No progress bar.")
    def audio_render(quiet: bool) -> None:
        """Take in recordings and render every phrase; what is current is skipped."""
        _render(load_settings(), console, complain, quiet=quiet)

    @audio.command("script")
    @click.option("--html", "page", is_flag=True, help="A page to print, instead of CSV.")
    def audio_script(page: bool) -> None:
        """Print what a studio is to record, one file a line."""
        lines = recordings.script(phrases.catalogue())
        click.echo(recordings.script_html(lines) if page else recordings.script_csv(lines), nl=False)

    @audio.command("check")
    def audio_check() -> None:
        """Say which phrases lack a recording, and which recordings are stale, clip, hum or are too quiet."""
        lines = recordings.script(phrases.catalogue())
        findings = recordings.check(recordings.FOLDER, lines)
        missing = sum(1 for finding in findings if not finding.blocking)
        amiss = [finding for finding in findings if finding.blocking]
        console.print(f"{len(lines) - missing} of {len(lines)} lines are recorded")
        _tell(console, amiss)
        sys.exit(1 if amiss else 0)

    @audio.command("listen")
    @click.argument("model", type=click.Path(exists=True, file_okay=False, path_type=Path))
    def audio_listen(model: Path) -> None:
        """Have a recogniser listen to every fixed phrase, and count the words that it got wrong.

        MODEL is the folder of a Whisper model; needs `pip install faster-whisper`.
        """
        settings = load_settings()
        try:
            recogniser = listen.Whisper(model)
        except ImportError:
            complain.print("faster-whisper is not installed: pip install faster-whisper")
            sys.exit(1)
        voice = voice_of(settings.voice_command)
        heard: list[listen.Heard] = []
        table = Table("words wrong", "said", "understood")
        for phrase in phrases.catalogue():
            sound = _sound(phrase, settings.audio_folder, voice.identity)
            if sound is None:
                continue
            for each in listen.listen(recogniser, [sound]):
                heard.append(each)
                table.add_row(f"{each.wrong}/{each.words}", each.said, each.understood)
        console.print(table)
        console.print(f"{listen.share_wrong(heard):.0%} of the words wrong, {voice.identity}")

    return audio


def _render(settings: Settings, console: Console, complain: Console, *, quiet: bool) -> None:
    store = Store(settings.database_url)
    schema.require_current(store)
    folder = settings.audio_folder
    findings = recordings.take_in(recordings.FOLDER, recordings.script(phrases.catalogue()), folder)
    render_music(folder)
    wanted = [*render.utterances(phrases.catalogue()), *names.utterances(store)]
    columns = (TextColumn("rendering"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=complain, disable=quiet) as progress:
        bar = progress.add_task("rendering", total=len(wanted))
        try:
            made = render.render(
                wanted,
                folder,
                voice_of(settings.voice_command),
                progress=lambda done, of: progress.update(bar, completed=done, total=of),
            )
        except (VoiceError, OSError) as fault:
            raise click.ClickException(f"{fault}; what was made before stays, run it again") from fault
    if not quiet:
        console.print(f"{made.made} made, {made.wanted - made.made} were current, in {folder}")
        _tell(console, [finding for finding in findings if finding.blocking])


def _sound(phrase: Phrase, folder: Path, identity: str) -> wav.Sound | None:
    """The rendered sound of a fixed phrase; none where it has blanks or was not rendered."""
    if phrase.blanks:
        return None
    path = render.sound_path(folder, render.sound_id(phrase.parts[0].utterance, identity))
    try:
        return wav.unpack(path.read_bytes())
    except OSError:
        return None


def _tell(console: Console, findings: list[recordings.Finding]) -> None:
    if not findings:
        return
    table = Table("recording", "problem")
    for finding in findings:
        table.add_row(finding.name, finding.problem)
    console.print(table)
