"""Every route of the application with everybody who may ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import event
from starlette.routing import Mount

from api.kit.services import open_services
from api.kit.settings import Settings
from tests.api.auth.course import ROLES, Asked, Course
from tests.api.auth.matrix import MATRIX

PUBLIC_FILES = {"/static", "/static/guides", "/static/fonts", "/static/typefaces"}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Course]:
    store = tmp_path_factory.mktemp("course")
    (store / "grader.sqlite").write_bytes(empty_database.read_bytes())
    services = open_services(Settings(store=store, uploads_per_minute=1000))
    yield Course(services)
    services.engine.dispose()


@pytest.fixture(scope="module")
def held(course: Course) -> list[int]:
    """Return how many connections are held, noted whenever one is taken or given back."""
    noted = [0]
    engine = course.services.engine
    event.listen(engine, "checkout", lambda *_: noted.append(noted[-1] + 1))
    event.listen(engine, "checkin", lambda *_: noted.append(noted[-1] - 1))
    return noted


@pytest.fixture(autouse=True)
def one_connection_each(held: list[int]) -> Iterator[None]:
    """Fail where a request holds two connections: a crowd of such would wait for itself."""
    del held[:-1]
    yield
    assert max(held) <= 1


@pytest.mark.parametrize("asked", MATRIX, ids=lambda asked: asked.route)
def test_everybody_gets_what_they_may(course: Course, asked: Asked) -> None:
    given = {role: course.ask(asked, role) for role in ROLES}

    assert given == asked.expected


def test_no_route_is_left_out(course: Course) -> None:
    served = {
        f"{method} {context.path}"
        for context in iter_route_contexts(course.app.routes)
        for method in (getattr(context, "methods", None) or ())
        if method != "HEAD"  # a GET without its body
    }

    assert served == {asked.route for asked in MATRIX}


def test_what_is_mounted_are_public_files(course: Course) -> None:
    mounted = {route.path for route in course.app.routes if isinstance(route, Mount)}

    assert mounted <= PUBLIC_FILES


def test_the_instructors_token_with_the_scope_is_let_in(course: Course) -> None:
    """So that the last column of the matrix says something about the scope, not about tokens."""
    refused = [
        asked.route
        for asked in MATRIX
        if asked.scope and asked.route.split(" ")[1].startswith("/api/")
        if course.ask(Asked(asked.route, asked.statuses, "no such scope", asked.send), "token")
        != asked.expected["instructor"]
        and "{session_id}" not in asked.route
    ]

    assert refused == []
