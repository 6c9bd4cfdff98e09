"""``ivr backup`` and ``ivr restore``: all that the line must not lose, into one file and back."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import structlog
from rich.console import Console

from ivr import backups, fault_reports, logs
from ivr.backups import archive
from ivr.backups.archive import Contents
from ivr.clock import WallClock
from ivr.errors import BackupError
from ivr.settings import Settings
from ivr.store.session import Store
from ivr.telephony.storage import open_storage

log = structlog.get_logger(__name__)

_HOUR = click.DateTime(["%H:%M"])


def backup_command(load_settings: Callable[[], Settings], console: Console) -> click.Command:
    """``ivr backup``. ``load_settings`` is asked only once it runs."""

    @click.command("backup")
    @click.argument("target", type=click.Path(path_type=Path))
    @click.option("--keep-days", type=click.IntRange(1), help="Then delete older backups in that folder.")
    @click.option("--nightly", type=_HOUR, metavar="HH:MM", help="Stay, and do so every night at this hour.")
    def backup(target: Path, keep_days: int | None, nightly: datetime | None) -> None:
        """Write database and recordings to TARGET: a file, or a folder that gets one more file."""
        settings = load_settings()
        if (keep_days or nightly) and not target.is_dir():
            raise BackupError(f"{target} is no folder")
        if nightly is None:
            console.print(_back_up(settings, target, keep_days), soft_wrap=True)
            return
        logs.configure(settings.log_format)
        fault_reports.start(settings)
        while True:
            time.sleep(_until(WallClock().now(), nightly, ZoneInfo(settings.timezone)).total_seconds())
            try:
                log.info("backed_up", made=_back_up(settings, target, keep_days))
            except Exception:  # the next night may go better, and this one is told to whoever watches
                log.exception("backup_failed")

    return backup


def restore_command(load_settings: Callable[[], Settings], console: Console) -> click.Command:
    """``ivr restore``."""

    @click.command("restore")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--replace", is_flag=True, help="Lose what the database holds now.")
    @click.option("--check", is_flag=True, help="Only read the file through; touch nothing.")
    def restore(file: Path, *, replace: bool, check: bool) -> None:
        """Make database and recordings what FILE holds. The line must stand still."""
        if check:
            with archive.opened(file) as found:
                console.print(f"{file} is whole: {_told(found.contents)}", soft_wrap=True)
            return
        settings = load_settings()
        store = Store(settings.database_url)
        storage = open_storage(settings.storage, settings.storage_endpoint)
        contents = backups.restore(store, storage, file, replace=replace)
        store.close()
        console.print(f"restored: {_told(contents)}. Now run `ivr db upgrade`.", soft_wrap=True)
        if contents.recordings != "here":
            console.print(f"the recordings are not in it: {contents.recordings} keeps them", soft_wrap=True)

    return restore


def _back_up(settings: Settings, target: Path, keep_days: int | None) -> str:
    """Make one; where it is, in a sentence."""
    now = WallClock().now()
    store = Store(settings.database_url)
    path, contents = backups.back_up(store, settings.storage, target, now)
    store.close()
    if keep_days is not None:
        backups.prune(target, keep_days, now)
    return f"{path}: {_told(contents)}"


def _told(contents: Contents) -> str:
    rows = sum(contents.counts.values())
    return f"{contents.database} of {contents.made_at}, revision {contents.revision}, {rows} rows"


def _until(now: datetime, hour: datetime, zone: ZoneInfo) -> timedelta:
    """How long it is until the clocks of that zone show that hour."""
    local = now.astimezone(zone)
    at = local.replace(hour=hour.hour, minute=hour.minute, second=0, microsecond=0)
    if at <= local:
        at += timedelta(days=1)
    return at.astimezone(now.tzinfo) - now
