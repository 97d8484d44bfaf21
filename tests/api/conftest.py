"""The service as tests meet it: SQLite and files in a temporary folder, nothing stubbed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.course.assignments import ensure_assignments
from api.kit.models import Base
from api.kit.queue import create_tables
from api.kit.services import Services, open_services
from api.kit.settings import Settings
from tests.api.people import People, add_people, log_in
from tests.api.servers import blob_settings, database_url, postgresql, s3

# One server of each kind for all modules: imported by a module, a fixture would be its own.
__all__ = ["blob_settings", "database_url", "postgresql", "s3"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings for a service of its own."""
    return Settings(store=tmp_path / "store", uploads_per_minute=1000)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database file with all tables, ours and the queue's, made once."""
    settings = Settings(store=tmp_path_factory.mktemp("empty"))
    services = open_services(settings)
    Base.metadata.create_all(services.engine)
    create_tables(services.engine)
    ensure_assignments(services)
    services.engine.dispose()
    return settings.store / "grader.sqlite"


@pytest.fixture
def services(settings: Settings, empty_database: Path) -> Iterator[Services]:
    """Return the service's parts on SQLite, with a row for every assignment."""
    settings.store.mkdir(parents=True, exist_ok=True)
    (settings.store / "grader.sqlite").write_bytes(empty_database.read_bytes())
    opened = open_services(settings)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def people(services: Services) -> People:
    """Return two students, a TA and an instructor, all in the database."""
    return add_people(services)


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    """Return a client that is nobody."""
    app = create_app(services, background=False)
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def student(services: Services, people: People, client: TestClient) -> TestClient:
    """Return a client that is logged in as the first student."""
    return log_in(services, client, people.student)


@pytest.fixture
def other_student(services: Services, people: People, client: TestClient) -> TestClient:
    """Return a client that is logged in as the second student."""
    return log_in(services, client, people.other_student)


@pytest.fixture
def ta(services: Services, people: People, client: TestClient) -> TestClient:
    """Return a client that is logged in as the TA."""
    return log_in(services, client, people.ta)


@pytest.fixture
def instructor(services: Services, people: People, client: TestClient) -> TestClient:
    """Return a client that is logged in as the instructor."""
    return log_in(services, client, people.instructor)
