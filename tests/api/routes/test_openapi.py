"""The whole API by its own description: whatever is sent, no 5xx and nothing undocumented."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.python.asgi import get_client
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from api.app import create_app
from api.kit.models import Assignment, RunState
from api.kit.problems import ProblemDocument
from api.kit.services import open_services
from api.kit.settings import Settings
from tests.api.people import (
    EDITION,
    NOTEBOOK,
    People,
    add_people,
    finish,
    hand_in,
    log_in,
    wrong,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    allow_header_conformance,
]
ROLES = ("nobody", "student", "ta", "instructor")
UNLIMITED = 1_000_000
# What a valid value of a parameter looks like; such a one is exchanged for one that exists.
IDS = {
    "submission_id": re.compile(r"[0-9a-f]{32}"),
    "user_id": re.compile(r"[0-9a-f]{32}"),
    "edition": re.compile(r"[a-z0-9-]{1,64}"),
    "criterion": re.compile(r"[a-z0-9_.-]{1,100}"),
    "student_id": re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"),
    "number": re.compile(r"[0-9]+"),
    "position": re.compile(r"[0-9]+"),
}
Ids = dict[str, "itertools.cycle[Any]"]


class Course:
    """A service with a course in it; copied for each operation, so that none sees another's."""

    def __init__(self, folder: Path, ids: Mapping[str, Sequence[object]], people: People) -> None:
        limits = {
            "uploads_per_minute": UNLIMITED,
            "uploads_per_minute_and_address": UNLIMITED,
            "logins_per_minute": UNLIMITED,
        }
        self.folder = folder
        self.services = open_services(Settings(store=folder, **limits))
        self.people = people
        self.all_ids = ids
        self.ids = {name: itertools.cycle(values) for name, values in ids.items()}
        self.app = create_app(self.services, background=False)

    @contextmanager
    def copied(self, folder: Path) -> Iterator[Course]:
        """Open a copy of the course."""
        shutil.copytree(self.folder, folder)
        course = Course(folder, self.all_ids, self.people)
        yield course
        course.services.engine.dispose()

    def headers(self, role: str) -> dict[str, str]:
        """Return what logs somebody of a role in."""
        if role == "nobody":
            return {}
        nobody = TestClient(self.app)
        client = log_in(self.services, nobody, getattr(self.people, role))
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        return {"Cookie": cookie, "X-CSRF-Token": client.headers["X-CSRF-Token"]}


@pytest.fixture(scope="module")
def course(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Return a course with submissions in every state."""
    store = tmp_path_factory.mktemp("course") / "store"
    store.mkdir()
    (store / "grader.sqlite").write_bytes(empty_database.read_bytes())
    services = open_services(Settings(store=store))
    people = add_people(services)
    graded, refused, other = (
        hand_in(services, one) for one in (people.student, people.student, people.other_student)
    )
    finish(services, graded, wrong())
    finish(services, refused, state=RunState.REFUSED)
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).anonymous = True
    services.engine.dispose()
    ids = {
        "submission_id": [graded.id, other.id, refused.id, "0" * 32],
        "user_id": [people.ta.id, people.student.id, "0" * 32],
        "watched_id": [graded.id, refused.id, "0" * 32],
        "edition": [EDITION, EDITION, "none-2000"],
        "criterion": ["weights.scale", "weights.none"],
        "student_id": ["108062002", "108062001", "none"],
        "number": [1, 2],
        "position": [0, 1],
    }
    return Course(store, ids, people)


@pytest.fixture(scope="module")
def description(course: Course) -> schemathesis.BaseSchema:
    """Return the API's description, as it gives it out."""
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", course.app)


def settle(case: Case, ids: Ids) -> None:
    """Put ids that exist, and files that can be read, where valid ones stand."""
    watching = case.operation.path.endswith("/events")  # of one that waits it would not end
    for name, shape in IDS.items():
        given_value = (case.path_parameters or {}).get(name)
        if given_value is not None and shape.fullmatch(str(given_value)):
            key = "watched_id" if watching and name == "submission_id" else name
            case.path_parameters[name] = next(ids[key])
    if isinstance(case.body, dict):
        if isinstance(case.body.get("edition"), str):
            case.body["edition"] = next(ids["edition"])
        if "file" in case.body and next(ids["number"]) == 1:
            case.body["file"] = [NOTEBOOK]
            case.body["student_id"] = next(ids["student_id"])


def explore(course: Course, role: str, operation: Any, examples: int) -> None:
    """Send an operation valid and invalid requests, and hold every answer to its description."""
    client = get_client(course.app)
    headers = course.headers(role)
    quiet = settings(max_examples=examples, database=None, suppress_health_check=list(HealthCheck))
    for mode in modes(operation):

        @quiet
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Case) -> None:
            settle(case, course.ids)
            answer = case.call(app=course.app, session=client, headers=dict(headers))
            case.validate_response(answer, checks=CHECKS)

        send()


