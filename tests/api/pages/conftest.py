"""One course on one server, and one Chromium, for all tests of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from api.kit.services import open_services
from api.kit.settings import Settings
from tests.api.listening import serving
from tests.api.pages.site import PATIENCE_MILLISECONDS, Site, link_of, populate

expect.set_options(timeout=PATIENCE_MILLISECONDS)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Site]:
    """Return a course in all its states, on a server of its own."""
    store = tmp_path_factory.mktemp("site")
    (store / "grader.sqlite").write_bytes(empty_database.read_bytes())
    services = open_services(Settings(store=store, uploads_per_minute=1000))
    people, submissions = populate(services)
    with serving(services) as address:
        yield Site(
            address=address,
            services=services,
            people=people,
            submissions=submissions,
            link=link_of(services, people.student),
        )
    services.engine.dispose()
