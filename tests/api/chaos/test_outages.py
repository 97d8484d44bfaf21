"""A disk that is really full, a store and a database that are really away: 503, nothing half."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from api.app import create_app
from api.course.assignments import ensure_assignments
from api.kit.models import Base, Submission
from api.kit.queue import create_tables
from api.kit.services import Services, open_services
from api.kit.settings import Settings
from tests.api.people import add_people, log_in, upload_of
from tests.api.servers import S3, PostgreSQL, postgresql, s3

__all__ = ["postgresql", "s3"]  # fixtures: servers that nobody else uses, for they are stopped
URL = "/api/v1/submissions"
LARGE = b"#" * (3 << 20)


def opened(settings: Settings) -> tuple[Services, TestClient]:
    """Return a new service and a client of a student's."""
    services = open_services(settings)
    Base.metadata.create_all(services.engine)
    create_tables(services.engine)
    ensure_assignments(services)
    people = add_people(services)
    nobody = TestClient(create_app(services, background=False))
    return services, log_in(services, nobody, people.student)


def fill(path: Path) -> None:
    """Write to a file until its disk is full."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 1024)


def rows(services: Services) -> int:
    with services.sessions() as session:
        return session.scalar(select(func.count()).select_from(Submission)) or 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a disk of two megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        pytest.skip("a small disk needs the right to mount one")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=60)


def test_a_disk_that_is_full_takes_nothing_half(small_disk: Path, tmp_path: Path) -> None:
    """A file that does not fit is refused whole; a small one is taken as before."""
    (small_disk / "store").mkdir()
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "blobs").symlink_to(small_disk / "store")
    services, student = opened(Settings(store=tmp_path / "store"))

    refused = student.post(URL, files=upload_of(LARGE, "a.py"))

    assert (refused.status_code, refused.json()["code"]) == (503, "storage-unavailable")
    assert int(refused.headers["retry-after"]) > 0
    assert rows(services) == 0
    assert [path for path in small_disk.rglob("*") if path.is_file()] == []
    assert student.post(URL, files=upload_of()).status_code == 202
    services.engine.dispose()


def test_a_full_disk_under_the_database_loses_no_promise(small_disk: Path, tmp_path: Path) -> None:
    """Where the rows find no room the upload is refused, and what was promised is still there."""
    url = f"sqlite:///{small_disk / 'grader.sqlite'}"
    services, student = opened(Settings(store=tmp_path / "store", database_url=url))
    promised = student.post(URL, files=upload_of()).json()["id"]
    filler = small_disk / "filler"
    fill(filler)

    answers = [student.post(URL, files=upload_of()) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [503] * 3
    assert {answer.json()["code"] for answer in answers} == {"database-unavailable"}
    filler.unlink()
    assert rows(services) == 1
    assert student.get(f"{URL}/{promised}").status_code == 200
    assert student.post(URL, files=upload_of()).status_code == 202
    services.engine.dispose()


def test_an_object_store_that_is_down_takes_nothing_half(s3: S3, tmp_path: Path) -> None:
    """While the bucket cannot be reached uploads are refused; reading the status still works."""
    settings = Settings(store=tmp_path / "store", **s3.new_bucket())
    services, student = opened(settings)
    before = student.post(URL, files=upload_of()).json()["id"]
    s3.stop()
    try:
        refused = student.post(URL, files=upload_of())
        status = student.get(f"{URL}/{before}")
    finally:
        s3.start()

    assert (refused.status_code, refused.json()["code"]) == (503, "storage-unavailable")
    assert s3.endpoint not in refused.text
    assert status.status_code == 200
    assert rows(services) == 1
    services.engine.dispose()


def test_a_database_that_is_down_is_a_503(postgresql: PostgreSQL, tmp_path: Path) -> None:
    """While PostgreSQL is away every request is refused in words, and afterwards all goes on."""
    url = postgresql.new_database()
    services, student = opened(Settings(store=tmp_path / "store", database_url=url))
    before = student.post(URL, files=upload_of()).json()["id"]
    postgresql.stop()
    try:
        refused = [student.post(URL, files=upload_of()), student.get(f"{URL}/{before}")]
    finally:
        postgresql.start()

    for answer in refused:
        assert (answer.status_code, answer.json()["code"]) == (503, "database-unavailable")
        assert "postgres" not in answer.text
    assert student.get(f"{URL}/{before}").status_code == 200
    assert student.post(URL, files=upload_of()).status_code == 202
    assert rows(services) == 2
    services.engine.dispose()
