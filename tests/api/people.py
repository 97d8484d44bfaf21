"""People of a course, and how tests log them in and have work handed in and graded."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from api.auth.digests import keyed, random_token, sha256_of
from api.auth.principal import Principal
from api.models import LoginSession, Role, Run, RunState, Submission, User, now
from api.services import Services
from api.submissions import accept
from api.uploads import Received
from grader.editions.loader import default_edition_id

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
    blob = services.blobs.put(io.BytesIO(content))
    with services.sessions.begin() as session:
        return accept(
            services,
            session,
            edition=edition,
            student_id=user.student_id,
            principal=principal_of(user),
            files=[Received(name="hw1.ipynb", blob=blob)],
            now=now(),
        )


def finish(
    session: Session,
    submission: Submission,
    *,
    criteria: dict[str, list[float]],
    findings: tuple[str, ...] = (),
    results_sha256: str | None = None,
    state: RunState = RunState.GRADED,
) -> Run:
    """Write what a worker writes at the end of a submission's newest run."""
    run = session.get_one(Run, submission.runs[-1].id)
    run.state, run.criteria, run.findings = state, dict(criteria), list(findings)
    run.score = sum(points for points, _ in criteria.values())
    run.max_score = sum(most for _, most in criteria.values())
    run.results_sha256, run.finished_at, run.seconds = results_sha256, now(), 1.5
    return run
