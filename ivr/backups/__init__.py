"""All that the line must not lose, in one file: the database of one moment, and what is kept in the storage.

The database goes first and the recordings after it, so that whatever a row of that moment names was there
to be copied, unless its time was over meanwhile. Rendered audio is left out: it is made anew.
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

from alembic.script import ScriptDirectory
from alembic.util import CommandError

from ivr.backups import archive, postgres, sqlite
from ivr.backups.archive import DATABASE, Contents
from ivr.errors import BackupError
from ivr.store import schema
from ivr.store.session import Store
from ivr.telephony.storage import Storage

_NAME = "postventa-{:%Y%m%dT%H%M%SZ}.tar"
_NAMED = re.compile(r"postventa-(\d{8}T\d{6}Z)\.tar")
_RECORDINGS = "recordings/"


def back_up(store: Store, storage: str, target: Path, now: datetime) -> tuple[Path, Contents]:
    """Write a backup to a file, or under a name of its own into a folder; where it is, and what is in it.

    ``storage``: the setting. A bucket's objects are not copied: its own versions keep them. The file appears
    under its name only when it is whole. The line may go on meanwhile.

    Raises:
        BackupError: what to do about it is in the message.
    """
    path = target / _NAME.format(now.astimezone(UTC)) if target.is_dir() else target
    kind = _kind(store)
    if schema.present(store) is None:
        raise BackupError("there is no database to back up: check IVR_DATABASE_URL")
    elsewhere = storage.startswith("s3://")
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
        dumped = Path(folder) / DATABASE
        revision, counts = kind.dump(store.url, dumped)
        contents = Contents(
            made_at=now.astimezone(UTC).isoformat(timespec="seconds"),
            database=store.url.get_backend_name(),
            revision=revision,
            counts=counts,
            recordings=storage if elsewhere else "here",
        )
        files = () if elsewhere else _files(Path(storage))
        archive.write(path, contents, dumped, files)
    return path, contents


def restore(store: Store, storage: Storage, path: Path, *, replace: bool = False) -> Contents:
    """Make database and storage what they were; what was in the file.

    The file is read through before anything is touched. ``replace``: also where the database is in use, whose
    rows are lost then; either all of it is replaced or nothing. Files in the storage that the backup has not
    stay there.

    Raises:
        DamagedBackup: the file is not what was once written.
        BackupError: the database is not empty, of another kind, or older code than the backup's runs here.
    """
    kind = _kind(store)
    with archive.opened(path) as backup:
        contents = backup.contents
        if contents.database != store.url.get_backend_name():
            raise BackupError(f"{path} is of a {contents.database} database, and this is another kind")
        _require_known(contents)
        rows = {} if schema.present(store) is None else kind.counted(store.url)
        if any(rows.values()) and not replace:
            raise BackupError(
                f"the database is not empty ({sum(rows.values())} rows): name another one in"
                " IVR_DATABASE_URL, or say --replace to lose what is in it"
            )
        with tempfile.TemporaryDirectory(prefix="postventa-restore-") as folder:
            kind.load(store.url, backup.extract(DATABASE, Path(folder)))
        found = kind.counted(store.url)
        if found != contents.counts:
            raise BackupError(f"rows are missing after all: {_differing(found, contents.counts)}")
        for name in backup.names(_RECORDINGS):
            storage.put(name.removeprefix(_RECORDINGS), backup.read(name))
    return contents


def prune(folder: Path, days: int, now: datetime) -> list[Path]:
    """Delete the backups in ``folder`` that are older than so many days, by their names; which those were."""
    old = []
    for path in sorted(folder.iterdir()):
        made = _NAMED.fullmatch(path.name)
        if made and now - datetime.strptime(f"{made[1]}+0000", "%Y%m%dT%H%M%SZ%z") > timedelta(days=days):
            path.unlink()
            old.append(path)
    return old


def _kind(store: Store) -> ModuleType:
    return sqlite if store.url.get_backend_name() == "sqlite" else postgres


def _require_known(contents: Contents) -> None:
    try:
        ScriptDirectory(str(schema.MIGRATIONS)).get_revision(contents.revision)
    except CommandError:
        raise BackupError(
            f"the backup is at revision {contents.revision}, which this version does not know: restore"
            " it with the version that made it, or a later one"
        ) from None


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """What is kept, by its name in the archive; what is being written at this moment has no such name yet."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix:
            with suppress(FileNotFoundError):  # its time was over just now
                yield _RECORDINGS + path.relative_to(folder).as_posix(), path.read_bytes()


def _differing(found: dict[str, int], wanted: dict[str, int]) -> str:
    names = sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))
    return ", ".join(f"{name} has {found.get(name, 0)} of {wanted.get(name, 0)}" for name in names)
