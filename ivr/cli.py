"""The ``ivr`` command."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from ivr import logs, made_up
from ivr.errors import PostventaError
from ivr.settings import Settings, demonstration_environment
from ivr.store import schema
from ivr.store.session import Store

if TYPE_CHECKING:
    from flask import Flask

    from ivr.clock import Clock

console = Console()
complain = Console(stderr=True)
#: Pages of the web phone that may be open without taking a thread from the webhooks: each keeps one waiting.
PHONE_PAGES = 16


class Commands(click.Group):
    """Faults that a person can mend are told in a sentence, without a trace.

    The commands of `ELSEWHERE` are loaded only for those who ask for them: their libraries take their time.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *ELSEWHERE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        load = ELSEWHERE.get(cmd_name)
        return load() if load is not None else super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except PostventaError as fault:
            complain.print(f"[bold red]error[/]: {fault}", highlight=False)
            sys.exit(1)


def load_settings() -> Settings:
    """What the environment and ``.env`` say."""
    return Settings.load()


def _audio() -> click.Command:
    from ivr.cli_audio import commands  # noqa: PLC0415

    return commands(load_settings, console, complain)


def _agent() -> click.Command:
    from ivr.cli_agent import commands  # noqa: PLC0415

    return commands(load_settings, console)


def _tour() -> click.Command:
    from ivr.cli_tour import command  # noqa: PLC0415

    return command(console)


def _flows() -> click.Command:
    from ivr.cli_flows import command  # noqa: PLC0415

    return command(console)


def _carrier() -> click.Command:
    from ivr.cli_carrier import commands  # noqa: PLC0415

    return commands(load_settings, console)


def _token() -> click.Command:
    from ivr.cli_token import commands  # noqa: PLC0415

    return commands(load_settings, console)


def _backup() -> click.Command:
    from ivr.cli_backup import backup_command  # noqa: PLC0415

    return backup_command(load_settings, console)


def _run_full() -> click.Command:
    from ivr.cli_full import full_command  # noqa: PLC0415

    return full_command(console)


def _simulator() -> click.Command:
    from ivr.cli_full import simulator_command  # noqa: PLC0415

    return simulator_command(load_settings)


def _restore() -> click.Command:
    from ivr.cli_backup import restore_command  # noqa: PLC0415

    return restore_command(load_settings, console)


#: Commands that have a file of their own.
ELSEWHERE: dict[str, Callable[[], click.Command]] = {
    "agent": _agent,
    "audio": _audio,
    "backup": _backup,
    "carrier": _carrier,
    "flows": _flows,
    "restore": _restore,
    "run-full": _run_full,
    "simulator": _simulator,
    "token": _token,
    "tour": _tour,
}


@click.group(cls=Commands)
def main() -> None:
    """Postventa: the telephone line that owners dial."""


@main.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Create or migrate the database."""
    store = Store(load_settings().database_url)
    console.print(f"the database is at revision {schema.upgrade(store)}")


@main.command()
def serve() -> None:
    """Serve webhooks, pages and the API."""
    settings = load_settings()
    logs.configure(settings.log_format)
    schema.require_current(Store(settings.database_url))
    _serve(settings)


def _serve(settings: Settings, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until told to stop; ``ready`` is called when a web process begins to answer."""
    from ivr.server import Server  # noqa: PLC0415 -- here and below: rooms are loaded only where they are needed

    waiting = PHONE_PAGES if settings.demo else 0
    leaving = ExitStack()  # of each web process: it is filled after the fork
    make = partial(_web_process, settings, leaving)
    Server(settings, make, ready, waiting=waiting, leave=leaving.close).run()


def _web_process(settings: Settings, leaving: ExitStack) -> "Flask":
    """The application of one web process; in the demonstration its carrier too, without a broker the jobs.

    ``leaving`` gets what must be ended when the process is told to stop.
    """
    from ivr import fault_reports  # noqa: PLC0415
    from ivr.app import create_app, mount_demo, open_line, simulated_carrier  # noqa: PLC0415
    from worker.app import Nudger  # noqa: PLC0415
    from worker.choices import keep_up  # noqa: PLC0415
    from worker.duties import context  # noqa: PLC0415
    from worker.thread import start_worker_thread  # noqa: PLC0415

    fault_reports.start(settings)
    line = open_line(settings, clock=_clock(settings))
    app = create_app(line)
    if settings.demo:
        simulated = simulated_carrier(line)
        simulated.start()
        leaving.callback(simulated.stop)
        mount_demo(app, line, simulated)
    keep_up(line.present, line.store)
    if settings.redis_url:
        line.store.on_due = Nudger(settings).nudge
    else:
        start_worker_thread(context(line))
    return app


