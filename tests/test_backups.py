"""A backup is the database of one moment and comes back as it was; or it is refused, and nothing changes."""

import itertools
import json
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import MetaData, func, select, text

from ivr import backups, cli, cli_backup, demo
from ivr.aftersales.life import Category
from ivr.backups import archive
from ivr.clock import MovableClock
from ivr.errors import BackupError, DamagedBackup
from ivr.store import schema
from ivr.store.session import Store
from ivr.store.tables import Base, CallRow, Case, CaseEvent, Requirement, TurnRow
from ivr.telephony.storage import FolderStorage
from tests.conftest import SANTIAGO
from tests.line import settings
from tests.making import at
from tests.servers import Postgres

NIGHT = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
SOUNDS = {"2026/11/RE1.wav": b"RIFF one", "photo.jpg": b"\xff\xd8 two"}


@contextmanager
def databases(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[tuple[Store, Store]]:
    """One database with all tables, and one that nobody has made yet."""
    if kind == "sqlite":
        with opened(request.getfixturevalue("sqlite_url"), f"sqlite:///{folder / 'second'}.db") as stores:
            yield stores
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database() as first, server.database(empty=True) as second, opened(first, second) as stores:
        yield stores


@contextmanager
def opened(first: str, second: str) -> Iterator[tuple[Store, Store]]:
    stores = Store(first), Store(second)
    mark_as_migrated(stores[0])
    yield stores
    for store in stores:
        store.close()


def mark_as_migrated(store: Store) -> None:
    """The tables stand already, as the migrations would have made them: this is what they leave besides."""
    with store.engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:it)"), {"it": schema.needed()})


@pytest.fixture(params=["sqlite", "postgresql"])
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    with databases(request.param, request, tmp_path) as stores:
        yield stores


