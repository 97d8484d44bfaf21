"""The blobs, in a folder and in a bucket: durable in this order, whole or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, cast

import pytest

from api.kit import storage
from api.kit.settings import Settings
from api.kit.storage import BlobMissingError, Blobs, LocalBlobs, StorageError, open_blobs
from tests.api.people import lose
from tests.api.servers import S3

CONTENT = b"print('quantized')\n"
NAME = hashlib.sha256(CONTENT).hexdigest()
NO_SUCH = "0" * 64


@pytest.fixture
def blobs(blob_settings: dict[str, Any]) -> Blobs:
    return open_blobs(Settings(**blob_settings))


@pytest.fixture
def folder(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


def files_of(folder: LocalBlobs) -> list[Path]:
    return [path for path in folder.root.rglob("*") if path.is_file()]


def test_what_was_put_is_read_under_its_sha256(blobs: Blobs) -> None:
    """Bytes come back as they were, under the name that sha256sum gives them."""
    blob = blobs.put(io.BytesIO(CONTENT))

    assert (blob.sha256, blob.size_bytes) == (NAME, len(CONTENT))
    assert blobs.read(NAME) == CONTENT
    assert [found.sha256 for found in blobs.all()] == [NAME]


def test_a_source_is_stored_from_where_it_stands(blobs: Blobs) -> None:
    """What somebody already read of an upload is not part of it."""
    source = io.BytesIO(b"header" + CONTENT)
    source.seek(6)

    assert blobs.put(source).sha256 == NAME
    assert blobs.read(NAME) == CONTENT


@pytest.mark.parametrize(
    "size", [0, 1, storage.CHUNK_BYTES, 3 * storage.CHUNK_BYTES + 1, 12 << 20]
)
def test_every_size_is_stored_whole(blobs: Blobs, size: int) -> None:
    """Nothing, one byte, whole chunks, a bit more, and what an S3 client sends in parts."""
    content = os.urandom(size)
    blob = blobs.put(io.BytesIO(content))

    assert blob.size_bytes == size
    assert blobs.read(blob.sha256) == content


def test_the_same_bytes_are_kept_once_and_count_as_new(blobs: Blobs) -> None:
    """A second upload of the same bytes renews the blob, so that no sweep takes it for old."""
    first = blobs.put(io.BytesIO(CONTENT))
    time.sleep(1.1)
    blobs.put(io.BytesIO(CONTENT))

    [kept] = blobs.all()
    assert kept.stored_at > first.stored_at


def test_a_deleted_blob_is_missing_and_can_be_deleted_again(blobs: Blobs) -> None:
    """Deleting twice is no error; reading says which blob is missing."""
    blobs.put(io.BytesIO(CONTENT))
    assert lose(blobs, NAME)
    assert not lose(blobs, NAME)

    with pytest.raises(BlobMissingError, match=NAME):
        blobs.read(NAME)
    assert list(blobs.all()) == []


def test_an_old_blob_is_deleted_and_a_renewed_one_is_not(blobs: Blobs) -> None:
    """A sweep deletes what is old at that very moment, not what it once listed as old."""
    blobs.put(io.BytesIO(CONTENT))
    hour = timedelta(hours=1)

    assert not blobs.delete_older(NAME, datetime.now(UTC) - hour)
    assert blobs.read(NAME) == CONTENT
    assert blobs.delete_older(NAME, datetime.now(UTC) + hour)
    assert list(blobs.all()) == []
    assert not blobs.delete_older(NAME, datetime.now(UTC) + hour)


def test_a_blob_renewed_while_it_is_swept_survives(
    folder: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upload of the same bytes between the sweep's look and its deed keeps its blob."""
    old = folder.put(io.BytesIO(CONTENT))
    long_ago = (old.stored_at - timedelta(days=3)).timestamp()
    path = folder.root / NAME[:2] / NAME
    os.utime(path, (long_ago, long_ago))
    rename = os.rename

    def upload_first(source: Any, target: Any) -> None:
        folder.put(io.BytesIO(CONTENT))
        rename(source, target)

    monkeypatch.setattr(os, "rename", upload_first)

    assert not folder.delete_older(NAME, old.stored_at - timedelta(days=1))
    assert folder.read(NAME) == CONTENT
    assert len(files_of(folder)) == 1


