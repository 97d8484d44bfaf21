"""
The blobs: files and results under the sha256 of their bytes, in a folder or an S3 bucket.

``put`` returns only once the bytes would survive a power cut. A crash leaves at most a blob that
no row names, which :mod:`api.operation.retention` sweeps.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from api.kit.private_files import make_private
from api.kit.settings import Settings

if TYPE_CHECKING:
    from obstore.store import S3Store

AFTER_EVERY_NAME = "~"
CHUNK_BYTES = 1 << 20
NAME = re.compile(r"[0-9a-f]{64}")
# Of an object store: an upload that waits longer is refused, and its student tries again.
REQUEST_SECONDS = 20
RETRY_SECONDS = 10


class StorageError(Exception):
    """The blob store cannot be written or read now: full, down or not ours; the message says."""


class BlobMissingError(StorageError):
    """A blob that a row names is not in the store."""


@dataclass(frozen=True, kw_only=True)
class Blob:
    """What a blob is called, how long it is, and since when it is there."""

    sha256: str
    size_bytes: int
    stored_at: datetime


class Blobs(Protocol):
    """Where bytes are kept under their sha256."""

    def put(self, source: IO[bytes]) -> Blob:
        """Store what is left of *source*, durably; raise StorageError and leave nothing half."""

    def read(self, sha256: str) -> bytes:
        """Return a blob's bytes; raise BlobMissingError or StorageError."""

    def delete_older(self, sha256: str, before: datetime) -> bool:
        """Delete a blob unless it was stored again since *before*; return whether it went."""

    def all(self) -> Iterator[Blob]:
        """Yield every blob; raise StorageError."""

    def discard_unfinished(self, before: datetime) -> int:
        """Delete what writers that died before *before* left half; return how much it was."""

    def check(self) -> None:
        """Raise StorageError unless blobs can be written now."""


def open_blobs(settings: Settings) -> Blobs:
    """Return the blob store that the settings name."""
    if settings.s3_url:
        return S3Blobs.open(settings)
    return LocalBlobs(settings.store / "blobs")


class LocalBlobs:
    """Blobs in a folder, ``ab/abcdef...``: written aside, synced, renamed, the folder synced."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._incoming = root / "incoming"
        if not self._incoming.is_dir():
            self._make_folders()

    def put(self, source: IO[bytes]) -> Blob:
        """Store what is left of *source*; see :class:`Blobs`."""
        try:
            return self._put(source)
        except OSError as error:
            msg = f"the file cannot be stored: {error.strerror}"
            raise StorageError(msg) from error

    def _make_folders(self) -> None:
        """Make all folders that blobs will be in, once and durably; "incoming" comes last."""
        make_private(self.root)
        for number in range(256):
            (self.root / f"{number:02x}").mkdir(exist_ok=True)
        sync_folder(self.root)
        self._incoming.mkdir(exist_ok=True)
        sync_folder(self.root)
        sync_folder(self.root.parent)

    def _put(self, source: IO[bytes]) -> Blob:
        digest, size = hashlib.sha256(), 0
        descriptor, name = tempfile.mkstemp(dir=self._incoming)
        aside = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                while chunk := source.read(CHUNK_BYTES):
                    digest.update(chunk)
                    size += file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            target = self._path(digest.hexdigest())
            aside.replace(target)
            sync_folder(target.parent)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        return Blob(sha256=digest.hexdigest(), size_bytes=size, stored_at=datetime.now(UTC))

    def read(self, sha256: str) -> bytes:
        """Return a blob's bytes; see :class:`Blobs`."""
        try:
            return self._path(sha256).read_bytes()
        except FileNotFoundError:
            msg = f"blob {sha256} is missing from {self.root}"
            raise BlobMissingError(msg) from None
        except OSError as error:
            msg = f"blob {sha256} cannot be read: {error.strerror}"
            raise StorageError(msg) from error

    def delete_older(self, sha256: str, before: datetime) -> bool:
        """Delete a blob that is old, even if the same bytes are being uploaded meanwhile."""
        path, aside = self._path(sha256), self._incoming / f"old-{sha256}"
        try:
            if path.stat().st_mtime >= before.timestamp():
                return False
            path.rename(aside)
            renewed = aside.stat().st_mtime >= before.timestamp()
            if renewed:
                aside.rename(path)
            else:
                aside.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            msg = f"blob {sha256} cannot be deleted: {error.strerror}"
            raise StorageError(msg) from error
        return not renewed

    def all(self) -> Iterator[Blob]:
        """Yield every blob; raise StorageError."""
        for path in self.root.glob("[0-9a-f][0-9a-f]/*"):
            with suppress(FileNotFoundError):  # deleted meanwhile
                status = path.stat()
                yield Blob(
                    sha256=path.name,
                    size_bytes=status.st_size,
                    stored_at=datetime.fromtimestamp(status.st_mtime, UTC),
                )

    def discard_unfinished(self, before: datetime) -> int:
        """Delete old files that never became blobs."""
        count = 0
        for path in self._incoming.iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    count += 1
        return count

    def check(self) -> None:
        """Raise StorageError unless a file can be written beside the blobs."""
        try:
            with tempfile.TemporaryFile(dir=self._incoming) as file:
                file.write(b"writable")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            msg = f"{self.root} cannot be written: {error.strerror}"
            raise StorageError(msg) from error

    def _path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256


