"""What machines ask: alive, ready, and how it is doing; on both databases and both blob stores."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api import migrations
from api.app import create_app
from api.kit.models import Worker, now
from api.kit.services import Services, open_services
from api.kit.settings import Settings
from api.routes import health
from tests.api.servers import S3, PostgreSQL


@pytest.fixture(autouse=True)
def _no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every question looked into."""
    monkeypatch.setattr(health, "READY_SECONDS", -1.0)


@pytest.fixture
def migrated(tmp_path: Path) -> Iterator[Services]:
    services = open_services(Settings(store=tmp_path / "store"))
    migrations.upgrade(services.engine)
    yield services
    services.engine.dispose()


def ask(services: Services, path: str = "/readyz", **kwargs: Any) -> Any:
    app = create_app(services, background=False)
    with TestClient(app, raise_server_exceptions=False, **kwargs) as client:
        return client.get(path)


def add_worker(services: Services, **fields: Any) -> None:
    with services.sessions.begin() as session:
        session.add(Worker(id="w1", host="here", slots=2, **fields))


def test_a_process_that_answers_is_healthy_whatever_else_is_down(tmp_path: Path) -> None:
    """/healthz asks nothing of database and store: restarting us would not bring them back."""
    services = open_services(
        Settings(store=tmp_path, database_url="postgresql+psycopg://nobody@127.0.0.1:1/none")
    )
    answer = ask(services, "/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_service_with_all_its_parts_is_ready(migrated: Services) -> None:
    """Database at the right revision, writable store and a worker: ready without a warning."""
    add_worker(migrated)
    answer = ask(migrated)

    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "parts": {"database": "ok", "blobs": "ok"},
        "warnings": {},
    }


def test_without_a_worker_uploads_are_still_taken(migrated: Services) -> None:
    """A worker not seen for half a minute, or one that left, is a warning and not an outage."""
    add_worker(migrated, seen_at=now() - timedelta(seconds=45))
    answer = ask(migrated)

    assert answer.status_code == 200
    assert "no worker" in answer.json()["warnings"]["workers"]


def test_a_worker_that_said_good_bye_does_not_count(migrated: Services) -> None:
    """A drained worker is gone at once, not after its time-out."""
    add_worker(migrated, left_at=now())

    assert "workers" in ask(migrated).json()["warnings"]


def test_an_old_schema_is_not_ready_and_says_what_to_run(tmp_path: Path) -> None:
    """A database that was not migrated takes no uploads."""
    services = open_services(Settings(store=tmp_path / "store"))
    answer = ask(services)

    assert answer.status_code == 503
    assert "grader migrate" in answer.json()["parts"]["database"]


def test_a_database_that_is_down_is_named(tmp_path: Path, postgresql: PostgreSQL) -> None:
    """Readiness follows the database down and up, and tells nothing of the host."""
    services = open_services(
        Settings(store=tmp_path / "store", database_url=postgresql.new_database())
    )
    migrations.upgrade(services.engine)
    assert ask(services).status_code == 200

    with postgresql.down():
        answer = ask(services)
        metrics = ask(services, "/metrics", client=("127.0.0.1", 5000)).text
    assert answer.status_code == 503
    assert answer.json()["parts"] == {
        "database": "the database does not answer",
        "blobs": "ok",
    }
    assert "grader_database_up 0.0" in metrics
    assert ask(services).status_code == 200
    services.engine.dispose()


@pytest.mark.long
def test_a_blob_store_that_is_down_is_named(tmp_path: Path, s3: S3) -> None:
    """Readiness follows the object store down."""
    services = open_services(Settings(store=tmp_path / "store", **s3.new_bucket()))
    migrations.upgrade(services.engine)
    assert ask(services).json()["parts"]["blobs"] == "ok"

    with s3.down():
        answer = ask(services)
    assert answer.status_code == 503
    assert answer.json()["parts"] == {"database": "ok", "blobs": "files cannot be stored"}
    services.engine.dispose()


def test_a_folder_that_cannot_be_written_is_named(migrated: Services, tmp_path: Path) -> None:
    """A store whose folder is gone takes no uploads; its path is not told."""
    incoming = tmp_path / "store" / "blobs" / "incoming"
    incoming.rmdir()
    answer = ask(migrated)

    assert answer.status_code == 503
    assert answer.json()["parts"]["blobs"] == "files cannot be stored"
    assert str(tmp_path) not in json.dumps(answer.json())


def test_asking_often_looks_once(migrated: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within two seconds the same answer is given again: nobody keeps our disk busy by asking."""
    monkeypatch.setattr(health, "READY_SECONDS", 60.0)
    looks = []
    monkeypatch.setattr(migrated.blobs, "check", lambda: looks.append(1), raising=True)
    app = create_app(migrated, background=False)
    with TestClient(app) as client:
        statuses = [client.get("/readyz").status_code for _ in range(5)]

    assert statuses == [200] * 5
    assert len(looks) == 1


@pytest.mark.parametrize(
    ("token", "header", "address", "forwarded", "status"),
    [
        ("", None, "127.0.0.1", None, 200),
        ("", None, "::1", None, 200),
        ("", None, "192.0.2.7", None, 403),
        ("", None, "127.0.0.1", "192.0.2.7", 403),  # through a proxy on this machine
        ("sesame", None, "127.0.0.1", None, 403),
        ("sesame", "Bearer wrong", "192.0.2.7", None, 403),
        ("sesame", "Bearer sesame", "192.0.2.7", None, 200),
        ("sesame", "Bearer ", "192.0.2.7", None, 403),
    ],
)
def test_metrics_are_for_this_machine_or_for_the_token(  # noqa: PLR0917
    migrated: Services,
    token: str,
    header: str | None,
    address: str,
    forwarded: str | None,
    status: int,
) -> None:
    """Who is neither on this machine nor has the token reads no metrics."""
    settings = migrated.settings.model_copy(
        update={"metrics_token": type(migrated.settings.metrics_token)(token)}
    )
    services = Services(**{**vars(migrated), "settings": settings})
    app = create_app(services, background=False)
    headers = {"authorization": header} if header else {}
    if forwarded:
        headers["x-forwarded-for"] = forwarded
    with TestClient(app, client=(address, 5000)) as client:
        assert client.get("/metrics", headers=headers).status_code == status