def test_the_check_leaves_nothing_that_counts_as_a_blob(blobs: Blobs) -> None:
    """Asking whether blobs can be written makes none."""
    blobs.check()

    assert list(blobs.all()) == []


def test_many_at_once_are_all_stored(blobs: Blobs) -> None:
    """Forty uploads by eight threads, half of them the same bytes, end as twenty-one blobs."""
    contents = [b"%d" % (number // 2 * 2 or number) for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        stored = list(threads.map(lambda content: blobs.put(io.BytesIO(content)), contents))

    assert {found.sha256 for found in blobs.all()} == {blob.sha256 for blob in stored}
    assert all(blobs.read(b.sha256) == c for b, c in zip(stored, contents, strict=True))


def test_a_blob_is_synced_before_its_name_and_its_name_before_the_answer(
    folder: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Write aside, sync the file, rename it, sync the folder; only then is put() done."""
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def noted_fsync(descriptor: int) -> None:
        steps.append(f"sync {Path(f'/proc/self/fd/{descriptor}').readlink()}")
        fsync(descriptor)

    def noted_replace(source: Any, target: Any) -> None:
        steps.append(f"rename {source} {target}")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    folder.put(io.BytesIO(CONTENT))

    aside = steps[0].removeprefix("sync ")
    target = folder.root / NAME[:2] / NAME
    assert Path(aside).parent == folder.root / "incoming"
    assert steps == [f"sync {aside}", f"rename {aside} {target}", f"sync {target.parent}"]


def test_the_folders_are_made_durably_before_the_first_blob(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All 256 folders are there and synced when a store is opened, and its own name with them."""
    synced = []
    monkeypatch.setattr(storage, "sync_folder", synced.append)
    folder = LocalBlobs(tmp_path / "blobs")

    assert len(list(folder.root.iterdir())) == 257
    assert synced[-2:] == [folder.root, tmp_path]


class Broken(io.RawIOBase):
    """An upload that breaks off after its first megabyte."""

    def __init__(self, error: BaseException) -> None:
        self._error = error
        self._chunks = iter([b"x" * storage.CHUNK_BYTES])

    def read(self, _size: int = -1) -> bytes:
        for chunk in self._chunks:
            return chunk
        raise self._error


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), KeyboardInterrupt()])
def test_an_upload_that_breaks_off_leaves_nothing(
    folder: LocalBlobs, error: BaseException
) -> None:
    """Neither a blob nor half a file stays behind."""
    with pytest.raises((StorageError, KeyboardInterrupt)):
        folder.put(cast("IO[bytes]", Broken(error)))

    assert files_of(folder) == []


