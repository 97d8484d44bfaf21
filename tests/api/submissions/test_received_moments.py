"""When an upload counts as handed in: at its beginning, whatever happens after that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.kit.models import Assignment, Submission, now
from api.kit.services import Services
from api.submissions.hand_in import LONGEST_UPLOAD, hand_in
from api.submissions.uploads import Form
from tests.api.people import EDITION, NOTEBOOK, People, principal_of, received_notebook

HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="hw1.ipynb"\r\n\r\n'
MULTIPART = {"Content-Type": "multipart/form-data; boundary=b"}


def due_meanwhile(services: Services) -> Iterator[bytes]:
    """Yield an upload; the assignment is due after its head has arrived, before its end."""
    yield HEAD
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).due_at = now()
    yield NOTEBOOK + b"\r\n--b--\r\n"


def moments(services: Services) -> tuple[datetime, datetime | None]:
    """Return when the only submission was received, and when it was due."""
    with services.sessions() as session:
        received_at = session.scalars(select(Submission.received_at)).one()
        return received_at, session.get_one(Assignment, EDITION).due_at


@pytest.mark.parametrize(("path", "status"), [("/api/v1/submissions", 202), ("/upload", 303)])
def test_who_began_before_the_due_date_is_in_time(
    services: Services, student: TestClient, path: str, status: int
) -> None:
    """Neither a slow line nor a crowd at the end makes anybody late."""
    answer = student.post(
        path, content=due_meanwhile(services), headers=MULTIPART, follow_redirects=False
    )

    received_at, due_at = moments(services)
    assert answer.status_code == status, answer.text
    assert due_at is not None
    assert received_at < due_at


def test_nobody_gains_time_by_trickling(services: Services, people: People) -> None:
    """A body that took an hour counts as begun ten minutes ago."""
    before = now()
    hand_in(
        services,
        principal_of(people.student),
        Form(fields={}, files=(received_notebook(services),)),
        arrived_at=before - timedelta(hours=1),
    )

    received_at, _ = moments(services)
    assert before <= received_at + LONGEST_UPLOAD <= now()
