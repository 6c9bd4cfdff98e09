"""``ivr audio``: rendering, the studio's script, and what is amiss with recordings."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from audio import listen, phrases, recordings, render
from audio.engines import ENGINES, installed, voice_of
from audio.music import render_music
from audio.voices import Voice, VoiceError
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
    @click.option("--also", multiple=True, help="A command that is a voice too (as IVR_VOICE_COMMAND).")
    @click.option("--only", type=click.Choice(listen.KINDS), multiple=True, help="Only phrases of this kind.")
    @click.option("--words", is_flag=True, help="Print what was understood, sentence by sentence.")
    def audio_listen(model: Path, also: tuple[str, ...], only: tuple[str, ...], words: bool) -> None:
        """Have a recogniser listen to every phrase in every voice, and count the words that it got wrong.

        MODEL is the folder of a Whisper model; needs `pip install faster-whisper`. Phrases with blanks are
        heard with an example in each.
        """
        settings = load_settings()
        try:
            recogniser = listen.Whisper(model)
        except ImportError:
            complain.print("faster-whisper is not installed: pip install faster-whisper")
            sys.exit(1)
        kinds = only or listen.KINDS
        table = Table("voice", *kinds, "all", "keys", title="words wrong")
        voices = [voice_of(engine) for engine in filter(installed, ENGINES)]
        voices += [voice_of(command=command) for command in (settings.voice_command, *also) if command]
        for voice in voices:
            heard = _listen(recogniser, voice, kinds, console if words else None)
            shares = [listen.share_wrong(heard[kind]) for kind in kinds]
            every = [each for of_kind in heard.values() for each in of_kind]
            shares += [listen.share_wrong(every), listen.share_of_keys_wrong(every)]
            table.add_row(voice.identity, *(f"{share:.1%}" for share in shares))
        console.print(table)

    return audio


def _render(settings: Settings, console: Console, complain: Console, *, quiet: bool) -> None:
    store = Store(settings.database_url)
    schema.require_current(store)
    folder = settings.audio_folder
    wanted = [*render.utterances(phrases.catalogue()), *names.utterances(store, settings.company)]
    columns = (TextColumn("rendering"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=complain, disable=quiet) as progress:
        bar = progress.add_task("rendering", total=len(wanted))
        try:
            findings = recordings.take_in(recordings.FOLDER, recordings.script(phrases.catalogue()), folder)
            render_music(folder)
            made = render.render(
                wanted,
                folder,
                voice_of(settings.voice_engine, settings.voice_command),
                progress=lambda done, of: progress.update(bar, completed=done, total=of),
            )
        except (VoiceError, OSError) as fault:
            raise click.ClickException(f"{fault}; what was made before stays, run it again") from fault
    if not quiet:
        console.print(f"{made.made} made, {made.wanted - made.made} were current, in {folder}")
        _tell(console, [finding for finding in findings if finding.blocking])


def _listen(
    recogniser: listen.Recogniser, voice: Voice, kinds: Sequence[str], words: Console | None
) -> dict[str, list[listen.Heard]]:
    """What was understood of the catalogue in that voice, by kind; printed on ``words`` as it comes."""
    chosen = [phrase for phrase in phrases.catalogue() if listen.kind_of(phrase) in kinds]
    heard: dict[str, list[listen.Heard]] = {kind: [] for kind in kinds}
    for phrase, sound in listen.sounds(voice, chosen):
        each = listen.listen(recogniser, sound)
        heard[listen.kind_of(phrase)].append(each)
        if words:
            counted = f"{each.wrong}/{each.words}  {sound.seconds:.1f} s  {phrase.key}"
            words.print(f"{counted}\n  {each.said}\n  {each.understood}", markup=False, highlight=False)
    return heard


def _tell(console: Console, findings: list[recordings.Finding]) -> None:
    if not findings:
        return
    table = Table("recording", "problem")
    for finding in findings:
        table.add_row(finding.name, finding.problem)
    console.print(table)