def test_what_a_killed_writer_left_is_discarded_after_a_while(folder: LocalBlobs) -> None:
    """kill -9 leaves half a file aside: no blob; it goes once it is old, and not before."""
    program = (
        "import sys, os, signal, io; from pathlib import Path\n"
        "from api.kit.storage import LocalBlobs\n"
        "class Source(io.RawIOBase):\n"
        "    def read(self, size=-1):\n"
        "        self.n = getattr(self, 'n', 0) + 1\n"
        "        if self.n == 3: os.kill(os.getpid(), signal.SIGKILL)\n"
        "        return b'x' * size\n"
        "LocalBlobs(Path(sys.argv[1])).put(Source())"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(folder.root)], check=False)
    assert killed.returncode == -9
    assert list(folder.all()) == []
    [left] = files_of(folder)
    assert left.parent.name == "incoming"

    assert folder.discard_unfinished(datetime.now(UTC) - timedelta(days=1)) == 0
    assert folder.discard_unfinished(datetime.now(UTC) + timedelta(seconds=1)) == 1
    assert files_of(folder) == []


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a file system of four megabytes of its own."""
    mounted = tmp_path / "tiny"
    mounted.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(mounted)],
        capture_output=True,
        check=False,
    )
    if made.returncode != 0:
        pytest.skip("mounting needs root; the test with a limit on file sizes runs everywhere")
    yield mounted
    subprocess.run(["umount", "--lazy", str(mounted)], check=True)


def test_a_full_disk_refuses_the_file_and_keeps_what_is_there(tiny_disk: Path) -> None:
    """Disk full: a clear error, nothing half, the other blobs readable; with room it works."""
    folder = LocalBlobs(tiny_disk / "blobs")
    kept = folder.put(io.BytesIO(b"a" * (2 << 20)))

    with pytest.raises(StorageError, match="No space left on device"):
        folder.put(io.BytesIO(b"b" * (3 << 20)))
    assert [blob.sha256 for blob in folder.all()] == [kept.sha256]
    assert folder.read(kept.sha256) == b"a" * (2 << 20)
    assert len(files_of(folder)) == 1

    lose(folder, kept.sha256)
    assert folder.put(io.BytesIO(b"b" * (3 << 20))).size_bytes == 3 << 20


def test_a_limit_of_the_system_refuses_the_file(folder: LocalBlobs) -> None:
    """A write that the system refuses half-way is a clear error, and nothing half stays."""
    program = (
        "import sys, io, resource, signal; from pathlib import Path\n"
        "from api.kit.storage import LocalBlobs, StorageError\n"
        "folder = LocalBlobs(Path(sys.argv[1]))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
        "try: folder.put(io.BytesIO(b'x' * (2 << 20)))\n"
        "except StorageError as error: print(error)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(folder.root)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout == "the file cannot be stored: File too large\n"
    assert files_of(folder) == []


def test_a_bucket_that_is_down_refuses_in_a_moment(
    s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the object store down every call is a StorageError, and works again afterwards."""
    monkeypatch.setattr(storage, "REQUEST_SECONDS", 60)
    blobs = open_blobs(Settings(store=tmp_path, **s3.new_bucket()))
    with s3.down():
        begun = time.monotonic()
        for call in (
            lambda: blobs.put(io.BytesIO(CONTENT)),
            lambda: blobs.read(NAME),
            lambda: lose(blobs, NAME),
            lambda: list(blobs.all()),
            blobs.check,
        ):
            with pytest.raises(StorageError, match="the object store cannot be"):
                call()
        taken = time.monotonic() - begun

    assert taken < 60  # no call has waited for an answer
    assert blobs.put(io.BytesIO(CONTENT)).sha256 == NAME


@pytest.mark.long
def test_a_bucket_that_hangs_refuses_within_its_limit(
    s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An object store that takes connections and answers nothing costs one time-out, not three."""
    monkeypatch.setattr(storage, "REQUEST_SECONDS", 6)
    monkeypatch.setattr(storage, "RETRY_SECONDS", 1)
    blobs = open_blobs(Settings(store=tmp_path, **s3.new_bucket()))
    begun = time.monotonic()
    with s3.hanging(), pytest.raises(StorageError, match="cannot be written"):
        blobs.put(io.BytesIO(CONTENT))

    assert time.monotonic() - begun < 3 * 6


def test_a_bucket_that_does_not_exist_is_an_error_not_a_missing_blob(
    s3: S3, tmp_path: Path
) -> None:
    """A wrong bucket name shows at the check, before the first upload."""
    settings = s3.new_bucket() | {"s3_url": "s3://no-such-bucket"}
    blobs = open_blobs(Settings(store=tmp_path, **settings))

    with pytest.raises(StorageError):
        blobs.check()


def test_two_prefixes_of_one_bucket_are_apart(s3: S3, tmp_path: Path) -> None:
    """Two services may share a bucket; neither lists, reads or sweeps the other's blobs."""
    settings = s3.new_bucket()
    first = open_blobs(Settings(store=tmp_path, **settings))
    second = open_blobs(
        Settings(store=tmp_path, **(settings | {"s3_url": settings["s3_url"] + "2"}))
    )
    first.put(io.BytesIO(CONTENT))

    assert list(second.all()) == []
    with pytest.raises(BlobMissingError):
        second.read(NAME)


def test_a_blob_that_is_not_there_is_missing(blobs: Blobs) -> None:
    """Reading what was never stored says so."""
    with pytest.raises(BlobMissingError):
        blobs.read(NO_SUCH)