@pytest.fixture
def two_files(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """For what no database can change."""
    with databases("sqlite", request, tmp_path) as stores:
        yield stores


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A storage with two files, and one that is being written."""
    folder = tmp_path / "recordings"
    storage = FolderStorage(folder)
    for key, content in SOUNDS.items():
        storage.put(key, content)
    (folder / "tmpk3j4h5").write_bytes(b"half of")
    return folder


def rows(store: Store) -> dict[str, list[Any]]:
    """Every row of every table."""
    found = MetaData()
    found.reflect(store.engine)
    with store.engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)))) for table in found.sorted_tables
        }


def call_and_case(store: Store, number: int) -> None:
    """What belongs together: a call with two turns, and a case with its requirement and its first event."""
    with store.transaction() as session:
        call = CallRow(
            sid=f"CA{number}", direction="inbound", purpose="inbound", from_number="+56961234567",
            to_number="+56800422727", channel="phone", status="in-progress", started_at=NIGHT,
        )  # fmt: skip
        case = Case(number=str(number), status="open", priority="standard", channel="phone", created_at=NIGHT)
        case.requirements = [Requirement(category=Category.DAMP, status="reported")]
        session.add_all([call, case])
        session.flush()
        session.add(CaseEvent(case_id=case.id, at=NIGHT, kind="opened", by="owner", detail={}))
        for turn in range(2):
            blank: dict[str, Any] = {"question": {}, "heard": [], "stack": [], "trail": [], "notes": {}}
            session.add(
                TurnRow(call_id=call.id, turn=turn, at=NIGHT, step="a.b", reply="<Response/>", **blank)
            )


@contextmanager
def load(store: Store) -> Iterator[None]:
    """Two threads write meanwhile, and have begun when this begins."""
    over, numbers, begun = threading.Event(), itertools.count(1_000_000), threading.Barrier(3)

    def write() -> None:
        call_and_case(store, next(numbers))
        begun.wait()
        while not over.is_set():
            call_and_case(store, next(numbers))

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    begun.wait()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def count(store: Store, table: Any) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_what_is_restored_is_row_by_row_what_was_there(
    two: tuple[Store, Store], kept: Path, tmp_path: Path, clock: MovableClock
) -> None:
    first, second = two
    demo.fill(first, clock)
    call_and_case(first, 1)
    path, contents = backups.back_up(first, str(kept), tmp_path, NIGHT)
    assert path == tmp_path / "postventa-20261124T063000Z.tar"
    assert path.stat().st_mode & 0o777 == 0o600

    restored = backups.restore(second, FolderStorage(tmp_path / "elsewhere"), path)

    assert restored == contents
    assert rows(second) == rows(first)
    assert schema.differences(second) == []
    assert contents.counts == {
        name: len(each) for name, each in rows(first).items() if name in contents.counts
    }
    found = {p.relative_to(tmp_path / "elsewhere").as_posix(): p.read_bytes()
             for p in (tmp_path / "elsewhere").rglob("*") if p.is_file()}  # fmt: skip
    assert found == SOUNDS
    call_and_case(second, 2)  # keys go on counting after the restored rows


def test_a_backup_under_load_is_of_one_moment(two: tuple[Store, Store], tmp_path: Path) -> None:
    """What one transaction wrote is there as a whole, and every table is as the same snapshot counted it."""
    first, second = two
    with load(first):
        before = count(first, Case)
        path, contents = backups.back_up(first, str(tmp_path / "none"), tmp_path / "one.tar", NIGHT)
        after = count(first, Case)
    assert before <= contents.counts["cases"] <= after < count(first, Case) + 1

    backups.restore(second, FolderStorage(tmp_path / "elsewhere"), path)

    found = {name: len(each) for name, each in rows(second).items() if name != "alembic_version"}
    assert found == contents.counts
    cases = count(second, Case)
    assert cases > 0
    assert [count(second, each) for each in (CaseEvent, Requirement, CallRow)] == [cases] * 3
    assert count(second, TurnRow) == 2 * cases
    if second.url.get_backend_name() == "sqlite":
        with second.engine.connect() as connection:
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []


def test_a_database_in_use_is_replaced_only_if_that_is_asked_for(
    two: tuple[Store, Store], tmp_path: Path
) -> None:
    first, second = two
    call_and_case(first, 1)
    path, _ = backups.back_up(first, str(tmp_path / "none"), tmp_path, NIGHT)
    Base.metadata.create_all(second.engine)
    mark_as_migrated(second)
    call_and_case(second, 2)
    held = rows(second)
    storage = FolderStorage(tmp_path / "elsewhere")

    with pytest.raises(BackupError, match=r"not empty .*--replace"):
        backups.restore(second, storage, path)
    assert rows(second) == held

    backups.restore(second, storage, path, replace=True)
    assert rows(second) == rows(first)


def test_a_database_of_another_kind_is_refused(
    two_files: tuple[Store, Store], postgresql_url: str, tmp_path: Path
) -> None:
    path, _ = backups.back_up(two_files[0], str(tmp_path / "none"), tmp_path, NIGHT)
    other = Store(postgresql_url)
    with pytest.raises(BackupError, match="is of a sqlite database"):
        backups.restore(other, FolderStorage(tmp_path / "elsewhere"), path)
    other.close()


def test_there_must_be_something_to_back_up(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'nowhere.db'}")
    with pytest.raises(BackupError, match="no database to back up"):
        backups.back_up(store, "none", tmp_path, NIGHT)
    store.close()


@pytest.fixture
def backup(two_files: tuple[Store, Store], kept: Path, tmp_path: Path) -> Path:
    call_and_case(two_files[0], 1)
    return backups.back_up(two_files[0], str(kept), tmp_path, NIGHT)[0]


def refused(two_files: tuple[Store, Store], path: Path, words: str) -> None:
    """The file is refused in these words, and the database is not even made."""
    second = two_files[1]
    with pytest.raises(DamagedBackup, match=words):
        backups.restore(second, FolderStorage(path.parent / "elsewhere"), path)
    assert schema.present(second) is None
    assert not (path.parent / "elsewhere").exists()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_file_that_was_cut_short_is_told(
    two_files: tuple[Store, Store], backup: Path, share: float
) -> None:
    whole = backup.read_bytes()
    backup.write_bytes(whole[: int(len(whole) * share)])
    refused(two_files, backup, "ends early")


def test_one_byte_that_changed_is_told_with_where(two_files: tuple[Store, Store], backup: Path) -> None:
    content = bytearray(backup.read_bytes())
    content[content.index(b"RIFF one")] ^= 1
    backup.write_bytes(content)
    refused(two_files, backup, r"recordings/2026/11/RE1\.wav is not what was written")


def test_a_file_that_is_no_backup_is_told(two_files: tuple[Store, Store], tmp_path: Path) -> None:
    path = tmp_path / "letter.tar"
    path.write_text("Dear all")
    refused(two_files, path, "is no backup: it is not a tar file")


def test_a_member_that_is_missing_is_told(two_files: tuple[Store, Store], backup: Path) -> None:
    less = backup.with_name("less.tar")
    with tarfile.open(backup) as old, tarfile.open(less, "w") as new:
        for member in old.getmembers():
            if member.name != archive.DATABASE:
                new.addfile(member, old.extractfile(member))
    refused(two_files, less, "database is missing")


def test_a_backup_of_a_later_version_is_told(two_files: tuple[Store, Store], backup: Path) -> None:
    later = backup.with_name("later.tar")
    with tarfile.open(backup) as old, tarfile.open(later, "w") as new:
        for member in old.getmembers():
            content = old.extractfile(member)
            assert content is not None
            if member.name == "manifest.json":
                manifest = json.loads(content.read()) | {"revision": "9999"}
                (backup.parent / "manifest.json").write_text(json.dumps(manifest))
                new.add(backup.parent / "manifest.json", "manifest.json")
            else:
                new.addfile(member, content)
    with pytest.raises(BackupError, match="revision 9999, which this version does not know"):
        backups.restore(two_files[1], FolderStorage(backup.parent / "elsewhere"), later)


def test_old_backups_go_by_their_names_and_nothing_else_does(tmp_path: Path) -> None:
    names = [
        "postventa-20261109T063000Z.tar",
        "postventa-20261110T063000Z.tar",
        "postventa-20261124T063000Z.tar",
    ]
    for name in [*names, "postventa.tar", "notes.txt"]:
        (tmp_path / name).touch()
    gone = backups.prune(tmp_path, 14, NIGHT)
    assert [path.name for path in gone] == names[:1]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [*names[1:], "postventa.tar", "notes.txt"]
    )
    assert backups.prune(tmp_path, 14, NIGHT + timedelta(seconds=1)) == [tmp_path / names[1]]


def test_the_commands_back_up_check_and_restore(
    two_files: tuple[Store, Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two_files
    call_and_case(first, 1)

    def run(store: Store, *words: str) -> str:
        url = store.url.render_as_string()
        monkeypatch.setattr(cli, "load_settings", lambda: settings(url, tmp_path))
        result = CliRunner().invoke(cli.main, list(words))
        return f"{result.exit_code} {' '.join(result.output.split())}"

    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "postventa-20200101T000000Z.tar").touch()
    assert run(first, "backup", str(folder), "--keep-days", "7").startswith("0 ")
    (path,) = folder.glob("postventa-*.tar")
    assert "is whole: sqlite" in run(second, "restore", str(path), "--check")
    assert schema.present(second) is None
    assert "0 restored: sqlite" in run(second, "restore", str(path))
    assert rows(second) == rows(first)
    assert run(second, "restore", str(path)).startswith("1 error: the database is not empty")
    assert "is no folder" in run(first, "backup", str(path), "--keep-days", "7")


@pytest.mark.parametrize(
    ("wall", "hours"), [("2026-11-24 02:30", 1), ("2026-11-24 03:30", 24), ("2026-09-05 12:30", 14)]
)
def test_the_next_night_is_found_by_the_clocks_of_the_office(wall: str, hours: int) -> None:
    """In the night of 5 September 2026 Chile's clocks go forward by one hour."""
    half_past_three = datetime(1900, 1, 1, 3, 30)  # noqa: DTZ001 -- as click reads an hour
    assert cli_backup._until(at(wall), half_past_three, SANTIAGO) == timedelta(hours=hours)
