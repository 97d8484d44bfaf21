"""People of a course, and how tests log them in and have work handed in and graded."""

from __future__ import annotations

import copy
import io
import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import func, select
from starlette.testclient import TestClient

from api.grades.pending import faults_of
from api.kit.digests import keyed, random_token, sha256_of
from api.kit.models import LoginSession, Role, RunState, Submission, User, now
from api.kit.services import Services
from api.kit.storage import Blobs
from api.requests.principal import Principal
from api.submissions.runs import accept
from api.submissions.uploads import Received
from grader.editions.loader import default_edition_id, load_edition
from grader.results.file.reading import read
from grader.results.open_points import pending_criteria
from tests.report_templates import results_examples as examples

EDITION = default_edition_id()
NOTEBOOK = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


@dataclass(frozen=True, kw_only=True)
class People:
    """Who is in the course."""

    student: User
    other_student: User
    ta: User
    instructor: User


def add_people(services: Services) -> People:
    """Add two students, a TA and an instructor."""
    people = People(
        student=_student("108062001", "Chen"),
        other_student=_student("108062002", "Lin"),
        ta=User(login="ta", role=Role.TA),
        instructor=User(login="staff", role=Role.INSTRUCTOR),
    )
    with services.sessions.begin() as session:
        session.add_all([people.student, people.other_student, people.ta, people.instructor])
    return people


def _student(student_id: str, name: str) -> User:
    return User(login=student_id, student_id=student_id, name=name, role=Role.STUDENT)


def log_in(services: Services, client: TestClient, user: User) -> TestClient:
    """Return another client of the same application, whose cookie and CSRF token are *user*'s."""
    token = random_token()
    with services.sessions.begin() as session:
        session.add(
            LoginSession(
                id=sha256_of(token), user_id=user.id, expires_at=now() + timedelta(hours=1)
            )
        )
    csrf = keyed(services.settings.signing_key, "csrf", sha256_of(token))
    return TestClient(
        client.app,
        cookies={"grader-session": token},
        headers={"X-CSRF-Token": csrf},
        raise_server_exceptions=False,
    )


def principal_of(user: User) -> Principal:
    """Return the principal that *user* is."""
    return Principal(user_id=user.id, login=user.login, role=user.role, student_id=user.student_id)


def hand_in(
    services: Services, user: User, *, edition: str = EDITION, content: bytes = NOTEBOOK
) -> Submission:
    """Return a new submission of a student, waiting to be graded."""
    assert user.student_id is not None
    file = received_notebook(services, content)
    with services.sessions.begin() as session:
        return accept(
            services,
            session,
            edition=edition,
            student_id=user.student_id,
            principal=principal_of(user),
            files=[file],
            now=now(),
        )


def received_notebook(services: Services, content: bytes = NOTEBOOK) -> Received:
    """Return a notebook whose bytes are in the store."""
    return Received(name="hw1.ipynb", blob=services.blobs.put(io.BytesIO(content)))


def right() -> dict[str, Any]:
    """Return the results of a submission in which everything is right."""
    return copy.deepcopy(_right())


def wrong() -> dict[str, Any]:
    """Return the results of a submission that loses a criterion, with its findings."""
    return copy.deepcopy(_wrong())


FAULT = {
    "stage": "Accuracy",
    "check": "activations.scale",
    "exception": "OverflowError: (34, 'Numerical result out of range')",
    "value": "float 1.7e+308",
}


def pending(*criteria: str) -> dict[str, Any]:
    """Return the results of a right submission of which the grader could not judge *criteria*."""
    contents = right()
    for test in contents["tests"]:
        if test["extra_data"]["criterion"] in criteria:
            test["score"], test["extra_data"]["outcome"] = 0.0, "pending"
            del test["status"]
    left = sum(t["max_score"] for t in contents["tests"] if "status" not in t)
    contents["score"] -= left
    contents["extra_data"] |= {
        "state": "pending",
        "pending_points": left,
        "graded_max": contents["extra_data"]["max_score"] - left,
        "faults": [FAULT],
    }
    return contents


@cache  # drawing their random tensors takes a while
def _right() -> dict[str, Any]:
    return _by_the_rubric(examples.right(), lost=())


@cache
def _wrong() -> dict[str, Any]:
    return _by_the_rubric(examples.wrong(), lost=("weights.scale",))


def _by_the_rubric(example: dict[str, Any], lost: tuple[str, ...]) -> dict[str, Any]:
    """Return an example of results whose criteria are those of the edition's own rubric."""
    tests = []
    for criterion in load_edition(EDITION).rubric.criteria:
        test = copy.deepcopy(example["tests"][0])
        test["score"] = 0.0 if criterion.id in lost else criterion.points
        test["max_score"] = criterion.points
        test["extra_data"]["criterion"] = criterion.id
        tests.append(test)
    example["tests"], example["score"] = tests, sum(test["score"] for test in tests)
    return example


def finish(
    services: Services,
    submission: Submission,
    results: dict[str, Any] | None = None,
    *,
    state: RunState = RunState.GRADED,
) -> None:
    """Write what a worker writes at the end of a submission's newest run."""
    contents = copy.deepcopy(_right() if results is None else results)
    with services.sessions.begin() as session:
        run = session.get_one(Submission, submission.id).runs[-1]
        run.state, run.finished_at, run.seconds = state, now(), 1.5
        if state is not RunState.GRADED:
            run.message = "hw1.ipynb: the file is cut off; save it and hand it in again"
            return
        written = read(contents)
        run.faults, run.pending = faults_of(written), [*pending_criteria(written)]
        contents["extra_data"].pop("faults", None)
        run.state = RunState.PENDING if run.pending else state
        stored = services.blobs.put(io.BytesIO(json.dumps(contents).encode()))
        run.results_sha256 = stored.sha256
        run.criteria = {
            test["extra_data"]["criterion"]: [test["score"], test["max_score"]]
            for test in contents["tests"]
        }
        run.findings = [
            finding["id"]
            for finding in contents["extra_data"]["findings"]
            if finding["costs_points"]
        ]
        run.score, run.max_score = contents["score"], contents["extra_data"]["max_score"]


def lose(blobs: Blobs, sha256: str) -> bool:
    """Delete a blob, whatever its age; return whether it was there."""
    return blobs.delete_older(sha256, now() + timedelta(days=1))


def upload_of(
    content: bytes = NOTEBOOK, name: str = "hw1.ipynb"
) -> list[tuple[str, tuple[str, bytes]]]:
    """Return what a test client sends as one file."""
    return [("file", (name, content))]


def counts(services: Services) -> tuple[int, int]:
    """Return how many submissions and blobs there are."""
    with services.sessions() as session:
        rows = session.scalar(select(func.count()).select_from(Submission)) or 0
    return rows, len(list(services.blobs.all()))