def modes(operation: Any) -> list[GenerationMode]:
    """Return whether an operation can be sent anything wrong, besides what is right."""
    definition = operation.definition.raw
    schemas = [one["schema"] for one in definition.get("parameters", ())]
    loose = all(one.keys() <= {"type", "title"} and one["type"] == "string" for one in schemas)
    if loose and "requestBody" not in definition:
        return [GenerationMode.POSITIVE]
    return list(GenerationMode)


def explore_all(
    course: Course, description: schemathesis.BaseSchema, folder: Path, role: str, examples: int
) -> None:
    """Explore every operation, each in a course of its own."""
    failures = []
    for number, found in enumerate(description.get_all_operations()):
        operation = found.ok()
        with course.copied(folder / str(number)) as own:
            try:
                explore(own, role, operation, examples)
            except Exception as error:  # every operation is heard before any is judged
                failures.append(f"{role}: {operation.label}\n{_told(error)}")
    assert not failures, "\n\n".join(failures)


def _told(error: Exception) -> str:
    inner = error.exceptions if isinstance(error, ExceptionGroup) else (error,)
    return "\n".join(f"{type(one).__name__}: {one}" for one in inner)


@pytest.mark.few(1)
@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_undocumented_and_nothing_breaks(
    role: str, course: Course, description: schemathesis.BaseSchema, tmp_path: Path
) -> None:
    """Whoever sends whatever to any route gets a documented answer of its documented shape."""
    explore_all(course, description, tmp_path, role, examples=2)


@pytest.mark.long
@pytest.mark.parametrize("role", ROLES)
def test_nothing_breaks_on_a_longer_look(
    role: str, course: Course, description: schemathesis.BaseSchema, tmp_path: Path
) -> None:
    """The same, with many more requests."""
    explore_all(course, description, tmp_path, role, examples=25)


def operations(client: TestClient) -> Iterator[tuple[str, str, dict[str, Any]]]:
    document = client.get("/api/v1/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_every_error_is_described_as_a_problem(client: TestClient) -> None:
    """Each error of each route has the problem document as its shape, and an example of it."""
    for method, path, operation in operations(client):
        for status, response in operation["responses"].items():
            if int(status) < 400:
                continue
            [(media_type, content)] = response["content"].items()
            assert media_type == "application/problem+json", (method, path, status)
            assert content["schema"]["$ref"].endswith("/ProblemDocument")
            assert ProblemDocument.model_validate(content["example"]).status == int(status)


def test_every_route_is_described(client: TestClient) -> None:
    """Each route has a summary, a description and a tag, and each body of a request an example."""
    for method, path, operation in operations(client):
        assert operation.get("summary"), (method, path)
        assert operation.get("description"), (method, path)
        assert operation.get("tags"), (method, path)


def test_every_json_body_has_an_example(client: TestClient) -> None:
    """Whoever reads the description sees what to send."""
    document = client.get("/api/v1/openapi.json").json()
    for method, path, operation in operations(client):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        name = content["schema"].get("$ref", "").rpartition("/")[2]
        schema = document["components"]["schemas"].get(name, content["schema"])
        parts = [one for one in schema.get("properties", {}).values() if "examples" in one]
        assert "example" in schema or "example" in content or parts, (method, path)