def _clock(settings: Settings) -> "Clock | None":
    """The clock of the demonstration, which may be moved; none: the machine's."""
    from ivr.time_machine import KeptClock  # noqa: PLC0415

    return KeptClock() if settings.demo else None


@main.command()
def worker() -> None:
    """Run the Celery worker with its clock."""
    from ivr import fault_reports  # noqa: PLC0415
    from worker.app import main as work  # noqa: PLC0415

    settings = load_settings()
    logs.configure(settings.log_format)
    fault_reports.start(settings)
    schema.require_current(Store(settings.database_url))
    work(settings, _clock(settings))


@main.command()
def demo() -> None:
    """Start the line with demonstration data and the simulated carrier: what `make run` does."""
    from ivr import demo as demonstration  # noqa: PLC0415
    from ivr.clock import WallClock  # noqa: PLC0415

    settings = Settings.load(IVR_DEMO=True)
    logs.configure(settings.log_format)
    store = Store(settings.database_url)
    schema.upgrade(store)
    demonstration.fill(store, WallClock())
    demonstration.give_access(store, made_up.passwords())
    store.close()
    if settings.voice == "files":
        subprocess.Popen(
            [sys.executable, "-m", "ivr.cli", "audio", "render", "--quiet"], env=demonstration_environment()
        )
    _serve(settings, ready=lambda: _welcome(settings))


def _welcome(settings: Settings) -> None:
    from ivr import welcome  # noqa: PLC0415

    address = settings.public_url
    welcome.show(console, line=address, telephones=address, api_token=settings.api_token.get_secret_value())


@main.command("import")
@click.argument("kind", type=click.Choice(["projects", "homes", "agents"]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_csv(kind: str, file: Path) -> None:
    """Take in projects, homes or agents from a CSV file: all rows or none."""
    from ivr import imports  # noqa: PLC0415
    from ivr.clock import WallClock  # noqa: PLC0415

    settings = load_settings()
    store = Store(settings.database_url)
    schema.require_current(store)
    taken = imports.load(
        store, kind, file, WallClock(), own=settings.line_numbers, countries=settings.countries
    )
    console.print(f"{taken} {kind} taken in from {file}")


@main.command()
@click.option(
    "--from", "from_number", default=None, help="Whose telephone it is, in E.164; default a stranger's."
)
@click.option("--to", "to_number", default=None, help="Which of the line's numbers; default the 800 number.")
@click.option(
    "--keys", default=None, help='Keys, sent as they are asked for: "2 101# 1". "-" nothing, "!" hang up.'
)
@click.option("--answer", is_flag=True, help="Do not dial: wait for a call to this telephone, and answer it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object at the end, and nothing else.")
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the call as one WAV file: what was heard, the tones of the keys, what was said.",
)
def phone(
    *,
    from_number: str | None,
    to_number: str | None,
    keys: str | None,
    answer: bool,
    as_json: bool,
    record: Path | None,
) -> None:
    """A telephone in the terminal: dials the line of a running `make run`."""
    from ivr.simulator.terminal import run_phone  # noqa: PLC0415

    settings = Settings.load(IVR_DEMO=True)
    sys.exit(
        run_phone(
            settings.carrier_url,
            from_number,
            to_number or settings.line_numbers[0],
            keys,
            as_json,
            console,
            answer=answer,
            record=record,
        )
    )


@main.command()
@click.option("--check", is_flag=True, help="Write nothing; fail if one is no longer what the line says.")
def transcripts(check: bool) -> None:
    """Write down calls as the running code holds them."""
    from ivr import transcripts as writer  # noqa: PLC0415

    logs.configure("json")
    found = writer.stale() if check else writer.write()
    for path in found:
        console.print(f"{'not current' if check else 'written'}: {path.name}")
    sys.exit(1 if check and found else 0)


@main.command()
def fallback() -> None:
    """Print the static fallback document, to be hosted elsewhere."""
    from ivr.telephony.twiml import last_resort  # noqa: PLC0415

    settings = load_settings()
    document = last_resort(
        settings.carrier_voice, settings.backup_number, settings.agent_caller_id, outbound=False
    )
    click.echo(document)


@main.command()
def doctor() -> None:
    """Check settings, database, broker, audio, carrier and webhooks; say what to mend."""
    from ivr import doctor as examination  # noqa: PLC0415
    from ivr.app import open_line  # noqa: PLC0415

    settings = load_settings()
    line = open_line(settings)

    table = Table("", "part", "says", "what to do")
    well = True
    has_sound = line.library.has
    for finding in examination.examine(settings, line.store, line.carrier, line.storage, has_sound):
        well = well and finding.well
        mark = "[green]✓[/]" if finding.well else "[red]✗[/]"
        table.add_row(mark, finding.part, finding.says, finding.mend)
    console.print(table)
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