class S3Blobs:
    """Blobs in a bucket of an S3-compatible store, which answers once an object is durable."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    @classmethod
    def open(cls, settings: Settings) -> S3Blobs:
        """Return the bucket and prefix of ``settings.s3_url``."""
        from obstore.store import S3Store

        bucket, _, prefix = settings.s3_url.removeprefix("s3://").partition("/")
        options: dict[str, object] = {"region": settings.s3_region}
        if settings.s3_endpoint:
            options["endpoint"] = settings.s3_endpoint
            options["virtual_hosted_style_request"] = False
        if settings.s3_access_key_id:
            options["access_key_id"] = settings.s3_access_key_id
            options["secret_access_key"] = settings.s3_secret_access_key.get_secret_value()
        store = S3Store(
            bucket,
            prefix=prefix or None,
            client_options={
                "allow_http": settings.s3_endpoint.startswith("http://"),
                "connect_timeout": "3s",
                "timeout": f"{REQUEST_SECONDS}s",
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=RETRY_SECONDS)},
            **options,  # type: ignore[arg-type]
        )
        return cls(store)

    def put(self, source: IO[bytes]) -> Blob:
        """Store what is left of *source*; see :class:`Blobs`."""
        import obstore

        # A second pass is cheaper than a copy in memory: the name must be known before the upload.
        start, digest, size = source.tell(), hashlib.sha256(), 0
        while chunk := source.read(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
        source.seek(start)
        with _store_errors("written"):
            obstore.put(self._store, digest.hexdigest(), source)
        return Blob(sha256=digest.hexdigest(), size_bytes=size, stored_at=datetime.now(UTC))

    def read(self, sha256: str) -> bytes:
        """Return a blob's bytes; see :class:`Blobs`."""
        import obstore

        with _store_errors("read"):
            try:
                return bytes(obstore.get(self._store, sha256).bytes())
            except FileNotFoundError:
                msg = f"blob {sha256} is missing from the object store"
                raise BlobMissingError(msg) from None

    def delete_older(self, sha256: str, before: datetime) -> bool:
        """Delete a blob that is old."""
        import obstore

        with _store_errors("written"):
            try:
                if obstore.head(self._store, sha256)["last_modified"] >= before:
                    return False
            except FileNotFoundError:
                return False
            obstore.delete(self._store, sha256)
        return True

    def all(self) -> Iterator[Blob]:
        """Yield every blob; raise StorageError."""
        import obstore

        with _store_errors("read"):
            entries = [entry for page in obstore.list(self._store) for entry in page]
        for entry in entries:
            if NAME.fullmatch(entry["path"]):
                yield Blob(
                    sha256=entry["path"],
                    size_bytes=entry["size"],
                    stored_at=entry["last_modified"],
                )

    def discard_unfinished(self, before: datetime) -> int:
        """Return 0: an object is there as a whole or not at all; see docs/operations.md."""
        return 0

    def check(self) -> None:
        """Raise StorageError unless the bucket is there and an object can be written."""
        import obstore

        with _store_errors("read"):  # some stores make a bucket of whatever name is written to
            next(iter(obstore.list(self._store, offset=AFTER_EVERY_NAME)), None)
        with _store_errors("written"):
            obstore.put(self._store, ".writable", b"writable")


@contextmanager
def _store_errors(done: str) -> Iterator[None]:
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError) as error:
        msg = f"the object store cannot be {done} ({type(error).__name__})"
        raise StorageError(msg) from error


def sync_folder(folder: Path) -> None:
    """Flush the folder's entries to the disk, so that they survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
