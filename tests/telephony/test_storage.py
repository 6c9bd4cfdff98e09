"""Recordings' own storage: a folder, and a bucket of something that speaks S3."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug import Request, Response

from ivr.aftersales import photos
from ivr.telephony.storage import FolderStorage, Storage, open_storage
from tests.full_disk import no_room_beyond
from tests.telephony.answering import answering

KEY = "2026/11/REc0ffee.wav"


class Bucket:
    """The part of S3 that the storage uses: one bucket, addressed by path, objects in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.types: dict[str, str | None] = {}
        self.url = ""

    def answer(self, request: Request) -> Response:
        bucket, _, key = request.path.lstrip("/").partition("/")
        if "AWS4-HMAC-SHA256" not in request.headers.get("Authorization", ""):
            return _refusal(403, "AccessDenied")
        if bucket != "voices":
            return _refusal(404, "NoSuchBucket")
        if request.method == "PUT":
            self.objects[key] = request.get_data()
            self.types[key] = request.content_type
        elif request.method == "GET":
            return Response(self.objects[key]) if key in self.objects else _refusal(404, "NoSuchKey")
        elif request.method == "DELETE":
            self.objects.pop(key, None)
            return Response(status=204)
        return Response()


def _refusal(status: int, code: str) -> Response:
    return Response(f"<Error><Code>{code}</Code></Error>", status, mimetype="application/xml")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "sa-east-1")
    served = Bucket()
    with answering(served.answer) as served.url:
        yield served


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return open_storage(str(tmp_path / "recordings"))
    return open_storage("s3://voices/2026", request.getfixturevalue("bucket").url)


def test_what_is_put_is_got_until_it_is_deleted(storage: Storage) -> None:
    storage.put(KEY, b"first")
    storage.put(KEY, b"second")
    assert storage.get(KEY) == b"second"
    storage.delete(KEY)
    with pytest.raises(FileNotFoundError):
        storage.get(KEY)


def test_deleting_what_is_not_there_is_no_error(storage: Storage) -> None:
    storage.delete(KEY)
    storage.delete(KEY)
    with pytest.raises(FileNotFoundError):
        storage.get(KEY)


def test_a_storage_that_can_be_written_is_usable(storage: Storage) -> None:
    assert storage.usable()


@pytest.mark.parametrize("key", ["../etc/passwd", "/etc/passwd", "a//b", "", ".hidden", "a/../b", "a\nb"])
def test_a_key_cannot_lead_out_of_the_storage(storage: Storage, key: str) -> None:
    with pytest.raises(ValueError, match="is no storage key"):
        storage.put(key, b"")


def test_a_folder_keeps_nothing_of_what_could_not_be_finished(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    storage.put(KEY, b"whole")
    with no_room_beyond(100_000), pytest.raises(OSError, match="too large"):
        storage.put(KEY, bytes(200_000))
    assert [path.name for path in (tmp_path / "2026/11").iterdir()] == ["REc0ffee.wav"]
    assert storage.get(KEY) == b"whole"


def test_a_folder_that_cannot_be_made_is_not_usable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert not open_storage(str(tmp_path / "file")).usable()


def test_a_bucket_keeps_files_under_its_prefix(bucket: Bucket) -> None:
    open_storage("s3://voices/line/a/", bucket.url).put(KEY, b"RIFF")
    assert bucket.objects == {f"line/a/{KEY}": b"RIFF"}


@pytest.mark.parametrize(
    ("ending", "media_type"),
    [*((ending, found) for found, ending in photos._ENDINGS.items()), ("wav", "audio/wav")],
)
def test_a_bucket_knows_recordings_from_photographs(bucket: Bucket, ending: str, media_type: str) -> None:
    open_storage("s3://voices", bucket.url).put(f"2026/11/c0ffee.{ending}", b"RIFF")
    assert list(bucket.types.values()) == [media_type]


def test_a_bucket_without_prefix_keeps_keys_as_they_are(bucket: Bucket) -> None:
    open_storage("s3://voices", bucket.url).put(KEY, b"RIFF")
    assert bucket.objects == {KEY: b"RIFF"}


def test_a_bucket_that_refuses_is_not_usable(bucket: Bucket) -> None:
    storage = open_storage("s3://other", bucket.url)
    assert not storage.usable()
    with pytest.raises(OSError, match="NoSuchBucket"):
        storage.put(KEY, b"")


def test_a_bucket_that_cannot_be_reached_is_not_usable(bucket: Bucket) -> None:
    with answering(bucket.answer) as stopped:
        storage = open_storage("s3://voices", stopped)
        assert storage.usable()
    assert not storage.usable()
    with pytest.raises(OSError, match="cannot be reached"):
        storage.get(KEY)
