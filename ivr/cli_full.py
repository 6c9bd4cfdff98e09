"""``ivr run-full`` and ``ivr simulator``: the production shape on one machine, and its pretended carrier."""

import signal
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import click
from flask import Flask
from rich.console import Console

from ivr import logs, made_up, welcome
from ivr.full.town import Town
from ivr.server import Server
from ivr.settings import Settings

#: Requests of telephones that may wait at the same time: each page that is open keeps one.
_WAITING = 16


def full_command(console: Console) -> click.Command:
    """``ivr run-full``."""

    @click.command("run-full")
    @click.option("--port", type=click.IntRange(1, 65535), default=8000, envvar="PORT", show_default=True)
    @click.option(
        "--carrier-port", type=click.IntRange(1, 65535), help="Of the carrier; default the next one."
    )
    @click.option("--workers", type=click.IntRange(1), default=2, help="Web processes.", show_default=True)
    @click.option("--folder", type=click.Path(path_type=Path), default=Path("var/full"), show_default=True)
    @click.option("--voice", type=click.Choice(["files", "carrier"]), default="files", envvar="IVR_VOICE")
    def run_full(port: int, carrier_port: int | None, workers: int, folder: Path, voice: str) -> None:
        """PostgreSQL, Redis, web processes, worker and a simulated carrier: what `make run-full` does."""
        town = Town(
            folder.resolve(),
            port,
            carrier_port or port + 1,
            workers,
            voice,
            tell=lambda what: console.print(f"{what} is up"),
        )
        for word in (signal.SIGINT, signal.SIGTERM):  # a shell that started us in the background ignores one
            signal.signal(word, signal.default_int_handler)
        with suppress(KeyboardInterrupt):
            try:
                town.start()
                welcome.show(
                    console,
                    line=town.address,
                    telephones=town.carrier_address,
                    api_token=made_up.made_up()["IVR_API_TOKEN"],
                    environment=f"IVR_CARRIER_URL={town.carrier_address}/carrier ",
                )
                console.print(f"Logs and data are in {folder}.")
                town.watch()
            finally:
                console.print("stopping…")
                town.stop()

    return run_full


def simulator_command(load_settings: Callable[[], Settings]) -> click.Command:
    """``ivr simulator``. ``load_settings`` is asked only once it runs."""

    @click.command("simulator")
    @click.option("--port", type=click.IntRange(1, 65535), required=True)
    def simulator(port: int) -> None:
        """A pretended telephone company with telephones at /phone, for a line that runs elsewhere."""
        settings = load_settings()
        logs.configure(settings.log_format)
        leaving = ExitStack()  # filled after the fork

        def make() -> Flask:
            from ivr.app import create_carrier, open_line, simulated_carrier  # noqa: PLC0415

            line = open_line(settings)
            simulated = simulated_carrier(line)
            simulated.start()
            leaving.callback(simulated.stop)
            return create_carrier(line, simulated, f"http://127.0.0.1:{port}")

        own = settings.model_copy(update={"host": "127.0.0.1", "port": port, "workers": 1})
        Server(own, make, lambda: None, waiting=_WAITING, leave=leaving.close).run()

    return simulator
