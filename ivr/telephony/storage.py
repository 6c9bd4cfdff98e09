"""Where recordings and photographs are kept: a folder, or a bucket of any service that speaks S3.

A bucket's credentials come from where its owner usually puts them (``AWS_ACCESS_KEY_ID`` and its kin, or the
machine's role); this application has no setting of its own for them.
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_KEY = re.compile(r"\w[\w.-]*(/\w[\w.-]*)*", re.ASCII)
_MISSING = {"404", "NoSuchKey", "NotFound"}

#: What a bucket is told that a file is, by the ending of its key: its owner may open it there.
_MEDIA_TYPES = {".wav": "audio/wav", ".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
_UNKNOWN = "application/octet-stream"


class Storage(Protocol):
    """Keeps files by key: words of letters, digits, ``_``, ``.`` and ``-``, joined by slashes.

    Every method raises OSError where the storage cannot be reached, and ValueError for a key of another form.
    """

    def put(self, key: str, content: bytes) -> None:
        """Keep ``content``, whole or not at all, instead of what was kept under that key."""

    def get(self, key: str) -> bytes:
        """What is kept under that key. Raises FileNotFoundError if nothing is."""

    def delete(self, key: str) -> None:
        """Keep nothing under that key any more; nothing before is no error."""

    def usable(self) -> bool:
        """Whether something could be kept now. Raises nothing."""


def open_storage(address: str, endpoint: str | None = None) -> Storage:
    """The storage at ``address``: a folder, made if need be, or ``s3://bucket/prefix``.

    ``endpoint``: the address of a service that speaks S3, if it is not Amazon's.
    """
    if not address.startswith("s3://"):
        return FolderStorage(Path(address))
    parts = urlsplit(address)
    return BucketStorage(_s3(endpoint), parts.netloc, parts.path.strip("/"))


class FolderStorage:
    """Files under one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, content: bytes) -> None:
        target = self._path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
            unfinished = Path(file.name)
            try:
                file.write(content)
                file.flush()
                unfinished.replace(target)
            except BaseException:
                unfinished.unlink(missing_ok=True)  # each try on a full disk would leave it fuller
                raise

    def get(self, key: str) -> bytes:
        return self._path(key).read_bytes()

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def usable(self) -> bool:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._folder):
                return True
        except OSError:
            return False

    def _path(self, key: str) -> Path:
        return self._folder / _checked(key)


class BucketStorage:
    """Objects of one bucket, under a prefix."""

    def __init__(self, client: "S3Client", bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""

    def put(self, key: str, content: bytes) -> None:
        with _reached():
            self._client.put_object(
                Bucket=self._bucket,
                Key=self._object(key),
                Body=content,
                ContentType=_MEDIA_TYPES.get(PurePosixPath(key).suffix, _UNKNOWN),
            )

    def get(self, key: str) -> bytes:
        with _reached():
            return self._client.get_object(Bucket=self._bucket, Key=self._object(key))["Body"].read()

    def delete(self, key: str) -> None:
        with _reached():
            self._client.delete_object(Bucket=self._bucket, Key=self._object(key))

    def usable(self) -> bool:
        try:
            with _reached():
                self._client.head_bucket(Bucket=self._bucket)
        except OSError:
            return False
        return True

    def _object(self, key: str) -> str:
        return self._prefix + _checked(key)


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no storage key")
    return key


def _s3(endpoint: str | None) -> "S3Client":
    import boto3  # noqa: PLC0415 -- slow to load, and most installations keep a folder
    from botocore.config import Config  # noqa: PLC0415

    config = Config(
        connect_timeout=2,
        read_timeout=5,
        retries={"total_max_attempts": 2},
        # What compatible services know: the bucket in the path, and no checksum in a trailer.
        s3={"addressing_style": "path" if endpoint else "auto"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    client: S3Client = boto3.client("s3", endpoint_url=endpoint, config=config)
    return client


@contextmanager
def _reached() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError  # noqa: PLC0415

    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in _MISSING:
            raise FileNotFoundError("there is no such object") from None
        raise OSError(f"the bucket refuses: {error.response['Error']['Code']}") from error
    except (BotoCoreError, HTTPClientError) as error:
        raise OSError("the bucket cannot be reached") from error
