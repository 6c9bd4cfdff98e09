"""The file of a backup: a tar that any program opens, whose last member says what must be in it.

    database          as `pg_dump` or SQLite wrote it
    recordings/…      what was kept in the storage
    manifest.json     when, of what, how many rows; and of each member its size and SHA-256

A file that was cut short has no manifest, and one that was changed does not match it.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from ivr.errors import BackupError, DamagedBackup

DATABASE = "database"
_MANIFEST = "manifest.json"
_FORMAT = 1
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Contents:
    """What a backup holds, as its manifest says."""

    #: ISO 8601, UTC.
    made_at: str
    #: ``postgresql`` or ``sqlite``.
    database: str
    #: The migration that the database was at.
    revision: str
    #: Rows of each table.
    counts: dict[str, int]
    #: ``here``, or the address of the bucket that keeps them.
    recordings: str


def write(path: Path, contents: Contents, database: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write the file; nobody but its owner may read it, and it has its name only when it is whole."""
    unfinished = path.with_name(f".{path.name}.part")
    sums: dict[str, Any] = {}
    try:
        with (
            os.fdopen(os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as raw,
            tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar,
        ):
            with database.open("rb") as dumped:
                sums[DATABASE] = _add(tar, DATABASE, dumped, database.stat().st_size)
            for name, content in files:
                sums[name] = _add(tar, name, io.BytesIO(content), len(content))
            manifest = json.dumps({"format": _FORMAT, **asdict(contents), "members": sums}, indent=1).encode()
            _add(tar, _MANIFEST, io.BytesIO(manifest), len(manifest))
            tar.close()
            raw.flush()
            os.fsync(raw.fileno())
        unfinished.replace(path)
    except OSError as fault:
        raise BackupError(f"{path} cannot be written: {fault.strerror}") from None
    finally:
        unfinished.unlink(missing_ok=True)


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> dict[str, Any]:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    counted = _Hashing(content)
    tar.addfile(member, counted)
    return {"size": size, "sha256": counted.sum.hexdigest()}


class _Hashing(io.RawIOBase):
    """Reads through to a file, and sums up what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        self.sum.update(content)
        return content


class Backup:
    """A backup whose every byte was found to be what was written."""

    def __init__(self, tar: tarfile.TarFile, contents: Contents) -> None:
        self._tar = tar
        self.contents = contents

    def names(self, prefix: str) -> list[str]:
        """The members whose names begin so."""
        return [name for name in self._tar.getnames() if name.startswith(prefix)]

    def read(self, name: str) -> bytes:
        """A member, whole."""
        file = self._tar.extractfile(name)
        assert file is not None, name  # noqa: S101 -- `opened` has read it already
        return file.read()

    def extract(self, name: str, folder: Path) -> Path:
        """Put a member into ``folder``; where it is."""
        self._tar.extract(name, folder, filter="data")
        return folder / name


@contextmanager
def opened(path: Path) -> Iterator[Backup]:
    """A backup to read from, checked from its first to its last byte.

    Raises:
        DamagedBackup: the message says what is wrong with it.
    """
    try:
        tar = tarfile.open(path)  # noqa: SIM115 -- closed below
    except tarfile.TarError:
        raise DamagedBackup(f"{path} is no backup: it is not a tar file, or its beginning is lost") from None
    except OSError as fault:
        raise BackupError(f"{path} cannot be read: {fault.strerror}") from None
    with tar:
        yield Backup(tar, _checked(path, tar))


def _checked(path: Path, tar: tarfile.TarFile) -> Contents:
    found: dict[str, tarfile.TarInfo] = {}
    with suppress(tarfile.TarError, OSError):  # cut short: the manifest, which comes last, is not found then
        found = {member.name: member for member in tar.getmembers()}
    if _MANIFEST not in found:
        raise DamagedBackup(f"{path} has no manifest: it ends early, was changed, or is no backup of ours")
    try:
        manifest = json.loads(_bytes_of(tar, _MANIFEST))
        members = manifest.pop("members")
        if manifest.pop("format") != _FORMAT:
            raise BackupError(f"{path} was made by a later version: restore it with that one")
        contents = Contents(**manifest)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DamagedBackup(f"{path}: its manifest cannot be read") from None
    for name, wanted in members.items():
        if name not in found or found[name].size != wanted["size"]:
            raise DamagedBackup(f"{path}: {name} is missing or not whole")
        if _sum(tar, name) != wanted["sha256"]:
            raise DamagedBackup(f"{path}: {name} is not what was written (its SHA-256 differs)")
    if DATABASE not in members:
        raise DamagedBackup(f"{path} holds no database")
    return contents


def _bytes_of(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    return file.read() if file is not None else b""


def _sum(tar: tarfile.TarFile, name: str) -> str:
    total = hashlib.sha256()
    file = tar.extractfile(name)
    try:
        while file is not None and (chunk := file.read(_CHUNK)):
            total.update(chunk)
    except (tarfile.TarError, OSError):
        return ""
    return total.hexdigest()
